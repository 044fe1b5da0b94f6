"""Two clips read as one text, of which each part has a label of its own: what makes a word speak for what is near it.

A network that reads whole texts may let every word say what the text says: the label asks no more of it. In two texts
joined, with a conjunction between them or nothing, the sentiment of each part's words, weighted by attention, has to be
that part's label, so a word cannot take on what the other part says.
Shape letters: B clips, W words, K parts, at most 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.dataset import Segment, labels_of
from engine.regressor import Output

CONJUNCTIONS = ("but", "and", "although", "while", "so")
OFTEN = 0.5  # of the pairs have one of them between their parts
_LEAST = 1e-6  # of a part's attention, so that its mean is a number
_BETWEEN = -1  # part of a word that belongs to none


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a batch.

    Attributes:
        of: (B, W), the part each word belongs to, 0 or 1; -1 between them and at padding.
        labels: (B, K), NaN where a clip has no second part.
    """

    of: Tensor
    labels: Tensor

    def to(self, device: str | torch.device) -> Parts:
        """The same parts on another device."""
        return Parts(self.of.to(device), self.labels.to(device))

    def answers(self, output: Output) -> tuple[Tensor, Tensor]:
        """Score and label of each part there is, (N,) both, clip by clip."""
        there = self.labels.isfinite()
        return self.scores(output)[there], self.labels[there]

    def errors(self, output: Output) -> Tensor:
        """The absolute error of each part there is, (N,), in label units."""
        scores, labels = self.answers(output)
        return (scores - labels).abs()

    def scores(self, output: Output) -> Tensor:
        """(B, K): the sentiment of the words of each part, weighted by attention; 0 where there is no such part."""
        inside = self.of[..., None] == torch.arange(self.labels.shape[1], device=self.of.device)  # (B, W, K)
        share = output.attention[..., None].float() * inside
        weighted = (share * output.sentiment[..., None]).sum(dim=1)
        return weighted / share.sum(dim=1).clamp_min(_LEAST)


@dataclass(frozen=True, eq=False)
class Joined:
    """Attributes: segment, as the network reads it; parts, the label of each and where its words begin and end."""

    segment: Segment
    parts: tuple[tuple[float, int, int], ...]


def alone(segment: Segment) -> Joined:
    """A labelled segment as its only part."""
    return Joined(segment, ((_label(segment), 0, len(segment)),))


def join(first: Segment, second: Segment, conjunction: str = "") -> Joined:
    """Two labelled segments of the same modalities as one; a conjunction is observed as text alone."""
    words = (*first.words, *((conjunction,) if conjunction else ()), *second.words)
    begins = len(words) - len(second)
    values, observed = {}, {}
    for m in first.values:
        gap = np.full((begins - len(first), first.values[m].shape[1]), np.nan, dtype=np.float32)
        values[m] = np.concatenate([first.values[m], gap, second.values[m]])
        observed[m] = np.concatenate([first.observed[m], np.full(len(gap), m == "T"), second.observed[m]])
    whole = Segment(f"{first.clip} + {second.clip}", words, values, observed)
    return Joined(whole, ((_label(first), 0, len(first)), (_label(second), begins, len(words))))


def joined_some(
    segments: Sequence[Segment], share: float, rng: np.random.Generator, *, conjunctions: bool
) -> tuple[Joined, ...]:
    """Segments in random order, `share` of them in pairs; how many are returned depends on their number and the share.

    `conjunctions` may stand between the parts where the words' vectors are made anew, for those have none.
    """
    order = [int(i) for i in rng.permutation(len(segments))]
    pairs = int(share * len(segments)) // 2
    found = [alone(segments[i]) for i in order[2 * pairs :]]
    for one, other in zip(order[: 2 * pairs : 2], order[1 : 2 * pairs : 2], strict=True):
        word = CONJUNCTIONS[rng.integers(len(CONJUNCTIONS))] if conjunctions and rng.random() < OFTEN else ""
        found.append(join(segments[one], segments[other], word))
    return tuple(found)


def parts_of(clips: Sequence[Joined]) -> Parts:
    """The parts of a batch in the order of `clips`, W that of the longest."""
    of = torch.full((len(clips), max(len(clip.segment) for clip in clips)), _BETWEEN)
    labels = torch.full((len(clips), max(len(clip.parts) for clip in clips)), torch.nan)
    for row, clip in enumerate(clips):
        for part, (label, first, stop) in enumerate(clip.parts):
            of[row, first:stop] = part
            labels[row, part] = label
    return Parts(of, labels)


def _label(segment: Segment) -> float:
    return float(labels_of([segment])[0])
