"""Clips as foreign files hold them, and their way into a word table: missing values out, rows to words, leaks out.

Conventions. Rows (F, D) of a modality are what one clip really has, without padding. `spans` (W, 2) says which rows
each word takes, as `[first, stop)`; a word's vector is the mean of what was measured in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.checks import ClipId, Side, check_label, leaks, real_rows, split_sizes, without_missing
from engine.formats.findings import Findings, Imported
from engine.formats.label_csv import ManyEmbedder
from extraction.errors import DataError
from extraction.store import Entry, make_table
from extraction.types import MODALITIES, MODALITY_NAMES, Aligned, FeatureSpec, Floats, Modality, Stream, Word

Spans = NDArray[np.intp]


@dataclass(frozen=True)
class ForeignClip:
    """One clip of a foreign file.

    Attributes:
        name, speaker, split, label: as in the word table's entry; a label of None is not known.
        words: W words.
        rows: modality -> (F, D), as the file has them.
        spans: modality -> (W, 2), rows of each word.
        duration: seconds, 0 where the file does not say.
    """

    name: str
    speaker: str | None
    split: str | None
    label: float | None
    words: tuple[Word, ...]
    rows: Mapping[Modality, NDArray[Any]]
    spans: Mapping[Modality, Spans] = field(default_factory=dict)
    duration: float = 0.0


def gather(
    clips: Sequence[ForeignClip],
    specs: Mapping[Modality, FeatureSpec],
    findings: Findings,
    embedder: ManyEmbedder | None = None,
) -> Imported:
    """One word table of all clips; with an embedder, T is what it makes of the words.

    Raises DataError if no clip is left, or a label does not lie in [-3, 3].
    """
    sizes = Counter(clip.split for clip in clips if clip.split is not None)
    if sizes:
        split_sizes({split: sizes[split] for split in ("train", "valid", "test") if split in sizes}, findings)
    for clip in clips:
        if clip.label is not None:
            check_label(clip.label, clip.name)
    spoken = [clip for clip in clips if clip.words]
    if len(spoken) < len(clips):
        findings.note(f"Clips without a word in them are left out: {len(clips) - len(spoken)}.")
    if not spoken:
        raise DataError("There is no clip with words in the file: give one with texts or word vectors.")
    kept = leaks([_id(clip) for clip in spoken], findings)
    spoken = [spoken[i] for i in kept]
    streams = _streams(spoken, specs, findings)
    if embedder is not None:
        for found, text in zip(streams, embedder.embed_many([[w.text for w in c.words] for c in spoken]), strict=True):
            found["T"] = text
    table = make_table(
        Entry(
            Aligned(clip.name, clip.words, {m: found[m] for m in MODALITIES if m in found}, clip.duration),
            label=clip.label,
            split=clip.split,
            speaker=clip.speaker,
        )
        for clip, found in zip(spoken, streams, strict=True)
    )
    return findings.imported(table)


def one_each(words: int) -> Spans:
    """Spans of rows that are words already: word i takes row i."""
    return np.column_stack([np.arange(words), np.arange(words) + 1])


def proportional(rows: int, words: int) -> Spans:
    """Spans where no times are known: word i of W takes rows from i*F/W to (i+1)*F/W, and one row at least."""
    edges = np.arange(words + 1) * rows // max(words, 1)
    first = np.minimum(edges[:-1], max(rows - 1, 0))
    return np.column_stack([first, np.minimum(np.maximum(edges[1:], first + 1), rows)])


def by_owner(owners: Sequence[int], words: int) -> Spans:
    """Spans of rows that lie in the order of their words: `owners` (F,) is the word of each row."""
    return np.searchsorted(np.asarray(owners, dtype=np.intp), np.column_stack([range(words), range(1, words + 1)]))


def shared_rows(sequences: Sequence[NDArray[Any]], side: Side) -> slice:
    """The rows of one clip that are no padding in any of its aligned modalities (L, D), padded on one side alike.

    A word without a vector, or without a face, at the padded end is a row of the others still.
    """
    found = [real_rows(rows, side) for rows in sequences]
    filled = [where for where in found if where.stop > where.start]
    if not filled:
        return slice(0, 0)
    return slice(min(where.start for where in filled), max(where.stop for where in filled))


def columns(modality: Modality, dim: int) -> tuple[str, ...]:
    """Names of the columns: the field's usual features are told by how many they are, others are `audio_0`, ..."""
    usual = {
        "T": {300: "glove", 768: "bert"},
        "A": {5: "covarep", 74: "covarep"},
        "V": {20: "facet", 35: "facet", 47: "facet"},
    }
    stem = usual[modality].get(dim, MODALITY_NAMES[modality])
    return tuple(f"{stem}_{i}" for i in range(dim))


def split_name(identifier: str) -> tuple[str, str, bool]:
    """A clip's name in our tables, its video, and whether its number was counted from nought.

    `video$_$7` (MMSA) and `video_7` (MulT, MMIM) become `video_7`, `video[6]` (CMU-MultimodalSDK, from 0) also.
    """
    video, mark, clip = identifier.partition("$_$")
    if mark:
        return f"{video}_{clip}", video, False
    if identifier.endswith("]") and "[" in identifier:
        video, _, number = identifier[:-1].rpartition("[")
        if number.isdecimal():
            return f"{video}_{int(number) + 1}", video, True
    video, mark, clip = identifier.rpartition("_")
    return identifier, video if mark and clip.isdecimal() else identifier, False


def untold(words: int) -> tuple[Word, ...]:
    """Stand-ins for words a file does not name: w1, w2 and so on."""
    return tuple(Word(f"w{i + 1}") for i in range(words))


def _id(clip: ForeignClip) -> ClipId:
    words = tuple(word.text.lower() for word in clip.words)
    return ClipId(clip.name, clip.speaker, clip.split, () if words[0] == "w1" else words)


def _streams(
    clips: Sequence[ForeignClip], specs: Mapping[Modality, FeatureSpec], findings: Findings
) -> list[dict[Modality, Stream]]:
    found: list[dict[Modality, Stream]] = [{} for _ in clips]
    for modality, spec in specs.items():
        rows = without_missing([clip.rows[modality] for clip in clips], spec.names, findings)
        for streams, clip, clean in zip(found, clips, rows, strict=True):
            spans = clip.spans.get(modality)
            values = pooled(clean, one_each(len(clip.words)) if spans is None else spans)
            streams[modality] = Stream(spec, values, np.asarray(~np.isnan(values).all(axis=1)))
    return found


def pooled(rows: Floats, spans: Spans) -> Floats:
    """The mean (W, D) of what was measured (not NaN) in each word's rows; NaN where nothing was."""
    if (spans[:, 1] - spans[:, 0] == 1).all() and (spans[:, 1] <= len(rows)).all():
        return np.asarray(rows[spans[:, 0]])
    measured = ~np.isnan(rows)
    total = _running(np.where(measured, rows, 0.0))
    count = _running(measured.astype(np.float64))
    first, stop = np.minimum(spans, len(rows)).T
    seen = count[stop] - count[first]
    mean = np.divide(total[stop] - total[first], seen, out=np.full(seen.shape, np.nan), where=seen > 0)
    return np.asarray(mean, dtype=np.float32)


def _running(values: NDArray[Any]) -> NDArray[np.float64]:
    """Sums (F + 1, D) of all rows before each."""
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
