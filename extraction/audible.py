"""Whether there is anything to hear in a frame of sound."""

from __future__ import annotations

import numpy as np

from extraction.mfcc import HOP
from extraction.types import Bools, Floats

FRAME = 320  # samples, 20 ms: the span whose level decides whether a frame is observed
SILENCE_DBFS = -80.0

_BLOCK = 4096  # frames measured at once, so that an hour of sound takes little memory


def audible(samples: Floats, frames: int) -> Bools:
    """Whether the 20 ms of each frame are louder than the threshold, any constant offset aside.

    Args:
        samples: (N,) at 16 kHz.
        frames: F; frame f covers samples `[160 f, 160 f + 320)`, and all lie whole in the sound.

    Returns:
        (F,).
    """
    if frames == 0:
        return np.empty(0, dtype=bool)
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP][:frames]
    loud = np.empty(frames, dtype=bool)
    for first in range(0, frames, _BLOCK):
        levels = windows[first : first + _BLOCK].std(axis=1, dtype=np.float64)
        loud[first : first + _BLOCK] = levels > 10 ** (SILENCE_DBFS / 20)
    return loud
