"""Recognition of what is longer than a passage."""

from dataclasses import replace

import numpy as np
import pytest

from extraction import hearing
from extraction.errors import NoSpeech
from extraction.fakes import FakeTranscriber, fake_waveform
from extraction.hearing import recognise
from extraction.recording import passages
from extraction.types import SAMPLE_RATE, Transcript, Waveform, Word


@pytest.fixture(autouse=True)
def short_passages(monkeypatch):
    monkeypatch.setattr(hearing, "passages", lambda sound: passages(sound, longest=4.0, shortest=2.0))
    monkeypatch.setattr(hearing, "in_one_passage", lambda sound: sound.duration <= 4.0)


class Counts:
    """Hears how long each part is; a part quieter than a voice has no words."""

    def transcribe(self, waveform, progress=None):
        if np.abs(waveform.samples).max() < 0.05:
            raise NoSpeech("nothing")
        progress(0.5, "")
        return Transcript((Word("mm", 0.5, 1.0),), "recognised", "en", ("Unsure.",), "counter")


def test_the_words_of_each_passage_come_at_its_time():
    sound = fake_waveform(10.0)
    told = []
    said = recognise(Counts(), sound, lambda fraction, found: told.append(fraction))
    starts = [start for start, _ in passages(sound, longest=4.0, shortest=2.0)]
    assert len(starts) > 2
    assert [word.start for word in said.words] == [start + 0.5 for start in starts]
    assert (said.warnings, said.recogniser, said.language) == (("Unsure.",), "counter", "en")
    assert told == sorted(told)
    assert told[-1] == 1.0


class Changes(Counts):
    """Hears another language in the last of the passages."""

    def __init__(self):
        self.heard = 0

    def transcribe(self, waveform, progress=None):
        self.heard += 1
        said = super().transcribe(waveform, progress)
        return replace(said, language="en" if self.heard == 1 else "fr", sure=self.heard != 2)


def test_the_language_is_that_of_most_words():
    many = recognise(Changes(), fake_waveform(10.0), lambda *_: None)
    assert (many.language, many.sure) == ("fr", True)
    two = recognise(Changes(), fake_waveform(5.0), lambda *_: None)
    assert (two.language, two.sure, len(two.words)) == ("en", True, 2)


def test_passages_without_words_are_passed_over():
    loud, soft = fake_waveform(4.0).samples, fake_waveform(4.0, loudness=0.01).samples
    nothing = np.zeros(4 * SAMPLE_RATE, np.float32)
    said = recognise(Counts(), Waveform(np.concatenate([soft, nothing, loud])), lambda *_: None)
    assert said.words
    assert all(word.start > 7.0 for word in said.words)
    with pytest.raises(NoSpeech, match="No words could be heard"):
        recognise(Counts(), Waveform(np.concatenate([soft, nothing])), lambda *_: None)


def test_one_passage_is_heard_as_its_recogniser_does():
    sound = fake_waveform(2.0)
    assert recognise(FakeTranscriber(), sound) == FakeTranscriber().transcribe(sound)
