"""The navigation in a narrow window: it lies over the page, and goes once a page was chosen."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


def fold_when_chosen() -> None:
    """Put the script into the page that folds the navigation away after a choice; nothing of it is seen."""
    with st.container(key="folding"):
        _component()(key="folding-navigation")


@cache
def _component() -> Any:
    script = Path(__file__).with_name("navigation.js").read_text(encoding="utf-8")
    return st.components.v2.component("s2s_navigation", html="<i></i>", js=script)
