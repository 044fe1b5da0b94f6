"""What the flow of each glottal cycle says of the voice.

A cycle reaches from the closure before to the closure itself. The first one has none before it and reaches from the
start of the sound, as in the reference implementation; its numbers mean little.

Sources: NAQ, normalised amplitude quotient: Alku, Bäckström and Vilkman (2002), JASA 112(2). QOQ, quasi-open quotient
at half the amplitude: Hacki (1989), Folia Phoniatrica 41. H1-H2: Titze and Sundberg (1992), JASA 91(5). HRF, harmonic
richness factor: Childers and Lee (1991), JASA 90(5). PSP, parabolic spectral parameter: Alku, Strik and Vilkman (1997),
Speech Communication 22(1).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal import find_peaks

from extraction.glottal.closure_sedreams import Positions
from extraction.glottal.inverse_iaif import LONGEST, Flow, glottal_flow, periods
from extraction.glottal.linear_prediction import Doubles
from extraction.glottal.samples import Samples
from extraction.types import SAMPLE_RATE

COLUMNS = ("NAQ", "QOQ", "H1-H2 [dB]", "HRF [dB]", "PSP")
SHORTEST_PERIOD, LONGEST_PERIOD = 32, 800  # samples, 500 Hz and 20 Hz: no cycle of speech is outside

_AFTER = 8  # samples, 0.5 ms: a closure's negative peak may come so much later
_RICHNESS_TOP = 5000  # Hz
_POINTS = 2048  # of the spectrum that the parabola is fitted to
_FITTED = 512  # of its bins, at most
_MISFIT = 0.01  # relative, at which the fit ends
_TINY = 1e-150
_CHUNK = 512  # cycles whose flow is held at once
_ROWS = 32  # cycles measured at once

Batch = NDArray[np.intp]


def of_a_voice(closures: Positions) -> NDArray[np.bool_]:
    """Whether each cycle (G,) is as long as one of a voice, 20 to 500 Hz."""
    spans = periods(closures)
    usable: NDArray[np.bool_] = (spans >= SHORTEST_PERIOD) & (spans <= LONGEST_PERIOD)
    return usable


def voice_quality(samples: Samples, closures: Positions) -> Doubles:
    """The five parameters of each glottal cycle, the flow worked out part by part.

    Sources, in the order of `COLUMNS`: Alku et al. (2002), Hacki (1989), Titze and Sundberg (1992), Childers and Lee
    (1991), Alku et al. (1997); the head of this file has them whole.

    Args:
        samples: (N,), the right way up.
        closures: (G,) samples, of the voiced parts of the sound, rising.

    Returns:
        (G, 5), in the order of `COLUMNS`: NAQ, QOQ and PSP have no unit, H1-H2 and HRF are in dB; NaN where the
        cycle's length is not that of a voice.
    """
    values = np.full((len(closures), len(COLUMNS)), np.nan)
    usable = np.flatnonzero(of_a_voice(closures))
    for first in range(0, len(usable), _CHUNK):
        chunk = usable[first : first + _CHUNK]
        reach = 2 * LONGEST_PERIOD
        before = closures[chunk[0] - 1] if chunk[0] else closures[0] - LONGEST
        start = max(0, int(before) - reach)
        flow = glottal_flow(samples, closures, start, min(len(samples), int(closures[chunk[-1]]) + reach))
        values[chunk] = measured(flow, closures, chunk)
    return values


def measured(flow: Flow, closures: Positions, chosen: Batch) -> Doubles:
    """The five parameters of some cycles, with the sources and units of `voice_quality`.

    Args:
        flow: over all these cycles and one and a half periods more.
        closures: (G,) samples, of the whole sound.
        chosen: (C,) indices of the cycles, each as long as that of a voice.

    Returns:
        (C, 5), in the order of `COLUMNS`.
    """
    spans = periods(closures)
    begins = closures - spans
    begins[:1] = max(flow.origin, int(closures[0]) - LONGEST)
    values = np.full((len(chosen), len(COLUMNS)), np.nan)
    order = np.argsort(closures[chosen] - begins[chosen], kind="stable")
    for rows in _even(order):
        batch = chosen[rows]
        first, last, period = begins[batch] - flow.origin, closures[batch] - flow.origin, spans[batch]
        values[rows, :2] = _quotients(flow, first, last, period)
        values[rows, 2:4] = _harmonics(flow.derivative, last, period)
        values[rows, 4] = _parabolic(flow.flow, first, last, period)
    values[chosen == 0, 4] = np.nan  # there is no pulse before the first closure
    return values


def _even(order: Batch) -> Iterator[Batch]:
    """`order` in groups small enough to hold; the longest, which may be very long, by itself."""
    for start in range(0, len(order) - 1, _ROWS):
        yield order[start : min(start + _ROWS, len(order) - 1)]
    yield order[-1:]


def _gathered(signal: Doubles, first: Batch, last: Batch) -> tuple[Doubles, NDArray[np.bool_]]:
    """`signal` from each first to each last sample, both included, in rows; and where rows have samples."""
    places = first[:, None] + np.arange(int((last - first).max()) + 1)
    inside = (places <= last[:, None]) & (places >= 0) & (places < len(signal))
    return signal[np.clip(places, 0, len(signal) - 1)], inside


def _quotients(flow: Flow, first: Batch, last: Batch, period: Batch) -> Doubles:
    """NAQ and QOQ, shares of the period without unit: (c, 2).

    Sources: Alku, Bäckström and Vilkman (2002), JASA 112(2); Hacki (1989), Folia Phoniatrica 41.
    """
    pulse, inside = _gathered(flow.flow, first, last)
    places, span = np.arange(pulse.shape[1]), (last - first)[:, None]
    begin, end = pulse[:, :1], flow.flow[last][:, None]
    pulse = np.where(inside, pulse - begin - (end - begin) * places / span, -np.inf)
    top = pulse.argmax(axis=1)[:, None]
    height = np.take_along_axis(pulse, top, axis=1)
    low = inside & (pulse < 0.5 * height)
    opened = np.where(low & (places < top), places, 0).max(axis=1)
    closed = np.where(low & (places > top), places, span).min(axis=1)
    derivative, inside = _gathered(flow.derivative, first, last + _AFTER)
    steepest = np.where(inside, np.abs(derivative), 0).max(axis=1)
    amplitude = height[:, 0] / np.where(steepest > 0, steepest, np.nan) / period
    return np.column_stack([amplitude, (closed - opened) / period])


def _harmonics(derivative: Doubles, closure: Batch, period: Batch) -> Doubles:
    """H1-H2 and HRF in dB, of three periods around the closure: (c, 2); NaN at the ends of the sound.

    Sources: Titze and Sundberg (1992), JASA 91(5); Childers and Lee (1991), JASA 90(5).
    """
    count = _RICHNESS_TOP * int(period.max()) // SAMPLE_RATE
    levels = harmonic_levels(derivative, closure, period, count)
    within = np.arange(1, count + 1) * (SAMPLE_RATE / period[:, None]) <= _RICHNESS_TOP
    amplitudes = np.where(within, 10 ** (levels / 20), 0)
    richness = 20 * np.log10(np.maximum(amplitudes[:, 1:].sum(axis=1), _TINY)) - levels[:, 0]
    return np.column_stack([levels[:, 0] - levels[:, 1], richness])


def harmonic_levels(derivative: Doubles, closure: Batch, period: Batch, count: int) -> Doubles:
    """Levels of the spectral peaks nearest to the harmonics, in three periods around each closure.

    What H1-H2 and HRF are made of. Source: Childers and Lee (1991), JASA 90(5).

    Args:
        derivative: (n,), of the flow.
        closure: (c,) samples.
        period: (c,) samples.
        count: how many harmonics, from the first on.

    Returns:
        (c, count) dB; NaN where the three periods do not lie whole in the signal, or hold nothing.
    """
    half = (3 * period + 1) // 2
    frames, inside = _gathered(derivative, closure - half, closure + half)
    places = np.arange(frames.shape[1])
    frames = np.where(inside, frames * (0.54 - 0.46 * np.cos(np.pi * places / half[:, None])), 0)
    spectrum = rfft(frames, SAMPLE_RATE, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    heard = power.any(axis=1) & (closure >= half) & (closure + half < len(derivative))
    levels = np.full((len(closure), count), np.nan)
    for row in np.flatnonzero(heard):
        levels[row] = _nearest_levels(power[row], SAMPLE_RATE / period[row], count)
    return levels


def _nearest_levels(power: Doubles, f0: float, count: int) -> Doubles:
    """Levels in dB of the peaks nearest to the first harmonics of `f0` Hz: (count,); `power` is 1 Hz a bin.

    A peak within half an `f0` of a higher one does not count; NaN if there is none. Harmonics are looked for one bin
    below their frequency, as in the reference implementation. Source: Childers and Lee (1991), JASA 90(5).
    """
    peaks, _ = find_peaks(power, distance=max(1, int(f0 / 2 + 0.5)))
    if len(peaks) == 0:
        return np.full(count, np.nan)
    wanted = np.arange(1, count + 1) * f0 - 1
    after = np.clip(np.searchsorted(peaks, wanted), 0, len(peaks) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(wanted - peaks[before] <= np.abs(peaks[after] - wanted), peaks[before], peaks[after])
    levels: Doubles = 10 * np.log10(np.maximum(power[nearest], _TINY))
    return levels


def _parabolic(flow: Doubles, first: Batch, last: Batch, period: Batch) -> Doubles:
    """PSP: the curvature of the pulse's spectrum, that of a constant flow as long being 1; without unit: (c,).

    Source: Alku, Strik and Vilkman (1997), Speech Communication 22(1).
    """
    pulse, inside = _gathered(flow, first, last)
    pulse -= np.where(inside, pulse, np.inf).min(axis=1, keepdims=True)
    pulse = np.where(inside, pulse, 0)
    height = pulse.max(axis=1, keepdims=True)
    curvature = _curvature(pulse / np.where(height > 0, height, 1)) / _flat_curvature()[period]
    return np.where(height[:, 0] > 0, curvature, np.nan)


@cache
def _flat_curvature() -> Doubles:
    """The curvature, dB a squared bin, of constant flow of unit sum by its length in samples: (801,).

    Source: Alku, Strik and Vilkman (1997), Speech Communication 22(1).
    """
    lengths = np.arange(LONGEST_PERIOD + 1)[:, None]
    return _curvature((np.arange(LONGEST_PERIOD) < lengths) / np.maximum(lengths, 1))


def _curvature(pulses: Doubles) -> Doubles:
    """The coefficient, dB a squared bin, of the parabola fitted to the level of each pulse's (c, n) lowest bins: (c,).

    Bins are taken in until the squared misfit is more than a hundredth of the squared level.
    Source: Alku, Strik and Vilkman (1997), Speech Communication 22(1).
    """
    level = 20 * np.log10(np.maximum(np.abs(rfft(pulses, _POINTS, axis=1)[:, :_FITTED]), _TINY))
    bins = np.arange(_FITTED, dtype=np.float64)
    taken, square, fourth = bins + 1, np.cumsum(bins**2), np.cumsum(bins**4)
    total, weighted, energy = (np.cumsum(part, axis=1) for part in (level, level * bins**2, level**2))
    spread = taken * fourth - square**2
    spread[0] = 1
    curvature = (taken * weighted - total * square) / spread
    offset = (total - curvature * square) / taken
    misfit = energy - curvature * weighted - offset * total
    ends = (misfit > _MISFIT * energy) & (taken >= 3)
    end = np.where(ends.any(axis=1), ends.argmax(axis=1), _FITTED - 1)
    return np.take_along_axis(curvature, end[:, None], axis=1)[:, 0]
