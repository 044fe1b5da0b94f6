"""What a translation learns from: clips held in memory, or read from disk over and over (`engine.streamed`).

Both say the same: each clip in order, and the batches of an epoch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from engine import distributed
from engine.batch import plan
from engine.dataset import Segment
from extraction.errors import DataError
from extraction.types import Modality

SAMPLE = 2000  # clips of a table on disk that a codebook is learnt from

Share = tuple[list[Segment], float]
"""This process' clips of a batch and their weight (`engine.distributed.share`)."""


class Clips(Protocol):
    """Clips with words, in an order of their own."""

    def __iter__(self) -> Iterator[Segment]:
        """Each once, in that order."""
        ...

    def reading(self, modalities: Sequence[Modality]) -> Clips:
        """The same clips, of which no more than `modalities` will be asked."""
        ...

    def batches(self, size: int, seed: tuple[int, int] | None = None) -> Iterator[Share]:
        """Each once in batches of at most `size`: at random as run's seed and epoch say, else in order of length."""
        ...


class Held(tuple[Segment, ...]):
    """Clips in memory."""

    __slots__ = ()

    def reading(self, modalities: Sequence[Modality]) -> Held:  # noqa: ARG002
        """They themselves."""
        return self

    def batches(self, size: int, seed: tuple[int, int] | None = None) -> Iterator[Share]:
        """See Clips."""
        rng = None if seed is None else np.random.default_rng(seed)
        yield from shares(self, size, rng)


def shares(segments: Sequence[Segment], size: int, rng: np.random.Generator | None) -> Iterator[Share]:
    """The batches of `engine.batch.plan`; with a generator each process takes its share of them, else the whole."""
    for indices in plan([len(s) for s in segments], size, rng):
        mine, weight = (indices, 1.0) if rng is None else distributed.share(indices)
        yield [segments[i] for i in mine], weight


def some_of(segments: Iterable[Segment], seed: int) -> Iterable[Segment]:
    """All of them if they are in memory, else a random sample of SAMPLE (algorithm R; Vitter, 1985), in order."""
    if isinstance(segments, Sequence):
        return segments
    rng = np.random.default_rng(seed)
    kept: dict[int, Segment] = {}  # place -> clip
    order: dict[int, int] = {}
    for number, segment in enumerate(segments):
        place = number if number < SAMPLE else int(rng.integers(number + 1))
        if place < SAMPLE:
            kept[place] = replace(segment, values={m: v.copy() for m, v in segment.values.items()})
            order[place] = number
    return [kept[place] for place in sorted(kept, key=lambda place: order[place])]


def clips_hash(segments: Iterable[Segment], modalities: Sequence[Modality]) -> str:
    """SHA-256 over the segments' names, words and measurements of some modalities."""
    digest = hashlib.sha256()
    for segment in segments:
        digest.update(json.dumps([segment.clip, segment.words]).encode())
        for modality in modalities:
            digest.update(segment.values[modality].tobytes())
    return digest.hexdigest()


def check_observed(
    modalities: Sequence[Modality], what: str, train: Iterable[Segment], valid: Iterable[Segment]
) -> None:
    """Raise DataError, naming `what`, if none of some modalities is ever observed in one of the parts."""
    for name, segments in (("training", train), ("validation", valid)):
        if not any(s.observed[m].any() for s in segments for m in modalities):
            raise DataError(f"No word of the {name} clips has {what} observed: give clips that do.")
