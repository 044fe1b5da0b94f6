"""What each word adds to a score by integrated gradients: a check on attention that needs no clip with a hole in it.

Every measurement of a word, standardised, and its observed flag are scaled together from 0 to what they are, all words
alike; the gradient of the score along the way, summed over a word's columns in all modalities, is what the word adds.
At 0 a word reads as one that was not observed, so the baseline is the clip with no word observed, and
`score - baseline = sum of the words` up to the error of the quadrature, which is checked and made small.

As every column of a word is scaled by the same number, the sum over its columns is the derivative by that number: the
integral is taken over one number a word, its presence (B, W), and not over D columns.
Source: Sundararajan, Taly, Yan (2017), Axiomatic Attribution for Deep Networks, arXiv 1703.01365, equation 1; the
integral by captum, Gauss-Legendre. Shape letters: B utterances, W words, S steps.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.batch import Batch, collate, plan
from engine.dataset import Segment
from engine.model import SentimentModel, scores
from engine.occlusion import blanked
from engine.predict import segments_of
from engine.standardise import Standardiser
from extraction.types import Aligned, Floats

TOLERANCE = 1e-3  # label units that a stretch of the way may miss the score's change on it by, before it is halved
_STRETCHES = (0.0, 1 / 16, 1 / 4, 1.0)  # of the way, to begin with: most of the score comes early
_NODES = 8  # of the quadrature, a stretch
_DOUBLE = 2.0**-10  # of the way; below it double precision is computed in
_NARROWEST = 2.0**-40  # of the way; a stretch as narrow is not halved again
_AT_ONCE = 128  # stretches, of as many utterances

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Attribution:
    """Attributes: score, of the whole; baseline, its score with no word observed; words (W,), what each word adds.

    All in label units.
    """

    score: float
    baseline: float
    words: Floats

    @property
    def missing(self) -> float:
        """What the words lack to `score - baseline`: the error of the quadrature."""
        return self.score - self.baseline - float(self.words.sum(dtype=np.float64))


def attribute(model: SentimentModel, aligned: Aligned) -> Attribution:
    """The words of a clip.

    Utterances are read alone; the clip's score is their mean, weighted by their words, as in `engine.predict`. Raises
    as `Predictor.predict` does.
    """
    utterances = segments_of(model, aligned)
    found = attributions(model, utterances)
    shares = [len(u) / len(aligned.words) for u in utterances]
    words = np.concatenate([one.words * np.float32(share) for one, share in zip(found, shares, strict=True)])
    score, baseline = (
        float(np.dot(shares, values)) for values in ([f.score for f in found], [f.baseline for f in found])
    )
    return Attribution(score, baseline, words)


def attributions(model: SentimentModel, segments: Sequence[Segment]) -> tuple[Attribution, ...]:
    """The words of each segment, in their order. The model is put in evaluation mode; its weights stay as they are.

    A score may jump where the words have hardly come: attention passes from one word to another. So the way is cut
    into stretches, and one whose words do not add up to the change of the score on it is halved.
    """
    segments = tuple(segments)
    whole = scores(model, segments)
    empty = scores(model, [blanked(segment, range(len(segment))) for segment in segments])
    words = [np.zeros(len(segment)) for segment in segments]
    read = _embedded(model, segments)
    paths = {dtype: _Path(model, dtype) for dtype in (torch.float32, torch.float64)}
    todo = [(i, low, high) for i in range(len(segments)) for low, high in pairwise(_STRETCHES)]
    while todo:
        halves = []
        for dtype, path in paths.items():
            part = [one for one in todo if (one[2] - one[1] < _DOUBLE) == (dtype == torch.float64)]
            for chosen in plan([len(segments[i]) for i, _, _ in part], _AT_ONCE):
                some = [part[n] for n in chosen.tolist()]
                added, missing = path.integrate([(read[i], low, high) for i, low, high in some])
                for (i, low, high), word, lack in zip(some, added, missing, strict=True):
                    if abs(lack) > TOLERANCE and high - low > _NARROWEST:
                        middle = (low + high) / 2
                        halves += [(i, low, middle), (i, middle, high)]
                    else:
                        words[i] += word[: len(words[i])]
        todo = halves
    each = zip(whole.tolist(), empty.tolist(), words, strict=True)
    return tuple(Attribution(score, baseline, word.astype(np.float32)) for score, baseline, word in each)


class _Path:
    """A model read with every word present by a share.

    The shares enter where the measurements do, behind the standardisers, by hooks on a copy, as other threads may read
    the model itself at the same time. Double precision is for scores that change by a whole unit within less of the way
    than single precision tells apart.
    """

    def __init__(self, model: SentimentModel, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.model = copy.deepcopy(model, {id(model.words): None}).to(dtype)  # vectors of words are made before
        self.presence = torch.ones(1, 1)
        for module in self.model.modules():
            if isinstance(module, Standardiser):
                module.register_forward_hook(lambda _module, _inputs, read: read * self.presence[..., None])

    def integrate(self, stretches: Sequence[tuple[Segment, float, float]]) -> tuple[Doubles, Doubles]:
        """What each word adds between two shares (N, W), and what that lacks to the change of the score (N,)."""
        from captum.attr import IntegratedGradients

        segments, lows, highs = zip(*stretches, strict=True)
        batch = collate(segments, self.model.inputs).to(self.model.device)
        mask = batch.mask.to(torch.float64)
        rows = torch.arange(len(mask), device=mask.device)
        low, high = (torch.tensor(ends, device=mask.device)[:, None] * mask for ends in (lows, highs))

        def score(presence: Tensor, rows: Tensor) -> Tensor:
            self.presence = presence.to(self.dtype)
            answer: Tensor = self.model.read(_rows(batch, rows, self.dtype)).score.double()
            return answer

        with torch.backends.cudnn.flags(enabled=False):  # its recurrent layers have no gradient in evaluation mode
            added = IntegratedGradients(score).attribute(
                high.requires_grad_(), baselines=low, additional_forward_args=(rows,), n_steps=_NODES
            )
        with torch.no_grad():
            change = score(high, rows) - score(low, rows)
        return added.detach().cpu().numpy(), (change - added.detach().sum(dim=1)).cpu().numpy()


def _embedded(model: SentimentModel, segments: Sequence[Segment]) -> Sequence[Segment]:
    """The segments with the word vectors the model reads."""
    if model.words is None:
        return segments
    made = list(segments)
    for indices in plan([len(s) for s in segments], _AT_ONCE):
        with torch.no_grad():
            batch = model.embedded(collate([segments[i] for i in indices], model.inputs).to(model.device))
        for i, vectors in zip(indices.tolist(), batch.values["T"].cpu().numpy(), strict=True):
            made[i] = replace(segments[i], values={**segments[i].values, "T": vectors[: len(segments[i])]})
    return made


def _rows(batch: Batch, rows: Tensor, dtype: torch.dtype) -> Batch:
    """The utterances of an embedded batch numbered `rows` (N,), each as often as it is named."""
    return Batch(
        {m: values[rows].to(dtype) for m, values in batch.values.items()},
        {m: observed[rows] for m, observed in batch.observed.items()},
        batch.mask[rows],
        batch.labels[rows],
    )
