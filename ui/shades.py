"""Dark and light: the page is drawn again when the system turns from one to the other while it is open.

Streamlit changes its own colours at once but runs no script for it; what Python has coloured would stay as it was.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


def follow() -> None:
    """Put the script into the page that tells of the change; nothing of it is seen."""
    with st.container(key="shades"):
        _component()(key="follow-shades", on_turned_change=_redraw)


def _redraw() -> None:
    """Nothing is left to do: that the script runs again is all that is wanted."""


@cache
def _component() -> Any:
    script = Path(__file__).with_name("shades.js").read_text(encoding="utf-8")
    return st.components.v2.component("s2s_shades", html="<i></i>", js=script)
