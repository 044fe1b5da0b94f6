"""Speech that no word covers, in the sample clip's voice and in sound that is none."""

import numpy as np
import pytest
from sounds import joined, noise

from extraction.align_pocketsphinx import PocketsphinxAligner
from extraction.media import Reader
from extraction.pipeline import transcribe
from extraction.recording import Recording
from extraction.types import SAMPLE_RATE, Waveform, Word
from extraction.untranscribed import untranscribed

pytestmark = pytest.mark.models

SECONDS = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE


@pytest.fixture(scope="module")
def speech(sample_clip):
    """The seconds in which somebody speaks."""
    with Reader(sample_clip, frames_per_second=None) as reader:
        return reader.finish().waveform.between(0.0, 7.5)


@pytest.fixture(scope="module")
def said(sample_clip):
    """Its words and their times."""
    return transcribe(sample_clip)[0].words


def covering(start, end):
    return Word("said", start, end)


def test_speech_before_between_and_after_words_is_found(speech):
    (whole,) = untranscribed(speech, [])
    assert whole[0] < 1.0
    assert whole[1] > speech.duration - 1.0
    middle = speech.duration / 2
    before, after = untranscribed(speech, [covering(middle - 0.2, middle)])
    assert before == (whole[0], pytest.approx(middle - 0.2, abs=0.6))
    assert after == (pytest.approx(middle, abs=0.6), whole[1])
    ((start, end),) = untranscribed(speech, [covering(0.0, middle), covering(middle + 1.5, speech.duration)])
    assert middle - 0.01 <= start
    assert end <= middle + 1.51


def test_words_that_cover_the_speech_leave_nothing(speech, said):
    assert untranscribed(speech, said) == []
    assert untranscribed(speech, [covering(0.0, speech.duration)]) == []


def test_a_mark_covers_nothing(speech):
    assert untranscribed(speech, [Word("...", 0.0, speech.duration)]) == untranscribed(speech, [])


def test_words_that_were_given_up_have_their_share(speech):
    half = covering(speech.duration / 2, speech.duration)
    assert len(untranscribed(speech, [half])) == 1
    assert untranscribed(speech, [*[Word("not", fit=0.0)] * 40, half]) == []
    assert len(untranscribed(speech, [Word("not", fit=0.0), half])) == 1
    assert len(untranscribed(speech, [half, *[Word("not", fit=0.0)] * 40])) == 1


def chord(*pitches):
    tones = sum(np.sin(2 * np.pi * pitch * k * SECONDS) / k for pitch in pitches for k in range(1, 9))
    return Waveform((0.05 * tones).astype(np.float32))


@pytest.mark.parametrize(
    "sound",
    [
        Waveform(np.zeros(4 * SAMPLE_RATE, np.float32)),
        noise(4.0),
        noise(4.0, level=0.3),
        chord(50),
        chord(220, 277, 330),
    ],
    ids=["silence", "noise", "loud noise", "hum", "music"],
)
def test_other_sound_is_no_speech(sound):
    assert untranscribed(sound, []) == []


@pytest.mark.slow
def test_a_recording_is_heard_in_parts_and_only_where_no_word_is(speech):
    recording, read = Recording(), []
    for _ in range(round(70 / speech.duration)):
        recording.add(speech.samples)

    class Noted:
        rate, duration, silent = recording.rate, recording.duration, False

        def between(self, start, end):
            read.append((start, end))
            return recording.between(start, end)

    ((start, end),) = untranscribed(Noted(), [])
    assert start < 1.0
    assert end > recording.duration - 1.0
    assert all(b - a <= 32.0 for a, b in read)
    read.clear()
    ((start, end),) = untranscribed(Noted(), [covering(0.0, 50.0)])
    assert start >= 50.0
    assert min(a for a, _ in read) == pytest.approx(49.0)


@pytest.mark.slow
def test_words_taken_out_of_a_transcript_are_missed_there(speech, said):
    texts = [Word(word.text) for word in said]
    sound = joined(speech, noise(1.0, level=1e-3))
    assert untranscribed(sound, PocketsphinxAligner().align(sound, texts)) == []
    first, last = said[4], said[9]
    kept = PocketsphinxAligner().align(sound, [*texts[:4], *texts[10:]])
    ((start, end),) = untranscribed(sound, kept)
    assert start == pytest.approx(first.start, abs=0.4)
    assert end == pytest.approx(last.end, abs=0.4)
