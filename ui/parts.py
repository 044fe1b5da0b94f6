"""Parts that several pages draw: the choice of a variant or an utterance, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from engine.checkpoint import shipped
from engine.predict import spans_of
from extraction.errors import S2SError
from extraction.types import Aligned
from ui import session, views


def models_there() -> bool:
    """Whether there are models to read clips with; where not, says why in the page."""
    try:
        if session.variants():
            return True
        said = f"No trained model is in {shipped()}: name a folder that has some in the variable S2S_CHECKPOINTS."
    except S2SError as error:
        said = str(error)
    st.error(said, icon=":material/error:")
    return False


def choose_variant(
    key: str,
    preferred: str,
    offered: Sequence[str] = (),
    *,
    place: Any = st,
    help: str | None = None,
    label: str = "Variant",
) -> str:
    """The variant a page looks at, kept while others are looked at; `preferred` to begin with, any shipped one else."""
    names = list(offered or session.variants())
    before = st.session_state.get(f"{key}-before", preferred)
    index = names.index(before) if before in names else 0
    chosen = place.selectbox(label, names, index=index, key=key, format_func=views.describe, help=help)
    st.session_state[f"{key}-before"] = chosen  # a widget's own state goes when another page is looked at
    return str(chosen)


def choose_utterance(aligned: Aligned, key: str) -> tuple[int, int]:
    """The words `[first, stop)` to show: all of a short clip, one utterance of a long recording."""
    spans = spans_of(aligned)
    if len(spans) == 1:
        return spans[0]
    number = st.selectbox("Utterance", range(len(spans)), format_func=lambda n: _opening(aligned, spans[n]), key=key)
    return spans[number]


def _opening(aligned: Aligned, span: tuple[int, int]) -> str:
    words = aligned.words[span[0] : span[1]]
    start = next((word.start for word in words if word.start is not None), None)
    said = " ".join(word.text for word in words[:8]) + ("…" if len(words) > 8 else "")
    return said if start is None else f"{start:.1f} s  {said}"
