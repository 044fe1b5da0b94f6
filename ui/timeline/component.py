"""The timeline in the app: a Streamlit component, its media and tracks served as files of the session.

Streamlit keeps the files as long as a run of the page names them, and drops them with the session. Their addresses
come from their content, so that another variant of the same clip changes nothing but the reading.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st
from streamlit import runtime

from engine.predict import Prediction
from ui.clip import Analysis
from ui.timeline import source
from ui.timeline.measured import Measured, measured
from ui.timeline.payload import Media, elsewhere, inline, payload

_BINARY = "application/octet-stream"


def timeline(analysis: Analysis, prediction: Prediction, key: str) -> None:
    """Draw the clip's player and timeline where the page stands; `key` names this place in the session."""
    found = _measured(analysis, key)
    media = None
    if analysis.player is not None and analysis.player.path.exists():
        address = _served(str(analysis.player.path), analysis.player.mime, f"{key}-media")
        media = Media(address, analysis.player.kind) if address else None
    address = _served(found.block, _BINARY, f"{key}-tracks")
    tracks = elsewhere(found, address) if address else inline(found)
    _component()(data=payload(analysis.aligned, prediction, media, tracks), key=key)


def _measured(analysis: Analysis, key: str) -> Measured:
    """The clip's tracks, thinned once for as long as the clip stays in its place."""
    slot = f"{key}-measured"
    kept = st.session_state.get(slot)
    if kept is None or kept[0] is not analysis.aligned:
        kept = st.session_state[slot] = (analysis.aligned, measured(analysis.aligned.tracks))
    found: Measured = kept[1]
    return found


def _served(content: bytes | str, mime: str, place: str) -> str | None:
    """The address of a file (its bytes, or its path) for the browser; None outside a running app."""
    if not runtime.exists():
        return None
    prefix = str(st.get_option("server.baseUrlPath")).strip("/")
    address = runtime.get_instance().media_file_mgr.add(content, mime, place)
    return f"/{prefix}{address}" if prefix else address


@cache
def _component() -> Any:
    return st.components.v2.component(
        "s2s_timeline", html='<div class="tl-root"></div>', css=source.style(), js=source.script()
    )
