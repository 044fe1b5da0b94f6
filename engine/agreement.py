"""How far several models agree on the words of one clip. Shape letters: V variants, W words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine.predict import Prediction
from extraction.errors import DataError


@dataclass(frozen=True)
class Disagreement:
    """A word, by its number; the spread of its sentiment over variants; and who reads it lowest and highest."""

    word: int
    spread: float
    lowest: str
    low: float
    highest: str
    high: float


@dataclass(frozen=True, eq=False)
class Agreement:
    """Several variants on the same words.

    Attributes:
        variants: V names.
        sentiment: (V, W), in label units.
        scores: (V,), of the clip.
        correlation: (V, V), Pearson's r of the variants' word sentiments; NaN where one of the two is constant.
        same_sign: (V, V), share of words whose sentiments lie on the same side of 0.
        spread: (W,), standard deviation over variants (n - 1).
    """

    variants: tuple[str, ...]
    sentiment: NDArray[np.float64]
    scores: NDArray[np.float64]
    correlation: NDArray[np.float64]
    same_sign: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def score_spread(self) -> float:
        """Standard deviation of the clip's scores over variants (n - 1)."""
        return float(self.scores.std(ddof=1))

    @property
    def pairs(self) -> tuple[tuple[str, str, float, float], ...]:
        """Each pair of variants with its correlation (NaN where undefined) and its share of equal signs."""
        return tuple(
            (self.variants[i], self.variants[j], float(self.correlation[i, j]), float(self.same_sign[i, j]))
            for i, j in combinations(range(len(self.variants)), 2)
        )

    def disagreements(self, most: int) -> tuple[Disagreement, ...]:
        """The words the variants read most differently, at most so many, widest spread first."""
        found = []
        for word in np.argsort(-self.spread, kind="stable")[:most].tolist():
            column = self.sentiment[:, word]
            low, high = int(column.argmin()), int(column.argmax())
            lowest, highest = self.variants[low], self.variants[high]
            found.append(
                Disagreement(word, float(self.spread[word]), lowest, float(column[low]), highest, float(column[high]))
            )
        return tuple(found)


def agreement(predictions: Sequence[Prediction]) -> Agreement:
    """What several predictions of one clip have in common. Raises DataError for fewer than two, or of other words."""
    if len(predictions) < 2:
        raise DataError("Agreement needs two variants or more: choose another one as well.")
    if len({prediction.words for prediction in predictions}) > 1:
        raise DataError("The predictions are of different words: compare variants on one clip.")
    sentiment = np.array([prediction.sentiment for prediction in predictions], dtype=np.float64)
    signs = np.sign(sentiment)
    varies = np.ptp(sentiment, axis=1) > 0
    correlation = np.full((len(sentiment), len(sentiment)), np.nan)
    if varies.any():
        correlation[np.ix_(varies, varies)] = np.corrcoef(sentiment[varies])
    return Agreement(
        variants=tuple(prediction.variant for prediction in predictions),
        sentiment=sentiment,
        scores=np.array([prediction.score for prediction in predictions]),
        correlation=correlation,
        same_sign=(signs[:, None] == signs[None]).mean(axis=2),
        spread=sentiment.std(axis=0, ddof=1),
    )
