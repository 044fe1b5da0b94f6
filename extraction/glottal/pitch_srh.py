"""Fundamental frequency and voicing by the summation of residual harmonics.

The spectrum of the residual of linear prediction is flat but for the comb of the harmonics. For each candidate the
amplitudes at its first five harmonics are added, those half-way between taken off. A second pass keeps to the range
from half to twice the median of what the first pass was sure of.

The DFT bin read for a frequency is the one 1 Hz below it, as in the reference implementation: it moves the estimate by
less than 1 Hz.

Source: Drugman and Alwan (2011), Joint robust voicing detection and pitch estimation, Interspeech.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from extraction.glottal.linear_prediction import Doubles
from extraction.glottal.samples import Residual, Samples
from extraction.types import SAMPLE_RATE, Bools

WINDOW = 1598  # samples, 100 ms
HOP = 160  # samples, 10 ms
CENTRE = 799  # samples from the start of a window to its centre
LOWEST, HIGHEST = 50, 500  # Hz

READS = 2  # how often `track_pitch` reads each sample, at most

_ORDER = 12
_HARMONICS = 5
_SURE = 0.1  # a score that makes a frame count for the range of the second pass
_THRESHOLD, _WIDE_THRESHOLD, _WIDE = 0.07, 0.085, 0.05
_BLOCK = 256  # frames


@dataclass(frozen=True)
class Pitch:
    """A pitch every 10 ms.

    Attributes:
        positions: (F,) samples, the centre of each window.
        f0: (F,) Hz, given in unvoiced frames too; NaN where there was no sound.
        score: (F,), how much stronger the harmonics are than what lies between them.
        voiced: (F,).
    """

    positions: Doubles
    f0: Doubles
    score: Doubles
    voiced: Bools

    def f0_at(self, positions: Doubles) -> Doubles:
        """Hz at given samples, linearly between frames, NaN outside of them."""
        return interpolated(positions, self.positions, self.f0)

    def voiced_at(self, positions: Doubles) -> Doubles:
        """How voiced given samples are, 0 to 1, linearly between frames, 0 outside of them."""
        return np.nan_to_num(interpolated(positions, self.positions, self.voiced.astype(np.float64)))

    @property
    def median(self) -> float:
        """Hz, of the voiced frames; NaN if there are none."""
        voices = self.f0[self.voiced]
        return float(np.median(voices)) if len(voices) else float("nan")


def interpolated(wanted: Doubles, known: Doubles, values: Doubles) -> Doubles:
    """`values` at positions `known` (rising), linearly at the positions `wanted`; NaN outside of them."""
    if len(known) == 0:
        return np.full(len(wanted), np.nan)
    result: Doubles = np.interp(wanted, known, values, left=np.nan, right=np.nan)
    return result


def track_pitch(samples: Samples) -> Pitch:
    """Pitch in Hz of every 100 ms window that lies whole in the sound (N,), 10 ms apart, and whether it is voiced.

    Source: Drugman and Alwan (2011), Interspeech.
    """
    count = max(0, (len(samples) - WINDOW) // HOP + 1)
    f0, score = _search(samples, np.arange(count), LOWEST, HIGHEST)
    sure = score > _SURE
    if sure.any():
        middle = np.median(f0[sure])
        low = max(LOWEST, int(np.floor(0.5 * middle + 0.5)))
        high = min(HIGHEST, int(np.floor(2 * middle + 0.5)))
        outside = np.flatnonzero((f0 < low) | (f0 > high))  # elsewhere the best candidate stays the best
        f0[outside], score[outside] = _search(samples, outside, low, high)
    wide = count > 1 and float(score.std(ddof=1)) > _WIDE
    voiced: Bools = score > (_WIDE_THRESHOLD if wide else _THRESHOLD)
    return Pitch(np.arange(count, dtype=np.float64) * HOP + CENTRE, f0, score, voiced)


def _search(samples: Samples, frames: NDArray[np.intp], low: int, high: int) -> tuple[Doubles, Doubles]:
    """The best candidate from `low` to `high` Hz in each of the frames (f,), in rising order, and its score: (f,) each.

    Hz, and a sum of amplitudes without unit. Source: Drugman and Alwan (2011), Interspeech.
    """
    f0, score = np.full(len(frames), np.nan), np.zeros(len(frames))
    blocks = frames // _BLOCK
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        amplitudes = _amplitudes(samples, frames[rows])
        scores = _scores(amplitudes, low, high)
        sounds = amplitudes.any(axis=1)
        f0[rows] = np.where(sounds, low + scores.argmax(axis=1), np.nan)
        score[rows] = np.where(sounds, scores.max(axis=1), 0)
    return f0, score


def _amplitudes(samples: Samples, frames: NDArray[np.intp]) -> Doubles:
    """Amplitudes 1 Hz apart of the residual's windows, each of unit energy and so without unit: (f, 2501).

    Source: Drugman and Alwan (2011), Interspeech.
    """
    start, stop = int(frames[0]) * HOP, int(frames[-1]) * HOP + WINDOW
    left = Residual(samples, _ORDER)[start:stop]
    windows = np.lib.stride_tricks.sliding_window_view(left, WINDOW)[frames * HOP - start] * np.blackman(WINDOW)
    windows -= windows.mean(axis=1, keepdims=True)
    bins = rfft(windows, n=SAMPLE_RATE, axis=1)[:, :-1]
    power = bins.real**2 + bins.imag**2
    energy = power.sum(axis=1, keepdims=True)
    heard: Doubles = np.sqrt(power[:, : HIGHEST * _HARMONICS + 1] / np.where(energy > 0, energy, 1))
    return heard


def _scores(amplitudes: Doubles, low: int, high: int) -> Doubles:
    """The score of each candidate from `low` to `high` Hz, without unit: (f, candidates).

    Source: Drugman and Alwan (2011), Interspeech, the summation of residual harmonics itself.
    """
    candidates = np.arange(low, high + 1)
    scores = amplitudes[:, candidates - 1]
    for harmonic in range(2, _HARMONICS + 1):
        between = np.floor((harmonic - 0.5) * candidates + 0.5).astype(np.intp)
        scores += amplitudes[:, harmonic * candidates - 1]
        scores -= amplitudes[:, between - 1]
    return scores
