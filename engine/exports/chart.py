"""The reading as a picture, PNG or SVG: words over time in the colours of their sentiment, in rows as on a page.

A row holds ten seconds at most (more only where the clip exceeds half an hour), so that a long clip stays readable: on
top the words, each on its colour, and a strip of blocks that says when they were said (pale where times are estimates);
below it the sentiment, a dot a word on [-3, 3] with its zero line; below that attention, in grey. Without times, words
stand side by side. Drawn by matplotlib without a display, on one axes in inches from the upper left; the same clip
gives the same bytes.
"""

from __future__ import annotations

import io
import math
import textwrap
import threading
from typing import Any, Literal

from engine import scale
from engine.exports.chart_rows import LEFT, PLOT, Row, chart_columns, rows_of, tick_step
from engine.exports.chart_text import LIGHT, Label, Pen, Theme, labels_of
from engine.exports.read_clip import ReadClip, headline, made_by, trust, untimed

_WIDTH = LEFT + PLOT + 0.3  # inches, as all lengths below
_LANE, _STRIP, _SENTIMENT, _ATTENTION = 0.185, 0.13, 0.85, 0.34
_GAP, _AXIS, _BETWEEN = 0.07, 0.22, 0.24  # between the parts of a row, for its axis, between rows
_TOP, _LINE = 0.3, 0.17  # above the heading; a line of small print
_ROW = _STRIP + _SENTIMENT + _ATTENTION + 3 * _GAP + _AXIS  # without its lanes
_DPI = 150
_MOST_PIXELS = 65_000  # of a side; the renderer can do 65,535
_SMALL_PRINT, _MOST_LINES = 142, 4  # characters of a line, lines of a sentence
_TURN = threading.Lock()  # matplotlib's settings are the process's


def chart_bytes(clip: ReadClip, form: Literal["png", "svg"], theme: Theme = LIGHT) -> bytes:
    """The chart. In SVG the text stays text, in DejaVu Sans or the viewer's own."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style = {"font.family": "DejaVu Sans", "svg.hashsalt": "seq2seq2sentiment", "svg.fonttype": "none"}
    undated: dict[str, Any] = {"Date" if form == "svg" else "Software": None}
    with _TURN, mpl.rc_context(style):
        columns, timed = chart_columns(clip)
        rows = [(row, labels_of(row)) for row in rows_of(columns, clip.aligned.duration if timed else None)]
        head, foot = (
            _small_print([trust(clip)]),
            _small_print(_footnotes(clip, timed, sum(len(row.own) - len(labels) for row, labels in rows))),
        )
        above = _TOP + 0.3 + _LINE * len(head) + 0.2
        height = above + sum(_row_height(labels) for _, labels in rows) + _LINE * len(foot) + 0.15
        figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor=theme.page)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, _WIDTH), ylim=(height, 0))
        axes.axis("off")
        pen = Pen(axes, theme)
        pen.write(LEFT, _TOP, headline(clip), size=13, weight="bold")
        for i, line in enumerate(head):
            pen.write(LEFT, _TOP + 0.3 + i * _LINE, line, size=8.5)
        top = above
        for row, labels in rows:
            _draw_row(pen, row, labels, top, timed=timed)
            top += _row_height(labels)
        for i, line in enumerate(foot):
            pen.write(LEFT, height - 0.15 - (len(foot) - 1 - i) * _LINE, line, size=7.5)
        pen.finish()
        file = io.BytesIO()
        figure.savefig(
            file, format=form, dpi=min(_DPI, int(_MOST_PIXELS / height)), metadata=undated, facecolor=theme.page
        )
    return file.getvalue()


def _footnotes(clip: ReadClip, timed: bool, crowded: int) -> list[str]:
    key = "Colour: sentiment, orange-brown below 0, blue above. Grey bars: attention. "
    key += "Pale blocks: estimated times." if timed else "No word has a time."
    if crowded:
        key += f" Words without room to be written: {crowded}."
    return [key, *filter(None, [untimed(clip) if timed else None]), made_by(clip)]


def _small_print(sentences: list[str]) -> list[str]:
    options: dict[str, Any] = {"max_lines": _MOST_LINES, "placeholder": " …"}
    return [line for sentence in sentences for line in textwrap.wrap(sentence, _SMALL_PRINT, **options)]


def _row_height(labels: list[Label]) -> float:
    return _lanes(labels) * _LANE + _ROW + _BETWEEN


def _lanes(labels: list[Label]) -> int:
    return 1 + max((label.lane for label in labels), default=0)


def _draw_row(pen: Pen, row: Row, labels: list[Label], top: float, *, timed: bool) -> None:
    strip = top + _lanes(labels) * _LANE + _GAP
    sentiment = strip + _STRIP + _GAP
    attention = sentiment + _SENTIMENT + _GAP
    bottom = attention + _ATTENTION
    _draw_ticks(pen, row, (sentiment, bottom), timed)
    _draw_scales(pen, row, sentiment, attention)
    for word in row.columns:
        left, right = row.x(word.start), row.x(word.end)
        width = max(right - left - 0.012, 0.008)
        opacity = 0.45 if word.estimated else 1.0
        pen.block(left, strip, width, _STRIP, colour=scale.colour(word.sentiment), opacity=opacity)
        tall = _ATTENTION * word.attention / row.most_attention
        pen.block(left, bottom - tall, width, tall, colour=scale.NEUTRAL)
    pen.label(labels, strip - _GAP / 2, _LANE)
    points = [(row.x(at), _height(value, sentiment)) for at, value in row.curve]
    pen.line(points, pen.theme.ink, 0.9, 0.75)
    for word in row.own:
        pen.dot(row.x(word.middle), _height(word.sentiment, sentiment), scale.colour(word.sentiment))


def _draw_ticks(pen: Pen, row: Row, span: tuple[float, float], timed: bool) -> None:
    """Marks in seconds, or the numbers of words under their middles."""
    step = tick_step(row.end - row.begin, timed)
    first = math.ceil(row.begin / step)
    for number in range(first, math.floor(row.end / step + 1e-9) + 1):
        at = round(number * step, 3) if timed else number * step + 0.5
        if at <= row.end:
            pen.line([(row.x(at), span[0]), (row.x(at), span[1])], pen.theme.faint, 0.5)
            shown = _clock(at) if timed else f"word {number * step + 1:.0f}"
            pen.write(row.x(at), span[1] + 0.14, shown, size=7, align="center")


def _draw_scales(pen: Pen, row: Row, sentiment: float, attention: float) -> None:
    right = row.x(row.end)
    for value in (-3, 0, 3):
        y = _height(value, sentiment)
        pen.line([(LEFT, y), (right, y)], pen.theme.ink if value == 0 else pen.theme.faint, 0.8 if value == 0 else 0.5)
        pen.write(
            LEFT - 0.08, y + 0.035, f"{value:+d}".replace("-", "\u2212").replace("+0", "0"), size=7, align="right"
        )
    bottom = attention + _ATTENTION
    pen.line([(LEFT, bottom), (right, bottom)], pen.theme.faint, 0.5)
    pen.write(LEFT - 0.08, attention + 0.07, f"{100 * row.most_attention:.2g}%", size=7, align="right")
    pen.write(LEFT - 0.42, sentiment + _SENTIMENT / 2, "sentiment", size=7, align="center", upright=True)
    pen.write(LEFT - 0.42, attention + _ATTENTION / 2, "att.", size=7, align="center", upright=True)


def _height(value: float, top: float) -> float:
    return top + _SENTIMENT * (scale.LIMIT - scale.clip(value)) / (2 * scale.LIMIT)


def _clock(at: float) -> str:
    if at < 60:
        return f"{at:g} s"
    minutes, seconds = divmod(round(at), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
