"""The voice of a recording of any length, measured a passage at a time and pooled to the words of that passage.

Each passage is measured with a margin on either side, so that what a descriptor smooths over is there at its borders;
what a descriptor goes by in the whole sound, such as the range of the pitch, it takes from there first
(`protocols.WholeSoundDescriptor`). A recording of one passage is measured whole, exactly as its descriptor would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from extraction.native_memory import give_back
from extraction.pool import pool
from extraction.protocols import Audible, AudioDescriptor, Progress, WholeSoundDescriptor, silent
from extraction.recording import passages
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Stream, Track, Word

_MARGIN = 2.0  # seconds
_CRACK = 1e-6  # seconds, rounding of frame times


@dataclass(frozen=True)
class Passage:
    """Part `[start, end)` of a recording, in seconds, with the voice measured there and around it."""

    start: float
    end: float
    track: Track


def measured(
    audio: AudioDescriptor, sound: Audible, words: Sequence[Word] = (), progress: Progress = silent
) -> Iterator[Passage]:
    """The passages of `sound` one after another; a track reaches beyond the last of `words` that begins in it.

    `progress` is told how far a descriptor that goes through the whole sound first has come.
    """
    describe = audio.over(sound, progress) if isinstance(audio, WholeSoundDescriptor) else _in_parts(audio, sound)
    for start, end in passages(sound):
        first = max(start - _MARGIN, 0.0)
        ends = [word.end for word in words if word.end is not None and start <= (word.start or 0.0) < end]
        last = max([end, *ends]) + _MARGIN if end < sound.duration else end
        track = describe(first, last)
        yield Passage(start, end, replace(track, times=_on_samples(track.times + first)))
        if end < sound.duration:
            give_back()


def _in_parts(audio: AudioDescriptor, sound: Audible) -> Callable[[float, float], Track]:
    """Describes each part by itself."""
    return lambda start, end: audio.describe(sound.between(start, end))


def inner(passage: Passage) -> Track:
    """The track of a passage without its margins."""
    times = passage.track.times
    return _rows(passage.track, (times >= passage.start - _CRACK) & (times < passage.end - _CRACK))


def joined(tracks: Sequence[Track]) -> Track:
    """Tracks of one set, end to end."""
    return replace(
        tracks[0],
        times=np.concatenate([track.times for track in tracks]),
        values=np.concatenate([track.values for track in tracks]),
        observed=np.concatenate([track.observed for track in tracks]),
        notes=tuple(dict.fromkeys(note for track in tracks for note in track.notes)),
    )


class VoiceOfWords:
    """Gathers a stream (W, D) from passages as they come."""

    def __init__(self, spec: FeatureSpec, words: Sequence[Word]) -> None:
        self._words = words
        self._values = np.full((len(words), spec.dim), np.nan, dtype=np.float32)
        self._observed = np.zeros(len(words), dtype=bool)
        self._spec = spec

    def add(self, passage: Passage, last: bool) -> None:
        """Pool the words that begin in `passage`; those beyond the sound's end belong to the last."""
        until = np.inf if last else passage.end
        here = [i for i, w in enumerate(self._words) if w.start is not None and passage.start <= w.start < until]
        stream = pool(passage.track, [self._words[i] for i in here])
        self._values[here], self._observed[here] = stream.values, stream.observed

    def stream(self) -> Stream:
        """What was gathered."""
        return Stream(self._spec, self._values, self._observed)


class Heard:
    """How much sound or, where the set tells, how much voice was measured."""

    def __init__(self) -> None:
        self._seconds, self._what = 0.0, "sound"

    def add(self, track: Track) -> None:
        """Count one track more."""
        heard = track.observed
        if "voiced" in track.spec.names:
            self._what = "voice"
            heard = heard & (track.values[:, track.spec.names.index("voiced")] > 0)
        self._seconds += float(heard.sum()) * track.period

    def __str__(self) -> str:
        return f"{self._seconds:.1f} s of {self._what}"


def _on_samples(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds at the sample they mean, however they were added up: a word may begin at that very time."""
    exact: NDArray[np.float64] = np.rint(times * SAMPLE_RATE) / SAMPLE_RATE
    return exact


def _rows(track: Track, kept: Bools) -> Track:
    return replace(track, times=track.times[kept], values=track.values[kept], observed=track.observed[kept])
