"""What the Live page mounts: the board, drawn anew as data comes, and the devices as the browser has them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui.live.board import Board, payload

_HERE = Path(__file__).parent


def show(board: Board, key: str) -> None:
    """Draw the board where the page stands."""
    _component("live", '<div class="live"></div>')(data=payload(board), key=key)


def devices(recorder: str, wants: Mapping[str, bool], playing: bool, key: str) -> None:
    """What this browser lacks of the devices wanted (video, audio); while playing, the camera's picture as a mirror.

    `recorder` is the key of the recorder whose camera is meant.
    """
    html = (
        '<div class="devices"><div class="advice" role="status"></div>'
        '<video autoplay muted playsinline hidden aria-label="Your camera, mirrored"></video></div>'
    )
    _component("devices", html)(data={"recorder": recorder, "wants": dict(wants), "playing": playing}, key=key)


@cache
def _component(name: str, html: str) -> Any:
    css, script = ((_HERE / f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("css", "js"))
    return st.components.v2.component(f"s2s_{name}", html=html, css=css, js=script)
