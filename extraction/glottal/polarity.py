"""Which way up a voice was recorded.

At closure the flow through the glottis breaks off: its derivative has a sharp negative peak where the residual of
linear prediction has a positive one. The skewness of the residual, less that of a rough source (the sound itself
through the predictors of its high-passed version), is positive when the sound is the right way up.

Source: Drugman (2013), Residual excitation skewness for automatic speech polarity detection, IEEE SPL 20(4).
"""

from __future__ import annotations

import numpy as np

from extraction.glottal.linear_prediction import Doubles, residual
from extraction.glottal.samples import Samples
from extraction.glottal.zero_phase import blocks, forth_and_back, high_pass

_ORDER = 24  # of the prediction


def polarity(samples: Samples) -> int:
    """1, or -1 if the sound (N,) is upside down; 1 where it cannot be told. A sign has no unit.

    Source: Drugman (2013), IEEE SPL 20(4).
    """
    sharp, rough = _moments(samples)
    return 1 if _skewness(sharp) >= _skewness(rough) else -1


def _moments(samples: Samples) -> tuple[Doubles, Doubles]:
    """Means of the values, their squares and cubes (3,): of the residual of the sound (N,), and of its rough source.

    In the unit of the sound and its powers. Source: Drugman (2013), IEEE SPL 20(4).
    """
    sections = high_pass(430, 500)
    sums = np.zeros((2, 3))
    for start, stop, origin, piece in blocks(samples):
        for row, analysed in enumerate((piece, forth_and_back(sections, piece))):
            left = residual(piece, _ORDER, analysed)[start - origin : stop - origin].astype(np.float64)
            sums[row] += left.sum(), (left**2).sum(), (left**3).sum()
    sharp, rough = sums / max(len(samples), 1)
    return sharp, rough


def _skewness(moments: Doubles) -> float:
    """Third standardised moment, 0 where there is no spread."""
    mean, square, cube = moments
    variance = square - mean**2
    return float((cube - 3 * mean * variance - mean**3) / variance**1.5) if variance > 0 else 0.0
