"""Glottal closure instants by the speech event detection of SEDREAMS.

The mean-based signal (the sound under a sliding Blackman window of about 1.7 periods) swings once a period. Each
closure is the strongest point of the residual in an interval of that swing, whose place in it is learnt from the
strongest points of the whole sound.

Source: Drugman and Dutoit (2009), Glottal closure and opening instant detection from speech signals, Interspeech.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from extraction.glottal.samples import BLOCK, Samples, parts
from extraction.glottal.zero_phase import blocks, forth_and_back, high_pass
from extraction.types import SAMPLE_RATE

Positions = NDArray[np.intp]

_PERIODS = 1.7  # in the window of the mean-based signal
_STRONG = 0.4  # of the residual's largest magnitude
_REACH = 0.35  # of the swing from minimum to maximum, searched on each side


def closure_instants(samples: Samples, left: Samples, f0: float) -> Positions:
    """Every closure instant the sound would have if it were voiced throughout.

    Source: Drugman and Dutoit (2009), Interspeech.

    Args:
        samples: (N,), the right way up.
        left: (N,), its residual of linear prediction of order 18.
        f0: Hz, typical of the speaker; not a number where there is no voice, and then there are no instants.

    Returns:
        (G,) samples, rising.
    """
    peak = max((float(np.abs(part).max()) for _, part in parts(left)), default=0.0)
    if not np.isfinite(f0) or peak == 0:
        return np.empty(0, dtype=np.intp)
    minima, maxima = _swings(samples, f0)
    if len(minima) == 0:
        return np.empty(0, dtype=np.intp)
    strong = _above(left, _STRONG * peak)
    if len(strong) == 0:
        return np.empty(0, dtype=np.intp)
    nearest = _nearest(minima, strong)
    swing = maxima - minima
    place = float(np.median((strong - minima[nearest]) / swing[nearest]))
    first = np.maximum(np.floor(minima + (place - _REACH) * swing + 0.5).astype(np.intp), 0)
    last = np.minimum(np.floor(minima + (place + _REACH) * swing + 0.5).astype(np.intp), len(left) - 1)
    return _strongest(left, first, last)


def _strongest(left: Samples, first: Positions, last: Positions) -> Positions:
    """The samples at which the residual (N,) is largest between each first and last one, each once: rising.

    Source: Drugman and Dutoit (2009), Interspeech.
    """
    found: list[int] = []
    usable = last > first
    for block in np.unique(first[usable] // BLOCK):
        here = usable & (first // BLOCK == block)
        origin = int(first[here].min())
        part = left[origin : int(last[here].max()) + 1]
        spans = zip(first[here] - origin, last[here] - origin, strict=True)
        found += [origin + a + int(part[a : b + 1].argmax()) for a, b in spans]
    return np.unique(np.array(found, dtype=np.intp))


def _swings(samples: Samples, f0: float) -> tuple[Positions, Positions]:
    """Each minimum of the mean-based signal and the maximum after it: samples (g,) each; `f0` in Hz.

    Source: Drugman and Dutoit (2009), Interspeech.
    """
    half = int(np.floor(_PERIODS * SAMPLE_RATE / f0 / 2 + 0.5))
    window = np.blackman(2 * half + 1) / (2 * half + 1)
    sections = high_pass(30, 50)
    low: list[Positions] = []
    high: list[Positions] = []
    for start, stop, origin, piece in blocks(samples):
        mean = forth_and_back(sections, oaconvolve(piece, window, mode="full")[half : half + len(piece)])
        inner = np.arange(max(start, origin + 1), min(stop, origin + len(piece) - 1))
        before, here, after = (mean[inner - origin + shift] for shift in (-1, 0, 1))
        low.append(inner[(here < before) & (here < after)])
        high.append(inner[(here > before) & (here > after)])
    minima, maxima = np.concatenate(low), np.concatenate(high)
    maxima = maxima[maxima > minima[0]] if len(minima) else maxima[:0]
    pairs = min(len(minima), len(maxima))
    return minima[:pairs], maxima[:pairs]


def _above(values: Samples, level: float) -> Positions:
    """Where `values` (N,) exceed `level`."""
    return np.concatenate([np.flatnonzero(part > level) + start for start, part in parts(values)])


def _nearest(places: Positions, wanted: Positions) -> Positions:
    """Index of the place (rising) that is nearest to each wanted position, the earlier of two."""
    after = np.clip(np.searchsorted(places, wanted), 1, max(len(places) - 1, 1))
    if len(places) == 1:
        return np.zeros(len(wanted), dtype=np.intp)
    before = after - 1
    earlier = wanted - places[before] <= places[after] - wanted
    return np.where(earlier, before, after)
