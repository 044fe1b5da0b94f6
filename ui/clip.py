"""A clip as it was uploaded, and as it is once it has been read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from extraction.errors import TooLong
from extraction.pipeline import Report, extract
from extraction.tools import Tools
from extraction.types import Aligned
from ui.player import Playable, playable

SUFFIXES = ("mp4", "mov", "webm", "mkv", "avi", "wav", "mp3", "m4a")
MAX_SECONDS = 600.0


@dataclass(frozen=True)
class TranscriptFile:
    """A transcript as the user uploaded it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Source:
    """A clip to read: its name as the user has it, its bytes, and the user's transcript if there is one."""

    name: str
    data: bytes
    transcript: str | TranscriptFile | None = None

    @cached_property
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


def analyse(source: Source, folder: Path, tools: Tools, progress: Report) -> Analysis:
    """Read a clip, whose file is put into `folder` and stays there. Raises S2SError with a sentence for the user."""
    path = folder / _plain(source.name)
    path.write_bytes(source.data)
    transcript: Path | str | None
    if isinstance(source.transcript, TranscriptFile):
        transcript = folder / "transcript" / _plain(source.transcript.name)
        transcript.parent.mkdir()
        transcript.write_bytes(source.transcript.data)
    else:
        transcript = source.transcript
    name = Path(source.name).stem
    try:
        aligned = extract(path, transcript, name=name, tools=tools, max_seconds=MAX_SECONDS, progress=progress)
    except TooLong as error:  # whose sentence names an option that the page does not have
        said = f"{path.name} lasts longer than {MAX_SECONDS / 60:.0f} minutes, the most this page reads: cut it."
        raise TooLong(said) from error
    return Analysis(source.name, aligned, playable(path, folder))


def _plain(name: str) -> str:
    """A file's name without folders or odd characters."""
    return re.sub(r"[^\w. ()-]", "_", Path(name.replace("\\", "/")).name)[-100:].lstrip(". ") or "file"
