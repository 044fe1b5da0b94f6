"""Cutting and recognising as sound grows, on a made recording whose samples say their own place in it."""

import numpy as np
import pytest

from extraction.errors import NoSpeech
from extraction.live.hearing import LONGEST, LiveHearing
from extraction.live.voice_activity import MARGIN, PAUSE, VoiceActivity
from extraction.recording import Recording
from extraction.types import SAMPLE_RATE, Transcript, Word

UNIT = 1e-8  # a sample's value is its place times this
FRAME = 512 / SAMPLE_RATE


def place(samples):
    return round(float(samples[0]) / UNIT) / SAMPLE_RATE


class Speech:
    """A speaker of given words, as (text, start, end); detector and transcriber at once."""

    def __init__(self, *said):
        self.said, self.asked = said, []

    def detect(self, samples):
        first = place(samples)
        middles = first + FRAME * (np.arange(len(samples) // 512) + 0.5)
        return np.array([any(a <= t < b for _, a, b in self.said) for t in middles], dtype=np.float32)

    def transcribe(self, waveform, progress=None):
        start = place(waveform.samples)
        end = start + waveform.duration
        self.asked.append((start, end))
        heard = [Word(text, a - start, b - start) for text, a, b in self.said if a >= start - 0.05 and b <= end]
        if not heard:
            raise NoSpeech("nothing")
        return Transcript(tuple(heard), "recognised")


def grow(sound, until):
    here, there = len(sound), round(until * SAMPLE_RATE)
    sound.add((np.arange(here, there) * UNIT).astype(np.float32))


def follow(speech, until, every=0.5):
    sound, hearing = Recording(), LiveHearing(speech, speech.detect)
    heard = []
    for now in np.arange(every, until + every / 2, every):
        grow(sound, now)
        heard += [(now, one) for one in hearing.listen(sound)]
    return heard


def text(one):
    return " ".join(word.text for word in one.words)


def test_an_utterance_begins_before_its_voice_and_closes_after_a_pause():
    sound, activity = Recording(), VoiceActivity(Speech(("a", 1.0, 2.0)).detect)
    grow(sound, 0.8)
    assert activity.listen(sound) is None
    grow(sound, 1.5)
    utterance = activity.listen(sound)
    assert utterance.start == pytest.approx(1.0 - MARGIN, abs=FRAME)
    assert not utterance.closed
    grow(sound, 2.0 + PAUSE - 0.1)
    assert not activity.listen(sound).closed
    grow(sound, 2.0 + PAUSE + 0.1)
    utterance = activity.listen(sound)
    assert utterance.closed
    assert utterance.voiced == pytest.approx(2.0, abs=FRAME)
    grow(sound, 4.0)
    assert activity.listen(sound) is None


def test_a_short_pause_does_not_end_an_utterance():
    sound, activity = Recording(), VoiceActivity(Speech(("a", 0.5, 1.0), ("b", 1.0 + PAUSE - 0.1, 2.0)).detect)
    for now in np.arange(0.2, 2.1, 0.2):
        grow(sound, now)
        utterance = activity.listen(sound)
        assert utterance is None or not utterance.closed


def test_nothing_is_recognised_in_silence():
    speech = Speech()
    heard = follow(speech, 5.0)
    assert heard == []
    assert speech.asked == []


def test_words_come_while_they_are_spoken_and_stay_when_the_utterance_closes():
    speech = Speech(("so", 0.5, 0.8), ("it", 0.9, 1.1), ("goes", 1.2, 1.8), ("again", 4.0, 4.5))
    heard = follow(speech, 6.0)
    first = [(now, one) for one in heard for now, one in [one] if one.number == 0]
    assert first[0][0] <= 1.0
    assert text(first[0][1]) == "so"
    assert first[0][1].final == 0
    assert text(first[-1][1]) == "so it goes"
    assert first[-1][1].closed
    assert first[-1][1].final == 3
    last = heard[-1][1]
    assert (last.number, text(last), last.closed) == (1, "again", True)
    assert last.words[0].start == pytest.approx(4.0, abs=0.01)  # of the recording, not of the utterance


def test_no_further_recognition_is_spent_on_a_pause():
    speech = Speech(("so", 0.5, 1.4))
    follow(speech, 1.4 + PAUSE - 0.1, every=0.1)
    asked = len(speech.asked)
    assert speech.asked[-1][1] <= 1.4 + 0.3
    follow_again = Speech(("so", 0.5, 1.4))
    follow(follow_again, 6.0, every=0.1)
    assert len(follow_again.asked) <= asked + 1


def test_long_speech_without_a_pause_is_cut_and_no_word_is_lost_or_said_twice():
    said = [(f"w{i}", 0.5 + i * 0.5, 0.5 + i * 0.5 + (0.3 if i % 7 == 6 else 0.45)) for i in range(80)]
    speech = Speech(*said)
    heard = follow(speech, 42.0)
    last = {one.number: one for _, one in heard}
    assert len(last) > 2
    assert [word.text for number in sorted(last) for word in last[number].words] == [text for text, _, _ in said]
    assert max(b - a for a, b in speech.asked) <= LONGEST + 1e-6


def test_falling_behind_costs_no_word_and_no_longer_recognitions():
    said = [(f"w{i}", 0.5 + i * 0.5, 0.9 + i * 0.5) for i in range(60)]
    speech = Speech(*said)
    sound, hearing = Recording(), LiveHearing(speech, speech.detect)
    heard = []
    for now in (1.0, 28.0, 33.0, 34.0, *[35.0] * 4):
        grow(sound, now)
        heard += hearing.listen(sound)
    last = {one.number: one for one in heard}
    assert [word.text for number in sorted(last) for word in last[number].words] == [text for text, _, _ in said]
    assert max(b - a for a, b in speech.asked) <= LONGEST + 1e-6


@pytest.mark.parametrize("pause", [0.0, 1.5])
def test_words_come_even_where_the_sound_comes_faster_than_it_is_recognised(pause):
    """A talk without end, of which ten more seconds have come whenever one recognition of its words is done."""
    said = [(f"w{i}", 0.5 + i * 0.5 + pause * (i // 40), 0.9 + i * 0.5 + pause * (i // 40)) for i in range(400)]
    sound = Recording()

    class Slow(Speech):
        def transcribe(self, waveform, progress=None):
            grow(sound, min(sound.duration + 10.0, 200.0))
            return super().transcribe(waveform)

    speech = Slow(*said)
    hearing = LiveHearing(speech, speech.detect)
    grow(sound, 15.0)
    known = []
    for call in range(1, 9):
        for one in hearing.listen(sound):
            known = [*(word for word in known if word[0] != one.number), *((one.number, w.text) for w in one.words)]
        assert len(speech.asked) == call  # one recognition a call
        assert len(known) >= call * 4
    assert [word for _, word in known] == [text for text, _, _ in said[: len(known)]]


def test_the_detector_hears_a_backlog_only_as_far_as_the_next_pause():
    speech = Speech(("a", 1.0, 2.0), ("b", 100.0, 101.0))
    lengths = []

    def detect(samples):
        lengths.append(len(samples) / SAMPLE_RATE)
        return speech.detect(samples)

    sound, activity = Recording(), VoiceActivity(detect)
    grow(sound, 120.0)
    assert activity.listen(sound).closed
    assert sum(lengths) < 15
    later = activity.listen(sound)
    assert later.closed
    assert later.start == pytest.approx(100.0 - MARGIN, abs=FRAME)
