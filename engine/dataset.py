"""From a word table to segments, one utterance each, as the engine reads them.

Shape letters: W words, D features.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extraction.errors import DataError
from extraction.store import WordTable
from extraction.types import MODALITY_NAMES, Aligned, Bools, FeatureSpec, Floats, Modality


@dataclass(frozen=True, eq=False)
class Segment:
    """One utterance as the engine reads it.

    Attributes:
        clip: its name in the table.
        words: W texts.
        values: modality -> (W, D), NaN where missing.
        observed: modality -> (W,).
        label: sentiment in [-3, 3], or None.
        split: train, valid, test or None.
        speaker: or None.
    """

    clip: str
    words: tuple[str, ...]
    values: dict[Modality, Floats]
    observed: dict[Modality, Bools]
    label: float | None = None
    split: str | None = None
    speaker: str | None = None

    def __len__(self) -> int:
        return len(self.words)


def segment_of(
    aligned: Aligned,
    modalities: Sequence[Modality],
    label: float | None = None,
    split: str | None = None,
    speaker: str | None = None,
) -> Segment:
    """The segment of one clip, reduced to `modalities`. Raises DataError if the clip lacks one of them."""
    for modality in modalities:
        if modality not in aligned.streams:
            raise DataError(f"Clip {aligned.clip!r} has no {MODALITY_NAMES[modality]}: extract it, or leave it out.")
    return Segment(
        clip=aligned.clip,
        words=tuple(word.text for word in aligned.words),
        values={m: aligned.streams[m].values for m in modalities},
        observed={m: aligned.streams[m].observed for m in modalities},
        label=label,
        split=split,
        speaker=speaker,
    )


def segments_of(table: WordTable, modalities: Sequence[Modality]) -> tuple[Segment, ...]:
    """The segments of a table that have words, in file order. Raises DataError if the table lacks a modality."""
    for modality in modalities:
        if modality not in table.specs:
            have = ", ".join(MODALITY_NAMES[m] for m in table.specs) or "nothing"
            raise DataError(f"The word table has no {MODALITY_NAMES[modality]} (it has {have}): extract with it.")
    entries = (entry for entry in table if entry.aligned.words)
    return tuple(segment_of(e.aligned, modalities, e.label, e.split, e.speaker) for e in entries)


def widened(table: WordTable, specs: Mapping[Modality, FeatureSpec]) -> tuple[Segment, ...]:
    """The segments of a table with words, as though it had all of `specs`: what it lacks was not observed.

    Raises DataError if it has one of them with other features.
    """
    for modality in set(specs) & set(table.specs):
        difference = specs[modality].difference(table.specs[modality])
        if difference:
            raise DataError(
                f"The two word tables differ in {MODALITY_NAMES[modality]} ({difference}): extract both alike."
            )
    shared = tuple(m for m in specs if m in table.specs)
    segments = []
    for segment in segments_of(table, shared):
        values = {m: np.full((len(segment), specs[m].dim), np.nan, dtype=np.float32) for m in specs}
        observed = {m: np.zeros(len(segment), dtype=bool) for m in specs}
        segments.append(replace(segment, values=values | segment.values, observed=observed | segment.observed))
    return tuple(segments)


def labelled(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Those with a label. Raises DataError if there are none, or if a label lies outside [-3, 3]."""
    found = tuple(s for s in segments if s.label is not None)
    if not found:
        raise DataError("No clip of the word table has a label: give labels when extracting, to train on them.")
    for segment in found:
        if segment.label is None or not math.isfinite(segment.label) or abs(segment.label) > 3:
            raise DataError(f"Clip {segment.clip!r} has the label {segment.label}: labels lie in [-3, 3].")
    return found


def labels_of(segments: Sequence[Segment]) -> Floats:
    """Labels (N,) float32; NaN where a segment has none."""
    return np.array([np.nan if s.label is None else s.label for s in segments], dtype=np.float32)
