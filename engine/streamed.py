"""Clips of word tables on disk, for translations to learn from: memory does not grow with the tables.

An epoch reads runs of row groups in random order into a buffer and shuffles the clips in it, one buffer after the
other; validation and statistics read the file in order. Tables that one buffer holds give the very batches they give
when they are read whole. The split, by `engine.splits.unlabelled_split`, needs names alone and is made once; what is
kept of it is one byte a clip.
Under torchrun each process reads all clips and takes its share of each batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.clips import Share, shares
from engine.dataset import Segment, labelled, segment_of
from engine.splits import Protocol, choose_split, unlabelled_split
from extraction.errors import DataError
from extraction.table_stream import TableStream
from extraction.types import MODALITY_NAMES, Bools, FeatureSpec, Floats, Modality

RUN = 4  # row groups that are read together: their last clip's end lies in a fifth
BUFFER = 32_768  # words whose clips are shuffled together: 66 MB with the default feature sets
_LEFT_OUT, _TRAIN, _VALID = 0, 1, 2
_ORDER = 2  # tells the generator of the order of runs from that of the batches

Roles = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Streamed:
    """Clips to learn from and to validate on.

    Attributes:
        tables: where they lie.
        roles: of each table's clips.
        specs: the feature sets of the modalities that all tables have.
        buffer: words that are shuffled together.
    """

    tables: tuple[TableStream, ...]
    roles: tuple[Roles, ...]
    specs: dict[Modality, FeatureSpec]
    buffer: int = BUFFER

    def specs_of(self, modalities: Sequence[Modality]) -> dict[Modality, FeatureSpec]:
        """The specs of some modalities. Raises DataError naming one that not all tables have."""
        for modality in modalities:
            if modality not in self.specs:
                raise DataError(f"Not every word table has {MODALITY_NAMES[modality]}: leave out those without.")
        return {m: self.specs[m] for m in modalities}

    @property
    def clips(self) -> tuple[StreamedClips, StreamedClips]:
        """Those to learn from and those to validate on."""
        modalities = tuple(self.specs)
        return StreamedClips(self, _TRAIN, modalities), StreamedClips(self, _VALID, modalities)

    def count(self, table: int) -> int:
        """How many clips of a table are learnt from."""
        return int((self.roles[table] == _TRAIN).sum())

    def names(self) -> Iterator[Segment]:
        """The clips of both roles, without words and measurements."""
        for table, roles in zip(self.tables, self.roles, strict=True):
            yield from (clip for clip, role in zip(named(table), roles, strict=True) if role != _LEFT_OUT)


@dataclass(frozen=True, eq=False)
class StreamedClips:
    """The clips of one role, with some of their modalities (`engine.clips.Clips`)."""

    source: Streamed
    role: int
    modalities: tuple[Modality, ...]

    def __iter__(self) -> Iterator[Segment]:
        """Each once, in file order."""
        for table, stream in enumerate(self.source.tables):
            yield from self._of(table, 0, stream.groups)

    def reading(self, modalities: Sequence[Modality]) -> StreamedClips:
        """The same clips, read with no more than `modalities`."""
        return replace(self, modalities=tuple(modalities))

    def batches(self, size: int, seed: tuple[int, int] | None = None) -> Iterator[Share]:
        """Each once, in batches of clips that lay in the buffer together."""
        rng = None if seed is None else np.random.default_rng(seed)
        order = None if seed is None else np.random.default_rng([*seed, _ORDER])
        for clips in self._buffers(order):
            yield from shares(clips, size, rng)
            clips.clear()  # before the next buffer is read

    def _buffers(self, order: np.random.Generator | None) -> Iterator[list[Segment]]:
        """Clips in file order, as many as the buffer holds."""
        runs = [(t, g) for t, stream in enumerate(self.source.tables) for g in range(0, stream.groups, RUN)]
        turns = range(len(runs)) if order is None else order.permutation(len(runs)).tolist()
        read: dict[int, list[Segment]] = {}
        for turn in turns:
            table, group = runs[turn]
            read[turn] = list(self._of(table, group, min(group + RUN, self.source.tables[table].groups)))
            if sum(len(segment) for run in read.values() for segment in run) >= self.source.buffer:
                yield _emptied(read)
        yield _emptied(read)

    def _of(self, table: int, first: int, stop: int) -> Iterator[Segment]:
        """Those that begin in some row groups; their arrays are their own, so that the groups' are let go."""
        stream, roles = self.source.tables[table], self.source.roles[table]
        for number, entry in enumerate(stream.entries(first, stop, self.modalities), start=stream.first_of(first)):
            if roles[number] != self.role:
                continue
            segment = segment_of(entry.aligned, self.modalities)
            values = {m: v.copy() for m, v in segment.values.items()}
            yield replace(segment, values=values, observed={m: o.copy() for m, o in segment.observed.items()})


def _emptied(read: dict[int, list[Segment]]) -> list[Segment]:
    """The clips of all runs, by run; nothing of them stays in `read`."""
    clips = [segment for run in sorted(read) for segment in read[run]]
    read.clear()
    return clips


def streamed(paths: Sequence[Path], left_out: tuple[Segment, ...] = (), buffer: int = BUFFER) -> Streamed:
    """The clips of some tables, but for those that `unlabelled_split` leaves out for `left_out`.

    Raises TableError for a file that is no table, DataError if the tables differ in a modality they share, if they
    have a clip's name in common, or if fewer than two clips are left.
    """
    tables = tuple(TableStream(path) for path in paths)
    first = tables[0]
    for other in tables[1:]:
        for modality in set(first.specs) & set(other.specs):
            difference = first.specs[modality].difference(other.specs[modality])
            if difference:
                raise DataError(
                    f"{first.path.name} and {other.path.name} differ in {MODALITY_NAMES[modality]} ({difference}): "
                    "extract both alike."
                )
    specs = {m: spec for m, spec in first.specs.items() if all(m in other.specs for other in tables)}
    return Streamed(tables, _roles(tables, left_out), specs, buffer)


def named(table: TableStream) -> tuple[Segment, ...]:
    """The clips of a table without words and measurements, for `engine.splits`."""
    values: dict[Modality, Floats] = {}
    observed: dict[Modality, Bools] = {}
    return tuple(Segment(n.clip, (), values, observed, n.label, n.split, n.speaker) for n in table.names())


def held_out(path: Path, protocol: Protocol, folds: int, fold: int | None) -> tuple[Segment, ...]:
    """The clips of a labelled table that validate and test; with the protocol `speakers` and no fold, all of them.

    Raises DataError if the protocol cannot split the table.
    """
    segments = named(TableStream(path))
    if protocol == "speakers" and fold is None:
        return segments
    split = choose_split(labelled(segments), protocol, folds, fold)
    return (*split.valid, *split.test)


def _roles(tables: tuple[TableStream, ...], left_out: tuple[Segment, ...]) -> tuple[Roles, ...]:
    clips = [named(table) for table in tables]
    together = tuple(clip for some in clips for clip in some)
    if len({clip.clip for clip in together}) < len(together):
        raise DataError("Two of the word tables have a clip of the same name: give each clip in one table alone.")
    split = unlabelled_split(together, left_out)
    train, valid = ({clip.clip for clip in part} for part in (split.train, split.valid))

    def role(clip: Segment) -> int:
        return _TRAIN if clip.clip in train else _VALID if clip.clip in valid else _LEFT_OUT

    return tuple(np.array([role(clip) for clip in some], dtype=np.int8) for some in clips)
