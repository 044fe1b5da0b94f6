"""A track becomes a stream: what was measured a frame is averaged over each word.

Conventions. A frame belongs to a word if its centre time lies in the word's `[start, end)`. Frames that were not
observed, and values that are not finite, take no part in a mean; nothing is ever filled in. Means are taken in
float64. This is the only place where frames turn into words. Source of averaging within a word's interval: Pham,
Manzini, Liang, Poczos (2018), arXiv 1807.03915, section 4.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extraction.types import Bools, Floats, Stream, Track, Word

Positions = NDArray[np.intp]

_AT_ONCE = 512  # words; so that a long clip's frames are not held in float64 all at once
_CRACK = 1e-9  # seconds: two neighbours' common border, computed from either side, may differ by rounding


def pool(track: Track, words: Sequence[Word]) -> Stream:
    """Average `track` (F, D) over each of W words, column by column.

    A word shorter than the track's period that holds no frame centre takes the frame whose period
    `[t - period/2, t + period/2)` contains the word's midpoint. A word is not observed if it has no times or no frame
    of it was observed; a column with no finite value in an observed word is NaN.

    Args:
        track: frames in rising time order.
        words: in any order; intervals may overlap.

    Returns:
        A stream of W rows with the track's spec.
    """
    timed = np.array([word.timed for word in words], dtype=bool)  # (W,)
    spans = [(word.start, word.end) if word.timed else (0.0, 0.0) for word in words]
    start, end = np.array(spans, dtype=np.float64).reshape(-1, 2).T  # (W,) each
    first, stop = _frames_of(track, start, end)
    stop = np.where(timed, stop, first)
    blocks = [_means(track, first[i : i + _AT_ONCE], stop[i : i + _AT_ONCE]) for i in range(0, len(words), _AT_ONCE)]
    if not blocks:
        return Stream(track.spec, np.empty((0, track.spec.dim), np.float32), np.empty(0, bool))
    return Stream(track.spec, np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks]))


def _means(track: Track, first: Positions, stop: Positions) -> tuple[Floats, Bools]:
    """Mean of the frames `[first, stop)` of each word (W, D), and whether one of them was observed (W,)."""
    held = stop > first
    begin, end = int(first[held].min(initial=len(track.times))), int(stop[held].max(initial=0))
    values, observed = track.values[begin:end], track.observed[begin:end]
    first, stop = np.where(held, first - begin, 0), np.where(held, stop - begin, 0)
    seen = _sum_ranges(observed[:, None].astype(np.float64), first, stop)[:, 0]  # (W,)
    usable = np.isfinite(values) & observed[:, None]  # (F, D)
    count = _sum_ranges(usable.astype(np.float64), first, stop)  # (W, D)
    total = _sum_ranges(np.where(usable, values, 0.0).astype(np.float64), first, stop)  # (W, D)
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return mean.astype(np.float32), seen > 0


def _frames_of(track: Track, start: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[Positions, Positions]:
    """The frames `[first, stop)` of each interval."""
    first = np.searchsorted(track.times, start, side="left")
    stop = np.maximum(np.searchsorted(track.times, end, side="left"), first)
    middle, half = (start + end) / 2, track.period / 2
    around = np.searchsorted(track.times + half, middle, side="right")  # the first frame that ends after `middle`
    begins = np.append(track.times - half, np.inf)[around]
    short = (stop == first) & (end - start < track.period) & (begins <= middle + _CRACK)
    return np.where(short, around, first), np.where(short, around + 1, stop)


def _sum_ranges(rows: NDArray[np.float64], first: Positions, stop: Positions) -> NDArray[np.float64]:
    """Sum of `rows[first:stop]` for each range: (F, D), (W,), (W,) -> (W, D); an empty range gives zeros."""
    closed = np.vstack([rows, np.zeros((1, rows.shape[1]))])  # so that `stop == F` is a valid index
    bounds = np.column_stack([first, stop]).ravel()
    sums = np.add.reduceat(closed, bounds, axis=0)[::2]  # every second sum lies between two words
    return np.where((stop > first)[:, None], sums, 0.0)
