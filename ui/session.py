"""What a browser session holds: models shared by all, its own clips, and errors turned into sentences.

Models are loaded once a process and used by one clip at a time; a second session waits its turn and is told so. An
uploaded file lies in a private temporary folder only while it is read. Results stay in the session and go with it.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from engine.checkpoint import available
from engine.predict import Predictor, load
from engine.variants import PAPER
from extraction.pipeline import StageReport, extract
from extraction.tools import Tools
from extraction.types import Aligned
from ui.player import Playable, playable

SAMPLE = Path(__file__).parent / "samples" / "sample.mp4"
SUFFIXES = ("mp4", "mov", "webm", "mkv", "avi", "wav", "mp3", "m4a")
MAX_SECONDS = 600.0


@dataclass(frozen=True)
class TranscriptFile:
    """A transcript as the user uploaded it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Source:
    """A clip to analyse: its name as the user has it, its bytes, and the user's transcript if there is one."""

    name: str
    data: bytes
    transcript: str | TranscriptFile | None = None

    @property
    def key(self) -> str:
        """Same bytes, same name and same transcript, same key."""
        digest = hashlib.sha256(self.data)
        digest.update(f"\0{self.name}\0".encode())
        if isinstance(self.transcript, TranscriptFile):
            digest.update(f"{self.transcript.name}\0".encode() + self.transcript.data)
        else:
            digest.update((self.transcript or "").encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class Analysis:
    """A clip that has been read: what the engine needs, and what the page's player plays."""

    name: str
    aligned: Aligned
    player: Playable | None


@st.cache_resource(show_spinner=False)
def tools() -> Tools:
    """The extraction models, one set for every session."""
    return Tools()


@st.cache_resource(show_spinner=False)
def _turn() -> threading.Lock:
    return threading.Lock()


@st.cache_resource(show_spinner=False)
def model(variant: str) -> Predictor:
    """A shipped model, loaded once for every session."""
    return load(variant)


def variants() -> tuple[str, ...]:
    """The variants that come with a trained model, in the paper's order."""
    trained = {card.variant for card in available()}
    ordered = [row.name for row in PAPER if row.name in trained]
    return (*ordered, *sorted(trained.difference(ordered)))


def sample() -> Source:
    """The clip the app opens with."""
    return Source(SAMPLE.name, SAMPLE.read_bytes())


def current() -> Analysis | None:
    """The clip this session looks at, once it has been read."""
    result = st.session_state.get("analyses", {}).get(st.session_state.get("chosen"))
    return result if isinstance(result, Analysis) else None


def busy() -> bool:
    """Whether another session's clip is being read at this moment."""
    return _turn().locked()


def analyse(source: Source, progress: Callable[[StageReport], None]) -> Analysis:
    """Read a clip with the shared models. Raises S2SError with a sentence for the user."""
    with _turn(), _on_disk(source) as (path, transcript):
        aligned = extract(
            path,
            transcript,
            name=Path(source.name).stem,
            tools=tools(),
            max_seconds=MAX_SECONDS,
            progress=progress,
        )
        return Analysis(source.name, aligned, playable(path))


@contextmanager
def _on_disk(source: Source) -> Iterator[tuple[Path, Path | str | None]]:
    """The clip and its transcript as files of their own, under their users' names (for the messages)."""
    with TemporaryDirectory(prefix="s2s-clip-") as folder:
        path = Path(folder) / _plain(source.name)
        path.write_bytes(source.data)
        transcript: Path | str | None
        if isinstance(source.transcript, TranscriptFile):
            transcript = Path(folder) / "transcript" / _plain(source.transcript.name)
            transcript.parent.mkdir()
            transcript.write_bytes(source.transcript.data)
        else:
            transcript = source.transcript
        yield path, transcript


def _plain(name: str) -> str:
    """A file's name without folders or odd characters."""
    return re.sub(r"[^\w. ()-]", "_", Path(name.replace("\\", "/")).name)[-100:].lstrip(". ") or "file"
