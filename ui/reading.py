"""The clips of this session, the one that is looked at, and what the reader sees while it is being read."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import streamlit as st

from extraction.counting import count
from extraction.pipeline import STAGES
from ui import session
from ui.clip import Analysis, Source
from ui.shelf import Reading, State

_STATES: dict[State, str] = {
    "waiting": "waits",
    "reading": "being read",
    "failed": "could not be read",
    "cancelled": "cancelled",
    "gone": "removed",
}
_EVERY = 0.5  # seconds from one look at the progress to the next


def open_clip(source: Source) -> None:
    """Take a clip into this session, begin to read it, and choose it."""
    reading = session.shelf().put(source, session.own())
    keep([reading.key])
    choose(reading.key)


def keep(keys: Iterable[str]) -> None:
    """From now on these clips are in this session's list, whatever page is looked at."""
    st.session_state["opened"] = tuple(dict.fromkeys((*st.session_state.get("opened", ()), *keys)))


def forget(key: str) -> None:
    """Take a clip off the list, and let go of it."""
    st.session_state["opened"] = tuple(one for one in st.session_state["opened"] if one != key)
    reading = session.shelf().find(key, session.own())
    if reading is not None:
        session.shelf().leave(reading, session.own())


def opened() -> tuple[Reading, ...]:
    """The clips in the list, as far as they are still here."""
    return _found(st.session_state.get("opened", ()))


def _found(keys: Iterable[str]) -> tuple[Reading, ...]:
    found = (session.shelf().find(key, session.own()) for key in keys)
    return tuple(reading for reading in found if reading is not None)


def choose(key: str) -> None:
    """Look at this clip from now on."""
    st.session_state["chosen"] = key


def pick(readings: Sequence[Reading]) -> None:
    """The choice of the clip that is looked at, where there are several."""
    if len(readings) < 2:
        return
    said = dict(zip((reading.key for reading in readings), labels(readings), strict=True))
    drawn = tuple(said.items())
    if st.session_state.get("clip") != st.session_state["chosen"] or st.session_state.get("pills") != drawn:
        # Only where the pills cannot know it: what is set here undoes a click that comes while the page is drawn.
        st.session_state["clip"] = st.session_state["chosen"]
    st.session_state["pills"] = drawn
    st.pills("Clip", list(said), key="clip", format_func=said.__getitem__, on_change=_picked, required=True)


def _picked() -> None:
    choose(st.session_state["clip"])


def labels(readings: Sequence[Reading]) -> list[str]:
    """What stands on each clip's pill, safe to show as Markdown: its name, a number where two have the same, its state.

    No two are the same, because Streamlit tells the options of pills apart by what stands on them.
    """
    names: list[str] = []
    for reading in readings:
        name, number = reading.name, 1
        while name in names:
            number += 1
            name = f"{reading.name} · {number}"
        names.append(name)
    return [
        plain(name if reading.state == "read" else f"{name} ({_STATES[reading.state]})")
        for name, reading in zip(names, readings, strict=True)
    ]


def chosen_analysis() -> Analysis | None:
    """The analysis of the clip that is looked at, the sample where there is none yet.

    Where the session has several clips, another can be picked. None after showing, in its place, how far it is, or why
    there is none.
    """
    shelf, key = session.shelf(), st.session_state.get("chosen")
    reading = shelf.find(key, session.own()) if key else None
    if reading is None:
        reading = shelf.put(session.sample(), session.own())
        choose(reading.key)
    offered = _found(st.session_state.get("offered", ()))
    if reading in offered:
        pick(offered)
    if reading.unfinished:
        watch([reading])
    elif reading.analysis is None:
        show_ending(reading)
    return reading.analysis


def show_ending(reading: Reading) -> None:
    """Why a clip has no analysis, and what can be done."""
    if reading.state == "failed":
        st.error(plain(reading.sentence), icon=":material/error:")
    elif reading.state == "gone":
        told = f"{reading.name} was removed an hour after it came: upload it again."
        st.info(plain(told), icon=":material/info:")
    else:
        st.info(plain(f"{reading.name} was cancelled."), icon=":material/info:")


@st.fragment(run_every=_EVERY)
def watch(readings: Sequence[Reading]) -> None:
    """Show what is being read and what waits; the page is drawn again as soon as one of them is done."""
    for reading in readings:
        if reading.unfinished:
            _progress(reading)
    known = st.session_state.setdefault("seen_unfinished", set())
    before = {reading.key for reading in readings if reading.key in known}
    known.update(reading.key for reading in readings if reading.unfinished)
    done = {reading.key for reading in readings if not reading.unfinished} & before
    if done:
        known.difference_update(done)
        st.rerun(scope="app")


def _progress(reading: Reading) -> None:
    """One clip: its bar, its stages with what has been found, the time left, and a way to cancel."""
    with st.container(border=True, key=f"progress-{reading.key[:12]}"):
        said, cancel = st.columns([5, 1], vertical_alignment="center")
        said.markdown(f"**{plain(reading.name)}** · {_standing(reading)}")
        cancel.button("Cancel", key=f"cancel-{reading.key}", on_click=_cancel, args=(reading,), width="stretch")
        if reading.state != "reading":
            return
        st.progress(reading.fraction)
        lines = []
        for stage, title in STAGES.items():
            report = reading.reports.get(stage)
            if report is not None:
                mark = ":material/check:" if report.done else ":material/hourglass_top:"
                found = f": {plain(report.found)}" if report.found else ""
                lines.append(f"{mark} {title}{found}" + (f" ({report.seconds:.1f} s)" if report.done else ""))
        st.markdown("  \n".join(lines))


def _standing(reading: Reading) -> str:
    if reading.state == "waiting":
        ahead = session.shelf().ahead(reading)
        return "next" if ahead == 0 else f"waits for {count(ahead, 'clip')} before it"
    left = reading.left(time.monotonic())
    return "being read" if left is None else f"about {max(1, round(left))} s left"


def _cancel(reading: Reading) -> None:
    session.shelf().cancel(reading, session.own())


def plain(text: str) -> str:
    """Text of a user's, shown as text where Markdown is read."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~$:&" else c for c in text)
