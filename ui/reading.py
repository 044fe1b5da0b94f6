"""The chosen clip, for the pages that look at it: its analysis, or what the reader should know in its place."""

from __future__ import annotations

import streamlit as st

from ui import session


def chosen_analysis() -> session.Analysis | None:
    """The analysis of the clip chosen on the Analyse page; None after saying on the page why there is none."""
    analysis = session.current()
    if analysis is None:
        st.info("No clip has been read yet: open the Analyse page first.", icon=":material/info:")
    return analysis
