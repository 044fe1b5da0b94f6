"""The app: five pages under one navigation. Run by `python -m ui`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import navigation, parts, shades, style
from ui.screens import analyse, attention, compare, live, models


def main() -> None:
    """Draw the page that was chosen."""
    st.set_page_config(page_title="Seq2Seq2Sentiment", page_icon="◑", layout="wide")
    st.logo(Path(__file__).with_name("logo.svg"), size="large")
    st.html(style.CSS)
    navigation.fold_when_chosen()
    shades.follow()
    pages = [
        st.Page(analyse.page, title="Analyse", url_path="analyse", default=True),
        st.Page(compare.page, title="Compare", url_path="compare"),
        st.Page(attention.page, title="Attention", url_path="attention"),
        st.Page(live.page, title="Live", url_path="live"),
        st.Page(models.page, title="Models", url_path="models"),
    ]
    chosen = st.navigation(pages, position="top")
    if parts.models_there():
        chosen.run()


main()
