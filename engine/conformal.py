"""How far a score may be from the label: an interval that holds it for a given share of clips, without any assumption
on how errors are distributed.

Split-conformal prediction. Of n clips that a model did not learn from, the half-width is the
`ceil((n + 1) level)`-th smallest distance between score and label; score plus and minus it then holds the label of a
further clip with probability `level` or more, if that clip is drawn as those n were. A speaker or a topic unlike theirs
breaks that promise, and clips that chose when training stopped make it a little too narrow, so coverage is measured on
the test split. It is an average over clips: of one speaker more or fewer labels are held.

Sources: Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World; Lei, G'Sell, Rinaldo, Tibshirani and
Wasserman (2018), Journal of the American Statistical Association 113, algorithm 2.
Shape letter: n clips.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine import scale

LEVEL = 0.9  # share of clips whose label an interval is to hold
_ROUNDING = 1e-6  # by which a label may lie beyond an interval that ends at it


@dataclass(frozen=True)
class Interval:
    """What a model's intervals are like.

    Attributes:
        level: share of clips whose label they are to hold, in (0, 1).
        half_width: in label units.
        clips: how many it was calibrated on.
    """

    level: float
    half_width: float
    clips: int

    def around(self, score: float) -> tuple[float, float]:
        """The interval around a score, in label units, within [-3, 3]."""
        return scale.clip(score - self.half_width), scale.clip(score + self.half_width)


def calibrate(scores: ArrayLike, labels: ArrayLike, level: float = LEVEL) -> Interval | None:
    """The interval that n scores of a trained model and their labels give; None where n is too small for the level.

    Nine clips are the fewest that can say 90 %.
    """
    distances = np.sort(_distances(scores, labels))
    rank = math.ceil(round((len(distances) + 1) * level, 9))  # rounded: 10 * .9 is 9
    if rank > len(distances):
        return None
    return Interval(level, float(distances[rank - 1]), len(distances))


def coverage(scores: ArrayLike, labels: ArrayLike, interval: Interval) -> float:
    """The share of n labels that lie in the interval around their score."""
    return float((_distances(scores, labels) <= interval.half_width + _ROUNDING).mean())


def width(scores: ArrayLike, interval: Interval) -> float:
    """The mean width of the intervals around n scores, in label units, within [-3, 3]."""
    ends = np.array([interval.around(float(score)) for score in np.asarray(scores)])
    return float((ends[:, 1] - ends[:, 0]).mean())


def _distances(scores: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    return np.abs(np.asarray(scores, dtype=np.float64) - np.asarray(labels, dtype=np.float64))
