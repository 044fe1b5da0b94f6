"""A long recording read part by part, with an aligner that knows the answer."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.alignment.long_alignment import align_long, pieces
from extraction.types import SAMPLE_RATE, Waveform, Word


class Knows:
    """A word sounds as the sample value that is its number; one that ends in a part's last second is not sure."""

    def __init__(self):
        self.given = []

    def align_part(self, waveform, words, *, last):
        self.given.append(len(words))
        heard = waveform.samples.round().astype(int)
        placed, sure = [], 0
        for i, word in enumerate(words):
            where = np.flatnonzero(heard == int(word.text))
            bare = replace(word, start=None, end=None, fit=0.0)
            if len(where):
                bare = replace(bare, start=where[0] / SAMPLE_RATE, end=(where[-1] + 1) / SAMPLE_RATE, fit=1.0)
                sure = i + 1 if where[-1] < len(heard) - SAMPLE_RATE else sure
            placed.append(bare)
        if last:
            return tuple(placed), 0.0
        return tuple(placed[:sure]), max((word.end for word in placed[:sure] if word.timed), default=0.0)

    def align(self, waveform, words):
        raise NotImplementedError


def recording(numbers, seconds=1.0):
    """Half a second of each number, half of silence; where each word begins."""
    one = round(seconds * SAMPLE_RATE)
    samples = np.zeros(len(numbers) * one, np.float32)
    for i, number in enumerate(numbers):
        samples[i * one : i * one + one // 2] = number
    return samples, {number: i * seconds for i, number in enumerate(numbers) if number}


def reading(samples):
    reads = []

    def between(start, end):
        reads.append((start, end))
        return Waveform(samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)])

    return between, reads


def words(numbers):
    return [Word(str(number)) for number in numbers]


@pytest.mark.slow
def test_every_word_is_found_and_no_more_than_half_a_minute_is_read_at_a_time():
    samples, starts = recording(range(1, 201))
    between, reads = reading(samples)
    found = align_long(between, len(samples) / SAMPLE_RATE, words(range(1, 201)), Knows())
    assert [word.start for word in found] == pytest.approx([starts[i] for i in range(1, 201)], abs=1e-3)
    assert max(end - start for start, end in reads) <= 30.0
    assert all(a[0] <= b[0] for a, b in pairwise(reads))
    assert {word.fit for word in found} == {1.0}


def test_speech_the_transcript_lacks_is_passed_over():
    samples, starts = recording([*range(1, 41), *[0] * 90, *range(41, 81)])
    between, _ = reading(samples)
    found = align_long(between, len(samples) / SAMPLE_RATE, words(range(1, 81)), Knows())
    assert [word.start for word in found] == pytest.approx([starts[i] for i in range(1, 81)], abs=1e-3)


@pytest.mark.slow
def test_words_that_are_not_said_have_no_times_and_the_rest_is_found_again():
    samples, starts = recording([*range(1, 41), *range(441, 481)])
    between, _ = reading(samples)
    aligner = Knows()
    found = align_long(between, len(samples) / SAMPLE_RATE, words(range(1, 481)), aligner)
    assert [word.start for word in found[40:440]] == [None] * 400
    assert {word.fit for word in found[40:440]} == {0.0}
    assert [word.start for word in found[440:]] == pytest.approx([starts[i] for i in range(441, 481)], abs=1e-3)
    assert max(aligner.given) <= 600


def test_words_left_when_the_sound_ends_are_not_said():
    samples, _ = recording(range(1, 41))
    between, _ = reading(samples)
    found = align_long(between, len(samples) / SAMPLE_RATE, words(range(1, 2001)), Knows())
    assert all(word.timed for word in found[:40])
    assert not any(word.timed or word.fit for word in found[40:])


def test_a_word_that_is_not_said_keeps_a_rough_time_and_is_flagged():
    samples, _ = recording([1, 2, 0, 4])
    between, _ = reading(samples)
    rough = [Word(str(i), i - 1.2, i - 0.4) for i in range(2, 5)]
    found = align_long(between, 4.0, [Word("1", 0.0, 0.5), *rough], Knows())
    assert [word.interpolated for word in found] == [False, False, True, False]
    assert (found[2].start, found[2].end) == pytest.approx((1.8, 2.6))


@given(st.lists(st.tuples(st.floats(0.05, 2.0), st.floats(0.0, 1.5)), min_size=1, max_size=80))
def test_pieces_cover_the_clip_and_every_word_once(shape):
    spread, at = [], 0.0
    for length, pause in shape:
        spread.append(Word("word", at, at + length))
        at += length + pause
    cuts = pieces(spread, at)
    assert [p[0] for p in cuts] == [0, *(p[1] for p in cuts[:-1])]
    assert [p[2] for p in cuts] == [0.0, *(p[3] for p in cuts[:-1])]
    assert (cuts[-1][1], cuts[-1][3]) == (len(spread), at)
    assert all(end - start <= 33.0 for _, _, start, end in cuts)
    assert all(spread[first].start >= start for first, _, start, _ in cuts)


def test_a_long_silence_between_rough_times_is_not_read():
    spread = [Word("word", at, at + 0.5) for at in (60.0, 61.0, 3000.0, 3001.0)]
    assert pieces(spread, 7200.0) == [(0, 2, 55.0, 66.5), (2, 4, 2995.0, 3006.5)]
