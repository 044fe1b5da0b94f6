"""A clip becomes timed words, and every word gets its vectors: the calls in the order they happen.

    media -> (face track while decoding) -> words -> times -> voice track -> word vectors -> pooled to words

Only the modalities asked for are measured; what cannot be measured is left unobserved and said in `warnings`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from extraction.errors import NoAudio, Silence, TranscriptError
from extraction.media import FRAMES_PER_SECOND, MAX_SECONDS, Reader
from extraction.placing import count, place
from extraction.pool import pool
from extraction.tools import Tools
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import read_transcript
from extraction.types import (
    MODALITIES,
    MODALITY_NAMES,
    Aligned,
    Frame,
    Modality,
    Stream,
    Track,
    Transcript,
    Waveform,
    Word,
)

Stage = Literal["media", "words", "times", "voice", "vectors"]
STAGES: dict[Stage, str] = {
    "media": "Reading pictures and sound, measuring the face",
    "words": "Recognising the words",
    "times": "Finding when each word was spoken",
    "voice": "Measuring the voice",
    "vectors": "Turning words into vectors",
}


@dataclass(frozen=True)
class StageReport:
    """How far one stage is: `fraction` in [0, 1], `found` so far in words, `seconds` spent; `done` once a stage."""

    stage: Stage
    fraction: float
    found: str
    seconds: float
    done: bool = False


Report = Callable[[StageReport], None]


def extract(
    clip: Path | str,
    transcript: Path | str | None = None,
    *,
    modalities: Collection[Modality] = MODALITIES,
    name: str | None = None,
    tools: Tools | None = None,
    max_seconds: float = MAX_SECONDS,
    frames_per_second: float = FRAMES_PER_SECOND,
    progress: Report | None = None,
) -> Aligned:
    """Read one clip.

    Args:
        clip: a media file.
        transcript: what is said in it, as a path to a file (see `transcripts.reading`) or as the text itself;
            recognised if None.
        modalities: which of T, A and V to measure; the words are found in any case.
        name: what the clip is called in the result; the file's stem if None.
        tools: models to use; made (and kept for the next call) if None.
        max_seconds: longer media is refused.
        frames_per_second: pictures measured a second; the shipped models read faces measured at the default.
        progress: called as each stage goes on.

    Returns:
        The words with a stream a modality asked for, and warnings about whatever could not be read.

    Raises:
        S2SError: with one sentence for the user, see `extraction.errors`.
    """
    path, tools = Path(clip), tools or _shared_tools()
    run = _Run(tools, progress or (lambda _: None))
    given = None if transcript is None else _given(transcript)
    with _opened(path, frames_per_second if "V" in modalities else None, max_seconds, given) as reader:
        tracks: dict[Modality, Track] = {}
        face = run.pictures(reader, "V" in modalities)
        if face is not None:
            tracks["V"] = face
    warnings = [*reader.warnings]
    if "V" in modalities:
        warnings += _about_pictures(reader, face)
    sound = reader.waveform
    said = run.words(path.name, reader, given)
    if "A" in modalities and sound is not None:
        tracks["A"] = run.voice(sound)
    streams = run.vectors(said.words, tracks, modalities)
    warnings += said.warnings
    return Aligned(name or path.stem, said.words, streams, reader.duration, tracks, tuple(dict.fromkeys(warnings)))


def transcribe(
    clip: Path | str,
    transcript: Path | str | None = None,
    *,
    tools: Tools | None = None,
    max_seconds: float = MAX_SECONDS,
    progress: Report | None = None,
) -> tuple[Transcript, float]:
    """The words of a clip with their times, found as `extract` does and nothing else measured, and its seconds.

    Raises:
        S2SError: with one sentence for the user, see `extraction.errors`.
    """
    path = Path(clip)
    run = _Run(tools or _shared_tools(), progress or (lambda _: None))
    given = None if transcript is None else _given(transcript)
    with _opened(path, None, max_seconds, given) as reader:
        run.pictures(reader, False)
    said = run.words(path.name, reader, given)
    warnings = dict.fromkeys((*reader.warnings, *said.warnings))
    return replace(said, warnings=tuple(warnings)), reader.duration


@contextmanager
def _opened(
    path: Path, frames_per_second: float | None, max_seconds: float, given: Transcript | None
) -> Iterator[Reader]:
    """The clip's reader. Raises NoAudio where there are no words to be had."""
    with Reader(path, frames_per_second, max_seconds) as reader:
        if not reader.has_audio and given is None:
            raise NoAudio(f"{path.name} has no audio track: give what is said in it as a transcript to read its words.")
        yield reader


class _Run:
    """One clip on its way through the stages, each timed and reported."""

    def __init__(self, tools: Tools, report: Report) -> None:
        self.tools = tools
        self.report = report

    def pictures(self, reader: Reader, wanted: bool) -> Track | None:
        """The one decoding pass: the face track, or None without pictures; the sound is in the reader after it."""
        with _Timed(self.report, "media") as stage:
            if not (reader.info.has_video and wanted):
                reader.finish()
                stage.found = _found_sound(reader)
                return None
            length = reader.info.duration or 60.0  # where the header does not say, the bar is a guess

            def timed() -> Iterator[Frame]:
                for frame in reader.frames():
                    stage.fraction = frame.time / length
                    yield frame

            def tell(_: float, found: str) -> None:
                stage.tell(stage.fraction, found)

            face = self.tools.face.describe(timed(), reader.period, tell, lambda: reader.waveform)
            stage.found = f"{len(face.times)} frames, {int(face.observed.sum())} with a face; {_found_sound(reader)}"
            return face

    def words(self, name: str, reader: Reader, given: Transcript | None) -> Transcript:
        """Words with times, and warnings about them."""
        sound = reader.waveform
        transcript = given or self._recognise(name, sound)
        with _Timed(self.report, "times") as stage:
            words, warnings = place(transcript, sound, reader.duration, self.tools, name)
            placed = sum(word.timed and not word.interpolated for word in words)
            stage.found = f"{placed} of {len(words)} words timed"
        return replace(transcript, words=words, warnings=(*transcript.warnings, *warnings))

    def _recognise(self, name: str, sound: Waveform | None) -> Transcript:
        with _Timed(self.report, "words") as stage:
            if sound is None or sound.silent:
                raise Silence(f"{name} is silent: give a clip in which somebody speaks, or a transcript of it.")
            transcript = self.tools.transcriber.transcribe(sound, stage.tell)
            by = f" by {transcript.recogniser}" if transcript.recogniser else ""
            stage.found = f"{count(len(transcript.words), 'word')}{by}"
            return transcript

    def voice(self, sound: Waveform) -> Track:
        """The audio track."""
        with _Timed(self.report, "voice") as stage:
            track = self.tools.audio.describe(sound)
            stage.found = f"{float(track.observed.sum()) * track.period:.1f} s of sound"
            if "voiced" in track.spec.names:
                voiced = track.values[track.observed, track.spec.names.index("voiced")]
                stage.found = f"{float((voiced > 0).sum()) * track.period:.1f} s of voice"
            return track

    def vectors(
        self, words: tuple[Word, ...], tracks: dict[Modality, Track], modalities: Collection[Modality]
    ) -> dict[Modality, Stream]:
        """A stream a modality asked for; one that has no track is wholly unobserved."""
        with _Timed(self.report, "vectors") as stage:
            streams: dict[Modality, Stream] = {}
            for modality in MODALITIES:
                if modality not in modalities:
                    continue
                if modality == "T":
                    streams["T"] = self.tools.embedder.embed([word.text for word in words])
                elif modality in tracks:
                    streams[modality] = pool(tracks[modality], words)
                else:
                    streams[modality] = _unobserved(self.tools, modality, len(words))
            parts = [f"{int(s.observed.sum())} {MODALITY_NAMES[m]}" for m, s in streams.items()]
            stage.found = f"of {count(len(words), 'word')}: {', '.join(parts)}"
            return streams


class _Timed:
    """Reports one stage: its progress while inside, what it found and how long it took at the end."""

    def __init__(self, report: Report, stage: Stage) -> None:
        self.report, self.stage = report, stage
        self.found, self.fraction = "", 0.0

    def __enter__(self) -> _Timed:
        self.started = time.perf_counter()
        self.tell(0.0, "")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._send(1.0, self.found, done=True)

    def tell(self, fraction: float, found: str) -> None:
        """Progress within the stage."""
        self._send(min(max(fraction, 0.0), 1.0), found)

    def _send(self, fraction: float, found: str, done: bool = False) -> None:
        self.report(StageReport(self.stage, fraction, found, time.perf_counter() - self.started, done))


@cache
def _shared_tools() -> Tools:
    return Tools()


def _given(transcript: Path | str) -> Transcript:
    """A transcript from a path, or from the text itself."""
    if isinstance(transcript, Path):
        return read_transcript(transcript)
    words = words_of(transcript)
    if not words:
        raise TranscriptError("The transcript has no words in it: write down what is said, or leave it empty.")
    return Transcript(words, source="given")


def _unobserved(tools: Tools, modality: Modality, words: int) -> Stream:
    spec = (tools.audio if modality == "A" else tools.face).spec
    return Stream(spec, np.full((words, spec.dim), np.nan, dtype=np.float32), np.zeros(words, dtype=bool))


def _about_pictures(reader: Reader, face: Track | None) -> list[str]:
    name = reader.info.path.name
    if face is None:
        return [f"{name} has no pictures: the face rows stay empty; text and voice are used."]
    if not face.observed.any():
        return [f"No face was seen in {name}: the face rows stay empty; text and voice are used."]
    return list(face.notes)


def _found_sound(reader: Reader) -> str:
    sound = reader.waveform
    return "no sound" if sound is None else f"{sound.duration:.1f} s of sound"
