"""Long recordings cut into utterances: held to brute force, to their bounds, and to where people would cut."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction import utterances as module
from extraction.types import Word
from extraction.utterances import utterances

SPEECH = "So it was good. I liked the second half a lot. Would you see it twice? I certainly would."


def speak(lengths, pauses, texts=None):
    words, at = [], 0.0
    for i, (length, pause) in enumerate(zip(lengths, pauses, strict=True)):
        words.append(Word(texts[i] if texts else "word", at, at + length))
        at += length + pause
    return words


def seconds(words, spans):
    return [words[stop - 1].end - words[first].start for first, stop in spans]


def test_half_a_minute_is_one_utterance_and_so_are_words_without_times():
    words = speak([0.4] * 60, [0.1] * 60)
    assert utterances(words, 30.0) == ()
    assert utterances([Word("word")] * 60, 100.0) == ()
    assert utterances([], 100.0) == ()


def test_sentences_are_kept_whole():
    said = SPEECH.split()
    said *= 4
    words = speak([0.5] * len(said), [0.1] * len(said), said)
    spans = utterances(words, words[-1].end)
    assert all(words[stop - 1].text.endswith((".", "?")) for _, stop in spans)
    assert all(2.0 <= s <= 20.0 for s in seconds(words, spans))


def test_without_punctuation_the_long_pauses_are_taken():
    pauses = [0.05] * 100
    for i in (11, 24, 40, 61, 83):
        pauses[i] = 0.9
    words = speak([0.4] * 100, pauses)
    assert [stop for _, stop in utterances(words, 60.0)] == [12, 25, 41, 62, 84, 100]


def test_speech_without_a_pause_is_cut_all_the_same():
    words = speak([0.5] * 200, [0.0] * 200)
    spans = utterances(words, 100.0)
    assert all(2.0 <= s <= 20.0 for s in seconds(words, spans))
    assert len(spans) == 5


def test_a_word_without_times_stays_with_the_word_before_it():
    pauses = [0.05] * 40
    pauses[20] = 3.0
    words = speak([0.8] * 40, pauses)
    words.insert(21, Word("lost"))
    spans = utterances(words, words[-1].end)
    assert (0, 22) in spans or any(stop == 22 for _, stop in spans)


shapes = st.lists(st.tuples(st.floats(0.05, 3.0), st.floats(0.0, 4.0)), min_size=2, max_size=60)


@given(shapes)
def test_every_word_lies_in_one_utterance_and_none_is_too_long(shape):
    words = speak(*zip(*shape, strict=True))
    spans = utterances(words, 31.0) or ((0, len(words)),)
    assert (spans[0][0], spans[-1][1]) == (0, len(words))
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert all(stop > first for first, stop in spans)
    assert all(s <= 20.0 + 1e-9 for s in seconds(words, spans))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.5, 6.0), st.floats(0.0, 1.5)), min_size=2, max_size=9))
def test_no_other_cuts_are_worth_more(shape):
    words = speak(*zip(*shape, strict=True))
    spans = np.array([(w.start, w.end) for w in words])
    worth = np.clip(spans[1:, 0] - spans[:-1, 1], 0.0, 1.0) - 0.5

    def value(cuts):
        parts = list(pairwise([0, *cuts, len(words)]))
        lengths = [spans[stop - 1, 1] - spans[first, 0] for first, stop in parts]
        if max(lengths) > 20.0:
            return -np.inf
        return sum(worth[cut - 1] for cut in cuts) - 10.0 * sum(length < 2.0 for length in lengths)

    every = (cuts for n in range(len(words)) for cuts in combinations(range(1, len(words)), n))
    found = module._best_cuts(spans, worth)
    assert value(found) == pytest.approx(max(value(cuts) for cuts in every))
