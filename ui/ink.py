"""The colour of text and lines in charts, on the page's present theme."""

from __future__ import annotations

import streamlit as st

LIGHT, DARK = "#3D4654", "#C6CCD4"


def ink() -> str:
    """A colour with contrast on the page as it is now."""
    return DARK if st.context.theme.type == "dark" else LIGHT
