"""The five seams of extraction: what a tool must do to take part, whatever the library behind it.

Each seam has one real tool by default (`speech_whisper`, `align_pocketsphinx`, `audio_opensmile`, `face_mediapipe`,
`words_sbert`) and a small deterministic fake in `fakes`, held to the same contract test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

from extraction.types import FeatureSpec, Frame, Stream, Track, Transcript, Waveform, Word

Progress = Callable[[float, str], None]
"""`progress(fraction in [0, 1], what was found so far)`; called from the thread that works."""


def silent(fraction: float, found: str) -> None:
    """A `Progress` that tells nobody."""


class Audible(Protocol):
    """Mono sound that can be read in parts: a `Waveform`, or a `Recording` that is too long to be held."""

    @property
    def rate(self) -> int:
        """Samples a second."""
        ...

    @property
    def duration(self) -> float:
        """Seconds."""
        ...

    @property
    def silent(self) -> bool:
        """Whether nothing in it could be heard."""
        ...

    def between(self, start: float, end: float) -> Waveform:
        """The sound from `start` to `end` seconds, as far as there is any."""
        ...


Sound = Callable[[], Audible | None]
"""The sound beside the pictures, or None; asked for only after the last picture, when it has been read whole."""


def unheard() -> Audible | None:
    """A `Sound` where there is none to hand."""
    return None


class Transcriber(Protocol):
    """Speech to words."""

    def transcribe(self, waveform: Waveform, progress: Progress = silent) -> Transcript:
        """Words in spoken order with rough times. Raises Silence or NoSpeech when there are none."""
        ...


class Aligner(Protocol):
    """Words to the times at which they were spoken."""

    def align(self, sound: Audible, words: Sequence[Word]) -> tuple[Word, ...]:
        """The same words with measured times, in order and never overlapping, and how well they fit.

        Words that are not said have `fit` 0; they keep rough times they had, with `interpolated=True`, or have none.
        Any other word that could not be placed between placed neighbours is interpolated and flagged. Where the sound
        holds no words at all, the words come back with the times they had.
        """
        ...

    def align_part(self, waveform: Waveform, words: Sequence[Word], *, last: bool) -> tuple[tuple[Word, ...], float]:
        """The first of the words, as many as are surely said in this part of a recording, and where the rest begins.

        For `long_alignment`, which gives `words` more than the part may hold. If `last`, no sound follows and all
        words come back. Times are seconds of the part; a word without a measured one has none, and `fit` 0 if it is
        not said.
        """
        ...


@runtime_checkable
class JudgingAligner(Aligner, Protocol):
    """An Aligner that can also tell whether words are said where they are given."""

    def judge(self, sound: Audible, words: Sequence[Word]) -> tuple[Word, ...]:
        """The same words with the same times; `fit` is 0 for those not said there, None where it is not told."""
        ...


class AudioDescriptor(Protocol):
    """Sound to one row of numbers a frame."""

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the columns; modality A."""
        ...

    def describe(self, waveform: Waveform) -> Track:
        """Frames over the whole waveform; a frame without sound is not observed."""
        ...


@runtime_checkable
class WholeSoundDescriptor(AudioDescriptor, Protocol):
    """An AudioDescriptor that takes some of what it goes by, such as the range of the pitch, from the whole sound."""

    def over(self, sound: Audible, progress: Progress = silent) -> Callable[[float, float], Track]:
        """What describes any part of `sound`, from one time to another, as `describe` would the whole.

        Args:
            sound: of any length.
            progress: told how far the whole is gone through, which happens before this returns.

        Returns:
            A function of two times in seconds, multiples of 10 ms or the sound's end; its track's times count from the
            first of them.
        """
        ...


class FacialDescriptor(Protocol):
    """Pictures to one row of numbers a frame."""

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the columns; modality V."""
        ...

    def describe(
        self, frames: Iterable[Frame], period: float, progress: Progress = silent, sound: Sound = unheard
    ) -> Track:
        """One row a frame, frames in rising time order, `period` seconds apart; a frame without a face is not
        observed. The frames are consumed as they come and never held together.

        Where several faces are seen, `sound` may tell whose to describe; the track's notes say which that was.
        """
        ...


class WordEmbedder(Protocol):
    """Words to vectors."""

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the columns; modality T."""
        ...

    def embed(self, words: Sequence[str]) -> Stream:
        """One vector a word, read in the context of the whole sequence; every word is observed."""
        ...
