"""Rd, the one parameter of the Liljencrants-Fant glottal pulse, by the mean squared phase.

Rd goes from 0.3, tense, to 2.5, breathy. The phases of the harmonics, less those of the pulse and of the vocal tract
(which has minimum phase, so that its amplitudes tell it), should be a straight line; the Rd that leaves them
straightest is taken: the minimum that Brent's search finds first.

Sources: Degottex, Roebel and Rodet (2011), Phase minimization for glottal model estimation, IEEE TASLP 19(5); Fant
(1995), The LF-model revisited, STL-QPSR 36(2-3), for the pulse of a given Rd.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.optimize import brentq, fminbound

from extraction.glottal.linear_prediction import Doubles
from extraction.glottal.samples import Samples
from extraction.types import SAMPLE_RATE

Complexes = NDArray[np.complex128]

TENSEST, MOST_BREATHY = 0.3, 2.5

_STEP = 0.01  # of the table of pulses
_COUNTED = 8  # harmonics whose phases are compared
_REACH = SAMPLE_RATE // 4  # samples on each side of a position, more than are read around it
_MOST = SAMPLE_RATE // 2 // 50  # harmonics of the lowest voice
_PERIODS = 3  # in the Blackman window
_POINTS = 4096
_TOLERANCE = 0.01
_TINY = 1e-12


def pulse_shape(samples: Samples, positions: Doubles, f0: Doubles) -> tuple[Doubles, Doubles]:
    """Rd around given samples. Neither it nor the confidence has a unit.

    Source: Degottex, Roebel and Rodet (2011), IEEE TASLP 19(5).

    Args:
        samples: (N,), the right way up; read around the positions alone.
        positions: (F,) samples.
        f0: (F,) Hz, 50 to 500; NaN where there is no voice.

    Returns:
        Rd (F,), NaN where there is no voice, and how straight it leaves the phases: (F,), 1 straight, 0.42 for phases
        that are random.
    """
    shape, confidence = np.full(len(positions), np.nan), np.zeros(len(positions))
    if len(positions) == 0:
        return shape, confidence
    origin = max(0, int(positions.min()) - _REACH)
    padded = np.pad(samples[origin : int(positions.max()) + _REACH + 1], _REACH)
    for frame in np.flatnonzero(np.isfinite(f0)):
        half = int(np.floor(_PERIODS * SAMPLE_RATE / f0[frame] / 2 + 0.5))
        centre = round(positions[frame]) - origin + _REACH
        cut = padded[centre - half : centre + half + 1].astype(np.float64)
        if not cut.any():
            continue
        harmonics = _harmonics(cut, f0[frame])
        phases = np.angle(harmonics) - _minimum_phase(np.log(np.abs(harmonics) + _TINY))
        bent = _bends(phases[:_COUNTED] - _pulse_phases(len(harmonics)))
        shape[frame] = fminbound(_between, TENSEST, MOST_BREATHY, args=(bent,), xtol=_TOLERANCE)
        confidence[frame] = 1 - np.sqrt(_between(shape[frame], bent)) / np.pi
    return shape, confidence


def _harmonics(frame: Doubles, f0: float) -> Complexes:
    """Complex amplitudes (h,) at the spectral peaks nearest to the harmonics, phases being those at the middle.

    In the unit of the sound times the window's sum; `f0` in Hz. Source: McAulay and Quatieri (1986), IEEE Trans. ASSP
    34(4), whose peaks are placed by a parabola through the logarithms.
    """
    half = len(frame) // 2
    windowed = frame * np.blackman(len(frame))
    turned = np.zeros(_POINTS)
    turned[: half + 1], turned[-half:] = windowed[half:], windowed[:half]
    spectrum = rfft(turned)
    level = np.log(np.abs(spectrum) + _TINY)
    peaks = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:])) + 1
    wanted = np.arange(1, min(int((SAMPLE_RATE / 2 - 100) / f0), _MOST) + 1) * f0 * _POINTS / SAMPLE_RATE
    if len(peaks) == 0:
        unmatched: Complexes = spectrum[np.round(wanted).astype(np.intp)]
        return unmatched
    after = np.clip(np.searchsorted(peaks, wanted), 0, len(peaks) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(wanted - peaks[before] <= np.abs(peaks[after] - wanted), peaks[before], peaks[after])
    low, here, high = level[nearest - 1], level[nearest], level[nearest + 1]
    away = 0.5 * (low - high) / np.minimum(low - 2 * here + high, -_TINY)
    next_bin = nearest + np.where(away > 0, 1, -1)
    turn = np.angle(spectrum[next_bin] * np.conj(spectrum[nearest])) * np.abs(away)
    peak = np.exp(here - 0.25 * (low - high) * away + 1j * (np.angle(spectrum[nearest]) + turn))
    found = np.abs(nearest - wanted) < 0.5 * f0 * _POINTS / SAMPLE_RATE
    harmonics: Complexes = np.where(found, peak, spectrum[np.round(wanted).astype(np.intp)])
    return harmonics


def _minimum_phase(logarithms: Doubles) -> Doubles:
    """The phases, in radians, that go with log amplitudes (..., h) of harmonics 1 to h; as many.

    Source: Oppenheim and Schafer (1989), Discrete-Time Signal Processing, the folded cepstrum.
    """
    count = logarithms.shape[-1]
    circle = np.concatenate([logarithms[..., :1], logarithms, logarithms[..., -2::-1]], axis=-1)
    cepstrum = np.fft.ifft(circle, axis=-1).real
    length = circle.shape[-1]
    folded = np.zeros(length)
    folded[0], folded[1 : (length + 1) // 2] = 1, 2
    if length % 2 == 0:
        folded[length // 2] = 1
    phases: Doubles = np.fft.fft(cepstrum * folded, axis=-1).imag[..., 1 : count + 1]
    return phases


def _bends(phases: Doubles) -> Doubles:
    """Mean square, in radians squared, of how far phases (r, h) are from a straight line through zero at 0 Hz: (r,).

    Source: Degottex, Roebel and Rodet (2011), IEEE TASLP 19(5).
    """
    from_zero = np.concatenate([np.zeros((len(phases), 1)), phases], axis=1)
    bends = np.angle(np.exp(1j * np.diff(from_zero, n=2, axis=1)))
    summed: Doubles = np.angle(np.exp(1j * np.cumsum(bends, axis=1)))
    if summed.shape[1] == 0:
        return np.zeros(len(phases))
    mean: Doubles = (summed**2).mean(axis=1)
    return mean


def _between(shape: float, bent: Doubles) -> float:
    """`bent` (r,), which is tabled over the range of Rd, at a given Rd."""
    return float(np.interp(shape, np.linspace(TENSEST, MOST_BREATHY, len(bent)), bent))


@cache
def _pulse_phases(count: int) -> Doubles:
    """Phases of the first harmonics of the pulses in the table, less the minimum phase of their `count` amplitudes."""
    pulses = _pulses()[:, :count]
    phases = np.angle(pulses) - _minimum_phase(np.log(np.abs(pulses)))
    return phases[:, :_COUNTED]


@cache
def _pulses() -> Complexes:
    """Complex amplitudes of the harmonics of the pulses in the table, as `lf_harmonics` gives them: (r, h)."""
    shapes = np.linspace(TENSEST, MOST_BREATHY, round((MOST_BREATHY - TENSEST) / _STEP) + 1)
    return np.array([lf_harmonics(float(shape), _MOST) for shape in shapes])


def lf_harmonics(shape: float, count: int) -> Complexes:
    """Complex amplitudes of the first harmonics of the LF pulse, the flow's derivative, of one period and unit peak.

    Without unit, a share of that peak. Source: Fant (1995), STL-QPSR 36(2-3).

    Args:
        shape: Rd, without unit.
        count: h.

    Returns:
        (h,) complex.
    """
    rise = (22.4 + 11.8 * shape) / 100  # Rk
    back = (-1 + 4.8 * shape) / 100  # Ra, the time constant of the return
    speed = rise * (0.5 + 1.2 * rise) / (4 * (0.11 * shape - back * (0.5 + 1.2 * rise)))  # Rg
    closure = (1 + rise) / (2 * speed)
    rest, turn = 1 - closure, 2 * np.pi * speed
    decay = brentq(lambda e: e * back - 1 + np.exp(-e * rest), 0.01 / back, 1.1 / back)
    returned = -(1 / (decay * back)) * ((1 - np.exp(-decay * rest)) / decay - np.exp(-decay * rest) * rest)

    def opened(rate: Any, growth: float) -> Any:
        ends = np.exp((rate - growth) * closure) * (rate * np.sin(turn * closure) - turn * np.cos(turn * closure))
        begins = turn * np.exp(-growth * closure)
        return -(ends + begins) / (rate**2 + turn**2) / np.sin(turn * closure)

    growth = brentq(lambda g: np.real(opened(g, g)) + returned, -50, 200)
    radians = 2j * np.pi * np.arange(1, count + 1)
    both = decay + radians
    tail = (1 - np.exp(-both * rest)) / both - np.exp(-decay * rest) * (1 - np.exp(-radians * rest)) / radians
    harmonics: Complexes = opened(growth - radians, growth) - np.exp(-radians * closure) * tail / (decay * back)
    return harmonics
