"""One clip on its way through the stages: what `pipeline` calls, in the order it calls it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from extraction.counting import count
from extraction.errors import NoAudio, Silence
from extraction.hearing import recognise
from extraction.languages import checked
from extraction.media import Reader, about, unreadable
from extraction.native_memory import give_back, settle
from extraction.placing import place
from extraction.pool import pool
from extraction.recording import Recording, in_one_passage
from extraction.stages import Report, Timed, ahead, side_by_side
from extraction.tools import Tools
from extraction.types import MODALITIES, MODALITY_NAMES, Frame, Modality, Stream, Track, Transcript
from extraction.utterances import Span, utterances
from extraction.voice_passages import Heard, VoiceOfWords, inner, joined, measured

_TRIM = 600  # pictures after which memory is given back
_GONE_THROUGH = 0.8  # of the time a voice takes, where its descriptor goes through the whole sound before its parts
_LONG = 1200.0  # seconds of a clip whose words' vectors are made without the other tools in memory; loading takes 1


class Clip:
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

    def __enter__(self) -> Clip:
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
                reader.close()  # FFmpeg's index of an open file takes 11 MB for 40 minutes
            elif self.given is None:
                raise NoAudio(
                    f"{self.path.name} has no audio track: give what is said in it as a transcript to read its words."
                )
            stage.found = _found_sound(self.sound)
        if self.sound is not None and not in_one_passage(self.sound):
            settle()

    def work(
        self, modalities: Collection[Modality], frames_per_second: float, *, keep_tracks: bool, at_once: bool
    ) -> None:
        """Words beside the face; the voice of a short clip is measured by whichever of the two lines is done first.

        Raises whatever a stage raises, and DamagedMedia or NotMedia where nothing could be decoded.
        """
        voice = self.sound if "A" in modalities else None
        early = voice is not None and in_one_passage(voice)
        unmeasured = threading.Lock()

        def whole_voice(report: Report) -> None:
            if voice is not None and early and unmeasured.acquire(blocking=False):
                self.voice(report, voice, True)

        def speech(report: Report) -> None:
            self.find_words(report)
            whole_voice(report)
            if voice is not None and not early:
                self.voice(report, voice, keep_tracks)

        def pictures(report: Report) -> None:
            if "V" in modalities and self.info.has_video:
                self.face(report, frames_per_second, at_once)
            elif not self.info.has_audio:
                self._readers.append(self._reader(frames_per_second, sound=False).finish())  # for the clip's length
            whole_voice(report)

        if self.sound is None:
            pictures(self.report)
            self._require_something()
            speech(self.report)
        elif at_once:
            side_by_side(self.report, speech, pictures)
        else:
            speech(self.report)
            pictures(self.report)

    def _require_something(self) -> None:
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
                for number, frame in enumerate(reader.frames(), start=1):
                    stage.fraction = frame.time / length
                    yield frame
                    if number % _TRIM == 0:
                        give_back()

            def tell(_: float, found: str) -> None:
                stage.tell(stage.fraction, found)

            pictures = ahead(timed()) if at_once else timed()
            with closing(pictures) as frames:  # while the file is open: decoding from a closed one crashes
                track = self.tools.face.describe(frames, reader.period, tell, lambda: self.sound)
            reader.close()
            self._readers.append(reader)
            stage.found = f"{len(track.times)} frames, {int(track.observed.sum())} with a face"
            self.tracks["V"] = track

    def find_words(self, report: Report) -> None:
        """Words with times, and warnings about them."""
        transcript = checked(self.given) if self.given else self._recognise(report)
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
            whole = in_one_passage(sound)
            words = () if whole else self.said.words
            pooled = VoiceOfWords(self.tools.audio.spec, words)
            tracks: list[Track] = []
            heard = Heard()

            def tell(fraction: float, _: str) -> None:
                stage.fraction = _GONE_THROUGH * fraction
                stage.tell(stage.fraction, str(heard))

            for passage in measured(self.tools.audio, sound, words, tell):
                track = inner(passage)
                heard.add(track)
                left = 1.0 - stage.fraction
                stage.tell(stage.fraction + left * passage.end / sound.duration, str(heard))
                pooled.add(passage, last=passage.end == sound.duration)
                tracks += [track] if keep else []
            if keep:
                self.tracks["A"] = joined(tracks)
            if not whole:
                self.streams["A"] = pooled.stream()
            stage.found = str(heard)

    def vectors(self, modalities: Collection[Modality], *, keep_tracks: bool) -> dict[Modality, Stream]:
        """A stream a modality asked for; one that has no track is wholly unobserved.

        The words' own vectors are the largest, and made when tracks that are not kept are gone.
        """
        with Timed(self.report, "vectors") as stage:
            asked = [m for m in MODALITIES if m in modalities]
            found: dict[Modality, Stream] = {m: self._measured(m) for m in asked if m != "T"}
            if not keep_tracks:
                self.tracks.clear()
            if self.duration > _LONG:
                self.tools.let_go()
            give_back()  # before the word embedder's library, the largest, is loaded
            streams = {m: self._text() if m == "T" else found[m] for m in asked}
            parts = [f"{int(s.observed.sum())} {MODALITY_NAMES[m]}" for m, s in streams.items()]
            stage.found = f"of {count(len(self.said.words), 'word')}: {', '.join(parts)}"
            return streams

    def _measured(self, modality: Modality) -> Stream:
        """The voice or the face of each word."""
        if modality in self.streams:
            return self.streams[modality]
        if modality in self.tracks:
            return pool(self.tracks[modality], self.said.words)
        return _unobserved(self.tools, modality, len(self.said.words))

    def _text(self) -> Stream:
        """The words' vectors, each read in the context of its own utterance."""
        texts = [word.text for word in self.said.words]
        embedder = self.tools.embedder
        values = np.full((len(texts), embedder.spec.dim), np.nan, dtype=np.float32)
        observed = np.zeros(len(texts), dtype=bool)
        for first, stop in self.spans or ((0, len(texts)),):
            part = embedder.embed(texts[first:stop])
            values[first:stop], observed[first:stop] = part.values, part.observed
        return Stream(embedder.spec, values, observed)

    def warnings(self, modalities: Collection[Modality]) -> Iterator[str]:
        """What of the modalities asked for could not be read, seen or heard, in this order; repeated ones too."""
        yield from about(*self._readers)
        if "V" in modalities:
            others = [MODALITY_NAMES[m] for m in MODALITIES if m in modalities and m != "V"]
            used = f"; {' and '.join(others)} {'are' if len(others) > 1 else 'is'} used" if others else ""
            yield from self._about_pictures(f"the face rows stay empty{used}.")
        yield from self.said.warnings

    def _about_pictures(self, so: str) -> Iterator[str]:
        track = self.tracks.get("V")
        if track is None:
            yield f"{self.path.name} has no pictures: {so}"
        elif not track.observed.any():
            yield f"No face was seen in {self.path.name}: {so}"
        else:
            yield from track.notes

    def _reader(self, frames_per_second: float | None, *, sound: bool = True, threads: int = 0) -> Reader:
        reader = Reader(self.path, frames_per_second, self.max_seconds, sound=sound, threads=threads)
        return self._open.enter_context(reader)


def _unobserved(tools: Tools, modality: Modality, words: int) -> Stream:
    spec = (tools.audio if modality == "A" else tools.face).spec
    return Stream(spec, np.full((words, spec.dim), np.nan, dtype=np.float32), np.zeros(words, dtype=bool))


def _found_sound(sound: Recording | None) -> str:
    return "no sound" if sound is None else f"{sound.duration:.1f} s of sound"
