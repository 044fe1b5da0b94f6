"""Models: every shipped model, what it learnt from, how good it is beside guessing, and how to train it again."""

from __future__ import annotations

from html import escape

import streamlit as st

from engine.checkpoint import Card, available
from extraction.errors import S2SError
from ui import cards, session, views
from ui.charts import INK, dark
from ui.parts import choose_variant

_COLUMNS = {
    "variant": st.column_config.TextColumn("variant", pinned=True),
    "reads": st.column_config.TextColumn("reads"),
    "learned": st.column_config.CheckboxColumn("beats guessing"),
    "r": st.column_config.NumberColumn("r", format="%.2f"),
    "mae": st.column_config.NumberColumn("MAE", format="%.2f"),
    "mae_floor": st.column_config.NumberColumn("MAE of a constant", format="%.2f"),
    "non0": st.column_config.NumberColumn("sign right", format="%.0f %%"),
    "non0_floor": st.column_config.NumberColumn("sign by guessing", format="%.0f %%"),
    "clips": st.column_config.NumberColumn("test clips"),
}


def page() -> None:
    """Draw the page."""
    st.html('<p class="s2s-lead">The models that come with the app, and how far to trust each.</p>')
    try:
        known = {card.variant: card for card in available()}
    except S2SError as error:
        st.error(str(error), icon=":material/error:")
        return
    names = [name for name in session.variants() if name in known]
    shown = [known[name] for name in names]
    guessing = [card.variant for card in shown if not card.learned]
    if guessing:
        st.html(
            f'<p class="s2s-note">{len(shown)} models; {len(guessing)} of them do no better than guessing on speakers '
            "they never met, and are here because the paper has them: they are for comparison only.</p>"
        )
    st.dataframe(cards.overview(shown), hide_index=True, width="stretch", column_config=_COLUMNS, height=320)
    chosen = choose_variant("model_card", names[0], names, label="Model")
    _card(known[chosen])


def _card(card: Card) -> None:
    st.html(f'<p class="s2s-note">{views.honest_line(card)}</p>')
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.markdown("**Figures**")
        st.html(views.table_html(cards.FIGURES, cards.figures(card), "Figures"))
        st.html(views.pairs_html(cards.origin(card)))
    with right:
        st.markdown("**Classes, labelled and predicted**")
        chart = cards.confusion(card, INK[dark()])
        if chart is None:
            st.html('<p class="s2s-note">This model was not tested.</p>')
        else:
            st.altair_chart(chart, key="confusion")
    st.markdown("**How it was trained**")
    losses = cards.curves(card, INK[dark()])
    if not losses:
        st.html(f'<p class="s2s-note">{cards.NO_CURVES}</p>')
    for number, (place, (said, chart)) in enumerate(zip(st.columns(max(2, len(losses))), losses, strict=False)):
        place.html(f'<p class="s2s-note">{escape(said)}</p>')
        place.altair_chart(chart, key=f"curve-{number}")
    st.markdown("**Train it again**")
    st.code(card.command or "unknown", language="bash", wrap_lines=True)
