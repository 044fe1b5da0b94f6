"""A word table read from disk a few row groups at a time, so that it may be larger than the memory.

A clip may lie in several row groups; it belongs to the one in which its first word lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from extraction.errors import TableError
from extraction.store import Entry, entries_of, fingerprint_of, specs_of
from extraction.types import FeatureSpec, Modality

_Counts = NDArray[np.int64]
_NAMING = ("clip", "label", "split", "speaker")


@dataclass(frozen=True)
class Named:
    """Attributes: clip, label, split, speaker, as an Entry has them."""

    clip: str
    label: float | None
    split: str | None
    speaker: str | None


class TableStream:
    """A word table on disk.

    Args:
        path: the file. Raises TableError as `read_table` does.

    Attributes:
        specs: modality -> its feature set.
        groups: how many row groups there are.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise TableError(f"There is no word table at {path}: make one with `s2s extract CLIP -o {path.name}`.")
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise TableError(f"{path} is not a word table: give a file written by `s2s extract`.") from error
        self.specs: dict[Modality, FeatureSpec] = specs_of(self._file.schema_arrow, path)
        self.groups: int = self._file.num_row_groups

    def __len__(self) -> int:
        """How many clips there are."""
        return int(self._begun.sum())

    def first_of(self, group: int) -> int:
        """How many clips begin before a row group."""
        return int(self._begun[:group].sum())

    @cached_property
    def fingerprint(self) -> str:
        """That of the `WordTable` in the file."""
        return fingerprint_of(self.specs, self.entries(0, self.groups, ()))

    def names(self) -> Iterator[Named]:
        """What is said of each clip, in file order, without its words."""
        before: str | None = None
        for group in range(self.groups):
            columns = self._file.read_row_group(group, columns=list(_NAMING)).to_pydict()
            for values in zip(*(columns[name] for name in _NAMING), strict=True):
                if values[0] != before:
                    yield Named(*values)
                before = values[0]

    def entries(self, first: int, stop: int, modalities: Sequence[Modality]) -> Iterator[Entry]:
        """The clips that begin in the row groups `[first, stop)`, in file order, with some of their modalities.

        Raises TableError if the file is damaged.
        """
        try:
            yield from self._read(first, stop, {m: self.specs[m] for m in self.specs if m in modalities})
        except (pa.ArrowException, OSError, KeyError, ValueError) as error:
            raise TableError(f"The word table {self.path} is damaged: copy or extract it again.") from error

    def _read(self, first: int, stop: int, specs: dict[Modality, FeatureSpec]) -> Iterator[Entry]:
        columns = [name for name in self._file.schema_arrow.names if name not in self.specs or name in specs]
        held: pa.Table | None = None  # rows of a clip that goes on in the next group
        for group in range(first, self.groups):
            begun, continued = int(self._begun[group]), int(self._continued[group])
            if held is None and (group >= stop or not begun):
                continue  # nothing here belongs to a clip that began in `[first, stop)`
            arrow = self._file.read_row_group(group, columns=columns)
            ends = group >= stop and begun > 0
            own = arrow.slice(0 if held is not None else continued, continued if ends else None)
            held = own if held is None else pa.concat_tables([held, own])
            goes_on = not ends and group + 1 < self.groups and bool(self._continued[group + 1])
            whole = _last_clip(held) if goes_on else held.num_rows
            yield from entries_of(held.slice(0, whole), specs)
            held = held.slice(whole) if goes_on else None

    @cached_property
    def _edges(self) -> tuple[_Counts, _Counts]:
        """Of each row group: how many clips begin in it, and how many of its first rows belong to an earlier one."""
        begun, continued = np.zeros(self.groups, dtype=np.int64), np.zeros(self.groups, dtype=np.int64)
        before: str | None = None
        for group in range(self.groups):
            clips = self._file.read_row_group(group, columns=["clip"])["clip"].to_numpy()
            changes = np.flatnonzero(clips[1:] != clips[:-1]) + 1
            new = len(clips) > 0 and clips[0] != before
            begun[group] = len(changes) + new
            if not new:
                continued[group] = changes[0] if len(changes) else len(clips)
            before = clips[-1] if len(clips) else before
        return begun, continued

    @property
    def _begun(self) -> _Counts:
        return self._edges[0]

    @property
    def _continued(self) -> _Counts:
        return self._edges[1]


def _last_clip(arrow: pa.Table) -> int:
    """The row in which the last clip begins."""
    clips = arrow["clip"].to_numpy()
    changes = np.flatnonzero(clips[1:] != clips[:-1])
    return int(changes[-1]) + 1 if len(changes) else 0
