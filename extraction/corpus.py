"""A list of clips becomes one word table: each clip extracted in turn, a failed one reported and left out.

The list is a CSV file with a header. `file` (or `clip`) names a media file, absolute or relative to the media folder.
The other columns are read where they are there: `text` (what is said), `label` (sentiment in [-3, 3]), `split` (also
`fold` or `mode`) and `speaker` (also `video_id`), the second spellings being those of published lists. `transcript`
goes before `text`: it names a file that `transcripts.reading` reads, absolute or relative to the list or to the media
folder; what does not end as such a file does is taken as what is said.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from extraction.errors import InputError, S2SError, TableError
from extraction.pipeline import extract
from extraction.store import Entry, WordTable, make_table
from extraction.tools import Tools
from extraction.transcripts.reading import SUFFIXES
from extraction.types import MODALITIES, Modality

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
    """One line of a list. `text` is what is said or, as a Path, a file with it; None means: recognise it. `name` None:
    the clip is called after its file.
    """

    path: Path
    text: str | Path | None = None
    label: float | None = None
    split: str | None = None
    speaker: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Failure:
    """A clip that could not be read, and the sentence that says why."""

    path: Path
    sentence: str


@dataclass(frozen=True)
class Corpus:
    """What came of a list: the table of the clips that could be read, and the failures."""

    table: WordTable
    failures: tuple[Failure, ...]


def read_list(path: Path, media: Path | None = None) -> tuple[Item, ...]:
    """Read a list of clips; `media` is the folder of the files, by default `clips/` beside the list or its own folder.

    Raises:
        InputError: the list is missing, is not CSV with a `file` column, is empty, or holds a label that is no number.
    """
    if not path.is_file():
        raise InputError(f"There is no list of clips at {path}: check the path.")
    folder = media or (path.parent / "clips" if (path.parent / "clips").is_dir() else path.parent)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            items = tuple(
                _item(row, path.parent, folder, number) for number, row in enumerate(csv.DictReader(file), start=2)
            )
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} is not a CSV file in UTF-8 ({error}): save the list as one.") from error
    if not items:
        raise InputError(f"{path.name} lists no clips: give one line a clip under a header with a `file` column.")
    return items


def extract_all(
    items: Collection[Item],
    *,
    modalities: Collection[Modality] = MODALITIES,
    tools: Tools | None = None,
    max_seconds: float,
    progress: Callable[[int, str], None] | None = None,
) -> Corpus:
    """Extract every clip of a list with one set of models.

    Args:
        items: the list.
        modalities: which of T, A and V to measure.
        tools: models to use; made if None.
        max_seconds: longer clips fail.
        progress: called with the number of clips done and the name of the next.

    Raises:
        TableError: not one clip could be read.
    """
    tools = tools or Tools()
    failures: list[Failure] = []

    def entries() -> Iterator[Entry]:
        for done, item in enumerate(items):
            if progress is not None:
                progress(done, item.path.name)
            try:
                aligned = extract(
                    item.path,
                    item.text,
                    modalities=modalities,
                    name=item.name,
                    tools=tools,
                    max_seconds=max_seconds,
                )
            except S2SError as error:
                failures.append(Failure(item.path, str(error)))
                continue
            yield Entry(replace(aligned, tracks={}), item.label, item.split, item.speaker)

    read = list(entries())
    if not read:
        raise TableError(f"None of {len(items)} clips could be read; the first failed so: {failures[0].sentence}")
    return Corpus(make_table(read), tuple(failures))


def _item(row: Mapping[str, str | None], beside: Path, folder: Path, line: int) -> Item:
    cells: dict[str, str | None] = {}
    for name, spellings in _COLUMNS.items():
        cells[name] = next((text for s in spellings if (text := (row.get(s) or "").strip())), None)
    if cells["file"] is None:
        raise InputError(f"Line {line} of the list names no clip: give a `file` column with a media file in each line.")
    label = None
    if cells["label"] is not None:
        try:
            label = float(cells["label"])
        except ValueError:
            label = math.nan
        if not math.isfinite(label):
            raise InputError(f"Line {line} of the list has the label {cells['label']!r}: give a number in [-3, 3].")
    said = _said(cells["transcript"], beside, folder) or cells["text"]
    return Item(folder / cells["file"], said, label, cells["split"], cells["speaker"])


def _said(transcript: str | None, beside: Path, folder: Path) -> str | Path | None:
    """What the column `transcript` holds: the path of a file if it ends as one does, else the text itself."""
    if transcript is None or not transcript.lower().endswith(tuple(suffix.lower() for suffix in SUFFIXES)):
        return transcript
    return beside / transcript if (beside / transcript).is_file() else folder / transcript
