"""What draws a chart: text, blocks and lines on axes that count inches, gathered so that a long chart is drawn fast.

Words are shown as text whatever they hold (no mathematics between dollar signs); a character that the font has not is
drawn as an empty square. Labels that would touch go to the next lane; where all are full, a word has no label.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine import scale
from engine.exports.chart_rows import LEFT, PLOT, Column, Row

_MOST_LANES = 5
_SIZE = 8.5  # points of a label
_FINE = 720  # dots an inch, for lengths that no pixel rounds
_PAD, _APART = 0.04, 0.03  # inches: around a label's text, between two labels
_LONGEST = 26  # characters of a label
_TINT = 0.7  # of the hue behind a label at the ends of the scale, as on the page


@dataclass(frozen=True)
class Theme:
    """Colours of a page."""

    page: str
    ink: str
    faint: str


LIGHT = Theme("#FFFFFF", "#1B1F24", "#D9DCE1")
DARK = Theme("#14171C", "#E8EAED", "#3A414B")


@dataclass(frozen=True)
class Label:
    """A word to be written: in which lane, from 0 upwards, and where in inches."""

    word: Column
    text: str
    lane: int
    left: float
    width: float
    middle: float


def labels_of(row: Row) -> list[Label]:
    """The words of a row in lanes, so that no two touch."""
    ends = [LEFT - 1.0] * _MOST_LANES
    labels = []
    for word in row.own:
        text = drawable(word.text if len(word.text) <= _LONGEST else word.text[: _LONGEST - 1] + "…")
        width = _inches(text) + 2 * _PAD
        middle = row.x(word.middle)
        left = min(max(middle - width / 2, LEFT), LEFT + PLOT - width)
        lane = next((lane for lane, end in enumerate(ends) if left >= end + _APART), None)
        if lane is not None:
            ends[lane] = left + width
            labels.append(Label(word, text, lane, left, width, middle))
    return labels


class Pen:
    """Draws on `axes`; call `finish` once at the end."""

    def __init__(self, axes: Any, theme: Theme) -> None:
        self._axes, self.theme = axes, theme
        self._blocks: list[tuple[list[tuple[float, float]], tuple[Any, float]]] = []
        self._lines: list[tuple[list[tuple[float, float]], tuple[Any, float], float]] = []
        self._dots: list[tuple[float, float, str]] = []

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        align: str = "left",
        weight: str = "normal",
        upright: bool = False,
    ) -> None:
        """Text with its baseline at `y`; `upright` turned, and centred on `y`."""
        turned = {"rotation": 90, "va": "center"} if upright else {"va": "baseline"}
        style = {"fontsize": size, "fontweight": weight, "color": self.theme.ink, "parse_math": False, "zorder": 5}
        self._axes.text(x, y, drawable(text), ha=align, **style, **turned)

    def block(self, x: float, y: float, width: float, height: float, *, colour: str, opacity: float = 1.0) -> None:
        """A filled rectangle."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self._blocks.append((corners, (colour, opacity)))

    def line(self, points: list[tuple[float, float]], colour: str, width: float, opacity: float = 1.0) -> None:
        """A line from point to point, `width` in points."""
        if len(points) > 1:
            self._lines.append((points, (colour, opacity), width))

    def dot(self, x: float, y: float, colour: str) -> None:
        """A small filled circle."""
        self._dots.append((x, y, colour))

    def label(self, labels: Sequence[Label], bottom: float, lane_height: float) -> None:
        """Words, each on its colour over the middle of its time, in lanes from `bottom` upwards."""
        for label in labels:
            top = bottom - (label.lane + 1) * lane_height
            self.block(
                label.left, top + 0.015, label.width, lane_height - 0.03, colour=self._tint(label.word.sentiment)
            )
            self.line(
                [(label.middle, top + lane_height - 0.015), (label.middle, bottom + 0.03)], self.theme.ink, 0.4, 0.5
            )
            style = {"fontsize": _SIZE, "color": self.theme.ink, "parse_math": False, "zorder": 5}
            self._axes.text(label.left + _PAD, top + lane_height * 0.7, label.text, ha="left", va="baseline", **style)

    def finish(self) -> None:
        """Put blocks, lines and dots on the axes, all of a kind at once."""
        from matplotlib.collections import LineCollection, PolyCollection

        lines, colours, widths = zip(*self._lines, strict=True)
        self._axes.add_collection(LineCollection(lines, colors=colours, linewidths=widths, zorder=1), autolim=False)
        shapes, fills = zip(*self._blocks, strict=True)
        self._axes.add_collection(PolyCollection(shapes, facecolors=fills, linewidths=0, zorder=2), autolim=False)
        if self._dots:
            xs, ys, dots = zip(*self._dots, strict=True)
            self._axes.scatter(xs, ys, s=15, c=dots, edgecolors=self.theme.page, linewidths=0.5, zorder=4)

    def _tint(self, sentiment: float) -> str:
        """The colour behind a label: the page's, with the hue of the sign as far as the sentiment is strong."""
        hue = scale.NEGATIVE if sentiment < 0 else scale.POSITIVE
        part = _TINT * scale.strength(sentiment)
        pairs = ((int(self.theme.page[i : i + 2], 16), int(hue[i : i + 2], 16)) for i in (1, 3, 5))
        return "#" + "".join(f"{round(page + part * (full - page)):02X}" for page, full in pairs)


def drawable(text: str) -> str:
    """`text` as the font can show it: without marks of no width, an empty square for what it has not."""
    shown = (c for c in text if unicodedata.category(c) != "Cf")
    return "".join(c if c.isspace() or _has(ord(c)) else "\u25a1" for c in shown)


@cache
def _font() -> Any:
    from matplotlib.font_manager import findfont, get_font

    return get_font(findfont("DejaVu Sans"))


@cache
def _has(code: int) -> bool:
    return bool(_font().get_char_index(code))


@cache
def _renderer() -> Any:
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(8, 8, _FINE)


def _inches(text: str) -> float:
    """How wide a label is."""
    from matplotlib.font_manager import FontProperties

    width, *_ = _renderer().get_text_width_height_descent(text, FontProperties(family="DejaVu Sans", size=_SIZE), False)
    return float(width) / _FINE
