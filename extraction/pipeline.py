"""A clip becomes timed words, and every word gets its vectors: the calls in the order they happen.

    sound -> words -> times -> voice    (one line of work)     -> word vectors -> pooled to words
    pictures -> face track              (the other, beside it)

The sound is read first, which costs little, so that both lines can begin. Only the modalities asked for are measured;
what cannot be measured is left unobserved and said in `warnings`. No more than a passage of sound (`recording`) and a
few pictures are held at a time, whatever the clip's length.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from extraction.errors import NoAudio, Silence, TranscriptError
from extraction.hearing import recognise
from extraction.media import FRAMES_PER_SECOND, MAX_SECONDS, Reader, about, unreadable
from extraction.placing import count, place
from extraction.pool import pool
from extraction.recording import Recording, passages
from extraction.stages import STAGES, Report, Stage, StageReport, Timed, ahead, side_by_side
from extraction.tools import Tools
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import read_transcript
from extraction.types import MODALITIES, MODALITY_NAMES, Aligned, Frame, Modality, Stream, Track, Transcript
from extraction.utterances import Span, utterances
from extraction.voice_passages import Heard, VoiceOfWords, inner, joined, measured

__all__ = ["STAGES", "Report", "Stage", "StageReport", "extract", "transcribe"]


def extract(
    clip: Path | str,
    transcript: Transcript | Path | str | None = None,
    *,
    modalities: Collection[Modality] = MODALITIES,
    name: str | None = None,
    tools: Tools | None = None,
    max_seconds: float = MAX_SECONDS,
    frames_per_second: float = FRAMES_PER_SECOND,
    keep_tracks: bool = True,
    at_once: bool = True,
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
        keep_tracks: whether the result holds the tracks, which grow with the clip's length.
        at_once: whether words and voice go on beside the face; else they take turns, for a process that has one core.
        progress: called as each stage goes on, in the caller's thread.

    Returns:
        The words with a stream a modality asked for, and warnings about whatever could not be read.

    Raises:
        S2SError: with one sentence for the user, see `extraction.errors`.
    """
    path = Path(clip)
    with _Clip(path, _given(transcript), tools or _shared_tools(), max_seconds, progress or (lambda _: None)) as run:
        run.listen()
        run.work(modalities, frames_per_second, keep_tracks, at_once)
        run.require_something()
        streams = run.vectors(modalities)
        tracks = {m: run.tracks[m] for m in MODALITIES if m in run.tracks} if keep_tracks else {}
        warnings = tuple(dict.fromkeys(run.warnings("V" in modalities)))
        return Aligned(name or path.stem, run.said.words, streams, run.duration, tracks, warnings, run.spans)


def transcribe(
    clip: Path | str,
    transcript: Transcript | Path | str | None = None,
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
    with _Clip(path, _given(transcript), tools or _shared_tools(), max_seconds, progress or (lambda _: None)) as run:
        run.listen()
        run.work((), FRAMES_PER_SECOND, False, False)
        run.require_something()
        return replace(run.said, warnings=tuple(dict.fromkeys(run.warnings(False)))), run.duration


class _Clip:
    """One clip on its way through the stages, each timed and reported.

    Attributes:
        said: the words, with their times once they are found.
        tracks: measured so far.
    """

    said: Transcript

    def __init__(self, path: Path, given: Transcript | None, tools: Tools, max_seconds: float, report: Report) -> None:
        self.path, self.given, self.tools, self.report = path, given, tools, report
        self.max_seconds = max_seconds
        self.tracks: dict[Modality, Track] = {}
        self.streams: dict[Modality, Stream] = {}
        self.sound: Recording | None = None
        self._readers: list[Reader] = []
        self._open = ExitStack()

    def __enter__(self) -> _Clip:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def listen(self) -> None:
        """Read the sound. Raises NoAudio where there are no words to be had."""
        with Timed(self.report, "sound") as stage:
            reader = self._reader(None)
            self.info = reader.info
            if self.info.has_audio:
                self._readers.append(reader)
                self.sound = reader.finish().recording
            elif self.given is None:
                raise NoAudio(
                    f"{self.path.name} has no audio track: give what is said in it as a transcript to read its words."
                )
            stage.found = _found_sound(self.sound)

    def work(
        self, modalities: Collection[Modality], frames_per_second: float, keep_tracks: bool, at_once: bool
    ) -> None:
        """Words and voice beside the face; the voice of a short clip goes after the face, which is done sooner."""
        voice = self.sound if "A" in modalities else None
        early = voice is not None and next(passages(voice))[1] == voice.duration

        def speech(report: Report) -> None:
            self.find_words(report)
            if voice is not None and not early:
                self.voice(report, voice, keep_tracks)

        def pictures(report: Report) -> None:
            if "V" in modalities and self.info.has_video:
                self.face(report, frames_per_second, at_once)
            elif not self.info.has_audio:
                self._readers.append(self._reader(frames_per_second, sound=False).finish())  # for the clip's length
            if voice is not None and early:
                self.voice(report, voice, True)

        if self.sound is not None and at_once:
            side_by_side(self.report, speech, pictures)
        elif self.sound is not None:
            speech(self.report)
            pictures(self.report)
        else:
            pictures(self.report)
            self.require_something()
            speech(self.report)

    def require_something(self) -> None:
        """Raises DamagedMedia or NotMedia where neither sound nor picture could be decoded."""
        if not any(reader.duration > 0.0 for reader in self._readers):
            raise unreadable(self.path)

    @property
    def duration(self) -> float:
        """Seconds of what was read."""
        return max(reader.duration for reader in self._readers)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The utterances."""
        return utterances(self.said.words, self.duration)

    def face(self, report: Report, frames_per_second: float, at_once: bool) -> None:
        """The pictures and the face track."""
        with Timed(report, "face") as stage:
            reader = self._reader(frames_per_second, sound=False, threads=0 if at_once else 1)
            length = self.info.duration or (self.sound.duration if self.sound else 60.0)  # 60: the bar is a guess

            def timed() -> Generator[Frame, None, None]:
                for frame in reader.frames():
                    stage.fraction = frame.time / length
                    yield frame

            def tell(_: float, found: str) -> None:
                stage.tell(stage.fraction, found)

            with closing(
                ahead(timed()) if at_once else timed()
            ) as frames:  # no decoding goes on once the file is closed
                track = self.tools.face.describe(frames, reader.period, tell, lambda: self.sound)
            self._readers.append(reader)
            stage.found = f"{len(track.times)} frames, {int(track.observed.sum())} with a face"
            self.tracks["V"] = track

    def find_words(self, report: Report) -> None:
        """Words with times, and warnings about them."""
        transcript = self.given or self._recognise(report)
        length = self.info.duration or 0.0
        length = max(length, self.sound.duration) if self.sound is not None else self.duration
        with Timed(report, "times") as stage:
            words, warnings = place(transcript, self.sound, length, self.tools, self.path.name)
            placed = sum(word.timed and not word.interpolated for word in words)
            stage.found = f"{placed} of {len(words)} words timed"
        self.said = replace(transcript, words=words, warnings=(*transcript.warnings, *warnings))

    def _recognise(self, report: Report) -> Transcript:
        with Timed(report, "words") as stage:
            if self.sound is None or self.sound.silent:
                raise Silence(
                    f"{self.path.name} is silent: give a clip in which somebody speaks, or a transcript of it."
                )
            transcript = recognise(self.tools.transcriber, self.sound, stage.tell)
            by = f" by {transcript.recogniser}" if transcript.recogniser else ""
            stage.found = f"{count(len(transcript.words), 'word')}{by}"
            return transcript

    def voice(self, report: Report, sound: Recording, keep: bool) -> None:
        """The voice: a short clip's track; of a long one the words' vectors and, if it is kept, the track."""
        with Timed(report, "voice") as stage:
            whole = next(passages(sound))[1] == sound.duration
            words = () if whole else self.said.words
            pooled = VoiceOfWords(self.tools.audio.spec, words)
            tracks: list[Track] = []
            heard = Heard()
            for passage in measured(self.tools.audio, sound, words):
                track = inner(passage)
                heard.add(track)
                stage.tell(passage.end / sound.duration, str(heard))
                pooled.add(passage, last=passage.end == sound.duration)
                tracks += [track] if keep else []
            if keep:
                self.tracks["A"] = joined(tracks)
            if not whole:
                self.streams["A"] = pooled.stream()
            stage.found = str(heard)

    def vectors(self, modalities: Collection[Modality]) -> dict[Modality, Stream]:
        """A stream a modality asked for; one that has no track is wholly unobserved."""
        words = self.said.words
        with Timed(self.report, "vectors") as stage:
            streams: dict[Modality, Stream] = {}
            for modality in MODALITIES:
                if modality not in modalities:
                    continue
                if modality == "T":
                    streams["T"] = self._text()
                elif modality in self.streams:
                    streams[modality] = self.streams[modality]
                elif modality in self.tracks:
                    streams[modality] = pool(self.tracks[modality], words)
                else:
                    streams[modality] = _unobserved(self.tools, modality, len(words))
            parts = [f"{int(s.observed.sum())} {MODALITY_NAMES[m]}" for m, s in streams.items()]
            stage.found = f"of {count(len(words), 'word')}: {', '.join(parts)}"
            return streams

    def _text(self) -> Stream:
        """The words' vectors, each read in the context of its own utterance."""
        texts = [word.text for word in self.said.words]
        spans = self.spans or ((0, len(texts)),)
        parts = [self.tools.embedder.embed(texts[first:stop]) for first, stop in spans]
        values, observed = (np.concatenate(rows) for rows in zip(*((p.values, p.observed) for p in parts), strict=True))
        return Stream(parts[0].spec, values, observed)

    def warnings(self, pictures: bool) -> Iterator[str]:
        """What could not be read, seen or heard, in this order; repeated ones too."""
        yield from about(*self._readers)
        if pictures:
            yield from self._about_pictures()
        yield from self.said.warnings

    def _about_pictures(self) -> Iterator[str]:
        track = self.tracks.get("V")
        if track is None:
            yield f"{self.path.name} has no pictures: the face rows stay empty; text and voice are used."
        elif not track.observed.any():
            yield f"No face was seen in {self.path.name}: the face rows stay empty; text and voice are used."
        else:
            yield from track.notes

    def _reader(self, frames_per_second: float | None, *, sound: bool = True, threads: int = 0) -> Reader:
        reader = Reader(self.path, frames_per_second, self.max_seconds, sound=sound, threads=threads)
        return self._open.enter_context(reader)


@cache
def _shared_tools() -> Tools:
    return Tools()


def _given(transcript: Transcript | Path | str | None) -> Transcript | None:
    """A transcript as it is, from a path, or from the text itself."""
    if transcript is None or isinstance(transcript, Transcript):
        return transcript
    if isinstance(transcript, Path):
        return read_transcript(transcript)
    words = words_of(transcript)
    if not words:
        raise TranscriptError("The transcript has no words in it: write down what is said, or leave it empty.")
    return Transcript(words, source="given")


def _unobserved(tools: Tools, modality: Modality, words: int) -> Stream:
    spec = (tools.audio if modality == "A" else tools.face).spec
    return Stream(spec, np.full((words, spec.dim), np.nan, dtype=np.float32), np.zeros(words, dtype=bool))


def _found_sound(sound: Recording | None) -> str:
    return "no sound" if sound is None else f"{sound.duration:.1f} s of sound"
