"""Words that come with times: whether they are said there."""

import numpy as np
import pytest
from espeak_lines import needs_espeak, put_together

from extraction.align_pocketsphinx import PocketsphinxAligner
from extraction.types import SAMPLE_RATE, Waveform, Word

pytestmark = pytest.mark.models

LINE = ["dog", "cat", "apple", "seven", "water", "table", "green", "music"]


@pytest.fixture(scope="module")
def aligner():
    return PocketsphinxAligner()


@needs_espeak
@pytest.mark.parametrize("before", [0.0, 60.0])
def test_words_with_times_are_judged_where_they_are(aligner, before):
    """Right ones fit, others put in their place do not, whatever lies before; the times stay."""
    sound, times = put_together(LINE, pause=0.1)
    sound = Waveform(np.concatenate([np.zeros(round(before * SAMPLE_RATE), np.float32), sound.samples]))
    right = [Word(text, a + before, b + before) for text, (a, b) in zip(LINE, times, strict=True)]
    wrong = [
        *right[:2],
        *(Word(t, w.start, w.end) for t, w in zip(["umbrella", "so", "shift", "boy"], right[2:6], strict=True)),
        *right[6:],
    ]
    for words, said in ((right, [True] * 8), (wrong, [True] * 2 + [False] * 4 + [True] * 2)):
        judged = aligner.judge(sound, words)
        assert [(w.text, w.start, w.end, w.interpolated) for w in judged] == [
            (w.text, w.start, w.end, False) for w in words
        ]
        assert [word.fit > 0 for word in judged] == said


@needs_espeak
def test_words_are_not_sought_elsewhere_than_they_are_given(aligner):
    sound, times = put_together(LINE, pause=0.1)
    late = [Word(text, a + 2.0, b + 2.0) for text, (a, b) in zip(LINE, times, strict=True) if b + 2.0 < sound.duration]
    assert all(word.fit == 0 for word in aligner.judge(sound, late))
    assert all(word.timed for word in aligner.align(sound, [Word(text) for text in LINE]))


def test_what_cannot_be_judged_is_not(aligner):
    sound = Waveform(np.zeros(SAMPLE_RATE * 20, np.float32))
    words = (Word("so"), Word("—", 1.0, 2.0), Word("good", 3.0, 12.0))
    assert aligner.judge(sound, words) == words
    crammed = tuple(Word("good", i / 100, i / 100 + 0.01) for i in range(2000))
    assert {word.fit for word in aligner.judge(sound, crammed)} == {0.0}
