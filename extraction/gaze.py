"""Where the eyes look within the head, and when they blink.

Gaze, in degrees relative to the head, signs as of the head's pose: pitch positive upwards, yaw positive to the right of
the picture; the head's pose added, 0 is into the camera. It is the iris's place between the eye's corners times a gain.
The gains and the rest come from people who turn their heads while they look into the camera, whose eyes turn back by
as much (the vestibulo-ocular reflex): on clips of seven such speakers the iris moved by .0021 E for a degree of yaw
(correlation -.85 to -.98) and .0010 E for one of pitch (-.65 to -.88); an eyeball of 12 mm radius in a face of 90 mm
between the outer corners would move by .0023. While a blink hides the iris there is no gaze (NaN).

A blink is a closing that comes and goes: the mean of the eyeBlink* scores rises by `_RISE` above its running median for
half a second at most. Eyes that look down or stay shut are no blink. At ten pictures a second the shortest blinks
(a tenth of a second) fall between two pictures: measure at 25 to count them all. The rate is that of a window of
`_WINDOW` seconds around each picture, NaN where less than `_LEAST` seconds of it show the face. Seconds are counted by
the pictures' own times (`face_seconds`), whatever rate was asked for.
Source: Stern, Walrath, Goldstein (1984), The endogenous eyeblink, Psychophysiology 21: 15 to 20 blinks a minute.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extraction.face_seconds import at_least, lasting
from extraction.types import Bools, Floats

GAZE = ("gaze pitch [deg]", "gaze yaw [deg]")
BLINKS = ("blink", "blink rate [1/min]")

_GAIN = (1000.0, 480.0)  # degrees an E: pitch, yaw
_REST = (0.021, 0.0)  # E; the iris of an eye that looks straight ahead lies above the line of the corners
_SHUT = 0.5  # mean eyeBlink score above which the iris is hidden
_RISE = 0.25
_LONGEST = 0.5  # seconds
_AROUND = 2.0  # seconds of the running median
_WINDOW = 20.0  # seconds
_LEAST = 5.0  # seconds


def gaze(iris: Floats, closing: Floats) -> Floats:
    """Gaze pitch and yaw (F, 2) in degrees, of `iris` (F, 2), x and y in E, and the eyeBlink score `closing` (F,)."""
    angles = (iris[:, ::-1] - np.array(_REST)) * np.array(_GAIN)
    angles[closing > _SHUT] = np.nan
    return np.asarray(angles, dtype=np.float32)


def blinks(times: NDArray[np.float64], closing: Floats, period: float) -> Floats:
    """`BLINKS` of every picture (F, 2): 1 in a blink and 0 outside, and how many there are a minute.

    Args:
        times: (F,) seconds.
        closing: (F,) the mean of both eyes' eyeBlink scores, NaN where there was no face.
        period: seconds from one picture to the next that were asked for; counts where there is one picture only.
    """
    seen = np.isfinite(closing)
    seconds = lasting(times, period)
    blinking = _short(_above_median(times, closing, seen), times, seconds)
    starts = times[blinking & ~np.concatenate([[False], blinking[:-1]])]
    rate = np.full(len(times), np.nan)
    for i in np.flatnonzero(seen):
        near = np.abs(times - times[i]) <= _WINDOW / 2
        in_view = float(seconds[seen & near].sum())
        if at_least(in_view, _LEAST):
            rate[i] = (np.abs(starts - times[i]) <= _WINDOW / 2).sum() * 60.0 / in_view
    flag = np.where(seen, blinking.astype(np.float64), np.nan)
    return np.column_stack([flag, rate]).astype(np.float32)


def _above_median(times: NDArray[np.float64], closing: Floats, seen: Bools) -> Bools:
    """Where the eyes are more shut than they are around that time."""
    above = np.zeros(len(times), dtype=bool)
    for i in np.flatnonzero(seen):
        first, last = np.searchsorted(times, [times[i] - _AROUND / 2, times[i] + _AROUND / 2])
        above[i] = closing[i] - np.nanmedian(closing[first : last + 1]) > _RISE
    return above


def _short(above: Bools, times: NDArray[np.float64], seconds: NDArray[np.float64]) -> Bools:
    """`above` without the runs that last longer than a blink; `seconds` (F,) that each picture stands for."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(np.int8), [0]])))
    kept = above.copy()
    for first, stop in edges.reshape(-1, 2):
        if times[stop - 1] - times[first] + seconds[stop - 1] > _LONGEST + 1e-9:
            kept[first:stop] = False
    return kept
