"""What the charts of all pages share: the ink of the page as it is, and axes that line up."""

from __future__ import annotations

from typing import Any

import altair as alt
import streamlit as st

INK = {False: "#3D4654", True: "#C6CCD4"}  # of text and lines, on a light and on a dark page


def dark() -> bool:
    """Whether the page is dark now."""
    return bool(st.context.theme.type == "dark")


def axis(width: int, **options: Any) -> alt.Axis:
    """An axis whose labels take exactly `width` px, so that charts above one another line up."""
    return alt.Axis(minExtent=width, maxExtent=width, grid=False, **options)
