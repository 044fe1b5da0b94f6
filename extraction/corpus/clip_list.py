"""Which clips a corpus has: a CSV list, or whatever media files lie in a tree of folders.

A list has a header. `file` (or `clip`) names a media file, absolute or relative to the media folder. The other columns
are read where they are there: `text` (what is said), `label` (sentiment in [-3, 3]), `split` (also `fold` or `mode`)
and `speaker` (also `video_id`), the second spellings being those of published lists. `transcript` goes before `text`:
it names a file that `transcripts.reading` reads, absolute or relative to the list or to the media folder; what does not
end as such a file does is taken as what is said.

A clip of a list is called after its file. Where two files share that name, all clips of the list are called by their
paths, as those of a tree are: below the media folder, or else below the folder that holds all of them.

A tree has no labels and no speakers: none is guessed from the names of its folders.
"""

from __future__ import annotations

import csv
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from extraction.errors import InputError
from extraction.transcripts.reading import SUFFIXES
from extraction.word_table import LIMIT

VIDEO = (".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg", ".flv", ".wmv")
SOUND = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus")
MEDIA_SUFFIXES = (*VIDEO, *SOUND)
"""Suffixes of the files that a folder is searched for; a list may name any file."""

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "file": ("file", "clip"),
    "text": ("text",),
    "transcript": ("transcript",),
    "label": ("label",),
    "split": ("split", "fold", "mode"),
    "speaker": ("speaker", "video_id"),
}


@dataclass(frozen=True)
class Item:
    """One clip. `text` is what is said or, as a Path, a file with it; None means: recognise it. `name` None: the clip
    is called after its file.
    """

    path: Path
    text: str | Path | None = None
    label: float | None = None
    split: str | None = None
    speaker: str | None = None
    name: str | None = None

    @property
    def clip(self) -> str:
        """What the clip is called in a table; bytes of a file name that are no text are escaped."""
        return (self.name or self.path.stem).encode("utf-8", "backslashreplace").decode()


def read_list(path: Path, media: Path | None = None) -> tuple[Item, ...]:
    """Read a list of clips; `media` is the folder of the files, by default `clips/` beside the list or its own folder.

    Raises:
        InputError: the list is missing or may not be read, is not CSV with a `file` column, is empty, or holds a label
            that is no number in [-3, 3].
    """
    if not path.is_file():
        raise InputError(f"There is no list of clips at {path}: check the path.")
    folder = media or (path.parent / "clips" if (path.parent / "clips").is_dir() else path.parent)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            items = tuple(
                _item(row, path.parent, folder, number) for number, row in enumerate(csv.DictReader(file), start=2)
            )
    except OSError as error:
        raise InputError(f"{path} may not be read ({error.strerror}): change its permissions.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} is not a CSV file in UTF-8 ({error}): save the list as one.") from error
    if not items:
        raise InputError(f"{path.name} lists no clips: give one line a clip under a header with a `file` column.")
    return _told_apart(items, folder)


def read_tree(root: Path) -> tuple[Item, ...]:
    """Every media file below `root` (see `MEDIA_SUFFIXES`), sorted by its path; hidden files and folders are left out.

    A clip is called by its path below `root` with "/" and without the suffix, which stays where two files differ in
    nothing else. A transcript beside it with the same stem is what is said in it; of several the first suffix in
    `transcripts.reading.SUFFIXES` counts. Links to folders are not followed.

    Raises:
        InputError: there is no such folder, a folder in it may not be read, or no media file is in it.
    """
    if not root.is_dir():
        raise InputError(f"There is no folder {root}: check the path.")
    found = {path.relative_to(root).as_posix(): path for path in _visible(root)}
    media = {name: path for name, path in sorted(found.items()) if path.suffix.lower() in MEDIA_SUFFIXES}
    if not media:
        raise InputError(f"No media file is below {root}: give a folder with recordings such as .mp4, .webm or .wav.")
    transcripts = _transcripts(found)
    called = _called(tuple(media))
    return tuple(
        Item(path, transcripts.get(_stem(name)), name=clip)
        for (name, path), clip in zip(media.items(), called, strict=True)
    )


def _told_apart(items: tuple[Item, ...], folder: Path) -> tuple[Item, ...]:
    """The items of a list, called by their paths where two files share a name."""
    if len({item.clip for item in items}) == len(items):
        return items
    paths = [Path(os.path.abspath(item.path)) for item in items]
    root = Path(os.path.abspath(folder))
    if not all(path.is_relative_to(root) for path in paths):
        root = Path(os.path.commonpath([path.parent for path in paths]))
    called = _called([path.relative_to(root).as_posix() for path in paths])
    return tuple(replace(item, name=clip) for item, clip in zip(items, called, strict=True))


def _called(names: Sequence[str]) -> list[str]:
    """Paths with "/" without their suffixes, but where two of them differ in nothing else."""
    shared = Counter(_stem(name) for name in names)
    taken = set(names)
    return [name if shared[_stem(name)] > 1 or _stem(name) in taken else _stem(name) for name in names]


def _visible(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> NoReturn:
        raise InputError(f"{error.filename} may not be read ({error.strerror}): change its permissions.") from error

    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield Path(folder, name)


def _transcripts(found: Mapping[str, Path]) -> dict[str, Path]:
    """The stem of each transcript, and the one that counts for it."""
    order = [suffix.lower() for suffix in SUFFIXES]
    there = [(name, path) for name, path in sorted(found.items()) if path.suffix.lower() in order]
    there.sort(key=lambda one: order.index(one[1].suffix.lower()), reverse=True)
    return {_stem(name): path for name, path in there}


def _stem(name: str) -> str:
    return name.removesuffix(Path(name).suffix)


def _item(row: Mapping[str, str | None], beside: Path, folder: Path, line: int) -> Item:
    cells: dict[str, str | None] = {}
    for name, spellings in _COLUMNS.items():
        cells[name] = next((text for s in spellings if (text := (row.get(s) or "").strip())), None)
    if cells["file"] is None:
        raise InputError(f"Line {line} of the list names no clip: give a `file` column with a media file in each line.")
    label = None if cells["label"] is None else _label(cells["label"], line)
    said = _said(cells["transcript"], beside, folder) or cells["text"]
    return Item(folder / cells["file"], said, label, cells["split"], cells["speaker"])


def _label(text: str, line: int) -> float:
    """The sentiment that a cell gives. Raises InputError."""
    try:
        label = float(text)
    except ValueError:
        label = math.nan
    if not abs(label) <= LIMIT:
        raise InputError(f"Line {line} of the list has the label {text!r}: give a number in [-{LIMIT:g}, {LIMIT:g}].")
    return label


def _said(transcript: str | None, beside: Path, folder: Path) -> str | Path | None:
    """What the column `transcript` holds: the path of a file if it ends as one does, else the text itself."""
    if transcript is None or not transcript.lower().endswith(tuple(suffix.lower() for suffix in SUFFIXES)):
        return transcript
    return beside / transcript if (beside / transcript).is_file() else folder / transcript
