"""Segments by role: training, validation and test splits, so that what tests was never learnt from.

Three protocols. `standard` follows the table's `split` column (for CMU-MOSI the field's standard folds). `paper` is
Pham et al.'s: two thirds of the segments train, of which 15.15 % are held out for validation, and one third tests;
segments are drawn at random, so a speaker can lie on both sides. `speakers` deals the speakers over k folds, as even
in segments as can be; in each fold the speakers dealt to it are the test split and some of the others' the validation
split, so that no speaker lies on two sides. A *final* split has no test part: it trains the model that is shipped
after the folds have said how good it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.dataset import Segment, labels_of
from extraction.errors import DataError

Protocol = Literal["standard", "paper", "speakers"]
PROTOCOLS: tuple[Protocol, ...] = ("standard", "paper", "speakers")
_PAPER_TEST, _PAPER_VALID = 0.3333, 0.1515  # of all segments, and of the rest
_VALIDATION_GROUPS = 6  # the speakers left after the test ones are dealt into six groups; one of them validates
_SEVENTH = 7  # of unlabelled clips without split and speaker, each seventh validates


@dataclass(frozen=True)
class Split:
    """Segments by role; `test` is empty in a final split."""

    train: tuple[Segment, ...]
    valid: tuple[Segment, ...]
    test: tuple[Segment, ...] = ()


def standard_split(segments: Sequence[Segment]) -> Split:
    """By the table's own split column. Raises DataError if it is empty or has no training or validation part."""
    parts = {name: tuple(s for s in segments if s.split == name) for name in ("train", "valid", "test")}
    if not any(parts.values()):
        raise DataError("The word table has no split column filled in: use the protocol `speakers` instead.")
    for name in ("train", "valid"):
        if not parts[name]:
            raise DataError(f"The word table has no clip in the split {name!r}: use the protocol `speakers` instead.")
    return Split(parts["train"], parts["valid"], parts["test"])


def paper_split(segments: Sequence[Segment]) -> Split:
    """Two thirds and one third, drawn once and for all. Raises DataError if a part would be empty."""
    order = np.random.default_rng(0).permutation(len(segments))
    tested = round(_PAPER_TEST * len(segments))
    held = round(_PAPER_VALID * (len(segments) - tested))
    if min(tested, held, len(segments) - tested - held) < 1:
        raise DataError(f"{len(segments)} segments are too few for the paper's split: give at least 12.")
    parts = (order[tested + held :], order[tested : tested + held], order[:tested])
    return Split(*(tuple(segments[i] for i in sorted(part)) for part in parts))


def speaker_folds(segments: Sequence[Segment], folds: int) -> tuple[Split, ...]:
    """`folds` splits whose test parts together hold every segment once, no speaker on two sides of any.

    Deterministic: it depends on nothing but the segments' speakers. Raises DataError if speakers are unknown or
    fewer than `folds`.
    """
    if folds < 2:
        raise DataError(f"{folds} fold cannot be left out in turn: give at least 2 folds.")
    groups = _deal(segments, folds)
    splits = []
    for number, test in enumerate(groups):
        rest = tuple(s for s in segments if s.speaker not in test)
        train, valid = _hold_out(rest, number)
        splits.append(Split(train, valid, tuple(s for s in segments if s.speaker in test)))
    return tuple(splits)


def final_split(segments: Sequence[Segment]) -> Split:
    """Training and validation speakers, and no test part. Raises DataError if fewer than two speakers are known."""
    return Split(*_hold_out(tuple(segments), 0))


def choose_split(segments: Sequence[Segment], protocol: Protocol, folds: int, fold: int | None) -> Split:
    """The split of one run: `fold` numbers a fold of the protocol `speakers` from 0, None is its final split."""
    if protocol != "speakers":
        return standard_split(segments) if protocol == "standard" else paper_split(segments)
    if fold is None:
        return final_split(segments)
    if not 0 <= fold < folds:
        raise DataError(f"There is no fold {fold} among {folds}: folds count from 0 to {folds - 1}.")
    return speaker_folds(segments, folds)[fold]


def check_labels(split: Split) -> None:
    """Raise DataError if the training labels lie all on one side of zero: nothing could be learnt from them."""
    negative = labels_of(split.train) < 0
    if negative.all() or not negative.any():
        side = "below zero" if negative.all() else "zero or above"
        raise DataError(f"Every training label is {side}: give clips of both classes to learn from.")


def _deal(segments: Sequence[Segment], groups: int) -> tuple[frozenset[str], ...]:
    """Speakers over groups, the most talkative first, each to the group that has the fewest segments so far."""
    counts: Counter[str] = Counter()
    for segment in segments:
        if segment.speaker is None:
            raise DataError(f"Clip {segment.clip!r} names no speaker: the protocol `speakers` needs one a clip.")
        counts[segment.speaker] += 1
    if len(counts) < groups:
        raise DataError(f"{len(counts)} speakers cannot fill {groups} folds: give fewer folds or more speakers.")
    dealt: list[set[str]] = [set() for _ in range(groups)]
    sizes = [0] * groups
    for speaker, size in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        smallest = sizes.index(min(sizes))
        dealt[smallest].add(speaker)
        sizes[smallest] += size
    return tuple(frozenset(group) for group in dealt)


def _hold_out(segments: tuple[Segment, ...], turn: int) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Train and validation parts of `segments`; `turn` says which group of speakers validates."""
    speakers = {s.speaker for s in segments}
    if len(speakers) < 2:
        raise DataError("Only one speaker is left to train and validate on: give clips of more speakers.")
    groups = _deal(segments, min(_VALIDATION_GROUPS, len(speakers)))
    held = groups[turn % len(groups)]
    return tuple(s for s in segments if s.speaker not in held), tuple(s for s in segments if s.speaker in held)


def extra_segments(segments: tuple[Segment, ...], split: Split) -> tuple[Segment, ...]:
    """The labelled segments that may be added to a split's training part, none of a clip or speaker held out."""
    held = (*split.valid, *split.test)
    clips, speakers = {s.clip for s in (*held, *split.train)}, {s.speaker for s in held} - {None}
    return tuple(
        s
        for s in segments
        if s.label is not None and s.split in (None, "train") and s.clip not in clips and s.speaker not in speakers
    )


def unlabelled_split(segments: tuple[Segment, ...], test: tuple[Segment, ...] = ()) -> Split:
    """Training and validation clips for translations: by the split column, else by speakers, else each seventh clip.

    Clips that occur in `test` by name, and clips of a speaker who does, are left out, so that no translation has
    seen what the model will be tested on. Raises DataError if fewer than two clips are left.
    """
    clips, speakers = {s.clip for s in test}, {s.speaker for s in test} - {None}
    left = tuple(s for s in segments if s.clip not in clips and s.speaker not in speakers)
    if len(left) < 2:
        raise DataError("Fewer than two clips are left to learn the translation from: give more unlabelled clips.")
    if {"train", "valid"} <= {s.split for s in left}:
        parts = standard_split(left)
        return Split(parts.train, parts.valid)
    if all(s.speaker is not None for s in left) and len({s.speaker for s in left}) > 1:
        return final_split(left)
    valid = tuple(left[:: min(_SEVENTH, len(left))])
    names = {s.clip for s in valid}
    return Split(tuple(s for s in left if s.clip not in names), valid)
