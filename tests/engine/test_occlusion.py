"""Words blanked one at a time, held to a plain loop over clips whose word is unobserved; and rank correlation."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats
from synthetic import SPECS, clip
from tiny_networks import TINY

from engine.model import SentimentModel
from engine.notation import parse
from engine.occlusion import occlude, rank_correlation
from engine.predict import predict
from extraction.errors import DataError
from extraction.types import Stream


def made(name):
    torch.manual_seed(0)
    return SentimentModel(parse(name), SPECS, TINY["translation"], TINY["regression"]).eval()


def without_word(aligned, word):
    """The clip with one word's vectors unobserved, made from its streams by hand."""
    streams = {}
    for modality, stream in aligned.streams.items():
        values, observed = stream.values.copy(), stream.observed.copy()
        values[word], observed[word] = np.nan, False
        streams[modality] = Stream(stream.spec, values, observed)
    return dataclasses.replace(aligned, streams=streams)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["T", "concat(T,V,A)", "T->A", "embed(T,A)->V", "concat(V,A)->T"])
@pytest.mark.parametrize("utterances", [(), ((0, 2), (2, 9))])
def test_blanking_in_batches_equals_a_plain_loop(name, utterances):
    aligned = dataclasses.replace(clip(np.random.default_rng(1), words=9, missing=0.2), utterances=utterances)
    model = made(name)
    whole = predict(model, aligned).score
    plain = [predict(model, without_word(aligned, word)).score for word in range(9)]
    found = occlude(model, aligned)
    assert found.score == pytest.approx(whole, abs=1e-6)
    np.testing.assert_allclose(found.without, plain, atol=1e-6)
    np.testing.assert_allclose(found.change, whole - np.array(plain), atol=2e-6)
    assert np.abs(found.change).max() > 1e-4


def test_a_word_never_observed_changes_nothing():
    aligned = without_word(clip(np.random.default_rng(1)), 2)
    assert occlude(made("concat(T,V,A)"), aligned).change[2] == pytest.approx(0, abs=1e-7)


def test_a_clip_without_words_is_refused():
    aligned = clip(np.random.default_rng(1), words=0)
    with pytest.raises(DataError, match="has no words"):
        occlude(made("T"), aligned)


def test_rank_correlation_with_ties_against_scipy_and_by_hand():
    one, other = [3.0, 1.0, 2.0, 2.0, 5.0], [30.0, 10.0, 25.0, 20.0, 50.0]
    assert rank_correlation(one, other).rho == pytest.approx(stats.spearmanr(one, other).statistic)
    assert rank_correlation([1, 2, 3, 4], [1, 3, 2, 4]).rho == pytest.approx(1 - 6 * 2 / (4 * 15))


@pytest.mark.parametrize(("words", "tabulated"), [(8, 0.738), (12, 0.587), (20, 0.447), (50, 0.279)])
def test_the_bound_of_chance_is_the_tabulated_one(words, tabulated):
    """Critical values of Spearman's coefficient, two-sided at 5 %: Zar (1972), table 1."""
    assert rank_correlation(range(words), range(words)).by_chance == pytest.approx(
        tabulated, abs=0.035 if words < 10 else 0.012
    )


def test_what_cannot_be_ranked_has_no_correlation():
    assert rank_correlation([1, 2], [2, 1]).rho is None
    assert rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]).rho is None
    assert not rank_correlation([1, 2, 3], [1, 2, 3]).beyond_chance  # three words agree by chance too often
    assert rank_correlation(range(10), range(10)).beyond_chance
    with pytest.raises(DataError, match="do not pair up"):
        rank_correlation([1, 2], [1, 2, 3])
