"""Attention: which words a model looks at, beside what blanking them does, so that it is not taken on trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import streamlit as st

from engine.faithfulness import Faithfulness, of_card
from engine.integrated_gradients import Attribution, attribute
from engine.occlusion import Occlusion, occlude, rank_correlation
from engine.predict import Prediction, Predictor, spans_of
from engine.translations import focus
from extraction.errors import S2SError
from ui import charts, session, tables, views
from ui.attention import decoder, regressor
from ui.clip import Analysis
from ui.parts import choose_utterance, choose_variant
from ui.reading import chosen_analysis

PREFERRED = "concat(T,A)->concat(T,V)"  # the variant the page opens with: its translation learnt something


@dataclass(frozen=True)
class _Found:
    prediction: Prediction
    occlusion: Occlusion
    attribution: Attribution


@dataclass
class _Held:
    """The clip that is looked at, and what was found in it by variant."""

    analysis: Analysis
    found: dict[str, _Found] = field(default_factory=dict)


def page() -> None:
    """Draw the page."""
    st.html('<p class="s2s-lead">Which words a model looks at, and whether they are the ones that matter.</p>')
    analysis = chosen_analysis()
    if analysis is None:
        return
    st.html(f"<p><strong><bdi>{escape(analysis.name)}</bdi></strong></p>")
    _attention(analysis)


@st.fragment
def _attention(analysis: Analysis) -> None:
    chosen = choose_variant("attention-variant", PREFERRED)
    try:
        model = session.model(chosen)
        found = _read(analysis, model)
        corpus = of_card(model.card)
    except S2SError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.html(views.score_html(found.prediction))
    st.html(f'<p class="s2s-note">{views.honest_line(model.card)}</p>')
    span = choose_utterance(analysis.aligned, "attention-utterance")
    _regressor(found, span, corpus)
    try:
        _translation(analysis, model, span)
    except S2SError as error:
        st.info(str(error), icon=":material/info:")


def _read(analysis: Analysis, model: Predictor) -> _Found:
    """Reading, blanking and gradients of a clip by a model, done once while this session looks at the clip."""
    held = st.session_state.get("attended")
    if not isinstance(held, _Held) or held.analysis is not analysis:
        held = st.session_state["attended"] = _Held(analysis)
    if model.card.variant not in held.found:
        with st.spinner("Reading the clip again without each of its words…", show_time=True):
            held.found[model.card.variant] = _Found(
                model.predict(analysis.aligned),
                occlude(model.model, analysis.aligned),
                attribute(model.model, analysis.aligned),
            )
    return held.found[model.card.variant]


def _regressor(found: _Found, span: tuple[int, int], corpus: Faithfulness | None) -> None:
    st.subheader("The words that make the score", anchor=False)
    data = regressor.word_table(found.prediction, found.occlusion, found.attribution, *span)
    _say([regressor.strongest(data)])
    attention, change, gradients = regressor.charts(data, dark=charts.dark())
    with st.container(key="attention-charts"):
        width = regressor.STEP * len(data) + 80
        st.html(
            f"<style>.st-key-attention-charts {{ overflow-x: auto; }} "
            f".st-key-attention-charts > * {{ min-width: {width}px; flex-shrink: 0; }}</style>"
        )
        charts.draw(attention, "regressor-attention")
        charts.draw(change, "regressor-change")
        charts.draw(gradients, "regressor-gradients")
    note = (
        "Above, in grey: the attention the model pays to a word. Below, what the word adds to the score of the clip: "
        "first found by reading the clip again with that word blanked, then by integrated gradients, which let all "
        "words in little by little and follow the score. Words that are high in all three matter and are looked at."
    )
    _say([note], note=True)
    of_size = rank_correlation(data["attention"], data["change"].abs())
    of_sign, of_gradients = (rank_correlation(data[name], data["change"]) for name in ("contribution", "gradients"))
    _say(regressor.agreement(of_size, of_sign, of_gradients))
    if corpus is not None:
        _say([regressor.corpus(corpus)])
    with st.expander("Numbers, word by word", icon=":material/table:"):
        tables.show(data.rename(columns=regressor.TITLES), regressor.FORMS)


def _translation(analysis: Analysis, model: Predictor, span: tuple[int, int]) -> None:
    """The decoder's attention of one of the variant's translations, where it has any."""
    stages = {str(stage): stage for stage in model.model.variant.stages}
    if not stages:
        return
    st.subheader("What the translation looks at", anchor=False)
    name = next(iter(stages))
    if len(stages) > 1:
        picked = st.segmented_control(
            "Translation, inner one first", list(stages), default=name, key=f"stage-{model.card.variant}"
        )
        name = picked or name
    utterance = spans_of(analysis.aligned).index(span)
    found = model.translation_attention(analysis.aligned, stages[name], utterance)
    words = [word.text for word in analysis.aligned.words[slice(*span)]]
    figures = next((one for one in model.card.stages if one.stage == name), None)
    _say(decoder.meaning(stages[name], figures, focus(found)))
    with st.container(key="decoder-chart"):
        st.html("<style>.st-key-decoder-chart { overflow-x: auto; }</style>")
        charts.draw(decoder.chart(found, words, dark=charts.dark()), "decoder", width="content")
    note = "One row a step; a stronger shade is more attention. A translation word for word would show a diagonal."
    _say([note], note=True)
    with st.expander("Numbers, step by step", icon=":material/table:"):
        shown = decoder.table(found, words)
        tables.show(shown, dict.fromkeys(shown.columns, tables.share))


def _say(sentences: Sequence[str], note: bool = False) -> None:
    st.html(views.paragraphs(sentences, note))
