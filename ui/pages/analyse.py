"""Analyse: a clip in, and how each of its words feels."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from extraction.errors import S2SError
from extraction.pipeline import STAGES, StageReport
from extraction.transcripts.reading import SUFFIXES
from ui import session, views

if TYPE_CHECKING:
    from engine.predict import Prediction

PREFERRED = "T"  # the variant the page opens with


def page() -> None:
    """Draw the page."""
    st.html(
        '<h1 class="s2s-title">Seq2Seq2Sentiment</h1>'
        '<p class="s2s-lead">Upload a clip of a person speaking and see, word by word, how the speech feels.</p>'
    )
    source = _choose_source()
    if source is None:
        return
    analysis = _analysis(source)
    if analysis is not None:
        _show(analysis)


def _choose_source() -> session.Source | None:
    """The uploaded clip, or the sample while there is none; None if the upload is not usable."""
    with st.expander("Your clip", expanded=True, icon=":material/upload_file:"):
        uploaded = st.file_uploader(
            "Video or audio of one person speaking, up to 10 minutes",
            type=list(session.SUFFIXES),
            help="The clip stays on this machine: it is read here and forgotten when you close the page.",
        )
        typed, file = st.columns(2, gap="medium")
        said = file.file_uploader(
            "or a transcript file, whose word times are kept",
            type=[suffix.lstrip(".").lower() for suffix in SUFFIXES],
            key="transcript_file",
            disabled=uploaded is None,
        )
        text = typed.text_area(
            "What is said in it (optional)",
            placeholder="Leave empty to have the words recognised.",
            height=140,
            key="transcript",
            disabled=uploaded is None or said is not None,
        )
    if uploaded is None:
        return session.sample()
    if said is not None:
        return session.Source(uploaded.name, uploaded.getvalue(), session.TranscriptFile(said.name, said.getvalue()))
    return session.Source(uploaded.name, uploaded.getvalue(), text.strip() or None)


def _analysis(source: session.Source) -> session.Analysis | None:
    """The clip's analysis, made once a session; None after showing why there is none."""
    known: dict[str, session.Analysis | str] = st.session_state.setdefault("analyses", {})
    if source.key not in known:
        try:
            known[source.key] = _watch(source)
        except S2SError as error:
            known[source.key] = str(error)
    st.session_state["chosen"] = source.key
    result = known[source.key]
    if isinstance(result, str):
        st.error(result, icon=":material/error:")
        return None
    return result


def _watch(source: session.Source) -> session.Analysis:
    """Analyse while showing a line a stage with what has been found so far."""
    with st.status(f"Reading {source.name}", expanded=True) as status:
        st.button("Cancel", on_click=_cancel, args=(source.key,), key="cancel")
        if session.busy():
            status.update(label="Another clip is being read; yours is next", expanded=True)
        lines = {stage: st.empty() for stage in STAGES}
        bar = st.progress(0.0)
        fractions = dict.fromkeys(STAGES, 0.0)

        def show(report: StageReport) -> None:
            fractions[report.stage] = report.fraction
            mark = ":material/check:" if report.done else ":material/hourglass_top:"
            found = f": {report.found}" if report.found else ""
            took = f" ({report.seconds:.1f} s)" if report.done else ""
            lines[report.stage].markdown(f"{mark} {STAGES[report.stage]}{found}{took}")
            bar.progress(sum(fractions.values()) / len(STAGES))
            status.update(label=f"Reading {source.name}", expanded=True)

        try:
            analysis = session.analyse(source, show)
        except S2SError:
            status.update(label=f"{source.name} could not be read", state="error", expanded=False)
            raise
        status.update(label=f"Read {source.name}", state="complete", expanded=False)
        return analysis


def _cancel(key: str) -> None:
    """Runs before the page is drawn again, which ends the reading that was under way."""
    st.session_state["analyses"][key] = "Cancelled: choose another clip, or reload the page to read this one again."


def _show(analysis: session.Analysis) -> None:
    """The result: player and score side by side, the charts under them, the table last."""
    for warning in analysis.aligned.warnings:
        st.warning(warning, icon=":material/info:")
    left, right = st.columns([5, 7], gap="medium")
    with left, st.container(key="player"):
        _player(analysis)
    with right:
        prediction = _predict(analysis)
    if prediction is None:
        return
    _timeline(prediction, analysis.aligned.duration)
    _table(analysis, prediction)


def _player(analysis: session.Analysis) -> None:
    if analysis.player is None:
        st.info("This clip cannot be played here, but it could be read.", icon=":material/info:")
    elif analysis.player.kind == "video":
        st.video(analysis.player.data, format=analysis.player.mime)
    else:
        st.audio(analysis.player.data, format=analysis.player.mime)
    if analysis.name == session.SAMPLE.name:
        st.html(
            '<p class="s2s-note">Our sample: a NASA portrait of Eileen Collins, animated by a script, with a synthetic '
            "voice. She never said this.</p>"
        )


def _predict(analysis: session.Analysis) -> Prediction | None:
    names = session.variants()
    chosen = st.selectbox("Variant", names, index=names.index(PREFERRED), key="variant", format_func=views.describe)
    try:
        loaded = session.model(chosen)
        prediction = loaded.predict(analysis.aligned)
    except S2SError as error:
        st.error(str(error), icon=":material/error:")
        return None
    st.html(views.score_html(prediction))
    st.html(views.transcript_html(prediction))
    st.html(f'<p class="s2s-note">{views.strongest(prediction)}</p>')
    for sentence in (views.honest_line(loaded.card), *_beyond(prediction.warnings, analysis.aligned.warnings)):
        st.html(f'<p class="s2s-note">{sentence}</p>')
    return prediction


def _beyond(warnings: tuple[str, ...], said: tuple[str, ...]) -> list[str]:
    """Warnings that are not on the page yet, safe to show as markup."""
    return [escape(warning) for warning in warnings if warning not in said]


def _timeline(prediction: Prediction, duration: float) -> None:
    sentiment, attention = views.charts(prediction, duration, dark=st.context.theme.type == "dark")
    width = views.chart_width(prediction, duration)
    with st.container(key="timeline"):
        st.html(f"<style>.st-key-timeline > * {{ min-width: {width}px; }}</style>")
        st.altair_chart(sentiment, key="sentiment-chart")
        st.altair_chart(attention, key="attention-chart")
    st.html(
        '<p class="s2s-note">Bars above the line are positive, below it negative; grey bars are the attention that the '
        "model pays to a word. The score is the sum of sentiment times attention.</p>"
    )


def _table(analysis: session.Analysis, prediction: Prediction) -> None:
    with st.expander("Word table", icon=":material/table:"):
        st.dataframe(views.word_table(prediction), hide_index=True, width="stretch", column_config=views.COLUMN_CONFIG)
    stem = analysis.aligned.clip or "clip"
    st.download_button(
        "Download CSV", views.csv(prediction), f"{stem}.words.csv", "text/csv", icon=":material/download:", key="csv"
    )
