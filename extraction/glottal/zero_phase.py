"""Filters that shift nothing in time, applied to a long sound block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import ellip, ellipord, sosfiltfilt

from extraction.glottal.linear_prediction import Doubles
from extraction.glottal.samples import BLOCK, Samples
from extraction.types import SAMPLE_RATE

MARGIN = 2 * SAMPLE_RATE  # samples, a multiple of every hop, on each side of a block, in which the filters come to rest


def high_pass(stop: float, passed: float) -> Doubles:
    """Sections of an elliptic filter: 60 dB down below `stop` Hz, within 3 dB above `passed` Hz."""
    order, edge = ellipord(passed, stop, 3, 60, fs=SAMPLE_RATE)
    sections: Doubles = ellip(order, 3, 60, edge, "high", output="sos", fs=SAMPLE_RATE)
    return sections


def forth_and_back(sections: Doubles, samples: Doubles) -> Doubles:
    """`samples` (n,) through the filter in both directions; (n,)."""
    if len(samples) < 2:
        return np.zeros(len(samples))
    filtered: Doubles = sosfiltfilt(sections, samples, padlen=min(len(samples) - 1, 6 * len(sections) + 3))
    return filtered


def blocks(samples: Samples, block: int = BLOCK, margin: int = MARGIN) -> Iterator[tuple[int, int, int, Doubles]]:
    """The sound in pieces with their surroundings.

    Args:
        samples: (N,).
        block: samples in a piece.
        margin: samples of surroundings on each side, fewer at the ends of the sound.

    Yields:
        Where the piece begins and ends, where its surroundings begin, and the piece with its surroundings.
    """
    for start in range(0, len(samples), block):
        stop = min(start + block, len(samples))
        origin = max(0, start - margin)
        yield start, stop, origin, samples[origin : stop + margin].astype(np.float64)
