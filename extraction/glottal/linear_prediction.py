"""Linear prediction of many frames at once, and the residual of a whole sound.

Source: Makhoul (1975), Linear prediction: a tutorial review, Proc. IEEE 63(4); the residual by overlap-add of frames
that keep their energy is that of Drugman and Alwan (2011), Interspeech.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extraction.types import Floats

Doubles = NDArray[np.float64]

FRAME = 401  # samples, 25 ms and the centre
HOP = 80  # samples, 5 ms
_SPAN = -(-FRAME // HOP)  # hops that a frame covers, the last in part
_BLOCK = 1000  # frames filtered at once


def predictors(frames: Doubles, order: int) -> Doubles:
    """The whitening filter of each frame by the autocorrelation method; its coefficients have no unit.

    Source: Makhoul (1975), Proc. IEEE 63(4); the recursion is Levinson's and Durbin's.

    Args:
        frames: (F, n), windowed already; zeros at the end change nothing.
        order: how many samples a sample is predicted from.

    Returns:
        (F, order + 1); the first coefficient is 1, and a frame of zeros has zeros after it.
    """
    length = frames.shape[1]
    lags = np.zeros((order + 1, len(frames)))
    for lag in range(min(order, length - 1) + 1):
        lags[lag] = np.einsum("fn,fn->f", frames[:, : length - lag], frames[:, lag:])
    filters = np.zeros((order + 1, len(frames)))
    filters[0] = 1
    error = lags[0].copy()
    floor = lags[0] * 1e-14
    for step in range(1, order + 1):
        unexplained = (filters[:step] * lags[step:0:-1]).sum(axis=0)
        usable = error > floor
        reflection = np.where(usable, -unexplained / np.where(usable, error, 1), 0)
        filters[1 : step + 1] += reflection * filters[step - 1 :: -1][:step]
        error *= 1 - reflection**2
    return filters.T


def whitened(signals: Doubles, filters: Doubles) -> Doubles:
    """Each row of `signals` (F, n) through its own finite filter of `filters` (F, order + 1), from rest: (F, n).

    In the unit of the signals. Source: Makhoul (1975), Proc. IEEE 63(4), the prediction error.
    """
    result = signals * filters[:, :1]
    for lag in range(1, filters.shape[1]):
        result[:, lag:] += filters[:, lag, None] * signals[:, :-lag]
    return result


def residual(samples: Floats | Doubles, order: int, analysed: Floats | Doubles | None = None) -> Floats:
    """What linear prediction leaves of a sound, at the level of the sound: full scale.

    Source: Drugman and Alwan (2011), Interspeech.

    Args:
        samples: (N,).
        order: of the prediction, in each Hann window of 25 ms every 5 ms.
        analysed: (N,), the sound that the predictors are taken from; `samples` by default.

    Returns:
        (N,) float32; zero in a sound shorter than one window.
    """
    count = max(0, (len(samples) - FRAME) // HOP + 1)
    result = np.zeros(len(samples), dtype=np.float32)
    for first in range(0, count, _BLOCK):
        frames = min(_BLOCK, count - first)
        windows = _windows(samples, first, frames)
        filters = predictors(windows if analysed is None else _windows(analysed, first, frames), order)
        left = whitened(windows, filters)
        before, after = (np.einsum("fn,fn->f", rows, rows) for rows in (windows, left))
        left *= np.sqrt(before / np.where(after > 0, after, 1))[:, None]
        span = slice(first * HOP, (first + frames - 1) * HOP + FRAME)
        result[span] += _overlapped(left)
    return result


def _windows(samples: Floats | Doubles, first: int, frames: int) -> Doubles:
    """Windows `first` to `first + frames` of a sound: (frames, 401)."""
    span = samples[first * HOP : (first + frames - 1) * HOP + FRAME].astype(np.float64)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))
    result: Doubles = np.lib.stride_tricks.sliding_window_view(span, FRAME)[::HOP] * window
    return result


def _overlapped(frames: Doubles) -> Doubles:
    """The sum of frames (F, 401) laid 80 samples apart."""
    rows = np.zeros((len(frames) + _SPAN - 1, HOP))
    for part in range(_SPAN):
        piece = frames[:, part * HOP : (part + 1) * HOP]
        rows[part : part + len(frames), : piece.shape[1]] += piece
    return rows.ravel()[: (len(frames) - 1) * HOP + FRAME]
