"""The flow through the glottis by iterative adaptive inverse filtering, one frame a closure instant.

Each frame reaches one period to each side of its closure. A rough source is taken out of the sound, the vocal tract
estimated from what is left, its inverse applied to the sound: that is a better source, and the same again gives the
derivative of the flow and, integrated, the flow. Frames are added up where they overlap.

As in the reference implementation, a frame is centred one sample before its closure, and the first closure after an
unvoiced gap has a frame as long as the gap, to each side.

Source: Alku (1992), Glottal wave analysis with pitch synchronous iterative adaptive inverse filtering, Speech
Communication 11(2-3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import firls, lfilter

from extraction.glottal.closure_sedreams import Positions
from extraction.glottal.linear_prediction import Doubles, predictors, whitened
from extraction.glottal.samples import Samples
from extraction.types import SAMPLE_RATE

LONGEST = 10 * SAMPLE_RATE  # samples from one closure to the next; no frame across a longer gap

_TRACT_ORDER, _SOURCE_ORDER = 20, 8
_LEAK = 0.99  # of the integrator that stands for the radiation at the lips
_RAMP = _TRACT_ORDER + 1  # samples led in from minus the first sample to the first
_HIGH_PASS_ORDER = 300
_AREA = 1 << 16  # samples filtered at once


@dataclass(frozen=True)
class Flow:
    """Flow and its derivative over part of a sound.

    Attributes:
        origin: the sample at which the part begins.
        flow, derivative: (n,).
    """

    origin: int
    flow: Doubles
    derivative: Doubles


def periods(closures: Positions) -> Positions:
    """Samples from each closure (G,) to the one before it; the first has the second's."""
    if len(closures) < 2:
        return np.zeros(len(closures), dtype=np.intp)
    gaps = np.diff(closures)
    return np.concatenate([gaps[:1], gaps])


def glottal_flow(samples: Samples, closures: Positions, start: int, stop: int) -> Flow:
    """The flow from sample `start` to `stop`: its derivative in the unit of the sound, the flow in that times samples.

    Source: Alku (1992), Speech Communication 11(2-3).

    Args:
        samples: (N,), the right way up.
        closures: (G,) of the whole sound, rising.
        start: of the part wanted, a sample of the sound.
        stop: one past its last sample.
    """
    low, high = np.searchsorted(closures, [start - LONGEST, stop + LONGEST])
    centres, spans = closures[low:high] - 1, periods(closures)[low:high]
    first, last = np.maximum(centres - spans, 0), np.minimum(centres + spans, len(samples) - 1)
    inside = (spans > _SOURCE_ORDER) & (spans <= LONGEST)
    chosen = np.flatnonzero(inside & (last >= start) & (first < stop))
    chosen = chosen[np.argsort(spans[chosen], kind="stable")]
    flow, derivative = np.zeros(stop - start), np.zeros(stop - start)
    origin = int(first[chosen].min(initial=stop))
    sound = samples[origin : int(last[chosen].max(initial=origin)) + 1]
    for part in batches(spans[chosen]):
        batch = chosen[part]
        lengths = last[batch] - first[batch] + 1
        places = first[batch, None] + np.arange(lengths.max())
        frames = sound[np.minimum(places - origin, len(sound) - 1)].astype(np.float64)
        kept = (places <= last[batch, None]) & (places >= start) & (places < stop)
        part_flow, part_derivative = _inverse_filtered(frames, lengths)
        flow += np.bincount(places[kept] - start, part_flow[kept], minlength=len(flow))
        derivative += np.bincount(places[kept] - start, part_derivative[kept], minlength=len(flow))
    return Flow(start, flow, derivative)


def batches(spans: Positions) -> Iterator[slice]:
    """Groups of frames alike in length and small enough to hold, from their spans (c,) in rising order."""
    start = 0
    while start < len(spans):
        rows = max(1, _AREA // (2 * int(spans[start]) + 1))
        stop = min(start + rows, int(np.searchsorted(spans, 1.25 * spans[start], side="right")))
        yield slice(start, stop)
        start = stop


def _inverse_filtered(frames: Doubles, lengths: Positions) -> tuple[Doubles, Doubles]:
    """Flow and derivative (f, n) of frames (f, n) of given lengths (f,); what lies after a frame's length is left
    undefined. The derivative is in the unit of the sound.

    Source: Alku (1992), Speech Communication 11(2-3).
    """
    window = _hann(lengths, frames.shape[1])
    sound = _high_passed(frames * window)
    ramp = sound[:, :1] * np.linspace(-1, 1, _RAMP)
    led = np.concatenate([ramp, sound], axis=1)
    rough = whitened(led, predictors(sound * window, 1))[:, _RAMP:]
    tract = predictors(rough * window, _TRACT_ORDER)
    source = predictors(_integrated(whitened(led, tract))[:, _RAMP:] * window, _SOURCE_ORDER)
    bare = _integrated(whitened(led, source))[:, _RAMP:]
    derivative = whitened(led, predictors(bare * window, _TRACT_ORDER))
    return _integrated(derivative)[:, _RAMP:], derivative[:, _RAMP:]


def _hann(lengths: Positions, width: int) -> Doubles:
    """A symmetric Hann window of each length and zeros after it: (f, width)."""
    places = np.arange(width)
    windows = 0.5 - 0.5 * np.cos(2 * np.pi * places / (lengths[:, None] - 1))
    return np.where(places < lengths[:, None], windows, 0)


def _integrated(signals: Doubles) -> Doubles:
    """The leaky sum along each row, in the unit of the signals times samples; it undoes the radiation at the lips.

    Source: Alku (1992), Speech Communication 11(2-3).
    """
    summed: Doubles = lfilter([1.0], [1.0, -_LEAK], signals, axis=1)
    return summed


def _high_passed(frames: Doubles) -> Doubles:
    """Frames (f, n) without what lies below 40 Hz, in their own unit, not shifted, silence assumed around them.

    Source: Alku (1992), Speech Communication 11(2-3); 40 to 70 Hz is the reference implementation's.
    """
    width = frames.shape[1]
    points = next_fast_len(width + _HIGH_PASS_ORDER, real=True)
    filtered = irfft(rfft(frames, points, axis=1) * rfft(_high_pass(), points), points, axis=1)
    half = _HIGH_PASS_ORDER // 2
    kept: Doubles = filtered[:, half : half + width]
    return kept


@cache
def _high_pass() -> Doubles:
    """A linear-phase filter, by least squares: stops below 40 Hz, passes above 70 Hz."""
    taps: Doubles = firls(_HIGH_PASS_ORDER + 1, [0, 40, 70, SAMPLE_RATE / 2], [0, 0, 1, 1], fs=SAMPLE_RATE)
    return taps
