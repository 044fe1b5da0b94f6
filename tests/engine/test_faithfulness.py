"""Figures of faithfulness from words made by hand, held to known answers, scipy and plain loops."""

import dataclasses
import json

import numpy as np
import pytest
from answered_runs import SHIPPED
from scipy import stats

from engine.checkpoint import read_card
from engine.faithfulness import HEADINGS, Faithfulness, faithfulness, of_card
from engine.word_effects import WordEffects
from extraction.errors import CheckpointError, DataError

pytestmark = pytest.mark.slow  # a thousand shuffles a figure

TEXTS = ("good", "table", "bad", "the", "horrible", "film", "great", "so")


def effects(rng, number, words=8, speaker=None, **given):
    arrays = {
        "sentiment": rng.normal(size=words),
        "attention": rng.dirichlet(np.ones(words)),
        "change": rng.normal(size=words),
        "gradients": rng.normal(size=words),
    }
    texts = tuple(TEXTS[i % len(TEXTS)] for i in range(words))
    return WordEffects(f"c{number}", speaker, texts, **(arrays | given), missing=0.001 * number)


def corpus(clips=40, speakers=8, seed=0, **how):
    rng = np.random.default_rng(seed)
    return [effects(rng, i, speaker=f"s{i % speakers}" if speakers else None, **how) for i in range(clips)]


def test_attention_that_is_the_size_of_the_change_is_wholly_faithful():
    clips = [dataclasses.replace(c, attention=np.abs(c.change), gradients=-c.change) for c in corpus()]
    figures = faithfulness("T", "made", clips, resamples=200).figures
    for name in ("attention_occlusion", "gradients_occlusion", "attention_gradients"):
        found = figures[name]
        assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))
        assert found.chance == pytest.approx(0, abs=0.01)
        assert -0.2 < found.chance_low < 0 < found.chance_high < 0.2
    top = np.mean([np.abs(c.change).max() for c in clips])
    assert figures["deletion"].value == pytest.approx(top)
    assert figures["deletion"].chance == pytest.approx(np.mean([np.abs(c.change).mean() for c in clips]), rel=0.02)
    assert figures["deletion"].chance_high < figures["deletion"].low


def test_means_of_rank_correlations_against_scipy_and_a_plain_loop():
    clips = corpus(clips=12, speakers=4)
    found = faithfulness("T", "made", clips, resamples=4000)
    rhos = np.array([stats.spearmanr(np.abs(c.contribution), np.abs(c.change)).statistic for c in clips])
    figure = found.figures["contribution_occlusion"]
    assert figure.value == pytest.approx(rhos.mean())
    rng, drawn = np.random.default_rng(5), []
    for _ in range(4000):
        chosen = rng.integers(4, size=4)
        drawn.append(np.concatenate([rhos[s::4] for s in chosen]).mean())
    assert (figure.low, figure.high) == pytest.approx(tuple(np.quantile(drawn, (0.025, 0.975))), abs=0.02)
    assert (found.by, found.drawn, found.clips, found.words) == ("speaker", 4, 12, 96)
    assert found.missing == pytest.approx(0.011)


def test_shuffled_words_are_as_far_from_zero_as_scipy_says():
    """The variance of Spearman's coefficient of unrelated rankings of W words is 1 / (W - 1)."""
    figure = faithfulness("T", "made", corpus(), resamples=10).figures["attention_occlusion"]
    assert figure.chance_high - figure.chance_low == pytest.approx(2 * 1.96 / np.sqrt(7 * 40), rel=0.1)


def test_sentiment_is_held_to_the_lexicon_over_the_words_it_knows():
    """good 1.9, bad -2.5, horrible -2.5, great 3.1; the other four words have no entry."""
    felt = np.array([2, 0, -1, 0, -2, 0, 3, 0], dtype=float)
    figures = faithfulness("T", "made", corpus(sentiment=felt), resamples=100).figures
    plain = stats.spearmanr([2, -1, -2, 3], [1.9, -2.5, -2.5, 3.1]).statistic
    assert figures["valence"].counted == 160
    assert figures["valence"].value == pytest.approx(plain)
    assert figures["valence"].low == pytest.approx(plain)  # all clips are alike
    assert figures["valence"].chance == pytest.approx(0, abs=0.02)


def test_what_the_clips_score_alone_would_give_is_the_lexicons_floor():
    rng = np.random.default_rng(0)
    sides = [(("good", "great"), 1), (("bad", "horrible"), -1)]
    clips = [
        effects(rng, i, words=6, sentiment=np.full(6, float(sign)) + 0.1 * rng.normal(size=6))
        for i in range(20)
        for _, sign in [sides[i % 2]]
    ]
    clips = [dataclasses.replace(c, words=(*sides[i % 2][0], "a", "b", "c", "d")) for i, c in enumerate(clips)]
    figure = faithfulness("T", "made", clips, resamples=100).figures["valence"]
    assert figure.value > 0.8
    assert figure.chance > 0.8


def test_short_clips_and_constant_sides_are_not_ranked():
    rng = np.random.default_rng(1)
    even = effects(rng, 1, attention=np.full(8, 1 / 8))
    figures = faithfulness("T", "made", [effects(rng, 0, words=4), even], resamples=10).figures
    assert figures["attention_occlusion"].value is None
    assert figures["attention_occlusion"].counted == 0
    assert figures["gradients_occlusion"].counted == figures["deletion"].counted == 1


def test_clips_are_drawn_where_one_names_no_speaker():
    clips = [*corpus(clips=6), *corpus(clips=1, speakers=0)]
    found = faithfulness("T", "made", clips, resamples=10)
    assert (found.by, found.drawn) == ("clip", 7)
    with pytest.raises(DataError, match="No clip of made has what T reads"):
        faithfulness("T", "made", [])


def test_a_card_keeps_the_figures():
    found = faithfulness("T", "made", corpus(), resamples=10)
    kept = json.loads(json.dumps(found.to_dict()))
    assert Faithfulness.from_dict(kept) == found
    assert list(found.figures) == list(HEADINGS)
    card = dataclasses.replace(read_card(SHIPPED / "T"), faithfulness=None)
    assert of_card(card) is None
    assert of_card(dataclasses.replace(card, faithfulness=kept)) == found
    with pytest.raises(CheckpointError, match="of another version"):
        of_card(dataclasses.replace(card, faithfulness={"figures": {}}))
