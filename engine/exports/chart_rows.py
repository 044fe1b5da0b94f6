"""A chart's rows: which words each holds, and where a time lies in it.

Positions along a row are seconds, or where no word has a time, words; lengths on the page are inches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.exports.read_clip import ReadClip

LEFT, PLOT = 0.75, 10.0  # inches: the margin at the left, the length of a full row
_SECONDS, _WORDS = 10.0, 16  # of a row, at most
_MOST_ROWS = 180  # half an hour; the rows of a longer clip hold more
_STEPS = (0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)  # seconds between marks
_MOST_MARKS = 12


@dataclass(frozen=True)
class Column:
    """A word on the axis: from `start` to `end`, in seconds or words."""

    text: str
    start: float
    end: float
    sentiment: float
    attention: float
    estimated: bool

    @property
    def middle(self) -> float:
        """Where its dot stands."""
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class Row:
    """The stretch `[begin, end)` of the axis.

    Attributes:
        begin, end: seconds or words; every row of a chart is equally long.
        columns: words any part of which lies in it, cut to it.
        own: words whose middle lies in it.
        curve: the sentiment over it, as points.
        most_attention: of a word anywhere in the clip, above 0.
    """

    begin: float
    end: float
    columns: tuple[Column, ...]
    own: tuple[Column, ...]
    curve: tuple[tuple[float, float], ...]
    most_attention: float

    def x(self, at: float) -> float:
        """Inches from the page's left edge."""
        return LEFT + PLOT * (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)


def chart_columns(clip: ReadClip) -> tuple[list[Column], bool]:
    """The words with a time, in order of their middles, and True; or all words side by side, and False."""
    prediction = clip.prediction
    columns = []
    timed = any(word.timed for word in prediction.words)
    for i, (word, text) in enumerate(zip(prediction.words, clip.texts, strict=True)):
        if timed and (word.start is None or word.end is None):
            continue
        start, end = (word.start or 0.0, word.end or 0.0) if timed else (i + 0.06, i + 0.94)
        start = max(start, 0.0)
        values = float(prediction.sentiment[i]), float(prediction.attention[i])
        columns.append(Column(text, start, max(start, end), *values, word.interpolated and timed))
    return sorted(columns, key=lambda column: column.middle), timed


def rows_of(columns: Sequence[Column], duration: float | None) -> list[Row]:
    """The rows, all equally long; `duration` in seconds, or None where the axis counts words."""
    if duration is None:
        length, most = float(len(columns)), float(_WORDS)
    else:
        length, most = max([duration, 0.1, *(column.end for column in columns)]), _SECONDS
    count = min(math.ceil(length / most), _MOST_ROWS)
    span = length / count
    middles = np.array([column.middle for column in columns])
    values = np.array([column.sentiment for column in columns])
    top = max((column.attention for column in columns), default=0.0) or 1.0
    rows = []
    for number in range(count):
        begin, end = number * span, (number + 1) * span
        first, stop = np.searchsorted(middles, (begin, end if number < count - 1 else np.inf))
        inside = tuple(
            Column(c.text, max(c.start, begin), min(c.end, end), c.sentiment, c.attention, c.estimated)
            for c in columns
            if (c.end > begin and c.start < end) or begin <= c.middle < end
        )
        rows.append(Row(begin, end, inside, tuple(columns[first:stop]), _curve(middles, values, begin, end), top))
    return rows


def tick_step(span: float, timed: bool) -> float:
    """What lies between two marks of an axis that shows `span`."""
    if not timed:
        return 1.0 if span <= _WORDS else float(math.ceil(span / _WORDS))
    return next((step for step in _STEPS if span / step <= _MOST_MARKS), _STEPS[-1])


def _curve(
    middles: np.typing.NDArray[np.float64], values: np.typing.NDArray[np.float64], begin: float, end: float
) -> tuple[tuple[float, float], ...]:
    """The points within `[begin, end]`, and where the line from word to word meets the ends."""
    points = [(float(at), float(value)) for at, value in zip(middles, values, strict=True) if begin <= at <= end]
    if not len(middles) or middles[0] > end or middles[-1] < begin:
        return tuple(points)
    if middles[0] < begin:
        points.insert(0, (begin, float(np.interp(begin, middles, values))))
    if middles[-1] > end:
        points.append((end, float(np.interp(end, middles, values))))
    return tuple(points)
