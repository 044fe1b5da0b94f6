"""A folder of clips as MMSA-FET lays it out, for our own extraction: `label.csv` and `Raw/<video_id>/<clip_id>.mp4`.

`label.csv` is read as in `label_csv`; ids are text, so that a leading zero counts. Any usual suffix of a media file
will do. A clip is called `<video_id>_<clip_id>`, and its video stands for the speaker. A text that is empty is
recognised.
Source: github.com/thuiar/MMSA-FET, "Dataset format".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.formats.label_csv import read_rows
from extraction.corpus.clip_list import MEDIA_SUFFIXES, Item
from extraction.errors import DataError

LABELS: Final = "label.csv"
MEDIA: Final = "Raw"


def is_folder_of_clips(root: Path) -> bool:
    """Whether `root` has this layout."""
    return (root / LABELS).is_file() and (root / MEDIA).is_dir()


def read_folder(root: Path) -> tuple[Item, ...]:
    """The clips of `root`, in the order of its `label.csv`, for `extraction.corpus.run.extract_all`.

    A clip whose file is missing is among them with the path it should have, so that extraction names it.

    Raises:
        DataError: the folder has another layout, its label.csv cannot be read, or not one file is there.
    """
    if not is_folder_of_clips(root):
        raise DataError(f"{root} is not a folder of clips: it needs {LABELS} and {MEDIA}/<video_id>/<clip_id>.mp4.")
    items = tuple(_item(root, row) for row in read_rows(root / LABELS))
    if not any(item.path.is_file() for item in items):
        first = f", such as {items[0].path.relative_to(root)}" if items else ""
        raise DataError(f"No file that {root / LABELS} names is there{first}: put the clips into {MEDIA}/.")
    return items


def _item(root: Path, row: Mapping[str, str]) -> Item:
    video, clip = row["video_id"], row["clip_id"]
    for part in (video, clip):
        if part in {"", ".", ".."} or Path(part).name != part:
            raise DataError(f"{root.name}/{LABELS} has the id {part!r}, which cannot name a file: correct it.")
    return Item(
        path=_media(root / MEDIA / video, clip),
        text=row["text"].strip() or None,
        label=float(row["label"]),
        split=row["mode"],
        speaker=video,
        name=f"{video}_{clip}",
    )


def _media(folder: Path, clip: str) -> Path:
    candidates = [folder / f"{clip}{suffix}" for suffix in MEDIA_SUFFIXES]
    return next((path for path in candidates if path.is_file()), candidates[0])
