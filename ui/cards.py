"""Cards of trained models as tables, sentences and charts. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from engine import scale
from engine.checkpoint import Card, Source
from engine.curves import Curve
from engine.metrics import best_constant
from engine.notation import parse
from engine.summary import Summary
from extraction.types import MODALITY_NAMES
from ui.charts import SIGNED, axis

_SHOWN = {
    "mae": "mean absolute error",
    "r": "correlation r",
    "has0": "positive or negative, 0 counted as positive (Has0)",
    "non0": "positive or negative, without 0 (Non0)",
    "acc7": "seven classes right (Acc-7)",
    "f1": "binary F1",
    "f1_7": "seven-class F1",
}
_CLASSES = range(-3, 4)
CONFUSION = "A row is the clips that people rated alike; its cells say where the model put them."
DARKEST = 0.65  # opacity of grey under text
_AXIS_WIDTH = 34  # px
_DASH = "M-1,0L1,0"  # how a legend shows a line


def overview(cards: Sequence[Card]) -> pd.DataFrame:
    """One row a model: what it reads, how it did on clips of speakers it never met, and what a constant reaches."""
    return pd.DataFrame([_row(card) for card in cards])


def _row(card: Card) -> dict[str, object]:
    test, floors = card.test or {}, card.floors
    return {
        "variant": card.variant,
        "reads": ", ".join(MODALITY_NAMES[m] for m in card.inputs),
        "learned": card.learned,
        "r": test.get("r"),
        "mae": test.get("mae"),
        "mae_floor": best_constant("mae", floors),
        "non0": test.get("non0"),
        "non0_floor": floors.get("non0_majority"),
        "clips": test.get("clips"),
    }


FIGURES = ("on speakers it never met", "mean", "± over seeds", "best constant", "the paper")


def figures(card: Card) -> list[tuple[str, ...]]:
    """One row a figure, under the headings FIGURES."""
    test = card.test or {}
    rows = []
    for key, title in _SHOWN.items():
        constant = best_constant(key, card.floors)
        values = (test.get(key), (test.get("std") or {}).get(key), constant, (card.paper or {}).get(key))
        rows.append((title, *(_figure(value) for value in values)))
    return rows


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("-", "−")


def origin(card: Card) -> list[tuple[str, str]]:
    """What the model is and where it comes from, as pairs of a heading and a text."""
    variant = parse(card.variant)
    lines = [("Reads", ", ".join(MODALITY_NAMES[m] for m in card.inputs))]
    for stage in card.stages:
        told = "" if stage.learned else "; its source told nothing of its target"
        lines.append(
            (
                f"Translation {stage.stage}",
                f"loss {stage.loss:.3f} {stage.unit}, a constant answer {stage.floor:.3f}{told}",
            )
        )
    if variant.stages and not card.stages:
        lines.append(("Translations", ", ".join(map(str, variant.stages))))
    lines.append(("Learnt from", _source(card.data)))
    if card.extra is not None:
        lines.append(("and from", _source(card.extra)))
    if card.start is not None:
        lines.append(("Started from", card.start))
    if card.unlabelled is not None:
        lines.append(("Translations learnt from", _source(card.unlabelled)))
    for modality, spec in card.specs.items():
        lines.append((f"{MODALITY_NAMES[modality].capitalize()} features", f"{spec.name}, {len(spec.names)} columns"))
    held = "speakers left out in turn" if card.protocol == "speakers" else "the standard split by speaker"
    lines.append(("Tested on", f"{held}; seed {card.seed} is the one shipped"))
    lines.append(("Weights", f"SHA-256 {card.weights_sha256[:16]}…, written by version {card.code_version}"))
    return lines


def _source(source: Source) -> str:
    speakers = f" of {source.speakers:,} speakers" if source.speakers else ""
    return f"{source.clips:,} clips{speakers} ({source.name.lstrip('-')})"


def confusion(card: Card, text: str) -> alt.LayerChart | None:
    """The classes of the test clips against the predicted ones, in shares of each true class; None without figures.

    `text` is the colour of the page's text, which stays readable on the darkest shade.
    """
    if card.test is None:
        return None
    summary = Summary.from_dict(card.test)
    rows = []
    for true, counts in zip(_CLASSES, summary.confusion, strict=True):
        total = sum(counts)
        for predicted, count in zip(_CLASSES, counts, strict=True):
            rows.append(
                {"true": true, "predicted": predicted, "share": count / total if total else 0.0, "clips": count}
            )
    order = list(_CLASSES)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("predicted:O", sort=order, title="predicted class", axis=alt.Axis(labelAngle=0, labelExpr=SIGNED)),
        y=alt.Y("true:O", sort=order[::-1], title="labelled class", axis=alt.Axis(labelExpr=SIGNED)),
        tooltip=[
            alt.Tooltip("true:O", title="labelled"),
            alt.Tooltip("predicted:O"),
            alt.Tooltip("share:Q", format=".0%"),
            alt.Tooltip("clips:Q", title="clips, all seeds"),
        ],
    )
    strength = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, DARKEST]), legend=None)
    cells = base.mark_rect(color=scale.NEUTRAL).encode(opacity=strength)
    texts = base.mark_text(fontSize=11, color=text).encode(text=alt.Text("share:Q", format=".0%"))
    return alt.layer(cells, texts).properties(height=300)


NO_CURVES = (
    "No curves are shown, because this model's card holds no losses: it was trained before cards kept them. "
    "Trained again, as below, it has them."
)


def curves(card: Card, ink: str) -> list[tuple[str, alt.LayerChart]]:
    """What each training of the model was, and its losses as a chart, an epoch a point; empty where it has none."""
    return [
        (f"{curve.stage}: epoch {curve.best_epoch} of {len(curve.valid)} was kept", _curve(curve, ink))
        for curve in card.curves
    ]


def _curve(curve: Curve, ink: str) -> alt.LayerChart:
    rows = [
        {"loss": kind, "epoch": epoch, "value": value}
        for kind, values in (("training", curve.train), ("validation", curve.valid))
        for epoch, value in enumerate(values, start=1)
    ]
    epochs = alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, grid=False), scale=alt.Scale(zero=False, nice=False))
    lines = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(color=ink, point={"color": ink, "size": 12})
        .encode(
            x=epochs,
            y=alt.Y("value:Q", title="loss", axis=axis(_AXIS_WIDTH, tickCount=4), scale=alt.Scale(zero=False)),
            strokeDash=alt.StrokeDash(
                "loss:N",
                sort=["validation", "training"],
                legend=alt.Legend(title=None, orient="top", symbolType=_DASH, symbolSize=400),
            ),
            tooltip=["loss:N", "epoch:Q", alt.Tooltip("value:Q", format=".4f")],
        )
    )
    kept = alt.Chart(pd.DataFrame({"epoch": [curve.best_epoch]})).mark_rule(color=ink, opacity=0.35).encode(x=epochs)
    return alt.layer(kept, lines).properties(height=260)
