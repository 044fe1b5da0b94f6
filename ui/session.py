"""What the browser sessions share: models, and the shelf of clips; and what is this session's own.

Models are loaded once a process. Errors come as the sentences of `S2SError`.
"""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from engine.checkpoint import CARD, Card, available, shipped
from engine.predict import Predictor, load
from engine.variants import PAPER
from extraction.pipeline import Report
from extraction.tools import Tools
from ui.clip import Analysis, Source, analyse
from ui.shelf import Shelf

SAMPLE = Path(__file__).parent / "samples" / "sample.mp4"
_SAMPLE_NOTE = (
    "Our sample: a NASA portrait of Eileen Collins, animated by a script, with a synthetic voice. She never said this."
)


@st.cache_resource(show_spinner=False)
def tools() -> Tools:
    """The extraction models, one set for every session."""
    return Tools()


@st.cache_resource(show_spinner=False)
def model(variant: str) -> Predictor:
    """A shipped model, loaded once for every session."""
    return load(variant)


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The clips of every session."""
    shared = tools()

    def read(source: Source, folder: Path, progress: Report) -> Analysis:
        return analyse(source, folder, shared, progress)

    made = Shelf(read, connected)
    atexit.register(made.close)
    return made


def connected(session: str) -> bool:
    """Whether the browser of a session is still there; without a server, as in tests, it always is."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def own() -> str:
    """The name of this browser session."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""


def cards() -> tuple[Card, ...]:
    """The cards of the trained models, read again where their files have changed: all of them take 60 ms.

    Raises CheckpointError where one is damaged.
    """
    found = sorted(shipped().glob(f"*/{CARD}"))
    return _cards(tuple((path, (state := path.stat()).st_mtime_ns, state.st_size) for path in found))


@lru_cache(maxsize=1)
def _cards(_: tuple[tuple[Path, int, int], ...]) -> tuple[Card, ...]:
    return available()


def variants() -> tuple[str, ...]:
    """The variants that come with a trained model, in the paper's order."""
    trained = {card.variant for card in cards()}
    ordered = [row.name for row in PAPER if row.name in trained]
    return (*ordered, *sorted(trained.difference(ordered)))


def note_on(name: str) -> str | None:
    """What must be said beside the clip of this name wherever it is shown; only our sample has such a thing."""
    return _SAMPLE_NOTE if name == SAMPLE.name else None


def sample() -> Source:
    """The clip the app opens with."""
    return Source(SAMPLE.name, SAMPLE.read_bytes())
