"""What the charts of all pages share: the ink of the page as it is, axes that line up, letters that can be read."""

from __future__ import annotations

from typing import Any

import altair as alt
import streamlit as st

INK = {False: "#3D4654", True: "#C6CCD4"}  # of text and lines, on a light and on a dark page
SIGNED = "datum.value > 0 ? '+' + datum.value : replace(datum.label, '-', '−')"  # Vega's, of an axis label
TEXT = {False: "#1B1F24", True: "#E8EAED"}  # of text on a shade of grey, as the theme has it


def dark() -> bool:
    """Whether the page is dark now."""
    return bool(st.context.theme.type == "dark")


def legible(chart: alt.Chart | alt.LayerChart, ink: str) -> alt.Chart | alt.LayerChart:
    """The chart with all that is written beside it in ink: Streamlit's own grey is too faint on a light page."""
    written = {"labelColor": ink, "titleColor": ink}
    return chart.configure_axis(**written).configure_legend(**written)


def draw(chart: alt.Chart | alt.LayerChart, key: str, place: Any = st, **options: Any) -> None:
    """Put a chart where the page stands, or into `place`."""
    place.altair_chart(legible(chart, INK[dark()]), key=key, **options)


def axis(width: int, **options: Any) -> alt.Axis:
    """An axis whose labels take exactly `width` px, so that charts above one another line up."""
    return alt.Axis(minExtent=width, maxExtent=width, grid=False, **options)
