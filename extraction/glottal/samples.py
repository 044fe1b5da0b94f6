"""The samples of a sound of any length, read a slice at a time: what the methods of this package work on.

An array is one such thing. A recording is another (`Recorded`), whose samples may come from a file, and so are its
samples set right (`Adjusted`) and what linear prediction leaves of them (`Residual`): a long one is never held whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from extraction.glottal.linear_prediction import FRAME, HOP, residual
from extraction.protocols import Audible, Progress
from extraction.types import SAMPLE_RATE, Floats

BLOCK = 60 * SAMPLE_RATE  # samples read at once; a multiple of every hop

_EDGE = -(-FRAME // HOP) * HOP  # samples on each side that a residual depends on


class Samples(Protocol):
    """Mono samples (N,) float32 at 16 kHz."""

    def __len__(self) -> int:
        """How many."""
        ...

    def __getitem__(self, part: slice, /) -> Floats:
        """Those of a part, whose step is 1."""
        ...


def parts(samples: Samples) -> Iterator[tuple[int, Floats]]:
    """All samples, a block at a time, each with where it begins."""
    for start in range(0, len(samples), BLOCK):
        yield start, samples[start : start + BLOCK]


class Recorded:
    """A recording's samples."""

    def __init__(self, sound: Audible) -> None:
        self._sound, self._length = sound, round(sound.duration * sound.rate)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice, /) -> Floats:
        start, stop, _ = part.indices(self._length)
        return self._sound.between(start / self._sound.rate, max(start, stop) / self._sound.rate).samples


class Told:
    """The same samples, with how far their reading is told at every read; each is read `reads` times, about."""

    def __init__(self, samples: Samples, progress: Progress, reads: int) -> None:
        self._samples, self._progress = samples, progress
        self._read, self._all = 0, max(reads * len(samples), 1)

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, part: slice, /) -> Floats:
        samples = self._samples[part]
        self._read += len(samples)
        self._progress(min(self._read / self._all, 1.0), "")
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
