"""Which times of a transcript are kept, which are measured, and what is said of it."""

from dataclasses import replace

import numpy as np
import pytest

from extraction import placing
from extraction.fakes import FakeAligner, FakeAudio, FakeEmbedder, FakeFace, FakeTranscriber, fake_waveform
from extraction.placing import place
from extraction.tools import Tools
from extraction.types import Transcript, Waveform, Word

SOUND = fake_waveform(4.0)


TEN = [Word(text) for text in ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "today"]]


def tools(aligner=FakeAligner):
    return Tools(FakeTranscriber, aligner, FakeAudio, FakeFace, FakeEmbedder)


def unwanted():
    pytest.fail("the aligner was made")


def given(*words):
    return Transcript(words, "given")


def times(words):
    return [(word.start, word.end) for word in words]


def test_times_of_words_are_kept():
    words = (Word("so", 0.5, 1.0), Word("good", 1.0, 2.0))
    assert place(given(*words), SOUND, 4.0, tools(), "a.mp4") == (words, [])
    assert place(replace(given(*words), language="fr"), SOUND, 4.0, tools(unwanted), "a.mp4") == (words, [])


def judging(*numbers):
    """An aligner by which some words are not said where they are given, and the others are."""

    class Judging(FakeAligner):
        def judge(self, sound, words):
            return tuple(replace(word, fit=0.0 if i in numbers else 0.9) for i, word in enumerate(words))

    return Judging


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((), []),
        ((3,), ['Word 4 ("fox") does not fit what is said there: check it and its time.']),
        ((3, 4), ['Words 4 to 5 ("fox jumps") do not fit what is said there: check them and their times.']),
        (range(10), ["The transcript does not fit what is said at its times: check that it is the clip's own."]),
    ],
)
def test_words_with_times_of_their_own_that_do_not_fit_are_named_and_keep_them(numbers, said):
    own = [replace(word, start=0.4 * i, end=0.4 * i + 0.4) for i, word in enumerate(TEN)]
    words, warnings = place(given(*own), SOUND, 4.0, tools(judging(*numbers)), "a.mp4")
    assert times(words) == [pytest.approx(time) for time in times(own)]
    assert [word.fit for word in words] == [0.0 if i in numbers else 0.9 for i in range(10)]
    assert not any(word.interpolated for word in words)
    assert warnings == said


def test_only_words_with_times_of_their_own_are_judged_where_they_are():
    words, _ = place(given(Word("so", 0.5, 1.0), Word("good")), SOUND, 4.0, tools(judging(0, 1)), "a.mp4")
    assert [word.fit for word in words] == [0.0, None]


def test_what_is_recognised_in_another_language_keeps_the_recognisers_times():
    """The aligner knows how English sounds: it squeezed most words of a French clip into 10 ms each."""
    heard = (Word("bonne", 0.5, 1.0, 0.9), Word("nuit", 0.9, 2.0, 0.8))
    words, warnings = place(Transcript(heard, "recognised", "fr"), SOUND, 4.0, tools(unwanted), "a.mp4")
    assert times(words) == [(0.5, 1.0), (1.0, 2.0)]
    assert all(word.interpolated for word in words)
    assert warnings == ["2 words could not be placed exactly: the times are estimates."]
    english, _ = place(Transcript(heard, "recognised"), SOUND, 4.0, tools(), "a.mp4")
    assert times(english) == [(0.0, 2.0), (2.0, 4.0)]


def test_rough_times_are_measured():
    rough = (Word("so", 0.5, 1.0, interpolated=True), Word("good", 1.0, 2.0, interpolated=True))

    class Measured(FakeAligner):
        def align(self, waveform, words):
            return tuple(replace(word, interpolated=False) for word in super().align(waveform, words))

    words, warnings = place(given(*rough), SOUND, 4.0, tools(Measured), "a.mp4")
    assert times(words) == [(0.0, 2.0), (2.0, 4.0)]
    assert not any(word.interpolated for word in words)
    assert warnings == []


def test_a_recognisers_times_are_measured_whatever_they_are():
    heard = Transcript((Word("so", 0.5, 1.0), Word("good", 1.0, 2.0)), "recognised")
    assert times(place(heard, SOUND, 4.0, tools(), "a.mp4")[0]) == [(0.0, 2.0), (2.0, 4.0)]


@pytest.mark.parametrize(("found", "kept"), [((1.2, 1.6), True), ((3.0, 3.5), False), (None, False)])
def test_a_word_without_a_time_is_measured_where_it_fits_between_its_neighbours(found, kept):
    class Finds:
        def align(self, waveform, words):
            start, end = found or (None, None)
            return (*words[:1], replace(words[1], start=start, end=end, interpolated=False), *words[2:])

    words, warnings = place(
        given(Word("cost", 0.5, 1.0), Word("20"), Word("dollars", 2.0, 3.0)), SOUND, 4.0, tools(Finds), "a.mp4"
    )
    assert (words[0], words[2]) == (Word("cost", 0.5, 1.0), Word("dollars", 2.0, 3.0))
    assert (words[1].start, words[1].end) == (found if kept else (1.0, 2.0))
    assert words[1].interpolated != kept
    assert warnings == ([] if kept else ["1 word could not be placed exactly: the times are estimates."])


@pytest.mark.parametrize(
    ("sound", "reason"), [(None, "has no sound"), (Waveform(np.zeros(64_000, np.float32)), "is silent")]
)
def test_without_sound_a_transcripts_times_serve_the_face(sound, reason):
    words, warnings = place(given(Word("so", 0.5, 1.0), Word("good")), sound, 4.0, tools(unwanted), "a.mp4")
    assert times(words) == [(0.5, 1.0), (1.0, 1.2)]
    assert words[1].interpolated
    assert warnings == [f"a.mp4 {reason}, so its words keep the transcript's times, which could not be checked."]


class Deaf(FakeAligner):
    """An aligner that finds no word."""

    def align(self, waveform, words):
        return tuple(replace(word, start=None, end=None) for word in words)


def test_a_transcript_longer_than_the_clip_is_said_and_its_last_words_are_estimates():
    words, warnings = place(given(Word("so", 0.5, 1.0), Word("good", 7.0, 9.0)), SOUND, 4.0, tools(Deaf), "a.mp4")
    assert words[1].end <= 4.0
    assert [word.interpolated for word in words] == [False, True]
    assert warnings == [
        "The transcript goes on until 9.0 s, but a.mp4 ends at 4.0 s: check that it is its own.",
        "1 word could not be placed exactly: the times are estimates.",
    ]


@pytest.mark.parametrize(
    ("second", "moved"), [((0.9, 2.0), False), ((3.0, 4.05), False), ((0.2, 0.4), True), ((3.0, 4.2), False)]
)
def test_a_word_that_cannot_be_where_it_is_given_is_an_estimate(second, moved):
    words, _ = place(given(Word("so", 0.5, 1.0), Word("good", *second)), SOUND, 4.0, tools(Deaf), "a.mp4")
    assert [word.interpolated for word in words] == [False, moved]


def unfit(*numbers):
    """An aligner by which some words are not said."""

    class Unfit(FakeAligner):
        def align(self, waveform, words):
            return tuple(
                replace(old, interpolated=old.timed, fit=0.0) if i in numbers else replace(new, fit=0.9)
                for i, (old, new) in enumerate(zip(words, super().align(waveform, words), strict=True))
            )

    return Unfit


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((2, 3, 4, 5), 'Words 3 to 6 ("brown fox ... over")'),
        ((0, 1, 7, 8, 9), 'Words 1 to 2 ("the quick") and words 8 to 10 ("lazy dog today")'),
        ((0, 2, 4, 6, 8), 'Word 1 ("the"), word 3 ("brown"), word 5 ("jumps") and 2 words elsewhere'),
    ],
)
def test_words_that_do_not_fit_stay_untimed_and_are_named(numbers, said):
    words, warnings = place(given(*TEN), SOUND, 4.0, tools(unfit(*numbers)), "a.mp4")
    assert [i for i, word in enumerate(words) if not word.timed] == list(numbers)
    assert warnings == [
        f"{said} do not fit what is said there: they have no times, so no voice or face is read for them."
    ]


def test_a_single_word_that_does_not_fit_is_named():
    _, warnings = place(given(*TEN), SOUND, 4.0, tools(unfit(2)), "a.mp4")
    assert warnings == [
        'Word 3 ("brown") does not fit what is said there: it has no times, so no voice or face is read for it.'
    ]


def test_where_no_word_fits_the_whole_transcript_is_doubted():
    _, warnings = place(given(*TEN), SOUND, 4.0, tools(unfit(*range(10))), "a.mp4")
    assert warnings == [
        "The transcript does not fit what is said: its words have no times, so only their text is read."
    ]


def test_a_recognisers_words_that_do_not_fit_keep_its_times():
    heard = Transcript(tuple(replace(word, start=i / 3, end=i / 3 + 0.2) for i, word in enumerate(TEN)), "recognised")
    words, warnings = place(heard, SOUND, 4.0, tools(unfit(3, 4)), "a.mp4")
    assert times(words[3:5]) == [(1.0, pytest.approx(1.2)), (pytest.approx(4 / 3), pytest.approx(4 / 3 + 0.2))]
    assert all(word.interpolated for word in words[3:5])
    assert warnings == [
        'Words 4 to 5 ("fox jumps") do not fit what is said there: their times are the recogniser\'s estimates.'
    ]


@pytest.mark.parametrize(
    ("stretches", "said"),
    [
        ([(3.2, 6.14)], "from 3.2 s to 6.1 s"),
        ([(0.0, 1.0), (2.5, 4.0)], "from 0.0 s to 1.0 s and from 2.5 s to 4.0 s"),
        ([(0.0, 1.0), (2, 5), (6, 9), (10, 13), (14, 15)],
         "from 2.0 s to 5.0 s, from 6.0 s to 9.0 s, from 10.0 s to 13.0 s and in 2 shorter ones"),
        ([(0.0, 2.0), (3, 4), (6, 9), (10, 13)],
         "from 0.0 s to 2.0 s, from 6.0 s to 9.0 s, from 10.0 s to 13.0 s and in 1 shorter one"),
    ],
)  # fmt: skip
def test_speech_that_the_transcript_lacks_is_named(monkeypatch, stretches, said):
    monkeypatch.setattr(placing, "untranscribed", lambda sound, words: stretches)
    _, warnings = place(given(*TEN), SOUND, 4.0, tools(), "a.mp4")
    assert warnings == [
        f"Speech {said} is not in the transcript: add its words, or give no transcript to have them recognised."
    ]


def test_only_a_given_transcript_that_fits_somewhere_can_lack_speech(monkeypatch):
    monkeypatch.setattr(placing, "untranscribed", lambda sound, words: pytest.fail("the sound was listened to"))
    heard = Transcript((Word("so", 0.5, 1.0), Word("good", 1.0, 2.0)), "recognised")
    assert place(heard, SOUND, 4.0, tools(), "a.mp4")[1] == []
    assert len(place(given(*TEN), SOUND, 4.0, tools(unfit(*range(10))), "a.mp4")[1]) == 1
