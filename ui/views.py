"""A prediction as things to look at: coloured transcript, charts over time, word table, sentences. Pure functions.

Every word a user's clip or transcript brings in is shown as text, never as markup. Times are seconds from the start of
the clip; where a word has no time the charts fall back to the word's position.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from engine.checkpoint import Card
from engine.notation import parse
from engine.predict import Prediction
from extraction.types import MODALITY_NAMES, Modality, Word
from ui import scale

_SENTIMENT_DOMAIN = [-scale.LIMIT, scale.LIMIT]
_AXIS_WIDTH = 44  # px, the same on both charts so that their time axes line up
_LABEL_STEP = 14  # px from one upright label to the next
_TEXT_LIGHT, _TEXT_DARK = "#3D4654", "#C6CCD4"  # ink of the charts on either page


def word_table(prediction: Prediction) -> pd.DataFrame:
    """One row a word: index, word, start, end, interpolated, confidence, sentiment, attention, contribution."""
    rows = [
        {
            "index": i,
            "word": word.text,
            "start": word.start,
            "end": word.end,
            "interpolated": word.interpolated,
            "confidence": word.confidence,
            "sentiment": float(prediction.sentiment[i]),
            "attention": float(prediction.attention[i]),
            "contribution": float(prediction.contribution[i]),
        }
        for i, word in enumerate(prediction.words)
    ]
    return pd.DataFrame(rows)


def csv(prediction: Prediction) -> bytes:
    """The word table as CSV in UTF-8 with a byte-order mark, which spreadsheet programs need to read accents.

    A text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    table = word_table(prediction)
    risky = table["word"].str.match(r"^[=+\-@\t\r]")
    table["word"] = table["word"].where(~risky, "'" + table["word"])
    table.insert(0, "variant", prediction.variant)
    return str(table.to_csv(index=False)).encode("utf-8-sig")


def describe(variant: str) -> str:
    """A variant as a choice says it: its name, what it reads, what its translation learnt besides."""
    parsed = parse(variant)
    reads = _names(parsed.inputs)
    learnt = _names(tuple(m for m in parsed.targets if m not in parsed.inputs))
    return f"{parsed} · reads {reads}" + (f", learnt from {learnt} too" if learnt else "")


def honest_line(card: Card) -> str:
    """What the model reads and learnt from, and how it did on speakers it never met, beside its floor."""
    learnt = f"learnt from {card.data.clips:,} labelled clips of {card.data.speakers} speakers"
    if card.extra is not None:
        learnt += f" and {card.extra.clips:,} further ones of {card.extra.speakers}"
    opening = f"Reads {_names(card.inputs)}; {learnt}."
    if card.test is None:
        return f"{opening} {card.verdict}"
    mean, floor = card.test, card.floors
    least = min(v for k, v in floor.items() if k.endswith("_mae") and v is not None)
    figures = (
        f"On speakers it never met: r {_plain(mean['r'])} (a constant answer has none), "
        f"MAE {_plain(mean['mae'])} (best constant {_plain(least)}), "
        f"positive or negative right in {_percent(mean['non0'])} "
        f"(guessing {_percent(floor['non0_majority'])})."
    )
    trust = "" if card.learned else " No better than guessing on speakers it never met: a demonstration only."
    return f"{opening} {figures}{trust}"


def transcript_html(prediction: Prediction) -> str:
    """The transcript, each word on a background that carries its sentiment, hover text with its numbers.

    Bars under the words are their attention, in grey: full height is the most attended word.
    """
    top = float(max(prediction.attention)) or 1.0
    words = []
    for i, word in enumerate(prediction.words):
        sentiment, attention = float(prediction.sentiment[i]), float(prediction.attention[i])
        title = f"{scale.name(sentiment)} {scale.signed(sentiment)}, attention {attention:.0%}"
        words.append(
            f'<span class="s2s-word" role="listitem" tabindex="0" data-sentiment="{sentiment:.4f}" '
            f'title="{title}" aria-label="{escape(word.text, quote=True)}: {title}">'
            f'<bdi style="background:{scale.tint(sentiment)}">{escape(word.text)}</bdi>'
            f'<i style="height:{max(1, round(6 * attention / top))}px"></i></span>'
        )
    return f'<div class="s2s-transcript" role="list" aria-label="Transcript">{" ".join(words)}</div>'


COLUMN_CONFIG = {
    "index": None,
    "word": st.column_config.TextColumn("word"),
    "start": st.column_config.NumberColumn("start [s]", format="%.2f"),
    "end": st.column_config.NumberColumn("end [s]", format="%.2f"),
    "interpolated": st.column_config.CheckboxColumn("time estimated"),
    "confidence": st.column_config.NumberColumn("confidence", format="%.2f"),
    "sentiment": st.column_config.NumberColumn("sentiment", format="%+.2f"),
    "attention": st.column_config.NumberColumn("attention", format="percent"),
    "contribution": st.column_config.NumberColumn("contribution", format="%+.2f"),
}


def score_html(prediction: Prediction) -> str:
    """The score in words and as a number, and its place on a ruler from -3 to +3."""
    place = (scale.clip(prediction.score) + scale.LIMIT) / (2 * scale.LIMIT)
    return (
        f'<p class="s2s-score" data-score="{prediction.score:.4f}" data-variant="{escape(prediction.variant, True)}">'
        f"<strong>{scale.name(prediction.score)}</strong>"
        f"<span>{scale.signed(prediction.score)} on a scale from −3 to +3</span></p>"
        f'<div class="s2s-ruler" aria-hidden="true"><i style="left:{place:.1%}"></i>'
        '<span style="left:0">−3</span><span style="left:50%">0</span><span style="left:100%">+3</span></div>'
    )


def table_html(headings: Sequence[str], rows: Sequence[Sequence[str]], label: str) -> str:
    """A table of texts; the first column heads its row. Wider than its place, it scrolls."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<div class="s2s-scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table class="s2s-figures">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def pairs_html(pairs: Sequence[tuple[str, str]]) -> str:
    """Headings and what belongs to each, as a list of definitions."""
    rows = "".join(f"<dt>{escape(heading)}</dt><dd>{escape(text)}</dd>" for heading, text in pairs)
    return f'<dl class="s2s-pairs">{rows}</dl>'


def strongest(prediction: Prediction) -> str:
    """One sentence, as HTML, naming the words that push the score up and down the most."""
    contribution = prediction.contribution
    parts = []
    for sign, verb in ((1, "up"), (-1, "down")):
        i = int((sign * contribution).argmax())
        if sign * contribution[i] > 0:
            word = prediction.words[i].text.strip(".,;:!?…")
            parts.append(f"“{escape(word)}” pulls it {verb} most ({scale.signed(float(contribution[i]))})")
    return " and ".join(parts) + "." if parts else "No word moves the score."


def charts(prediction: Prediction, duration: float, dark: bool) -> tuple[alt.LayerChart, alt.Chart]:
    """Two charts on one time axis: sentiment a word with its zero line, and attention under it."""
    data, start, end = _positions(prediction)
    timed = start == "start"
    domain = [0.0, duration] if timed else [0, len(data)]
    span = alt.Scale(domain=domain, nice=False)
    x = alt.X(start, type="quantitative", scale=span)
    tooltip = [
        alt.Tooltip("word:N"),
        alt.Tooltip("when:N", title="time"),
        alt.Tooltip("sentiment_text:N", title="sentiment"),
        alt.Tooltip("attention:Q", format=".1%"),
        alt.Tooltip("contribution_text:N", title="contribution"),
    ]
    top = max(float(data["attention"].max()), 0.01)
    attention = (
        alt.Chart(data)
        .mark_bar(color=scale.NEUTRAL)
        .encode(
            x=x.axis(title="seconds" if timed else "word number (no times)", grid=False, tickMinStep=1),
            x2=end,
            y=alt.Y(
                "attention:Q",
                title="attention",
                scale=alt.Scale(domain=[0, top], nice=False),
                axis=_axis(values=[0, top], format=".0%"),
            ),
            y2=alt.datum(0),
            tooltip=tooltip,
        )
        .properties(height=150)
    )
    sentiment = _sentiment_chart(
        data,
        x=x.axis(None),
        end=end,
        middle=alt.X("middle", type="quantitative", axis=None, scale=span),
        tooltip=tooltip,
        ink=_TEXT_DARK if dark else _TEXT_LIGHT,
    )
    return sentiment, attention


def chart_width(prediction: Prediction, duration: float) -> int:
    """Pixels the charts need for upright labels not to touch; a narrower place scrolls sideways."""
    data, start, _ = _positions(prediction)
    length = duration if start == "start" else len(data)
    gaps = data["middle"].diff().dropna()
    closest = max(float(gaps.quantile(0.05)), 0.02) if len(gaps) else length
    widest = 4 * _LABEL_STEP * len(data)  # one pair of hurried words must not stretch the whole clip
    return round(2 * _AXIS_WIDTH + min(_LABEL_STEP * length / closest, widest))


def _sentiment_chart(
    data: pd.DataFrame, *, x: alt.X, end: str, middle: alt.X, tooltip: list[alt.Tooltip], ink: str
) -> alt.LayerChart:
    y = alt.Y("shown:Q", title="sentiment", scale=alt.Scale(domain=_SENTIMENT_DOMAIN), axis=_axis(values=[-3, 0, 3]))
    colour = alt.Color("colour:N", scale=None)
    bars = alt.Chart(data).mark_bar().encode(x=x, x2=end, y=y, y2=alt.datum(0), color=colour, tooltip=tooltip)
    curve = alt.Chart(data).mark_line(color=ink, strokeWidth=1.2, interpolate="monotone", opacity=0.6)
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=ink, strokeWidth=1).encode(y="zero:Q")
    labels = alt.Chart(data).mark_text(angle=270, fontSize=12, align="left", baseline="middle", dx=5, color=ink)
    return alt.layer(
        bars,
        curve.encode(x=middle, y="shown:Q"),
        zero,
        labels.encode(x=middle, y="label_from:Q", text="word:N"),
    ).properties(height=260)


def _axis(**options: Any) -> alt.Axis:
    return alt.Axis(minExtent=_AXIS_WIDTH, maxExtent=_AXIS_WIDTH, grid=False, **options)


def _positions(prediction: Prediction) -> tuple[pd.DataFrame, str, str]:
    """The word table with what the charts need beside it, and the columns that say where a word begins and ends."""
    data = word_table(prediction)
    data["shown"] = data["sentiment"].map(scale.clip)
    data["colour"] = data["sentiment"].map(scale.colour)
    data["label_from"] = data["shown"].clip(lower=0)
    data["sentiment_text"] = data["sentiment"].map(lambda v: f"{scale.signed(v)} ({scale.name(v)})")
    data["contribution_text"] = data["contribution"].map(scale.signed)
    data["when"] = [_when(word) for word in prediction.words]
    if all(word.timed for word in prediction.words):
        data["middle"] = (data["start"] + data["end"]) / 2
        return data, "start", "end"
    data["position"], data["after"] = data["index"] + 0.1, data["index"] + 0.9
    data["middle"] = data["index"] + 0.5
    return data, "position", "after"


def _when(word: Word) -> str:
    if not word.timed:
        return "no time"
    return f"{word.start:.2f}–{word.end:.2f} s" + (" (estimated)" if word.interpolated else "")


def _names(modalities: tuple[Modality, ...]) -> str:
    names = [MODALITY_NAMES[m] for m in modalities]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
