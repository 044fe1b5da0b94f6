"""The calls in order, fakes behind the seams: what is measured of a media file, and what is said when it cannot be."""

import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest
from media_files import write

from extraction.errors import NoAudio, Silence, TooLong, TranscriptError
from extraction.fakes import FakeAligner, FakeAudio, FakeEmbedder, FakeFace, FakeTranscriber
from extraction.pipeline import STAGES, extract
from extraction.tools import Tools
from extraction.types import Word


@pytest.fixture
def tools():
    return Tools(FakeTranscriber, FakeAligner, FakeAudio, FakeFace, FakeEmbedder)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write(tmp_path_factory.mktemp("pipeline") / "talk.mp4")


def test_every_word_gets_three_vectors(clip, tools):
    aligned = extract(clip, tools=tools)
    assert [w.text for w in aligned.words] == ["this", "is", "a", "fine", "day"]
    assert set(aligned.streams) == {"T", "A", "V"}
    assert aligned.streams["T"].observed.all()
    assert aligned.streams["V"].observed.all()
    assert aligned.streams["A"].observed.tolist() == [False, True, True, True, True]  # silent for half a second
    assert aligned.clip == "talk"
    assert aligned.duration == pytest.approx(2.0, abs=0.1)
    assert aligned.warnings == ()


@pytest.mark.slow
def test_the_language_of_the_words_comes_along(clip, tools):
    aligned = extract(clip, "Saya tidak suka film ini karena terlalu panjang", tools=tools)
    assert aligned.language == "und"
    assert aligned.warnings[0].startswith("The transcript seems to be in another language than English: ")
    assert extract(clip, "this is a fine day", tools=tools).language == "en"


def test_the_stages_are_reported_in_the_callers_thread_with_what_they_found(clip, tools):
    reports, threads = [], set()

    def report(stage):
        reports.append(stage)
        threads.add(threading.current_thread())

    extract(clip, tools=tools, progress=report)
    done = {r.stage: r.found for r in reports if r.done}
    assert set(done) == set(STAGES)
    assert (done["sound"], done["face"]) == ("2.0 s of sound", "20 frames, 20 with a face")
    assert (done["words"], done["times"]) == ("5 words", "5 of 5 words timed")
    assert (done["voice"], done["vectors"]) == ("1.5 s of sound", "of 5 words: 5 text, 4 audio, 5 video")
    assert threads == {threading.current_thread()}
    assert all(0 <= r.fraction <= 1 for r in reports)
    for line in (("sound", "words", "times", "vectors"), ("sound", "face", "vectors"), ("sound", "voice", "vectors")):
        order = [r.stage for r in reports if r.done and r.stage in line]
        assert order == list(line)
    fractions = [r.fraction for r in reports if r.stage == "face"]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 10  # the bar moves with the pictures


def test_a_transcript_of_the_users_own_needs_no_recogniser(clip, tmp_path):
    def recogniser():
        pytest.fail("the recogniser was loaded")

    tools = Tools(recogniser, FakeAligner, FakeAudio, FakeFace, FakeEmbedder)
    (tmp_path / "said.txt").write_text("Good morning, all!")
    for transcript in (tmp_path / "said.txt", "Good morning, all!"):
        aligned = extract(clip, transcript, tools=tools)
        assert [w.text for w in aligned.words] == ["Good", "morning,", "all!"]
        assert all(w.confidence is None and w.timed for w in aligned.words)


def test_only_what_is_asked_for_is_measured(clip):
    def unwanted():
        pytest.fail("a tool was made that nobody asked for")

    aligned = extract(
        clip, modalities=("T",), tools=Tools(FakeTranscriber, FakeAligner, unwanted, unwanted, FakeEmbedder)
    )
    assert set(aligned.streams) == {"T"}


@pytest.mark.slow
@pytest.mark.parametrize(("longest", "there"), [(600.0, True), (1.0, False)])
def test_the_words_of_a_long_clip_are_embedded_with_no_other_tool_in_memory(clip, monkeypatch, longest, there):
    monkeypatch.setattr("extraction.clip._LONG", longest)
    made, found = [], []

    class Recogniser(FakeTranscriber):
        def __init__(self):
            self.itself = self
            made.append(weakref.ref(self))

    class Embedder(FakeEmbedder):
        def embed(self, words):
            found.append(made[-1]() is not None)
            return super().embed(words)

    tools = Tools(Recogniser, FakeAligner, FakeAudio, FakeFace, Embedder)
    first, second = extract(clip, tools=tools), extract(clip, tools=tools)
    assert found == [there, there]
    assert len(made) == (1 if there else 2)
    assert first.words == second.words
    assert set(first.streams) == {"T", "A", "V"}


def test_sound_alone_leaves_the_face_unobserved_and_says_so(tmp_path, tools):
    aligned = extract(write(tmp_path / "talk.wav", video=False, audio="pcm_s16le"), tools=tools)
    assert not aligned.streams["V"].observed.any()
    assert np.isnan(aligned.streams["V"].values).all()
    assert aligned.warnings == ("talk.wav has no pictures: the face rows stay empty; text and audio are used.",)


@pytest.mark.parametrize(
    ("modalities", "said"), [(("V",), "empty."), (("A", "V"), "empty; audio is used."), (("T", "A"), None)]
)
def test_only_what_was_asked_for_is_said_to_be_used(tmp_path, tools, modalities, said):
    path = write(tmp_path / "talk.wav", video=False, audio="pcm_s16le")
    warnings = extract(path, tools=tools, modalities=modalities).warnings
    assert warnings == (() if said is None else (f"talk.wav has no pictures: the face rows stay {said}",))


def test_pictures_without_a_face_are_said(clip):
    class Nobody(FakeFace):
        def describe(self, frames, period, *rest):
            track = super().describe(frames, period, *rest)
            nothing = np.full_like(track.values, np.nan)
            return type(track)(track.spec, track.times, nothing, np.zeros(len(track.times), bool), period)

    aligned = extract(clip, tools=Tools(FakeTranscriber, FakeAligner, FakeAudio, Nobody, FakeEmbedder))
    assert aligned.warnings == ("No face was seen in talk.mp4: the face rows stay empty; text and audio are used.",)


def test_what_the_face_has_to_say_is_told_and_the_sound_is_whole_when_it_asks(clip):
    class TwoFaces(FakeFace):
        def describe(self, frames, period, progress, sound):
            track = super().describe(frames, period, progress)
            return replace(track, notes=(f"Two faces in {sound().duration:.0f} s.",))

    aligned = extract(clip, tools=Tools(FakeTranscriber, FakeAligner, FakeAudio, TwoFaces, FakeEmbedder))
    assert aligned.warnings == ("Two faces in 2 s.",)


@pytest.mark.parametrize(("rate", "frames"), [(5.0, 10), (25.0, 50)])
def test_the_rate_of_pictures_is_the_callers(clip, tools, rate, frames):
    face = extract(clip, tools=tools, frames_per_second=rate).tracks["V"]
    assert len(face.times) == frames
    assert face.period == pytest.approx(1 / rate)


def test_without_an_audio_track_a_transcript_is_asked_for(tmp_path, tools):
    path = write(tmp_path / "mute.mp4", audio=None)
    with pytest.raises(NoAudio, match=r"mute\.mp4 has no audio track: give what is said in it as a transcript"):
        extract(path, tools=tools)
    aligned = extract(path, "nothing to hear", tools=tools)
    assert aligned.streams["T"].observed.all()
    assert not any(w.timed for w in aligned.words)
    assert not aligned.streams["A"].observed.any()
    assert not aligned.streams["V"].observed.any()
    assert aligned.warnings == (
        "mute.mp4 has no sound, so its words have no times: only the transcript's text is read.",
    )


def test_silence_is_refused_unless_there_is_a_transcript(tmp_path, tools):
    path = write(tmp_path / "still.mp4", seconds=0.4)  # the tone begins after half a second
    with pytest.raises(Silence, match=r"still\.mp4 is silent: give a clip in which somebody speaks, or a transcript"):
        extract(path, tools=tools)
    assert "is silent, so its words have no times" in extract(path, "hello", tools=tools).warnings[0]


def test_an_empty_transcript_is_refused(clip, tools):
    with pytest.raises(TranscriptError, match="The transcript has no words in it"):
        extract(clip, "   …  ", tools=tools)


def test_a_clip_above_the_limit_is_refused(clip, tools):
    with pytest.raises(TooLong, match="raise the limit with `--max-minutes`"):
        extract(clip, tools=tools, max_seconds=1.0)


@pytest.mark.slow
def test_words_that_could_not_be_placed_are_counted(clip):
    class Unsure:
        def align(self, waveform, words):
            return (Word("this", 0.0, 0.5), Word("is", 0.5, 1.0, interpolated=True), *(Word(w.text) for w in words[2:]))

    aligned = extract(clip, tools=Tools(FakeTranscriber, Unsure, FakeAudio, FakeFace, FakeEmbedder))
    assert aligned.warnings == (
        "3 words could not be found in the sound: no voice or face is read there.",
        "1 word could not be placed exactly: the times are estimates.",
    )
    assert aligned.streams["V"].observed.tolist() == [True, True, False, False, False]


def test_a_transcript_that_does_not_fit_is_said(clip):
    class Lost:
        def align(self, waveform, words):
            return tuple(words)

    aligned = extract(clip, "some other words", tools=Tools(FakeTranscriber, Lost, FakeAudio, FakeFace, FakeEmbedder))
    assert aligned.warnings == (
        "The transcript does not fit what is said: its words have no times, so only their text is read.",
    )


@pytest.mark.slow
def test_a_caller_who_leaves_at_any_moment_leaves_nothing_running(clip):
    """The pictures decoded ahead are let go of before the file is closed, which would crash the process."""

    class Gone(Exception):
        pass

    tools = Tools(FakeTranscriber, FakeAligner, FakeAudio, FakeFace, FakeEmbedder)
    for moment in range(0, 24, 3):
        told = 0

        def leave(_, moment=moment):
            nonlocal told
            told += 1
            if told > moment:
                raise Gone

        before = threading.active_count()
        with pytest.raises(Gone):
            extract(clip, tools=tools, progress=leave)
        assert threading.active_count() == before
