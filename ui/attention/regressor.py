"""The regressor's attention beside what each word does to the score, found in two other ways, and how far they agree.

Attention is grey height. What a word adds to the score is a sentiment, so it has sentiment's colours. Words stand in
their order, not in time, for short words to be as wide as long ones. Sentences are plain text.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from engine import scale
from engine.faithfulness import Faithfulness
from engine.integrated_gradients import Attribution
from engine.occlusion import Occlusion, RankCorrelation
from engine.predict import Prediction
from ui import tables
from ui.charts import INK, axis
from ui.views import percent

TITLES = {"change": "adds, by blanking", "gradients": "adds, by gradients"}  # of a column, wherever it is shown
FORMS = {
    **dict.fromkeys(("sentiment", "contribution", *TITLES.values()), scale.signed),
    "attention": tables.share,
}
FEW = 10  # words below which a rank correlation says little, whatever it is
STEP = 24  # px from one word to the next at least, so that upright words do not touch
_AXIS_WIDTH = 52  # px, the same on both charts so that their words line up
_SIGNED = "datum.value == 0 ? '0' : format(datum.value, '+.2f')"  # Vega's, of an axis label


def word_table(
    prediction: Prediction, occlusion: Occlusion, attribution: Attribution, first: int, stop: int
) -> pd.DataFrame:
    """One row a word of `[first, stop)`: word, attention, sentiment, contribution, change, gradients."""
    inside = slice(first, stop)
    return pd.DataFrame(
        {
            "word": [word.text for word in prediction.words[inside]],
            "attention": prediction.attention[inside].astype(float),
            "sentiment": prediction.sentiment[inside].astype(float),
            "contribution": prediction.contribution[inside].astype(float),
            "change": occlusion.change[inside].astype(float),
            "gradients": attribution.words[inside].astype(float),
        }
    )


def charts(table: pd.DataFrame, dark: bool) -> tuple[alt.Chart, alt.LayerChart, alt.LayerChart]:
    """Attention, then what each word adds by blanking, then by integrated gradients; words stand below the first."""
    data = table.assign(
        place=range(len(table)),
        said=table["change"].map(scale.signed),
        traced=table["gradients"].map(scale.signed),
        feels=table["sentiment"].map(lambda v: f"{scale.name(v)} {scale.signed(v)}"),
    )
    data["label"] = [f"{place:04d} {word}" for place, word in enumerate(data["word"])]  # unique, and in spoken order
    words = alt.Axis(title=None, labelAngle=-90, labelExpr="slice(datum.label, 5)", labelLimit=110, labelOverlap=False)
    tooltip = [
        alt.Tooltip("word:N"),
        alt.Tooltip("attention:Q", format=".1%"),
        alt.Tooltip("said:N", title=TITLES["change"]),
        alt.Tooltip("traced:N", title=TITLES["gradients"]),
        alt.Tooltip("feels:N", title="sentiment"),
    ]
    top = max(float(data["attention"].max()), 0.01)
    attention = (
        alt.Chart(data)
        .mark_bar(color=scale.NEUTRAL)
        .encode(
            x=alt.X("label:N", axis=words, scale=alt.Scale(paddingInner=0.25)),
            y=alt.Y(
                "attention:Q", scale=alt.Scale(domain=[0, top]), axis=axis(_AXIS_WIDTH, values=[0, top], format=".0%")
            ),
            tooltip=tooltip,
        )
        .properties(height=210)
    )
    return (
        attention,
        _added(data, "change", tooltip, INK[dark]),
        _added(data, "gradients", tooltip, INK[dark]),
    )


def _added(data: pd.DataFrame, column: str, tooltip: list[alt.Tooltip], ink: str) -> alt.LayerChart:
    """What each word adds to the score, found in one way."""
    reach = max(float(data[column].abs().max()), 0.01)
    bars = (
        alt.Chart(data.assign(colour=data[column].map(scale.colour)))
        .mark_bar()
        .encode(
            x=alt.X("label:N", axis=None, scale=alt.Scale(paddingInner=0.25)),
            y=alt.Y(
                f"{column}:Q",
                title=TITLES[column],
                scale=alt.Scale(domain=[-reach, reach]),
                axis=axis(_AXIS_WIDTH, values=[-reach, 0, reach], labelExpr=_SIGNED),
            ),
            color=alt.Color("colour:N", scale=None),
            tooltip=tooltip,
        )
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=ink, strokeWidth=1).encode(y="zero:Q")
    return alt.layer(bars, zero).properties(height=130)


def agreement(attention: RankCorrelation, contribution: RankCorrelation, gradients: RankCorrelation) -> list[str]:
    """What rank correlations with the change mean: of attention with its size, of the others with its sign too."""
    if attention.rho is None or attention.by_chance is None:
        return ["The words cannot be ranked both ways: there are too few, or all weigh the same."]
    said = [f"Attention and blanking: rank correlation {scale.signed(attention.rho)}. {_meaning(attention)}"]
    if contribution.rho is not None:
        said.append(
            f"Attention times sentiment, its sign counted, and blanking: rank correlation "
            f"{scale.signed(contribution.rho)}. {_meaning(contribution)}"
        )
    if gradients.rho is not None:
        said.append(
            f"Integrated gradients, their sign counted, and blanking: rank correlation "
            f"{scale.signed(gradients.rho)}. {_meaning(gradients)}"
        )
    words = f"{attention.words} words"
    said.append(f"Unrelated rankings of {words} stay within ±{attention.by_chance:.2f} in {percent(0.95)} of cases.")
    if attention.words < FEW:
        said.append(f"{words.capitalize()} are few: take the figures as a hint.")
    return said


def corpus(found: Faithfulness) -> str:
    """What the rank correlations are over a corpus, signs not counted; empty where they have no value."""
    attention, gradients = found.figures["attention_occlusion"], found.figures["gradients_occlusion"]
    if attention.value is None:
        return ""
    return (
        f"Over {attention.counted} clips the rank correlation of attention and blanking, signs not counted, is "
        f"{_figure(attention.value)} on average ({percent(0.95)} interval {_figure(attention.low)} to "
        f"{_figure(attention.high)}, from {found.drawn} {found.by}s), that of integrated gradients and blanking "
        f"{_figure(gradients.value)}; "
        f"words shuffled within each clip give {_figure(attention.chance_low)} to {_figure(attention.chance_high)}."
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else scale.signed(value)


def _meaning(found: RankCorrelation) -> str:
    assert found.rho is not None
    if not found.beyond_chance:
        return "That is no more than chance could give: here the one does not tell the other."
    if found.rho < 0:
        return "They disagree: words that stand high in one stand low in the other."
    strength = "closely" if found.rho >= 0.7 else "roughly" if found.rho >= 0.4 else "weakly"
    return f"They agree {strength}: words that stand high in one tend to stand high in the other."


def strongest(table: pd.DataFrame) -> str:
    """The most attended word, and the word the score would change most without."""
    attended = table.loc[table["attention"].idxmax()]
    moved = table.loc[table["change"].abs().idxmax()]
    low = "less positive" if moved["change"] > 0 else "less negative"
    said = f"Most attended is “{attended['word']}” ({percent(attended['attention'])} of the attention). "
    if moved["change"] == 0:
        return said + "Blanking any single word changes nothing."
    return said + (
        f"Without “{moved['word']}” the clip would be {low} by {abs(moved['change']):.2f}, more than without any other."
    )
