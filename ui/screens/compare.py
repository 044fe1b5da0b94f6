"""Compare: one clip as any set of the variants reads it, beside what each variant was worth on clips it never met."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from engine import paper_tables
from engine.agreement import agreement
from engine.predict import Prediction
from engine.summary import Summary
from extraction.types import MODALITIES, MODALITY_NAMES, Aligned
from ui import charts, session, tables, views
from ui.clip import Analysis
from ui.compare import agreeing, curves, grid, ranked
from ui.compare.readings import Taken, read
from ui.parts import choose_utterance
from ui.reading import chosen_analysis

SIX = ("T", "A", "V", "concat(T,V,A)", "T->A", "embed(T,V)->A")  # one of each kind the paper has
_PAPER_CSS = """
<style>
.st-key-paper-tables { overflow-x: auto; }
.st-key-paper-tables :is(h1, h2, h3) { font-size: 1.1rem; padding: 0.6rem 0 0.2rem 0; }
.st-key-paper-tables :is(td, th) { padding: 0.15rem 0.4rem; white-space: nowrap; font-size: 0.8rem; }
.st-key-paper-tables code { color: inherit; background: none; padding: 0; font: inherit; font-weight: 600;
  white-space: nowrap; }
</style>
"""
_MOST = 5  # words named as the most disputed


def page() -> None:
    """Draw the page."""
    st.html('<p class="s2s-lead">One clip as different variants read it, and what each was worth elsewhere.</p>')
    analysis = chosen_analysis()
    if analysis is None:
        return
    st.html(grid.page_colour())
    st.html(grid.CSS)
    st.html(ranked.CSS)
    st.html(f"<p><strong><bdi>{escape(analysis.name)}</bdi></strong></p>")
    _compare(analysis)
    st.html(_PAPER_CSS)
    with st.expander("The paper's tables, ours beside them", icon=":material/table:"), st.container(key="paper-tables"):
        st.markdown(_paper())


@st.fragment
def _compare(analysis: Analysis) -> None:
    """All that changes with the choice of variants and of what is taken away."""
    variants, taken = _choose()
    if not variants:
        st.info("Choose one variant or more.", icon=":material/info:")
        return
    with st.spinner("Reading the clip with the chosen variants…", show_time=True):
        whole = read(analysis, variants)
        left = read(analysis, variants, taken) if taken else whole
    st.html(views.paragraphs([ranked.summary(whole, left, taken)]))
    st.html(ranked.ranked(whole, left, taken))
    st.html(views.paragraphs([ranked.LEGEND], note=True))
    predictions = [one.prediction for one in left if one.prediction is not None]
    if not predictions:
        return
    first, stop = choose_utterance(analysis.aligned, "compare-utterance")
    st.subheader("Word by word", anchor=False)
    st.html(agreeing.heat_map(left, first, stop))
    _curves(predictions, (first, stop), analysis.aligned)
    _agreement(predictions)


def _choose() -> tuple[list[str], Taken]:
    names = session.variants()
    start = [name for name in SIX if name in names] or list(names[:6])
    st.session_state.setdefault("compare-variants", st.session_state.get("compare-before", start))
    picked = st.multiselect(
        "Variants", names, key="compare-variants", format_func=str, placeholder="Choose variants", help=_help(names)
    )
    six, every, taken = st.columns([1, 1, 3], vertical_alignment="bottom")
    six.button("One of each kind", on_click=_set, args=(start,), width="stretch", help=", ".join(start))
    every.button(f"All {len(names)}", on_click=_set, args=(list(names),), width="stretch")
    chosen = taken.pills(
        "Take away", MODALITIES, selection_mode="multi", format_func=lambda m: MODALITY_NAMES[m], key="compare-taken"
    )
    st.session_state["compare-before"] = picked  # a widget's own state goes when another page is looked at
    return [name for name in names if name in picked], tuple(m for m in MODALITIES if m in chosen)


def _set(variants: Sequence[str]) -> None:
    st.session_state["compare-variants"] = list(variants)


def _help(names: Sequence[str]) -> str:
    return "  \n".join(views.describe(name) for name in names)


def _curves(predictions: Sequence[Prediction], span: tuple[int, int], aligned: Aligned) -> None:
    marked, also = st.columns([2, 1], vertical_alignment="bottom")
    name = marked.selectbox("Curve that stands out", [p.variant for p in predictions], key="compare-marked")
    attention = also.toggle("Attention too", key="compare-attention")
    upper, lower = curves.charts(predictions, name, span=span, duration=aligned.duration, dark=charts.dark())
    charts.draw(upper, "compare-sentiment")
    if attention:
        charts.draw(lower, "compare-attention-chart")
    note = "Each thin line is a variant: point at one for its name and numbers. Above the zero line is positive."
    st.html(views.paragraphs([note], note=True))
    with st.expander("Numbers, word by word", icon=":material/table:"):
        tables.show(agreeing.word_table(predictions, attention), agreeing.word_forms(predictions))


def _agreement(predictions: Sequence[Prediction]) -> None:
    st.subheader("Agreement", anchor=False)
    if len(predictions) < 2:
        st.html(views.paragraphs(["Choose two variants or more to see where they differ."], note=True))
        return
    found = agreement(predictions)
    st.html(views.paragraphs(agreeing.sentences(found)))
    st.html(agreeing.matrix(found))
    lines = agreeing.most_disputed(found, predictions, _MOST)
    st.html(views.paragraphs(["They differ most on:"]) + views.items(lines))
    with st.expander("Every word by how differently it is read", icon=":material/table:"):
        tables.show(agreeing.disputed_table(found, predictions), agreeing.DISPUTED_FORMS)


@st.cache_data(show_spinner=False)
def _paper() -> str:
    """The three tables of every shipped variant that was measured."""
    measured = {card.variant: Summary.from_dict(card.test) for card in session.cards() if card.test is not None}
    return paper_tables.markdown(measured, "Shipped variants")
