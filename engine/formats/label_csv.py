"""The field's `label.csv` (CMU-MOSI, CMU-MOSEI, SIMS as MMSA lays them out) to a word table with text alone.

Columns read: `video_id`, `clip_id`, `text`, `label` in [-3, 3] and `mode` (train, valid, test); others are ignored.
A clip is called `<video_id>_<clip_id>`, the video stands for the speaker, and words have no times. Rows without a
word that is said are left out. Ids are text: a leading zero counts.
Source: github.com/thuiar/MMSA-FET, "Dataset format".
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from extraction.errors import DataError
from extraction.store import Entry, WordTable, make_table
from extraction.transcripts.plain import words_of
from extraction.types import Aligned, Stream
from extraction.word_table import LIMIT

COLUMNS = ("video_id", "clip_id", "text", "label", "mode")
_SPLITS = ("train", "valid", "test")


class ManyEmbedder(Protocol):
    """Embeds many word sequences at a time, faster than one by one."""

    def embed_many(self, sequences: Sequence[Sequence[str]]) -> Sequence[Stream]:
        """One stream a sequence, in order."""
        ...


def read_label_csv(path: Path, embedder: ManyEmbedder) -> WordTable:
    """Read `path` and embed its words.

    Raises DataError, naming the line, if the file cannot be read, lacks a column or holds a value that cannot be
    meant; TableError if two rows name one clip.
    """
    rows = [(row, words) for row in read_rows(path) if (words := words_of(row["text"]))]
    if not rows:
        raise DataError(f"{path.name} has no row with words in it: give a file with texts.")
    streams = embedder.embed_many([[word.text for word in words] for _, words in rows])
    return make_table(
        Entry(
            Aligned(f"{row['video_id']}_{row['clip_id']}", words, {"T": stream}, duration=0.0),
            label=float(row["label"]),
            split=row["mode"],
            speaker=row["video_id"],
        )
        for (row, words), stream in zip(rows, streams, strict=True)
    )


def read_rows(path: Path) -> list[Mapping[str, str]]:
    """The columns above of each row, as text, label and mode checked. Raises DataError as `read_label_csv` does."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path.name} has no column {', '.join(missing)}: give a label.csv in MMSA's layout.")
            return [_checked(path, reader.line_num, row) for row in reader]
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} is not a CSV file in UTF-8: save it as one.") from error


def _checked(path: Path, line: int, row: Mapping[str, str | None]) -> Mapping[str, str]:
    where = f"{path.name}, line {line}"
    values = {column: row[column] or "" for column in COLUMNS}
    try:
        label = float(values["label"])
    except ValueError as error:
        raise DataError(f"{where}: the label {values['label']!r} is not a number: write one in [-3, 3].") from error
    if not abs(label) <= LIMIT:
        raise DataError(f"{where}: the label {label} does not lie in [-3, 3]: bring it to that scale.")
    if values["mode"] not in _SPLITS:
        raise DataError(f"{where}: the mode {values['mode']!r} is not one of {', '.join(_SPLITS)}: write one of them.")
    return values
