"""Words and vectors as tokens: the vocabulary of T, the k-means codebooks of A and V.

Every head has the classes END, UNKNOWN and then its codes. A codebook's centres lie in the standardised space of the
training split; a word's code is the nearest of them.
Shape letters: B clips, W words, D features.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor, nn

from engine.batch import Batch, collate
from engine.clips import some_of
from engine.dataset import Segment
from engine.notation import Leaf
from engine.sequence import SequenceReader
from extraction.errors import DataError
from extraction.spoken import spoken
from extraction.types import FeatureSpec, Modality

END, UNKNOWN, FIRST = 0, 1, 2
"""Classes of every head: the end of the sequence; a rare word or an unobserved step; the first true code."""
_CHUNK = 256  # segments read at a time when statistics are taken


def token(word: str) -> str:
    """A written word as the vocabulary holds it: lower case, as it is spoken."""
    return " ".join(spoken(word)) or word.lower()


def vocabulary_of(segments: Iterable[Segment], size: int) -> tuple[str, ...]:
    """The `size` most frequent words, by frequency, then in order of the alphabet."""
    counts = Counter(token(word) for segment in segments for word in segment.words)
    return tuple(sorted(counts, key=lambda word: (-counts[word], word))[:size])


class Codebook(nn.Module):
    """At most `size` centres (size, D) of one modality's standardised vectors; `count` of them were learnt."""

    centres: Tensor
    count: Tensor

    def __init__(self, modality: Modality, spec: FeatureSpec, size: int) -> None:
        super().__init__()
        self.modality = modality
        self.reader = SequenceReader(Leaf(modality), {modality: spec}, {})
        self.register_buffer("centres", torch.zeros(size, spec.dim))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def fit(self, train: Iterable[Segment], seed: int) -> None:
        """k-means (scikit-learn, one k-means++ start) on the observed training words; one thread, as sums over several
        come out otherwise. Where clips are read from disk, it learns from a sample of them that memory holds.
        """
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        self.reader.fit(train)
        rows = []
        for batch in chunks(some_of(train, seed), (self.modality,), self.centres.device):
            values, _ = self.reader.targets(batch)
            rows.append(values[batch.observed[self.modality] & batch.mask].cpu().numpy())
        vectors = np.concatenate(rows)
        if not len(vectors):
            raise DataError(f"No training word has {self.modality} observed: give clips that do.")
        size = min(len(self.centres), len(np.unique(vectors, axis=0)))
        with threadpool_limits(1):
            found = KMeans(size, n_init=1, random_state=seed).fit(vectors).cluster_centers_
        self.centres[:size] = torch.from_numpy(found)
        self.count.fill_(size)

    def encode(self, batch: Batch) -> Tensor:
        """The class (B, W) of the nearest centre of each word."""
        values, _ = self.reader.targets(batch)
        nearest = torch.cdist(values, self.centres[: int(self.count)]).argmin(dim=-1)
        return nearest + FIRST


def chunks(segments: Iterable[Segment], modalities: Sequence[Modality], device: torch.device) -> Iterator[Batch]:
    """All of `segments`, in order, as a few large batches."""
    left = iter(segments)
    while some := list(islice(left, _CHUNK)):
        yield collate(some, modalities).to(device)
