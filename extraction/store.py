"""The word table: extracted clips as Parquet, one row a word, readable by pandas, DuckDB or Arrow as it is.

Columns: `clip` (string), `index` (int32, position of the word in its clip), `word`, `start`, `end` (seconds, null
where no time could be had), `confidence` (null where unknown), `interpolated`, `fit` (how well the sound fits the word,
null where that was not measured), `utterance` (int32, position of the word's utterance in its clip), `duration`
(seconds of the clip), one list column a modality present (`T`, `A`, `V`: float32, null where the word was not observed,
NaN in a column that could not be measured), and, repeated on each row of a clip, `label` (sentiment in [-3, 3] or
null), `split` (train, valid, test or null), `speaker` (or null). A table without `fit` or `utterance` is read as one
of nulls, and of clips of one utterance. The feature specs lie in the file's metadata under the key `s2s`, as JSON.
Clips are written as they come, in row groups of a few thousand words, so that a table may be larger than the memory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from extraction.errors import TableError
from extraction.types import MODALITIES, Aligned, FeatureSpec, Modality, Stream, Word
from extraction.whole_file import write_whole
from extraction.word_table import Entry, WordTable, fingerprint_of, make_table, specs_in

__all__ = [
    "GROUP",
    "Entry",
    "WordTable",
    "entries_of",
    "fingerprint_of",
    "make_table",
    "read_table",
    "reason_of",
    "schema_of",
    "specs_of",
    "write_rows",
    "write_table",
]

FORMAT = 1  # of the metadata; a reader refuses a higher one
GROUP: Final = 2048  # words of a row group: 5 MB of vectors with the default feature sets
_KEY = b"s2s"
_OF_WORDS = (
    ("clip", pa.string()),
    ("index", pa.int32()),
    ("word", pa.string()),
    ("start", pa.float64()),
    ("end", pa.float64()),
    ("confidence", pa.float64()),
    ("interpolated", pa.bool_()),
    ("fit", pa.float64()),
    ("utterance", pa.int32()),
    ("duration", pa.float64()),
)
_OF_CLIPS = (("label", pa.float64()), ("split", pa.string()), ("speaker", pa.string()))
_TEXTS = ("clip", "word", "split", "speaker")  # columns whose values repeat; a dictionary of numbers costs only memory


def write_table(table: WordTable, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write `table` to `path`, whole or not at all (a temporary file beside it is renamed over it).

    `notes` lie in the file's metadata by their own keys.

    Raises:
        TableError: as `write_rows`.
    """
    groups = map(_to_arrow, _groups(table.entries))
    write_rows((rows.replace_schema_metadata({**rows.schema.metadata, **(notes or {})}) for rows in groups), path)


def write_rows(groups: Iterator[pa.Table], path: Path) -> int:
    """Write row groups as they come, the first of which says the schema, whole or not at all.

    Returns:
        The number of rows.

    Raises:
        TableError: the file cannot be written.
    """
    words = 0

    def write(partial: Path) -> None:
        nonlocal words
        arrow = next(groups)
        with pq.ParquetWriter(partial, arrow.schema, compression="zstd", use_dictionary=list(_TEXTS)) as writer:
            while True:
                writer.write_table(arrow)
                words += len(arrow)
                following = next(groups, None)
                if following is None:
                    return
                arrow = following

    try:
        write_whole(path, write)
    except OSError as error:
        raise TableError(
            f"The word table {path} cannot be written ({reason_of(error)}): make room, or choose another place."
        ) from error
    return words


def reason_of(error: OSError) -> str:
    """Why a file cannot be written, in the system's own words: Arrow wraps them in others that name files of ours."""
    return os.strerror(error.errno) if error.errno else str(error)


@dataclass(frozen=True)
class _Rows:
    """The words `[first, stop)` of a clip."""

    entry: Entry
    first: int
    stop: int

    @property
    def words(self) -> tuple[Word, ...]:
        return self.entry.aligned.words[self.first : self.stop]

    def each(self, value: object) -> list[object]:
        """A value of the clip, repeated on each of its rows."""
        return [value] * (self.stop - self.first)


def _groups(entries: Iterable[Entry]) -> Iterator[list[_Rows]]:
    """The rows of each row group: a long clip lies in several, short ones share one. The last may hold no row."""
    group: list[_Rows] = []
    room = GROUP
    for entry in entries:
        first, words = 0, len(entry.aligned.words)
        while first < words or not group:
            stop = min(words, first + room)
            group.append(_Rows(entry, first, stop))
            room -= stop - first
            first = stop
            if not room:
                yield group
                group, room = [], GROUP
                if first == words:
                    break
    if group:
        yield group


def read_table(path: Path) -> WordTable:
    """Read a word table. Raises TableError if the file is missing, is not one, or was written by a newer version."""
    if not path.is_file():
        raise TableError(f"There is no word table at {path}: make one with `s2s extract CLIP -o {path.name}`.")
    try:
        with pq.ParquetFile(path) as file:
            specs = specs_of(file.schema_arrow, path)
            read = _Columns(specs, file.metadata.num_rows)
            for group in range(file.num_row_groups):
                read.add(file.read_row_group(group))
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path} is not a word table: give a file written by `s2s extract`.") from error
    return WordTable(specs, tuple(read.entries()))


def specs_of(schema: pa.Schema, path: Path) -> dict[Modality, FeatureSpec]:
    """The feature sets in a file's metadata. Raises TableError as `read_table` does."""
    try:
        metadata = json.loads((schema.metadata or {})[_KEY])
        version, specs_json = int(metadata["format"]), metadata["specs"]
    except (KeyError, ValueError, TypeError) as error:
        raise TableError(f"{path} is not a word table: give a file written by `s2s extract`.") from error
    if version > FORMAT:
        raise TableError(f"{path} was written by a newer version (format {version}): update this program.")
    return {m: FeatureSpec.from_dict(specs_json[m]) for m in MODALITIES if m in specs_json}


def schema_of(specs: Mapping[Modality, FeatureSpec]) -> pa.Schema:
    """The columns of a word table with these feature sets, and its metadata."""
    metadata = {"format": FORMAT, "specs": {m: spec.to_dict() for m, spec in specs.items()}}
    vectors = [(modality, pa.list_(pa.float32(), spec.dim)) for modality, spec in specs.items()]
    return pa.schema([*_OF_WORDS, *vectors, *_OF_CLIPS], {_KEY: json.dumps(metadata).encode()})


def _to_arrow(group: Sequence[_Rows]) -> pa.Table:
    specs = specs_in(group[0].entry)
    words = [word for rows in group for word in rows.words]
    schema = schema_of(specs)

    def of_clip(value: Callable[[Entry], object]) -> Iterator[object]:
        return chain.from_iterable(rows.each(value(rows.entry)) for rows in group)

    values: dict[str, Iterable[object]] = {
        "clip": of_clip(lambda entry: entry.aligned.clip),
        "index": chain.from_iterable(range(rows.first, rows.stop) for rows in group),
        "word": (word.text for word in words),
        "start": (word.start for word in words),
        "end": (word.end for word in words),
        "confidence": (word.confidence for word in words),
        "interpolated": (word.interpolated for word in words),
        "fit": (word.fit for word in words),
        "utterance": chain.from_iterable(map(_utterance_of_words, group)),
        "duration": of_clip(lambda entry: entry.aligned.duration),
        "label": of_clip(lambda entry: entry.label),
        "split": of_clip(lambda entry: entry.split),
        "speaker": of_clip(lambda entry: entry.speaker),
    }
    columns = {name: pa.array(list(column), type=schema.field(name).type) for name, column in values.items()}
    for modality, spec in specs.items():
        columns[modality] = _vectors(
            [(rows.entry.aligned.streams[modality], slice(rows.first, rows.stop)) for rows in group], spec
        )
    return pa.table(columns, schema=schema)


def _vectors(streams: Sequence[tuple[Stream, slice]], spec: FeatureSpec) -> pa.Array:
    """One modality's vectors, null where a word was not observed."""
    values = np.concatenate([stream.values[those] for stream, those in streams])
    observed = np.concatenate([stream.observed[those] for stream, those in streams])
    flat = pa.array(values.reshape(-1), type=pa.float32())
    return pa.FixedSizeListArray.from_arrays(flat, spec.dim, mask=pa.array(~observed))


def entries_of(arrow: pa.Table, specs: Mapping[Modality, FeatureSpec]) -> Iterator[Entry]:
    """The clips of rows that hold each of them whole, with the modalities of `specs`."""
    read = _Columns(specs, len(arrow))
    read.add(arrow)
    return read.entries()


class _Columns:
    """The columns of so many rows, filled a part at a time, so that no more than a part is held twice."""

    def __init__(self, specs: Mapping[Modality, FeatureSpec], rows: int) -> None:
        self._specs, self._rows, self._filled = specs, rows, 0
        self._columns: dict[str, list[Any]] = {}
        self._values = {m: np.full((rows, spec.dim), np.nan, dtype=np.float32) for m, spec in specs.items()}
        self._observed = {m: np.zeros(rows, dtype=bool) for m in specs}

    def add(self, arrow: pa.Table) -> None:
        """The next rows."""
        for name in arrow.column_names:
            if name not in self._specs:
                self._columns.setdefault(name, []).extend(arrow[name].to_pylist())
        for modality, spec in self._specs.items():
            first = self._filled
            for chunk in arrow[modality].chunks:
                those = slice(first, first := first + len(chunk))
                observed = np.asarray(chunk.is_valid())
                there = np.asarray(chunk.drop_null().flatten(), dtype=np.float32).reshape(-1, spec.dim)
                self._observed[modality][those] = observed
                self._values[modality][those][observed] = there
        self._filled += len(arrow)

    def entries(self) -> Iterator[Entry]:
        """The clips."""
        columns = self._columns
        columns.setdefault("fit", [None] * self._rows)  # a table of before the columns
        columns.setdefault("utterance", [0] * self._rows)
        clips = columns.get("clip", [])
        first = 0
        while first < len(clips):
            last = first
            while last < len(clips) and clips[last] == clips[first]:
                last += 1
            yield self._entry(slice(first, last))
            first = last

    def _entry(self, rows: slice) -> Entry:
        columns, first = self._columns, rows.start
        word_columns = (columns[c][rows] for c in ("word", "start", "end", "confidence", "interpolated", "fit"))
        aligned = Aligned(
            clip=columns["clip"][first],
            words=tuple(Word(*values) for values in zip(*word_columns, strict=True)),
            streams={m: Stream(s, self._values[m][rows], self._observed[m][rows]) for m, s in self._specs.items()},
            duration=columns["duration"][first],
            utterances=_spans(columns["utterance"][rows]),
        )
        return Entry(aligned, *(columns[name][first] for name in ("label", "split", "speaker")))


def _utterance_of_words(rows: _Rows) -> list[int]:
    """The utterance each word lies in, by its number in the clip."""
    spans = rows.entry.aligned.utterances or ((0, len(rows.entry.aligned.words)),)
    numbers = [number for number, (first, stop) in enumerate(spans) for _ in range(first, stop)]
    return numbers[rows.first : rows.stop]


def _spans(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """The utterances as `Aligned` has them, from each word's."""
    edges = [0, *(i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1]), len(numbers)]
    return tuple(pairwise(edges)) if len(edges) > 2 else ()
