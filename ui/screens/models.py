"""Models: every shipped model, what it learnt from, how good it is beside guessing, and how to train it again."""

from __future__ import annotations

from html import escape

import streamlit as st

from engine.checkpoint import Card
from extraction.errors import S2SError
from ui import cards, charts, command, session, tables, views
from ui.parts import choose_variant

_COLUMNS = {
    "variant": st.column_config.TextColumn("variant", pinned=True),
    "reads": st.column_config.TextColumn("reads"),
    "learned": st.column_config.CheckboxColumn("beats guessing"),
    "r": st.column_config.Column("r", help="How closely its scores follow people's ratings; 1 is exactly."),
    "mae": st.column_config.Column(
        "MAE", help="How far it is from people's ratings on average, in points of the scale."
    ),
    "mae_floor": st.column_config.Column("MAE of a constant", help="The same of the best answer that never changes."),
    "non0": st.column_config.Column(
        "sign right", help="How often positive or negative is right, ratings of 0 left out."
    ),
    "non0_floor": st.column_config.Column("sign by guessing", help="The same of whoever names the commoner sign."),
    "clips": st.column_config.NumberColumn("test clips"),
}
_FORMS = {"r": views.fraction, "mae": views.fraction, "mae_floor": views.fraction} | dict.fromkeys(
    ("non0", "non0_floor"), views.percent
)


def page() -> None:
    """Draw the page."""
    st.html('<p class="s2s-lead">The models that come with the app, and how far to trust each.</p>')
    try:
        known = {card.variant: card for card in session.cards()}
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
    tables.show(cards.overview(shown), _FORMS, _COLUMNS, width="stretch", height=320)
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
        chart = cards.confusion(card, charts.TEXT[charts.dark()])
        if chart is None:
            st.html('<p class="s2s-note">This model was not tested.</p>')
        else:
            charts.draw(chart, "confusion")
            st.html(f'<p class="s2s-note">{cards.CONFUSION}</p>')
    st.markdown("**How it was trained**")
    losses = cards.curves(card, charts.INK[charts.dark()])
    if not losses:
        st.html(f'<p class="s2s-note">{cards.NO_CURVES}</p>')
    for number, (place, (said, chart)) in enumerate(zip(st.columns(max(2, len(losses))), losses, strict=False)):
        place.html(f'<p class="s2s-note">{escape(said)}</p>')
        charts.draw(chart, f"curve-{number}", place)
    st.markdown("**Train it again**")
    command.show(card.command or "unknown", "command")
