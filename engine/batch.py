"""Segments padded to one length, and the order in which training meets them.

Shape letters: B clips, W words (of the longest clip), D features. Padding is marked by `mask` and never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.dataset import Segment, labels_of
from extraction.errors import DataError
from extraction.types import Modality

_BUCKET = 64  # batches whose segments are sorted by length together: fewer pad more, for the longest are few


@dataclass(frozen=True, eq=False)
class Batch:
    """Attributes: values modality -> (B, W, D) float32, NaN where missing; observed modality -> (B, W) bool; mask
    (B, W) bool, true at words and false at padding; labels (B,) float32, NaN where there is none; words, the texts of
    each clip.
    """

    values: dict[Modality, Tensor]
    observed: dict[Modality, Tensor]
    mask: Tensor
    labels: Tensor
    words: tuple[tuple[str, ...], ...] = ()

    def to(self, device: str | torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(
            {m: v.to(device) for m, v in self.values.items()},
            {m: o.to(device) for m, o in self.observed.items()},
            self.mask.to(device),
            self.labels.to(device),
            self.words,
        )


def without_some(batch: Batch, rate: float) -> Batch:
    """A batch in which, clip by clip, each modality counts as not observed with probability `rate`, but never all.

    Where chance would take all of them, one of those stays, each equally often. Draws from torch's generator.
    Source: Neverova et al. (2016), ModDrop, arXiv 1501.00102.
    """
    names = list(batch.values)
    if rate == 0 or len(names) < 2:
        return batch
    clips = len(batch.mask)
    kept = torch.rand(clips, len(names)) >= rate
    spared = torch.randint(len(names), (clips,))
    kept[~kept.any(dim=1), spared[~kept.any(dim=1)]] = True
    return with_only(batch, kept.to(batch.mask.device))


def with_only(batch: Batch, kept: Tensor) -> Batch:
    """A batch in which a clip's modality counts as not observed where `kept` (B, modalities in order) is false."""
    observed, values = {}, {}
    for stays, m in zip(kept.T, batch.values, strict=True):
        observed[m] = batch.observed[m] & stays[:, None]
        values[m] = batch.values[m].masked_fill(~stays[:, None, None], torch.nan)
    return replace(batch, values=values, observed=observed)


def collate(segments: Sequence[Segment], modalities: Sequence[Modality]) -> Batch:
    """Pad `segments` on the right to the longest. Raises DataError for no segments, or a segment without words."""
    if not segments:
        raise DataError("There is no segment to read: the split is empty.")
    for segment in segments:
        if not len(segment):
            raise DataError(f"Clip {segment.clip!r} has no words: leave it out.")
    longest = max(map(len, segments))
    mask = np.zeros((len(segments), longest), dtype=bool)
    for row, segment in enumerate(segments):
        mask[row, : len(segment)] = True
    values: dict[Modality, Tensor] = {}
    observed: dict[Modality, Tensor] = {}
    for m in modalities:
        dim = segments[0].values[m].shape[1]
        padded = np.full((len(segments), longest, dim), np.nan, dtype=np.float32)
        seen = np.zeros((len(segments), longest), dtype=bool)
        for row, segment in enumerate(segments):
            padded[row, : len(segment)] = segment.values[m]
            seen[row, : len(segment)] = segment.observed[m]
        values[m], observed[m] = torch.from_numpy(padded), torch.from_numpy(seen)
    words = tuple(segment.words for segment in segments)
    return Batch(values, observed, torch.from_numpy(mask), torch.from_numpy(labels_of(segments)), words)


def plan(lengths: Sequence[int], size: int, rng: np.random.Generator | None = None) -> list[NDArray[np.intp]]:
    """Which segments go together: index arrays of at most `size`, every index once, neighbours in length.

    With a generator the plan is a random one (it draws a permutation, sorts within buckets, and shuffles the
    batches); without, segments come in order of length.
    """
    counts = np.asarray(lengths)
    if rng is None:
        order = np.argsort(counts, kind="stable")
        return [order[i : i + size] for i in range(0, len(order), size)]
    order = rng.permutation(len(counts))
    bucket = size * _BUCKET
    batches: list[NDArray[np.intp]] = []
    for i in range(0, len(order), bucket):
        near = order[i : i + bucket]
        near = near[np.argsort(counts[near], kind="stable")]
        batches += [near[j : j + size] for j in range(0, len(near), size)]
    return [batches[i] for i in rng.permutation(len(batches))]
