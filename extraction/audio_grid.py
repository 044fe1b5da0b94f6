"""The time grid all audio tracks share, and what a row needs to count as observed.

Row i is centred on `0.01 * i + 0.01` s and stands for the 20 ms around it; there is one for each 20 ms that lie whole
in the sound. A row whose 20 ms are below -80 dBFS, their mean taken off, is not observed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extraction.errors import InputError
from extraction.glottal.samples import Recorded, Samples
from extraction.mfcc import HOP
from extraction.protocols import Audible
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Floats, Track, Waveform

FRAME = 320  # samples, 20 ms
PERIOD = HOP / SAMPLE_RATE  # seconds
SILENCE_DBFS = -80.0

_BLOCK = 4096  # frames measured at once, so that an hour of sound takes little memory


def samples_of(waveform: Waveform) -> Floats:
    """The samples (N,). Raises InputError if the sound is not at 16 kHz."""
    _check_rate(waveform)
    return waveform.samples


def samples_over(sound: Audible) -> Samples:
    """The samples of a sound of any length. Raises InputError if it is not at 16 kHz."""
    _check_rate(sound)
    return sound.samples if isinstance(sound, Waveform) else Recorded(sound)


def _check_rate(sound: Audible) -> None:
    if sound.rate != SAMPLE_RATE:
        raise InputError(f"The sound is at {sound.rate} Hz: resample it to {SAMPLE_RATE} Hz first.")


def centres_of(samples: Floats) -> NDArray[np.intp]:
    """The samples (F,) the rows of a sound (N,) are centred on."""
    return np.arange(max(0, (len(samples) - FRAME) // HOP + 1)) * HOP + FRAME // 2


def on_grid(spec: FeatureSpec, samples: Floats, *columns: NDArray[np.generic]) -> Track:
    """The track of a sound (N,) whose columns, (F,) or (F, d) each, stand side by side in the order of `spec`."""
    centres = centres_of(samples)
    values = np.column_stack(columns).astype(np.float32)
    observed = audible(samples, len(centres))
    values[~observed] = np.nan
    return Track(spec, centres / SAMPLE_RATE, values, observed, PERIOD)


def audible(samples: Floats, frames: int) -> Bools:
    """Whether each of the first F rows of a sound (N,) is loud enough: (F,)."""
    if frames == 0:
        return np.empty(0, dtype=bool)
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP][:frames]
    loud = np.empty(frames, dtype=bool)
    for first in range(0, frames, _BLOCK):
        levels = windows[first : first + _BLOCK].std(axis=1, dtype=np.float64)
        loud[first : first + _BLOCK] = levels > 10 ** (SILENCE_DBFS / 20)
    return loud
