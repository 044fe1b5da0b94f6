"""The variants' curves over one another: sentiment, and attention where asked for, a word on the clip's time axis.

Many curves cannot be told apart by colour, and colour means sentiment alone: all are thin and grey but one, which is
drawn in ink with its words in their colours. Where some word has no time, the axis counts words.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from engine import scale
from engine.predict import Prediction
from extraction.types import Word
from ui.charts import INK, SIGNED, axis

_AXIS_WIDTH = 44  # px, the same on both charts so that their time axes line up


def long_table(predictions: Sequence[Prediction], first: int, stop: int) -> pd.DataFrame:
    """One row a variant and word of `[first, stop)`: its numbers, where it stands, and how both are shown."""
    words = predictions[0].words[first:stop]
    timed = all(word.timed for word in words)
    rows = []
    for prediction in predictions:
        for index, word in enumerate(words, start=first):
            sentiment, attention = float(prediction.sentiment[index]), float(prediction.attention[index])
            rows.append(
                {
                    "variant": prediction.variant,
                    "index": index,
                    "word": word.text,
                    "at": _middle(word) if timed else index + 1,
                    "sentiment": sentiment,
                    "shown": scale.clip(sentiment),
                    "said": f"{scale.name(sentiment)} {scale.signed(sentiment)}",
                    "colour": scale.colour(sentiment),
                    "attention": attention,
                }
            )
    return pd.DataFrame(rows)


def charts(
    predictions: Sequence[Prediction], marked: str, *, span: tuple[int, int], duration: float, dark: bool
) -> tuple[alt.LayerChart, alt.LayerChart]:
    """Sentiment with its zero line, and attention; the curve of `marked` stands out."""
    first, stop = span
    table = long_table(predictions, first, stop)
    timed = all(word.timed for word in predictions[0].words[first:stop])
    whole = timed and (first, stop) == (0, len(predictions[0].words))
    domain = [0.0, duration] if whole else [float(table["at"].min()), float(table["at"].max()) + 1e-3]
    x = alt.X(
        "at:Q",
        title="seconds" if timed else "word number (no times)",
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(grid=False, tickMinStep=1),
    )
    y = alt.Y(
        "shown:Q",
        title="sentiment",
        scale=alt.Scale(domain=[-scale.LIMIT, scale.LIMIT]),
        axis=axis(_AXIS_WIDTH, values=[-scale.LIMIT, 0, scale.LIMIT], labelExpr=SIGNED),
    )
    top = max(float(table["attention"].max()), 0.01)
    grey = alt.Y(
        "attention:Q",
        title="attention",
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=axis(_AXIS_WIDTH, values=[0, top], format=".0%"),
    )
    ink = INK[dark]
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=ink, strokeWidth=1).encode(y="zero:Q")
    others = table[table["variant"] != marked]
    one = table[table["variant"] == marked]
    sentiment = alt.layer(zero, _thin(others, x, y), _thick(one, x, y, ink), _points(one, x, y)).properties(height=260)
    attention = alt.layer(_thin(others, x, grey), _thick(one, x, grey, ink)).properties(height=150)
    return sentiment, attention


def _thin(table: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    line = alt.Chart(table).mark_line(color=scale.NEUTRAL, strokeWidth=1.3, opacity=0.55, interpolate="monotone")
    return line.encode(x=x, y=y, detail="variant:N", tooltip=_tooltip())


def _thick(table: pd.DataFrame, x: alt.X, y: alt.Y, ink: str) -> alt.Chart:
    line = alt.Chart(table).mark_line(color=ink, strokeWidth=2.6, interpolate="monotone")
    return line.encode(x=x, y=y, tooltip=_tooltip())


def _points(table: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    points = alt.Chart(table).mark_point(filled=True, size=70, opacity=1)
    return points.encode(x=x, y=y, color=alt.Color("colour:N", scale=None), tooltip=_tooltip())


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("variant:N"),
        alt.Tooltip("word:N"),
        alt.Tooltip("said:N", title="sentiment"),
        alt.Tooltip("attention:Q", format=".1%"),
    ]


def _middle(word: Word) -> float:
    assert word.start is not None
    assert word.end is not None
    return (word.start + word.end) / 2
