"""How well words fit, and which of them are not said."""

import math
import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.alignment.goodness import fits, said


def story(text):
    return "".join("." if one else "x" for one in said([c == "." for c in text]))


@pytest.mark.parametrize(
    ("placed", "told"),
    [
        ("........", "........"),
        ("..x...xx..", ".........."),
        ("....xxx....", "....xxx...."),
        ("xxxx......", "xxxx......"),
        ("......xxxxx", "......xxxxx"),
        ("..xxx.xxx...", "..xxxxxxx..."),
        ("xxxxxxx", "xxxxxxx"),
        ("", ""),
        (".", "."),
    ],
)
def test_runs_of_words_left_out_are_not_said_and_single_ones_are_chance(placed, told):
    assert story(placed) == told


@pytest.mark.parametrize("length", range(1, 9))
def test_the_story_is_the_likeliest_of_all(length):
    def likelihood(placed, told):
        odds = sum((1.5 if p else -2.7) for p, t in zip(placed, told, strict=True) if t)
        return odds - 3.5 * sum(a != b for a, b in zip((True, *told), (*told, True), strict=True))

    for placed in product((True, False), repeat=length):
        best = max(likelihood(placed, told) for told in product((True, False), repeat=length))
        assert likelihood(placed, said(placed)) == pytest.approx(best)


def test_fit_is_even_odds_at_the_logistics_middle_and_rises_with_the_margin():
    assert fits(np.array([-3.385 / 1.498]), [(0, 10)]) == [pytest.approx(0.5, abs=1e-3)]
    low, high = fits(np.array([-8.0]), [(0, 10)])[0], fits(np.array([1.0]), [(0, 10)])[0]
    assert low < 0.01
    assert high > 0.99


def test_fit_reads_the_words_beside_a_word_by_their_length():
    margins = np.array([0.0, -6.0, 0.0])
    alone = fits(margins, [(0, 10), (10, 20), (20, 30)])[1]
    assert alone == pytest.approx(1 / (1 + math.exp(-(1.498 * -2.0 + 3.385))), abs=1e-4)
    assert fits(margins, [(0, 100), (100, 110), (110, 210)])[1] > alone


@pytest.mark.slow
@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.booleans()), max_size=20))
def test_fit_is_a_probability_or_nothing(words):
    margins = np.array([m if there else math.nan for m, there in words])
    found = fits(margins, [(10 * i, 10 * i + 7) if there else None for i, (_, there) in enumerate(words)])
    assert [one is not None for one in found] == [there for _, there in words]
    assert all(0.0 <= one <= 1.0 for one in found if one is not None)


def test_a_long_transcript_takes_no_time():
    begun = time.perf_counter()
    said([i % 50 > 5 for i in range(100_000)])
    assert time.perf_counter() - begun < 5.0
