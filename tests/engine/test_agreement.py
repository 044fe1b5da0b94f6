"""Agreement of several predictions, against figures worked out by hand."""

import math

import numpy as np
import pytest

from engine.agreement import agreement
from engine.predict import Prediction, Utterance
from extraction.errors import DataError
from extraction.types import Word

WORDS = tuple(Word(text) for text in ("good", "but", "awful"))


def prediction(variant, sentiment, words=WORDS):
    s = np.array(sentiment, np.float32)
    even = np.full(len(s), 1 / len(s), np.float32)
    score = float((s * even).sum())
    return Prediction(variant, words, s, even, score, ("T",), (Utterance(0, len(s), None, None, score),))


def test_figures_by_hand():
    found = agreement([prediction("T", [2, 0, -2]), prediction("A", [1, 1, -2]), prediction("V", [-2, 0, 2])])
    assert found.variants == ("T", "A", "V")
    assert found.correlation[0, 2] == pytest.approx(-1)
    assert found.correlation[0, 1] == pytest.approx(6 / math.sqrt(8 * 6))
    np.testing.assert_allclose(found.same_sign, [[1, 2 / 3, 1 / 3], [2 / 3, 1, 0], [1 / 3, 0, 1]])
    np.testing.assert_allclose(
        found.spread, [np.std([2, 1, -2], ddof=1), np.std([0, 1, 0], ddof=1), np.std([-2, -2, 2], ddof=1)]
    )
    assert found.score_spread == pytest.approx(0)
    assert [pair[:2] for pair in found.pairs] == [("T", "A"), ("T", "V"), ("A", "V")]


def test_the_most_disputed_words_come_first_with_who_says_what():
    found = agreement([prediction("T", [2, 0, -3]), prediction("A", [1, 1, 3])])
    first, second = found.disagreements(2)
    assert (first.word, first.lowest, first.low, first.highest, first.high) == (2, "T", -3, "A", 3)
    assert first.spread > second.spread
    assert len(found.disagreements(99)) == 3


def test_a_constant_reading_has_no_correlation():
    found = agreement([prediction("T", [1, 1, 1]), prediction("A", [1, 2, 3])])
    assert np.isnan(found.correlation[0, 1])
    assert found.correlation[1, 1] == pytest.approx(1)


def test_one_variant_or_other_words_are_refused():
    with pytest.raises(DataError, match="two variants or more"):
        agreement([prediction("T", [1, 2, 3])])
    other = (Word("x"), Word("y"), Word("z"))
    with pytest.raises(DataError, match="different words"):
        agreement([prediction("T", [1, 2, 3]), prediction("A", [1, 2, 3], other)])
