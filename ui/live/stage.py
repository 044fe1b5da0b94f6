"""What the Live page mounts: the board, drawn anew as data comes, and the camera's picture as a mirror."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui.live.board import Board, payload

_HERE = Path(__file__).parent


def show(board: Board, key: str) -> None:
    """Draw the board where the page stands."""
    _component("live", '<div class="live"></div>')(data=payload(board), key=key)


def mirror(recorder: str, key: str) -> None:
    """The picture of the camera that the recorder with the key `recorder` uses."""
    video = '<video autoplay muted playsinline hidden aria-label="Your camera, mirrored"></video>'
    _component("preview", video)(data={"key": recorder}, key=key)


@cache
def _component(name: str, html: str) -> Any:
    css, script = ((_HERE / f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("css", "js"))
    return st.components.v2.component(f"s2s_{name}", html=html, css=css, js=script)
