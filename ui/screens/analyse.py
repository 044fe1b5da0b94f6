"""Analyse: a clip in, and how each of its words feels."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from extraction.errors import S2SError
from extraction.transcripts.reading import SUFFIXES as TRANSCRIPTS
from ui import session, tables, views
from ui.clip import MAX_SECONDS, SUFFIXES, Analysis, Source, TranscriptFile
from ui.exports import menu
from ui.parts import choose_variant
from ui.reading import choose, forget, keep, opened, pick, plain, show_ending, watch
from ui.shelf import Reading
from ui.timeline import timeline

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from engine.checkpoint import Card
    from engine.predict import Prediction

PREFERRED = "T"  # the variant the page opens with


def page() -> None:
    """Draw the page."""
    st.html('<p class="s2s-lead">Upload a clip of a person speaking and see, word by word, how the speech feels.</p>')
    readings = _choose_clips()
    if any(reading.unfinished for reading in readings):
        watch(readings)
    reading = _look_at(readings)
    if reading.analysis is not None:
        _show(reading.analysis)
    elif not reading.unfinished:
        show_ending(reading)
        if reading.state == "cancelled":
            st.button("Read it again", on_click=_again, args=(reading,), icon=":material/replay:")


def _choose_clips() -> list[Reading]:
    """The clips of this session, the sample while there is none; each is begun as soon as it is here."""
    if "clips" not in st.session_state:  # the page was left since, and what uploads fresh clips holds nothing any more
        keep(st.session_state.get("taken", ()))
    with st.expander("Your clips", expanded=True, icon=":material/upload_file:"):
        upload, record = st.columns([2, 1], gap="medium")
        uploaded = upload.file_uploader(
            f"Video or audio of one person speaking, up to {MAX_SECONDS / 60:.0f} minutes each",
            type=list(SUFFIXES),
            accept_multiple_files=True,
            key="clips",
            help="Clips stay on this machine: they are read here and forgotten when you close the page.",
        )
        recording = record.audio_input("or record your voice")
        clips = [*uploaded, *([recording] if recording is not None else [])]
        said = _choose_transcripts([clip.name for clip in clips]) if clips else []
        _earlier()
    mine = [_taken(clip, transcript) for clip, transcript in zip(clips, said, strict=True)]
    st.session_state["taken"] = tuple(reading.key for reading in mine)
    found = {reading.key: reading for reading in (*opened(), *mine)}
    return list(found.values()) or [session.shelf().put(session.sample(), session.own())]


def _earlier() -> None:
    """The clips that came before this look at the page, which the uploader does not show: a way to forget each."""
    earlier = opened()
    if not earlier:
        return
    with st.container(horizontal=True):
        for reading in earlier:
            label, key = f"Forget {plain(reading.name)}", f"forget-{reading.key}"
            st.button(label, key=key, icon=":material/delete:", on_click=forget, args=(reading.key,))


def _choose_transcripts(clips: Sequence[str]) -> list[UploadedFile | str | None]:
    """What is said in each clip, as far as the user tells."""
    files, typed = st.columns(2, gap="medium")
    transcripts = files.file_uploader(
        "Transcript file (optional), named as its clip; word times in it are kept",
        type=[suffix.lstrip(".").lower() for suffix in TRANSCRIPTS],
        accept_multiple_files=True,
        key="transcript_files",
    )
    text = typed.text_area(
        "or what is said in it, as text",
        placeholder="Leave empty to have the words recognised." if len(clips) == 1 else "For a single clip only.",
        height=140,
        key="transcript",
        disabled=len(clips) != 1 or bool(transcripts),
    )
    pairs, lost = paired(clips, [file.name for file in transcripts])
    for name in lost:
        told = f"{name} belongs to none of the clips: give it the name of its clip."
        st.warning(plain(told), icon=":material/info:")
    return [transcripts[number] if number is not None else text.strip() or None for number in pairs]


def _taken(clip: UploadedFile, transcript: UploadedFile | str | None) -> Reading:
    """The reading of an upload, whose bytes are looked at only once."""
    known = (clip.file_id, transcript if transcript is None or isinstance(transcript, str) else transcript.file_id)
    keys: dict[tuple[str, str | None], str] = st.session_state.setdefault("keys", {})
    reading = session.shelf().find(keys.get(known, ""), session.own())
    if reading is None:
        reading = session.shelf().put(Source(clip.name, clip.getvalue(), _said(transcript)), session.own())
        keys[known] = reading.key
    return reading


def _said(transcript: UploadedFile | str | None) -> TranscriptFile | str | None:
    if transcript is None or isinstance(transcript, str):
        return transcript
    return TranscriptFile(transcript.name, transcript.getvalue())


def paired(clips: Sequence[str], transcripts: Sequence[str]) -> tuple[list[int | None], list[str]]:
    """For each clip the number of its transcript, by name or because there is one of each; and those left over."""
    if len(clips) == len(transcripts) == 1:
        return [0], []
    by_stem = {Path(name).stem.casefold(): number for number, name in enumerate(transcripts)}
    pairs = [by_stem.get(Path(name).stem.casefold()) for name in clips]
    return pairs, [name for number, name in enumerate(transcripts) if number not in pairs]


def _look_at(readings: Sequence[Reading]) -> Reading:
    """The clip that is looked at: the newest, unless another was picked."""
    by_key = {reading.key: reading for reading in readings}
    fresh = [key for key in by_key if key not in st.session_state.get("offered", ())]
    st.session_state["offered"] = tuple(by_key)
    if st.session_state.get("chosen") not in by_key or fresh:
        choose(fresh[-1] if fresh else readings[-1].key)
    pick(readings)
    return by_key[st.session_state["chosen"]]


def _again(reading: Reading) -> None:
    session.shelf().again(reading, session.own())


def _show(analysis: Analysis) -> None:
    """What is known of a clip that was read."""
    for warning in analysis.aligned.warnings:
        st.warning(plain(warning), icon=":material/info:")
    _result(analysis)


@st.fragment
def _result(analysis: Analysis) -> None:
    """All that changes with the variant: the player with its timeline, the table and the exports."""
    read = _predict(analysis)
    if read is None:
        unscored(analysis)
        return
    prediction, card = read
    timeline(analysis, prediction, key="timeline")
    note = session.note_on(analysis.name)
    if note is not None:
        st.html(f'<p class="s2s-note">{note}</p>')
    _table(prediction)
    _export(analysis, prediction, card)


def unscored(analysis: Analysis) -> None:
    """A clip that the model gives no score: its player, where it has one, beside what is said in it."""
    player, said = analysis.player, views.words_html(analysis.aligned.words)
    if player is None or not player.path.exists():
        st.html(said)
        return
    left, right = st.columns([5, 7], gap="medium")
    play = left.video if player.kind == "video" else left.audio
    play(player.path, format=player.mime, alt=f"The clip {analysis.aligned.clip}")
    right.html(said)


def _predict(analysis: Analysis) -> tuple[Prediction, Card] | None:
    choice, trust = st.columns([4, 7], gap="medium", vertical_alignment="center")
    chosen = choose_variant("variant", PREFERRED, place=choice)
    try:
        loaded = session.model(chosen)
        prediction = loaded.predict(analysis.aligned)
    except S2SError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    with trust:
        for sentence in (views.honest_line(loaded.card), *_beyond(prediction.warnings, analysis.aligned.warnings)):
            st.html(f'<p class="s2s-note">{sentence}</p>')
    return prediction, loaded.card


def _beyond(warnings: tuple[str, ...], said: tuple[str, ...]) -> list[str]:
    """Warnings that are not on the page yet, safe to show as markup."""
    return [escape(warning) for warning in warnings if warning not in said]


def _table(prediction: Prediction) -> None:
    with st.expander("Word table", icon=":material/table:"):
        tables.show(views.word_table(prediction), views.WORD_FORMS, views.WORD_COLUMNS, width="stretch")


def _export(analysis: Analysis, prediction: Prediction, card: Card) -> None:
    """The reading as a file, made when it is asked for."""
    formats = {form.name: form for form in menu.formats(analysis)}
    choice, button = st.columns([5, 2], gap="small", vertical_alignment="bottom")
    name = choice.selectbox(
        "Export", list(formats), format_func=lambda name: f"{name}: {formats[name].purpose}", key="export"
    )
    chosen = formats[name]
    clip = menu.read_clip(analysis, prediction, card)
    button.download_button(
        f"Download {chosen.suffix}",
        lambda: chosen.make(clip),
        chosen.file_name(clip),
        chosen.mime,
        icon=":material/download:",
        key="download",
        on_click="ignore",
        width="stretch",
    )
