"""What a clip's score loses when a word is blanked: a check on attention that does not look at attention.

Attention weights say where a recurrent reader takes its states from, not which words made those states what they are;
blanking a word and reading the clip again does say that, at the price of a clip the model never learnt to read.
Blanked means that the word's vectors count as not observed, in every modality the model reads; its place stays.
Sources: occlusion: Zeiler and Fergus (2014), section 4.2; attention against it: Jain and Wallace (2019), arXiv
1902.10186, section 4.1. Shape letters: W words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from engine.dataset import Segment
from engine.model import SentimentModel, scores
from engine.predict import segments_of
from extraction.errors import DataError
from extraction.types import Aligned, Floats

_CHANCE = 0.05  # how often chance alone may exceed `RankCorrelation.by_chance`


@dataclass(frozen=True, eq=False)
class Occlusion:
    """Attributes: score of the whole clip, in label units; without (W,), its score when that one word is blanked."""

    score: float
    without: Floats

    @property
    def change(self) -> Floats:
        """(W,): what the word adds to the score; above 0 the clip is less positive without it."""
        return np.float32(self.score) - self.without


def occlude(model: SentimentModel, aligned: Aligned) -> Occlusion:
    """Blank each word of a clip in turn.

    A word is blanked within its utterance; the clip's score is the mean over utterances, weighted by their words, as
    in `engine.predict`. Raises as `Predictor.predict` does.
    """
    utterances = segments_of(model, aligned)
    share = np.repeat([len(u) / len(aligned.words) for u in utterances], [len(u) for u in utterances])
    whole = scores(model, utterances)
    blank = np.concatenate([scores(model, tuple(_each_blanked(utterance))) for utterance in utterances])
    score = float(np.average(whole, weights=[len(u) for u in utterances]))
    lost = (np.repeat(whole, [len(u) for u in utterances]) - blank) * share
    return Occlusion(score, np.asarray(score - lost, dtype=np.float32))


def _each_blanked(segment: Segment) -> Iterator[Segment]:
    for word in range(len(segment)):
        yield blanked(segment, [word])


def blanked(segment: Segment, words: Sequence[int]) -> Segment:
    """The segment with some of its words unobserved in every modality it holds."""
    values = {m: array.copy() for m, array in segment.values.items()}
    observed = {m: array.copy() for m, array in segment.observed.items()}
    for array in values.values():
        array[words] = np.nan
    for seen in observed.values():
        seen[words] = False
    return replace(segment, values=values, observed=observed)


@dataclass(frozen=True)
class RankCorrelation:
    """How far two rankings of the same words agree.

    Attributes:
        rho: Spearman's, in [-1, 1]; None where a side is constant or there are fewer than three words.
        words: how many were ranked.
        by_chance: unrelated rankings of so many words stay within plus and minus this in 95 % of cases; None below
            four words, where they need not.
    """

    rho: float | None
    words: int
    by_chance: float | None

    @property
    def beyond_chance(self) -> bool:
        """Whether unrelated rankings would seldom agree, or disagree, as much."""
        return self.rho is not None and self.by_chance is not None and abs(self.rho) > self.by_chance


def rank_correlation(one: ArrayLike, other: ArrayLike) -> RankCorrelation:
    """Spearman's rank correlation of two (W,) sequences, ties at their mean rank. Raises DataError if they differ in W.

    The bound of chance is that of Student's t on W - 2 degrees of freedom (Kendall and Stuart, vol. 2, 31.19).
    """
    from scipy import stats

    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise DataError(f"Two rankings of {a.shape} and {b.shape} words do not pair up: give one of each a word.")
    words = len(a)
    rho = None
    if words >= 3 and np.ptp(a) > 0 and np.ptp(b) > 0:
        rho = float(stats.spearmanr(a, b).statistic)
    bound = None
    if words >= 4:
        t = float(stats.t.ppf(1 - _CHANCE / 2, words - 2))
        bound = t / math.sqrt(words - 2 + t * t)
    return RankCorrelation(rho, words, bound)
