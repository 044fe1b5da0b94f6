"""A translation's attention: for each step the decoder writes, the words it looks at. Grey, for it is no sentiment."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from engine.notation import Stage, Variant
from engine.stage_store import StageFigures
from engine.translations import Focus
from extraction.types import MODALITY_NAMES, Floats
from ui.views import percent

END = "(end)"  # the last step of a decoder that writes tokens
_CELL = 22  # px
_SHADES = {False: ["#F3F4F6", "#1B1F24"], True: ["#242A32", "#F1F3F5"]}  # from none to most, light and dark page
_EVEN_SHADE = 3.0  # times an even share: the darkest shade of an attention that singles out nothing


def table(attention: Floats, words: Sequence[str]) -> pd.DataFrame:
    """One row a step and one column a word, both numbered so that a word said twice stands twice."""
    steps = [*words, END][: len(attention)]
    columns = [f"{number} {word}" for number, word in enumerate(words, start=1)]
    data = pd.DataFrame(attention.astype(float), columns=columns)
    data.insert(0, "writes", [f"{number} {word}" for number, word in enumerate(steps, start=1)])
    return data


def chart(attention: Floats, words: Sequence[str], dark: bool) -> alt.Chart:
    """Steps downwards, words across."""
    steps = [*words, END][: len(attention)]
    data = pd.DataFrame(
        [
            {
                "step": f"{s:04d} {step}",  # unique, and in spoken order
                "looks at": f"{w:04d} {word}",
                "writes": step,
                "word": word,
                "attention": float(attention[s, w]),
            }
            for s, step in enumerate(steps)
            for w, word in enumerate(words)
        ]
    )
    top = max(float(attention.max()), min(1.0, _EVEN_SHADE / len(words)))
    text = alt.Axis(
        labelExpr="slice(datum.label, 5)",
        labelLimit=110,
        labelOverlap=False,
        labelFlush=False,
        ticks=False,
        domain=False,
    )
    x = alt.X("looks at:N", title="looks at", axis=_turned(text), scale=alt.Scale(paddingInner=0.08))
    y = alt.Y("step:N", title="writes", axis=text, scale=alt.Scale(paddingInner=0.08))
    shade = alt.Color(
        "attention:Q",
        scale=alt.Scale(domain=[0, top], range=_SHADES[dark]),
        legend=alt.Legend(title="attention", orient="top", format=".0%", values=[0, top], gradientLength=120),
    )
    tooltip = [
        alt.Tooltip("writes:N"),
        alt.Tooltip("word:N", title="looks at"),
        alt.Tooltip("attention:Q", format=".1%"),
    ]
    return (
        alt.Chart(data)
        .mark_rect()
        .encode(x=x, y=y, color=shade, tooltip=tooltip)
        .properties(width=alt.Step(_CELL), height=alt.Step(_CELL))
    )


def meaning(stage: Stage, figures: StageFigures | None, focus: Focus) -> list[str]:
    """What the translation does, how well it learnt to, and what its attention can tell."""
    said = [f"{stage} reads {_names(stage)[0]} and writes the {_names(stage)[1]} of one word after another."]
    if figures is not None:
        loss, floor = f"{figures.loss:.3f}", f"{figures.floor:.3f}"
        against = f"{figures.unit} {loss} on validation clips, {floor} for the best constant"
        if figures.learned:
            said.append(f"It learnt something of it ({against}).")
        else:
            said.append(
                f"It learnt nothing that a constant does not know ({against}): so little is its attention worth."
            )
    if focus.even:
        return [*said, f"It looks at all {focus.words} words alike at every step: there is nothing to read off."]
    return [
        *said,
        f"A step looks at {focus.effective:.1f} of {focus.words} words on average; {percent(focus.near)} of the "
        "attention lies on the word itself and its neighbours, where an even spread would put "
        f"{percent(focus.near_if_even)}.",
    ]


def _names(stage: Stage) -> tuple[str, str]:
    read, written = Variant(stage.source).inputs, Variant(stage.target).inputs
    source, target = (" and ".join(MODALITY_NAMES[m] for m in modalities) for modalities in (read, written))
    return (f"what the translation inside it made of {source}" if Variant(stage.source).stages else source), target


def _turned(axis: alt.Axis) -> alt.Axis:
    turned = axis.copy()
    turned.labelAngle, turned.orient = -90, "top"
    return turned
