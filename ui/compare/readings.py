"""One clip as several variants read it, whole and with modalities taken away; read once, then kept.

What was read is kept in the browser session for the clip that is looked at, and forgotten with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from engine.checkpoint import Card
from engine.predict import Prediction
from engine.without import without
from extraction.errors import S2SError
from extraction.types import Modality
from ui import session
from ui.clip import Analysis

Taken = tuple[Modality, ...]


@dataclass(frozen=True, eq=False)
class Reading:
    """Attributes: card of the variant; prediction, or None where `sentence` says why there is none."""

    card: Card
    prediction: Prediction | None
    sentence: str = ""

    @property
    def variant(self) -> str:
        """As the notation spells it."""
        return self.card.variant


@dataclass
class _Kept:
    """The clip the readings are of, and the readings by variant and what was taken away."""

    analysis: Analysis
    readings: dict[tuple[str, Taken], Reading] = field(default_factory=dict)


def read(
    analysis: Analysis, variants: Sequence[str], taken: Taken = (), tell: Callable[[int], None] = lambda _: None
) -> list[Reading]:
    """The clip as each of `variants` reads it without `taken`; `tell` hears how many of them are done."""
    kept = st.session_state.get("compared")
    if not isinstance(kept, _Kept) or kept.analysis is not analysis:
        kept = st.session_state["compared"] = _Kept(analysis)
    found = []
    for number, variant in enumerate(variants):
        key = (variant, taken)
        if key not in kept.readings:
            kept.readings[key] = _reading(analysis, variant, taken)
            tell(number + 1)
        found.append(kept.readings[key])
    return found


def _reading(analysis: Analysis, variant: str, taken: Taken) -> Reading:
    model = session.model(variant)
    if set(model.card.inputs) <= set(taken):
        return Reading(model.card, None, "has nothing left to read")
    try:
        return Reading(model.card, model.predict(without(analysis.aligned, taken)))
    except S2SError as error:
        return Reading(model.card, None, str(error))
