"""The samples of a sound of any length, read a slice at a time: what the methods of this package work on.

An array is one such thing. A recording is another (`Recorded`), whose samples may come from a file, and so are its
samples set right (`Adjusted`) and what linear prediction leaves of them (`Residual`): a long one is never held whole.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from extraction.glottal.linear_prediction import FRAME, HOP, residual
from extraction.protocols import Audible, Progress, silent
from extraction.types import Floats

_EDGE = -(-FRAME // HOP) * HOP  # samples on each side that a residual depends on
_READS = 9  # how often an analysis reads each sample, about


class Samples(Protocol):
    """Mono samples (N,) float32 at 16 kHz."""

    def __len__(self) -> int:
        """How many."""
        ...

    def __getitem__(self, part: slice, /) -> Floats:
        """Those of a part, whose step is 1."""
        ...


class Recorded:
    """A recording's samples.

    Args:
        sound: at 16 kHz.
        progress: told at every read, as a share of the reads of one analysis.
    """

    def __init__(self, sound: Audible, progress: Progress = silent) -> None:
        self._sound, self._progress = sound, progress
        self._length = round(sound.duration * sound.rate)
        self._read = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice, /) -> Floats:
        start, stop, _ = part.indices(self._length)
        samples = self._sound.between(start / self._sound.rate, max(start, stop) / self._sound.rate).samples
        self._read += len(samples)
        self._progress(min(self._read / max(_READS * self._length, 1), 1.0), "")
        return samples


class Adjusted:
    """Samples less `offset`, and then times `sign`."""

    def __init__(self, samples: Samples, offset: float = 0.0, sign: int = 1) -> None:
        self._samples, self._offset, self._sign = samples, np.float32(offset), np.float32(sign)

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, part: slice, /) -> Floats:
        return (self._samples[part] - self._offset) * self._sign


class Residual:
    """What linear prediction leaves of `samples`, as `linear_prediction.residual` gives it, worked out where read."""

    def __init__(self, samples: Samples, order: int) -> None:
        self._samples, self._order = samples, order

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, part: slice, /) -> Floats:
        start, stop, _ = part.indices(len(self))
        origin = max(0, start - _EDGE) // HOP * HOP
        return residual(self._samples[origin : stop + _EDGE], self._order)[start - origin : max(start, stop) - origin]
