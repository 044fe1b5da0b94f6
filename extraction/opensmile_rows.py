"""openSMILE's low-level descriptors on the one time grid of our audio tracks.

openSMILE stamps every window by its start, so its rows of 20 ms windows and of 60 ms windows (pitch and what follows
from it) are dated 20 ms apart from one another. Here row i holds what is centred on `0.01 * i + 0.01` s. The sound is
mirrored a little beyond both ends so that every frame is measured, the shortest clip being 20 ms; what openSMILE
smooths without end (RASTA filtering) begins with the mirrored sound.

openSMILE's licence is for research and private use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

import numpy as np

from extraction.audible import FRAME
from extraction.errors import InputError, S2SError
from extraction.mfcc import HOP
from extraction.types import SAMPLE_RATE, Bools, Floats, Waveform

if TYPE_CHECKING:
    from opensmile import Smile

_LEAD, _TAIL = 320, 640  # samples mirrored before and after, so that rows `i` and `i + _LAG` exist for every frame i
_LAG = _LEAD // HOP  # rows from a 60 ms window to the 20 ms window with the same centre


class OpenSmileRows:
    """One of openSMILE's sets of low-level descriptors.

    Args:
        name: of the set, as openSMILE's `FeatureSet` spells it.
        columns: the D names openSMILE must give its columns.
        long: (D,) measured over 60 ms windows rather than 20 ms ones.
        missing: from openSMILE's rows (R, D) to where they hold a mark rather than a measurement (R, D).

    Raises:
        S2SError: openSMILE is not installed whole, or is a version with other columns.
    """

    def __init__(
        self,
        name: Literal["eGeMAPSv02", "ComParE_2016"],
        columns: Sequence[str],
        long: Bools,
        missing: Callable[[Floats], Bools],
    ) -> None:
        try:
            from opensmile import FeatureLevel, FeatureSet, Smile
        except (ImportError, OSError) as error:
            raise S2SError(f"openSMILE could not be loaded ({error}): install opensmile again.") from error
        self._smile: Smile = Smile(FeatureSet[name], FeatureLevel.LowLevelDescriptors)
        if tuple(self._smile.feature_names) != tuple(columns):
            raise S2SError(f"This version of openSMILE has other {name} columns: install opensmile 2.6.")
        self.version = f"opensmile-{version('opensmile')}/{name}"
        self._long, self._missing = long, missing

    def measure(self, samples: Floats) -> Floats:
        """From a sound (N,) at 16 kHz to (F, D), NaN where nothing was measured; F as `frames_of` says."""
        frames = frames_of(samples)
        if frames == 0:
            return np.empty((0, len(self._long)), dtype=np.float32)
        mirrored = np.pad(samples, (_LEAD, _TAIL), mode="reflect")
        rows = self._smile.process_signal(mirrored, SAMPLE_RATE).to_numpy(dtype=np.float32)  # (>= F + _LAG, D)
        values = np.where(self._missing(rows), np.float32(np.nan), rows)
        return np.where(self._long, values[:frames], values[_LAG : frames + _LAG])


def samples_of(waveform: Waveform) -> Floats:
    """The samples (N,) as openSMILE may have them. Raises InputError if the sound is not at 16 kHz."""
    if waveform.rate != SAMPLE_RATE:
        raise InputError(f"The sound is at {waveform.rate} Hz: resample it to {SAMPLE_RATE} Hz first.")
    clipped: Floats = np.clip(waveform.samples, -1.0, 32767 / 32768)  # +1.0 would wrap around in openSMILE's 16 bits
    return clipped


def frames_of(samples: Floats) -> int:
    """F, how many 20 ms windows, 10 ms apart, lie whole in the sound."""
    return max(0, (len(samples) - FRAME) // HOP + 1)
