"""What a translation writes: the target's vectors (`values`) or tokens (`codes`).

Both answer the same questions of the decoder: what a step is fed, what it answers, what the loss is, and what loss a
constant answer has. Words whose target was not observed cost nothing.

- `values`: the standardised vector of each word; mean squared error over the known values. W steps.
- `codes`: one token a head and step, a head a modality. For T the training words (lower case, as spoken), for A and V
  the nearest centre of a k-means codebook of the standardised training vectors. Cross-entropy over the known tokens.
  W + 1 steps: the last token is END.

Sources: Pham et al. (2018), arXiv 1807.03915 (cross-entropy, beam search); Pham et al. (2019), arXiv 1812.07809
(squared error); tokens fed back as embeddings: Bahdanau et al. (2015).
Shape letters: B clips, W words, S steps, D features, K classes of a head, M heads, H hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.batch import Batch
from engine.codes import END, FIRST, UNKNOWN, Codebook, chunks, token
from engine.config import TranslationOptions
from engine.dataset import Segment
from engine.notation import Expr
from engine.sequence import SequenceReader, leaves_of
from extraction.types import FeatureSpec, Modality

_IGNORED = -100  # a truth that costs nothing


class Target(Protocol):
    """What the decoder asks of a target. It is an `nn.Module`."""

    feed_width: int
    leaves: tuple[Modality, ...]

    def steps(self, mask: Tensor) -> int:
        """Steps to decode for a mask (B, W)."""
        ...

    def start(self, features: Tensor) -> Tensor:
        """(B, feed_width), fed at the first step of each clip; `features` (B, any) gives B and the device."""
        ...

    def answer(self, features: Tensor) -> Tensor:
        """From what the decoder knows at a step, (B, F), to its answer (B, ...)."""
        ...

    def feed(self, answer: Tensor, truth: Tensor | None, step: int, forcing: float) -> Tensor:
        """(B, feed_width) for the next step: the truth of `step` with probability `forcing`, else the answer."""
        ...

    def truth(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """What to answer at each step and which of it is known."""
        ...

    def loss(self, answers: Tensor, truth: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """The loss summed over what is known, and how much that is (both scalars)."""
        ...

    def floor(self, train: Iterable[Segment], valid: Iterable[Segment]) -> float:
        """The mean loss on `valid` of the best constant answer that `train` teaches."""
        ...


class Vectors(nn.Module):
    """What every target made of vectors does; `feed_width` is their width and `head` answers them."""

    feed_width: int
    head: nn.Linear

    def steps(self, mask: Tensor) -> int:
        """W."""
        return mask.shape[1]

    def start(self, features: Tensor) -> Tensor:
        """The mean vector, which is 0, starts every target."""
        return features.new_zeros(len(features), self.feed_width)

    def answer(self, features: Tensor) -> Tensor:
        """(B, D)."""
        answer: Tensor = self.head(features)
        return answer

    def feed(self, answer: Tensor, truth: Tensor | None, step: int, forcing: float) -> Tensor:
        """A vector as it is; `truth` is (B, W, D)."""
        if truth is None or forcing == 0:
            return answer
        return truth[:, step] if forcing == 1 else torch.where(_drawn(answer, forcing), truth[:, step], answer)

    def loss(self, answers: Tensor, truth: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Squared error over known values; answers (B, W, D)."""
        values, known = truth
        squares = torch.where(known, (answers - values) ** 2, torch.zeros_like(answers))
        return squares.sum(), known.sum()


class ValuesTarget(Vectors):
    """Regress vectors."""

    def __init__(self, expr: Expr, specs: Mapping[Modality, FeatureSpec], features: int) -> None:
        super().__init__()
        self.reader = SequenceReader(expr, specs, {})
        self.leaves = self.reader.leaves
        self.feed_width = self.reader.target_dim
        self.head = nn.Linear(features, self.feed_width)

    def fit(self, train: Iterable[Segment]) -> None:
        """Take the target's statistics from the training split."""
        self.reader.fit(train)

    def truth(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Standardised values (B, W, D) and which are known (B, W, D)."""
        return self.reader.targets(batch)

    def floor(self, train: Iterable[Segment], valid: Iterable[Segment]) -> float:  # noqa: ARG002
        """The squared error of the training mean, which is 0 in standardised units."""
        total, count = 0.0, 0
        for batch in chunks(valid, self.leaves, self.head.weight.device):
            values, known = self.truth(batch)
            total += float((values[known] ** 2).sum())
            count += int(known.sum())
        return total / max(count, 1)


class CodesTarget(nn.Module):
    """Predict one token a modality and step.

    Args:
        expr: `T`, `A`, `V` or a concatenation of them.
        specs: the feature set of each of them.
        features: width of what the decoder knows at a step.
        options: `hidden` is the width of the embeddings, `codes` the size of the codebooks.
        vocabulary: the words T may answer, most frequent first; empty where T is not a target.
    """

    def __init__(
        self,
        expr: Expr,
        specs: Mapping[Modality, FeatureSpec],
        features: int,
        options: TranslationOptions,
        vocabulary: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.leaves = leaves_of(expr)
        self.vocabulary = tuple(vocabulary)
        self.classes = {word: FIRST + i for i, word in enumerate(self.vocabulary)}
        self.codebooks = nn.ModuleDict(
            {m: Codebook(m, specs[m], options.codes) for m in self.leaves if m != "T"},
        )
        sizes = [FIRST + (len(self.vocabulary) if m == "T" else options.codes) for m in self.leaves]
        self.sizes = tuple(sizes)
        self.feed_width = options.hidden
        self.embeddings = nn.ModuleList(nn.Embedding(size, options.hidden) for size in sizes)
        self.heads = nn.ModuleList(nn.Linear(features, size) for size in sizes)

    def fit(self, train: Iterable[Segment], seed: int = 0) -> None:
        """Learn the codebooks from the training split."""
        for codebook in self.codebooks.values():
            assert isinstance(codebook, Codebook)
            codebook.fit(train, seed)

    def steps(self, mask: Tensor) -> int:
        """W + 1: the words and END."""
        return mask.shape[1] + 1

    def start(self, features: Tensor) -> Tensor:
        """Nothing was said yet: a vector of 0."""
        return features.new_zeros(len(features), self.feed_width)

    def answer(self, features: Tensor) -> Tensor:
        """Logits of all heads side by side, (B, sum of K); `split` tells them apart."""
        return torch.cat([head(features) for head in self.heads], dim=-1)

    def split(self, logits: Tensor) -> tuple[Tensor, ...]:
        """Logits (..., K) of each head."""
        return torch.split(logits, list(self.sizes), dim=-1)

    def embed(self, tokens: Tensor) -> Tensor:
        """(B, feed_width) from tokens (B, M): the sum of the heads' embeddings."""
        parts = [embedding(tokens[:, m]) for m, embedding in enumerate(self.embeddings)]
        return torch.stack(parts).sum(dim=0)

    def feed(self, answer: Tensor, truth: Tensor | None, step: int, forcing: float) -> Tensor:
        """The embedded token; `truth` is (B, S, M). A forced step whose truth is unknown is fed UNKNOWN."""
        forced = None if truth is None else truth[:, step].clamp_min(END).where(truth[:, step] >= 0, UNKNOWN)
        if forced is not None and forcing == 1:
            return self.embed(forced)
        tokens = torch.stack([logits.argmax(dim=-1) for logits in self.split(answer)], dim=-1)
        if forced is not None and forcing > 0:
            tokens = torch.where(_drawn(answer, forcing), forced, tokens)
        return self.embed(tokens)

    def truth(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Tokens (B, W + 1, M), negative where unknown or beyond the end, and which are known."""
        mask = batch.mask
        tokens = torch.full((*mask.shape, len(self.leaves)), _IGNORED, device=mask.device)
        for m, modality in enumerate(self.leaves):
            seen = mask & batch.observed[modality]
            tokens[..., m] = torch.where(seen, self._encode(modality, batch), _IGNORED)
        tokens = functional.pad(tokens, (0, 0, 0, 1), value=_IGNORED)
        tokens[torch.arange(len(mask), device=mask.device), mask.sum(dim=1)] = END
        return tokens, tokens >= 0

    def loss(self, answers: Tensor, truth: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Cross-entropy in nats over the known tokens; answers (B, S, sum of K)."""
        tokens, known = truth
        total = answers.new_zeros(())
        for m, logits in enumerate(self.split(answers)):
            total = total + functional.cross_entropy(
                logits.flatten(0, 1), tokens[..., m].flatten(), ignore_index=_IGNORED, reduction="sum"
            )
        return total, known.sum()

    def floor(self, train: Iterable[Segment], valid: Iterable[Segment]) -> float:
        """Cross-entropy of the training frequencies of each head's tokens (add-one), whatever the source says."""
        device = self._device
        counts = [torch.ones(size, device=device) for size in self.sizes]
        for tokens in self._tokens(train):
            for m, known in enumerate(tokens):
                counts[m] += torch.bincount(known, minlength=self.sizes[m])
        total, found = 0.0, 0
        for tokens in self._tokens(valid):
            for m, known in enumerate(tokens):
                total -= float((counts[m] / counts[m].sum()).log()[known].sum())
                found += len(known)
        return total / max(found, 1)

    @property
    def _device(self) -> torch.device:
        return next(self.heads.parameters()).device

    def _tokens(self, segments: Iterable[Segment]) -> Iterator[tuple[Tensor, ...]]:
        """The known tokens of each head, flat, a chunk of segments at a time."""
        for batch in chunks(segments, self.leaves, self._device):
            tokens, known = self.truth(batch)
            yield tuple(tokens[..., m][known[..., m]] for m in range(len(self.leaves)))

    def _encode(self, modality: Modality, batch: Batch) -> Tensor:
        """Tokens (B, W) of one modality; those of unobserved words mean nothing."""
        if modality != "T":
            codebook = self.codebooks[modality]
            assert isinstance(codebook, Codebook)
            return codebook.encode(batch)
        classes = np.zeros(batch.mask.shape, dtype=np.int64)
        for row, words in enumerate(batch.words):
            classes[row, : len(words)] = [self.classes.get(token(word), UNKNOWN) for word in words]
        return torch.from_numpy(classes).to(batch.mask.device)


def build_target(
    expr: Expr,
    specs: Mapping[Modality, FeatureSpec],
    features: int,
    options: TranslationOptions,
    vocabulary: Sequence[str] = (),
) -> ValuesTarget | CodesTarget:
    """The target of a stage with untrained weights, as `options.target` says."""
    if options.target == "values":
        return ValuesTarget(expr, specs, features)
    return CodesTarget(expr, specs, features, options, vocabulary)


def _drawn(answer: Tensor, probability: float) -> Tensor:
    return torch.rand(len(answer), 1, device=answer.device) < probability
