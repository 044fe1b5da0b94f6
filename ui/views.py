"""A prediction and a card as sentences, tables and the markup of the pages. Pure functions.

Every word a user's clip or transcript brings in is shown as text, never as markup. Times are seconds from the start of
the clip.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import pandas as pd
import streamlit as st

from engine import scale
from engine.checkpoint import Card
from engine.metrics import best_constant
from engine.notation import parse
from engine.predict import Prediction
from extraction.types import MODALITY_NAMES, Modality, Word
from ui import tables


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


def describe(variant: str) -> str:
    """A variant as a choice says it: its name, what it reads, what its translation learnt besides."""
    parsed = parse(variant)
    reads = names(parsed.inputs)
    learnt = names(tuple(m for m in parsed.targets if m not in parsed.inputs))
    return f"{parsed} · reads {reads}" + (f", learnt from {learnt} too" if learnt else "")


def honest_line(card: Card) -> str:
    """What the model reads and learnt from, and how it did on speakers it never met, beside its floor."""
    learnt = f"learnt from {card.data.clips:,} labelled clips of {card.data.speakers:,} speakers"
    if card.extra is not None:
        learnt += f" and {card.extra.clips:,} further ones of {card.extra.speakers:,}"
    if card.start is not None:
        learnt += ", starting from a model that had learnt from other clips"
    opening = f"Reads {names(card.inputs)}; {learnt}."
    if card.test is None:
        return f"{opening} {card.verdict}"
    mean, floor = card.test, card.floors
    error, best = fraction(mean["mae"]), fraction(best_constant("mae", floor))
    figures = (
        f"On speakers it never met: correlation r\N{NO-BREAK SPACE}{fraction(mean['r'])} (a constant answer has none), "
        f"mean error (MAE)\N{NO-BREAK SPACE}{error} (best constant {best}), "
        f"positive or negative right in {percent(mean['non0'])} "
        f"(guessing {percent(floor['non0_majority'])})."
    )
    trust = "" if card.learned else " No better than guessing on speakers it never met: a demonstration only."
    return f"{opening} {figures}{trust}"


WORD_COLUMNS = {
    "index": None,
    "start": st.column_config.Column("start [s]"),
    "end": st.column_config.Column("end [s]"),
    "interpolated": st.column_config.CheckboxColumn("time estimated"),
    "confidence": st.column_config.Column("confidence", help="How sure the recogniser was of the word, 0 to 1."),
    "sentiment": st.column_config.Column("sentiment", help="How the word feels in this clip, −3 to +3."),
    "attention": st.column_config.Column("attention", help="How much the model weighs the word; all add up to 100 %."),
    "contribution": st.column_config.Column(
        "contribution", help="Sentiment times attention; all add up to the score of the clip."
    ),
}
WORD_FORMS = {"sentiment": scale.signed, "attention": tables.share, "contribution": scale.signed}


def interval(prediction: Prediction) -> str:
    """What holds nine in ten of such clips, in a few words; empty where the model does not say."""
    if prediction.interval is None:
        return ""
    low, high = prediction.interval
    return f"9 of 10 such clips lie between {scale.signed(low)} and {scale.signed(high)}"


def after_score(prediction: Prediction) -> str:
    """The same as it follows the number."""
    said = interval(prediction)
    return f"; {said}" if said else ""


def score_html(prediction: Prediction) -> str:
    """The score in words and as a number, and its place on a ruler from -3 to +3."""
    place = (scale.clip(prediction.score) + scale.LIMIT) / (2 * scale.LIMIT)
    return (
        f'<p class="s2s-score" data-score="{prediction.score:.4f}" data-variant="{escape(prediction.variant, True)}">'
        f"<strong>{scale.name(prediction.score)}</strong>"
        f"<span>{scale.signed(prediction.score)} on a scale from −3 to +3{after_score(prediction)}</span></p>"
        f'<div class="s2s-ruler" aria-hidden="true"><i style="left:{place:.1%}"></i>'
        '<span style="left:0">−3</span><span style="left:50%">0</span><span style="left:100%">+3</span></div>'
    )


def paragraphs(sentences: Sequence[str], note: bool = False) -> str:
    """Sentences of plain text, a paragraph each; the name of a variant is never broken at its arrow."""
    kind = ' class="s2s-note"' if note else ""
    return "".join(f"<p{kind}>{_unbroken(sentence)}</p>" for sentence in sentences)


def items(lines: Sequence[str]) -> str:
    """Lines of plain text as a numbered list."""
    return f"<ol>{''.join(f'<li>{_unbroken(line)}</li>' for line in lines)}</ol>"


def _unbroken(text: str) -> str:
    return re.sub(r"\S*-&gt;\S*", r'<span class="s2s-whole">\g<0></span>', escape(text))


def words_html(words: Sequence[Word]) -> str:
    """What is said in a clip that a model gives no score."""
    return f'<p class="s2s-said" dir="auto">{escape(" ".join(word.text for word in words))}</p>'


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
    """One sentence naming the words that push the score up and down the most."""
    contribution = prediction.contribution
    parts = []
    for sign, verb in ((1, "up"), (-1, "down")):
        i = int((sign * contribution).argmax())
        if sign * contribution[i] > 0:
            word = prediction.words[i].text.strip(".,;:!?…")
            parts.append(f"“{word}” pulls it {verb} most ({scale.signed(float(contribution[i]))})")
    return " and ".join(parts) + "." if parts else "No word moves the score."


def names(modalities: Sequence[Modality], last: str = "and") -> str:
    """Modalities as a sentence lists them."""
    said = [MODALITY_NAMES[m] for m in modalities]
    return f" {last} ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else ""


def fraction(value: float | None) -> str:
    """Two decimals as the field prints them: `.74`, `1.41`, `−.03`; a dash for what is not defined."""
    if value is None:
        return "–"
    text = f"{value:.2f}".replace("-", "−")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def percent(value: float | None) -> str:
    """`81 %` with a space that does not break, or a dash for what is not defined."""
    return "–" if value is None else f"{100 * value:.0f}\N{NO-BREAK SPACE}%"
