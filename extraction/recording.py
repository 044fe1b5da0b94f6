"""The sound of a clip of any length: kept in memory while short, in a nameless temporary file beyond, read in parts.

A recording of two hours is half a gigabyte; whoever measures it reads a part at a time (`passages`).
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterator

import numpy as np

from extraction.errors import InputError
from extraction.protocols import Audible
from extraction.types import SAMPLE_RATE, SILENCE_PEAK, Floats, Waveform

LONGEST = 60.0  # seconds of a passage
_SHORTEST = 30.0  # seconds of a passage that another follows
_IN_MEMORY = int(LONGEST) * SAMPLE_RATE * 4  # bytes
_HUSH = 0.3  # seconds over which the quietest place is sought
_GRID = 0.01  # seconds; passages begin on it, so that frames measured in them lie on one grid


class Recording:
    """Mono float32 sound at 16 kHz that grows by `add` and is read by `between`, from any thread."""

    rate = SAMPLE_RATE

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed with the object)
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._length = 0
        self._peak = 0.0

    def add(self, samples: Floats) -> None:
        """Append `samples` (N,). Raises InputError where the temporary folder has no room."""
        try:
            with self._lock:
                self._file.seek(self._length * samples.itemsize)
                self._file.write(samples.tobytes())
        except OSError as error:
            raise InputError(
                f"The sound cannot be kept in {tempfile.gettempdir()} ({error.strerror}): "
                "free space there, or set TMPDIR to another folder."
            ) from error
        self._length += len(samples)
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))

    def __len__(self) -> int:
        """Samples."""
        return self._length

    @property
    def duration(self) -> float:
        """Seconds."""
        return self._length / self.rate

    @property
    def silent(self) -> bool:
        """Whether nothing in it could be heard: no sample above -60 dBFS."""
        return self._peak <= SILENCE_PEAK

    def between(self, start: float, end: float) -> Waveform:
        """The sound from `start` to `end` seconds, as far as there is any."""
        first, stop = (min(max(round(time * self.rate), 0), self._length) for time in (start, end))
        with self._lock:
            self._file.seek(first * 4)
            samples = np.frombuffer(self._file.read(max(stop - first, 0) * 4), dtype=np.float32)
        return Waveform(samples, self.rate)


def passages(sound: Audible, longest: float = LONGEST, shortest: float = _SHORTEST) -> Iterator[tuple[float, float]]:
    """Cut sound into parts of at most `longest` seconds, each but the last at least `shortest`, where it is quietest.

    Yields (start, end) in seconds, end to end over the whole sound; one part where that is no longer than `longest`.
    """
    start = 0.0
    while sound.duration - start > longest:
        latest = min(start + longest, sound.duration - _HUSH)
        end = _quietest(sound.between(start + shortest, latest), start + shortest)
        yield start, end
        start = end
    yield start, sound.duration


def in_one_passage(sound: Audible) -> bool:
    """Whether `sound` is short enough to be one passage."""
    return sound.duration <= LONGEST


def _quietest(waveform: Waveform, start: float) -> float:
    """The middle of the `_HUSH` seconds with the least energy, in seconds on the grid; the last where several are."""
    hop = round(_GRID * waveform.rate)
    frames = waveform.samples[: len(waveform.samples) // hop * hop].reshape(-1, hop)
    energy = np.square(frames, dtype=np.float64).sum(axis=1)
    width = round(_HUSH / _GRID)
    around = np.convolve(energy, np.ones(width), mode="valid")
    at = len(around) - 1 - int(np.argmin(around[::-1]))
    return round((start + (at + width // 2) * _GRID) / _GRID) * _GRID
