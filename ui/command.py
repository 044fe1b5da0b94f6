"""A command for a shell as a page shows it: wrapped at spaces alone, and copied as it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HTML = '<div class="command"><code></code><button type="button">Copy</button></div>'


def show(command: str, key: str) -> None:
    """Draw the command where the page stands; `key` names this place in the session."""
    _component()(data={"command": command}, key=key)


@cache
def _component() -> Any:
    css, script = (
        Path(__file__).with_name(f"command.{suffix}").read_text(encoding="utf-8") for suffix in ("css", "js")
    )
    return st.components.v2.component("s2s_command", html=_HTML, css=css, js=script)
