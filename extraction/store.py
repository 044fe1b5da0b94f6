"""The word table: extracted clips as Parquet, one row a word, readable by pandas, DuckDB or Arrow as it is.

Columns: `clip` (string), `index` (int32, position of the word in its clip), `word`, `start`, `end` (seconds, null
where no time could be had), `confidence` (null where unknown), `interpolated`, `fit` (how well the sound fits the word,
null where that was not measured), `utterance` (int32, position of the word's utterance in its clip), `duration`
(seconds of the clip), one list column a modality present (`T`, `A`, `V`: float32, null where the word was not observed,
NaN in a column that could not be measured), and, repeated on each row of a clip, `label` (sentiment in [-3, 3] or
null), `split` (train, valid, test or null), `speaker` (or null). A table without `fit` or `utterance` is read as one
of nulls, and of clips of one utterance. The feature specs lie in the file's metadata under the key `s2s`, as JSON.
Clips are written as they come, in row groups of some thousand words, so that a table may be larger than the memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from extraction.errors import TableError
from extraction.types import MODALITIES, Aligned, Bools, FeatureSpec, Floats, Modality, Stream, Word
from extraction.whole_file import write_whole

FORMAT = 1  # of the metadata; a reader refuses a higher one
_GROUP = 8192  # words at least in a row group but the last: 16 MB of vectors with the default feature sets
_KEY = b"s2s"


@dataclass(frozen=True)
class Entry:
    """One clip of a word table: its words and streams, and what a corpus says of it.

    Attributes:
        aligned: words and streams (no tracks: they are not stored).
        label: sentiment in [-3, 3], or None.
        split: train, valid or test, or None.
        speaker: whoever speaks, so that a speaker never lies on both sides of a split; or None.
    """

    aligned: Aligned
    label: float | None = None
    split: str | None = None
    speaker: str | None = None


@dataclass(frozen=True)
class WordTable:
    """Entries in file order, and the feature spec of each modality present. Every entry has every modality."""

    specs: Mapping[Modality, FeatureSpec]
    entries: tuple[Entry, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over clips, words, labels, splits, speakers and feature specs, in hexadecimal.

        Equal for the same data extracted in the same way on any machine; the measurements themselves, whose last
        digits depend on the processor, are left out.
        """
        digest = hashlib.sha256(json.dumps({m: s.fingerprint for m, s in self.specs.items()}).encode())
        for entry in self.entries:
            words = [word.text for word in entry.aligned.words]
            digest.update(json.dumps([entry.aligned.clip, words, entry.label, entry.split, entry.speaker]).encode())
        return digest.hexdigest()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def make_table(entries: Iterable[Entry]) -> WordTable:
    """Gather entries into one table. Raises TableError if two clips share a name or differ in their feature sets."""
    gathered = tuple(_checked(entries))
    return WordTable(_specs(gathered[0]), gathered)


def write_table(table: WordTable, path: Path) -> None:
    """Write `table` to `path`, whole or not at all (a temporary file beside it is renamed over it)."""
    write_entries(table.entries, path)


def write_entries(entries: Iterable[Entry], path: Path) -> int:
    """Write a table clip by clip, holding one row group, whole or not at all; the bytes are those of `write_table`.

    Returns:
        The number of words.

    Raises:
        TableError: as `make_table`, or the file cannot be written.
    """
    words = 0

    def write(partial: Path) -> None:
        nonlocal words
        groups = _groups(_checked(entries))
        first = next(groups)
        arrow = _to_arrow(first)
        with pq.ParquetWriter(partial, arrow.schema, compression="zstd") as writer:
            while True:
                writer.write_table(arrow)
                words += len(arrow)
                group = next(groups, None)
                if group is None:
                    return
                arrow = _to_arrow(group)

    try:
        write_whole(path, write)
    except OSError as error:
        raise TableError(
            f"The word table {path} cannot be written ({reason_of(error)}): make room, or choose another place."
        ) from error
    return words


def reason_of(error: OSError) -> str:
    """Why a file cannot be written, in the system's words."""
    return error.strerror or str(error)


def _checked(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, if they belong into one table."""
    specs: Mapping[Modality, FeatureSpec] | None = None
    names: set[str] = set()
    for entry in entries:
        clip = entry.aligned.clip
        if clip in names:
            raise TableError(f"Two clips are called {clip!r}: give each clip of a table its own name.")
        names.add(clip)
        specs = specs or _specs(entry)
        if _specs(entry) != specs:
            raise TableError(f"Clip {clip!r} has other features than the first clip: extract all with one setting.")
        yield entry
    if not names:
        raise TableError("There are no clips to put into a word table: give at least one.")


def _specs(entry: Entry) -> dict[Modality, FeatureSpec]:
    return {modality: stream.spec for modality, stream in entry.aligned.streams.items()}


def _groups(entries: Iterable[Entry]) -> Iterator[WordTable]:
    """Whole clips, gathered until they hold a row group."""
    group: list[Entry] = []
    words = 0
    for entry in entries:
        group.append(entry)
        words += len(entry.aligned.words)
        if words >= _GROUP:
            yield WordTable(_specs(group[0]), tuple(group))
            group, words = [], 0
    if group:
        yield WordTable(_specs(group[0]), tuple(group))


def read_table(path: Path) -> WordTable:
    """Read a word table. Raises TableError if the file is missing, is not one, or was written by a newer version."""
    if not path.is_file():
        raise TableError(f"There is no word table at {path}: make one with `s2s extract CLIP -o {path.name}`.")
    try:
        arrow = pq.read_table(path)
        metadata = json.loads((arrow.schema.metadata or {})[_KEY])
        version, specs_json = int(metadata["format"]), metadata["specs"]
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise TableError(f"{path} is not a word table: give a file written by `s2s extract`.") from error
    if version > FORMAT:
        raise TableError(f"{path} was written by a newer version (format {version}): update this program.")
    specs = {m: FeatureSpec.from_dict(specs_json[m]) for m in MODALITIES if m in specs_json}
    return WordTable(specs, tuple(_from_arrow(arrow, specs)))


def _to_arrow(table: WordTable) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    words = [(entry, i, word) for entry in table for i, word in enumerate(entry.aligned.words)]

    def column(values: Sequence[object], kind: pa.DataType) -> pa.Array:
        return pa.array(values, type=kind)

    columns["clip"] = column([e.aligned.clip for e, _, _ in words], pa.string())
    columns["index"] = column([i for _, i, _ in words], pa.int32())
    columns["word"] = column([w.text for _, _, w in words], pa.string())
    columns["start"] = column([w.start for _, _, w in words], pa.float64())
    columns["end"] = column([w.end for _, _, w in words], pa.float64())
    columns["confidence"] = column([w.confidence for _, _, w in words], pa.float64())
    columns["interpolated"] = column([w.interpolated for _, _, w in words], pa.bool_())
    columns["fit"] = column([w.fit for _, _, w in words], pa.float64())
    columns["utterance"] = column([u for entry in table for u in _utterance_of_words(entry.aligned)], pa.int32())
    columns["duration"] = column([e.aligned.duration for e, _, _ in words], pa.float64())
    for modality, spec in table.specs.items():
        streams = [entry.aligned.streams[modality] for entry in table]
        values = np.concatenate([s.values for s in streams])
        observed = np.concatenate([s.observed for s in streams])
        flat = pa.array(values.reshape(-1), type=pa.float32())
        columns[modality] = pa.FixedSizeListArray.from_arrays(flat, spec.dim, mask=pa.array(~observed))
    columns["label"] = column([e.label for e, _, _ in words], pa.float64())
    columns["split"] = column([e.split for e, _, _ in words], pa.string())
    columns["speaker"] = column([e.speaker for e, _, _ in words], pa.string())
    metadata = {"format": FORMAT, "specs": {m: spec.to_dict() for m, spec in table.specs.items()}}
    return pa.table(columns).replace_schema_metadata({_KEY: json.dumps(metadata).encode()})


def _from_arrow(arrow: pa.Table, specs: Mapping[Modality, FeatureSpec]) -> Iterator[Entry]:
    columns = {name: arrow[name].to_pylist() for name in arrow.column_names if name not in specs}
    columns.setdefault("fit", [None] * len(arrow))  # a table of before the columns
    columns.setdefault("utterance", [0] * len(arrow))
    streams = {m: _stream_values(arrow[m], spec) for m, spec in specs.items()}
    clips = columns["clip"]
    first = 0
    while first < len(clips):
        last = first
        while last < len(clips) and clips[last] == clips[first]:
            last += 1
        rows = slice(first, last)
        word_columns = (columns[c][rows] for c in ("word", "start", "end", "confidence", "interpolated", "fit"))
        aligned = Aligned(
            clip=clips[first],
            words=tuple(Word(*values) for values in zip(*word_columns, strict=True)),
            streams={m: Stream(specs[m], values[rows], observed[rows]) for m, (values, observed) in streams.items()},
            duration=columns["duration"][first],
            utterances=_spans(columns["utterance"][rows]),
        )
        yield Entry(aligned, columns["label"][first], columns["split"][first], columns["speaker"][first])
        first = last


def _utterance_of_words(aligned: Aligned) -> list[int]:
    spans = aligned.utterances or ((0, len(aligned.words)),)
    return [number for number, (first, stop) in enumerate(spans) for _ in range(first, stop)]


def _spans(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """The utterances as `Aligned` has them, from each word's."""
    edges = [0, *(i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1]), len(numbers)]
    return tuple(pairwise(edges)) if len(edges) > 2 else ()


def _stream_values(column: pa.ChunkedArray, spec: FeatureSpec) -> tuple[Floats, Bools]:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # an empty column has no chunk to combine
        array = pa.concat_arrays(array.chunks)
    observed = np.asarray(array.is_valid())
    values = np.full((len(array), spec.dim), np.nan, dtype=np.float32)
    values[observed] = np.asarray(array.drop_null().flatten(), dtype=np.float32).reshape(-1, spec.dim)
    return values, observed
