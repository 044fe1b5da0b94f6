"""A clip as it was uploaded, and as it is once it has been read."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from extraction.errors import TooLong
from extraction.pipeline import Report, extract
from extraction.tools import Tools
from extraction.types import Aligned
from ui.player import Playable, playable

SUFFIXES = ("mp4", "mov", "webm", "mkv", "avi", "wav", "mp3", "m4a")
MAX_SECONDS = 600.0
_LONGEST = 200  # bytes of a file's name; most disks take 255


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
    def content(self) -> str:
        """Same bytes and same transcript, same content, whatever the files are called but for how their names end."""
        if isinstance(self.transcript, TranscriptFile):
            said = (_ending(self.transcript.name), self.transcript.data)
        else:
            said = (b"typed", (self.transcript or "").encode())
        return _digest(_ending(self.name), self.data, *said)

    @cached_property
    def key(self) -> str:
        """Same content and same names, same key."""
        return _digest(self.content.encode(), self.name.encode(), _file(self).encode())


@dataclass(frozen=True)
class Analysis:
    """A clip that has been read: what the engine needs, and what the page's player plays.

    `name` and `transcript` are the files' names as the user has them, the latter empty where there was no file.
    """

    name: str
    aligned: Aligned
    player: Playable | None
    transcript: str = ""


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
    return Analysis(source.name, aligned, playable(path, folder), _file(source))


def renamed(analysis: Analysis, source: Source, folder: Path) -> Analysis:
    """What was read of a clip of the same content, as this upload calls it.

    What the player plays is put into `folder`; the names that the other upload had are nowhere in the result, whose
    warnings say this one's. Raises OSError if `folder` cannot be written.
    """
    called = ((analysis.name, source.name), (analysis.transcript, _file(source)))
    names = {_plain(old): _plain(new) for old, new in called if old}
    any_name = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
    said = tuple(any_name.sub(lambda found: names[found[0]], warning) for warning in analysis.aligned.warnings)
    player = analysis.player
    if player is not None:
        path = (folder / _plain(source.name)).with_suffix(player.path.suffix)
        _link(player.path, path)
        player = replace(player, path=path)
    aligned = replace(analysis.aligned, clip=Path(source.name).stem, warnings=said)
    return Analysis(source.name, aligned, player, _file(source))


def _plain(name: str) -> str:
    """A file's name without folders or odd characters, cut to what a disk takes."""
    plain = re.sub(r"[^\w. ()-]", "_", Path(name.replace("\\", "/")).name)
    return plain.encode()[-_LONGEST:].decode(errors="ignore").lstrip(". ") or "file"


def _file(source: Source) -> str:
    """The name of the transcript's file, empty where there is none."""
    return source.transcript.name if isinstance(source.transcript, TranscriptFile) else ""


def _link(file: Path, into: Path) -> None:
    """The same file in another place, which outlasts the first; a copy where the disk knows no links."""
    try:
        os.link(file, into)
    except OSError:
        shutil.copyfile(file, into)


def _ending(name: str) -> bytes:
    """What a file's name says of its format, which media and transcripts are opened by."""
    return Path(_plain(name)).suffix.lower().encode()


def _digest(*parts: bytes) -> str:
    """SHA-256 of the parts, each hashed by itself so that none can run into the next."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
