"""Attention and regressor against explicit loops over clips and words; metrics against scikit-learn."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from engine.config import RegressionOptions
from engine.decoder import Attention
from engine.metrics import evaluate
from engine.regressor import Regressor

LENGTHS = (5, 1, 3)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def ragged():
    torch.manual_seed(0)
    mask = torch.arange(5) < torch.tensor(LENGTHS)[:, None]
    return torch.randn(3, 5, 4).masked_fill(~mask[..., None], 7.0), mask


def dot(left, right):
    return sum(a * b for a, b in zip(left, right, strict=True))


def softmax(energies):
    top = max(energies)
    parts = [math.exp(e - top) for e in energies]
    return [part / sum(parts) for part in parts]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_regressor_equals_a_loop(ragged, cell):
    inputs, mask = ragged
    regressor = Regressor(4, RegressionOptions(hidden=3, cell=cell)).eval()
    output = regressor(inputs, mask)
    w_a = regressor.attention.weight[0].tolist()
    w_y, b_y = regressor.head.weight[0].tolist(), regressor.head.bias.item()
    for clip, words in enumerate(LENGTHS):
        states = regressor.rnn(inputs[clip : clip + 1, :words])[0][0].tolist()
        alpha = softmax([dot(w_a, state) for state in states])
        sentiment = [dot(w_y, state) + b_y for state in states]
        assert output.attention[clip].tolist() == pytest.approx(alpha + [0.0] * (5 - words), abs=1e-5)
        assert output.sentiment[clip].tolist() == pytest.approx(sentiment + [0.0] * (5 - words), abs=1e-5)
        score = dot(alpha, sentiment)
        assert output.score[clip].item() == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_last_word_alone_is_pooled(ragged, cell):
    inputs, mask = ragged
    regressor = Regressor(4, RegressionOptions(hidden=3, cell=cell, bidirectional=False, pooling="last")).eval()
    output = regressor(inputs, mask)
    w_y, b_y = regressor.head.weight[0].tolist(), regressor.head.bias.item()
    for clip, words in enumerate(LENGTHS):
        last = regressor.rnn(inputs[clip : clip + 1, :words])[0][0, -1].tolist()
        assert output.score[clip].item() == pytest.approx(dot(w_y, last) + b_y, abs=1e-6)
        assert output.attention[clip].tolist() == [float(j == words - 1) for j in range(5)]
    assert not hasattr(regressor, "attention")


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000), st.integers(1, 30), st.booleans(), st.sampled_from(["attention", "last"]))
def test_score_is_the_sum_of_contributions(seed, words, both, pooling):
    torch.manual_seed(seed)
    regressor = Regressor(4, RegressionOptions(hidden=4, bidirectional=both, pooling=pooling)).eval()
    output = regressor(10 * torch.randn(2, words, 4), torch.ones(2, words, dtype=torch.bool))
    torch.testing.assert_close(output.score, (output.attention * output.sentiment).sum(dim=1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(output.attention.sum(dim=1), torch.ones(2))


@pytest.mark.parametrize("kind", ["additive", "dot"])
def test_attention_equals_a_loop(ragged, kind):
    states, mask = ragged
    attention = Attention(kind, 2, 4, 3)
    query = torch.randn(3, 2)
    weights = attention(query, attention.key(states), mask)
    w, b, u = (part.tolist() for part in (attention.query.weight, attention.query.bias, attention.key.weight))
    for clip, words in enumerate(LENGTHS):
        asked = [dot(w[k], query[clip].tolist()) + b[k] for k in range(3)]
        keys = [[dot(u[k], states[clip, j].tolist()) for k in range(3)] for j in range(words)]
        if kind == "additive":
            v = attention.energy.weight[0].tolist()
            energies = [dot(v, [math.tanh(asked[k] + key[k]) for k in range(3)]) for key in keys]
        else:
            energies = [dot(asked, key) / math.sqrt(3) for key in keys]
        assert weights[clip].tolist() == pytest.approx(softmax(energies) + [0.0] * (5 - words), abs=1e-6)


values = st.floats(-4, 4, width=32) | st.sampled_from([-3.0, -0.5, 0.0, 0.5, 1.5, 2.5])


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(values, values.map(lambda v: max(-3.0, min(3.0, v)))), min_size=2, max_size=40))
def test_metrics_equal_scikit_learn(pairs):
    p, t = np.array(pairs, dtype=np.float64).T
    ours = evaluate(p, t)
    seven = [np.round(np.clip(x, -3, 3)).astype(int) for x in (t, p)]
    five = [np.round(np.clip(x, -2, 2)).astype(int) for x in (t, p)]
    kept = t != 0
    assert ours["acc7"] == pytest.approx(accuracy_score(*seven))
    assert ours["acc5"] == pytest.approx(accuracy_score(*five))
    assert ours["has0"] == pytest.approx(accuracy_score(t >= 0, p >= 0))
    assert ours["has0_f1"] == pytest.approx(f1_score(t >= 0, p >= 0, average="weighted", zero_division=0))
    if kept.any():
        sides = t[kept] > 0, p[kept] > 0
        assert ours["non0"] == pytest.approx(accuracy_score(*sides))
        assert ours["non0_f1"] == pytest.approx(f1_score(*sides, average="weighted", zero_division=0))
    else:
        assert ours["non0"] is ours["non0_f1"] is None
    paper = {("precision", "recall", "f1"): (t >= 0, p >= 0), ("precision7", "recall7", "f1_7"): seven}
    for names, (truth, said) in paper.items():
        theirs = precision_recall_fscore_support(truth, said, average="weighted", zero_division=0)[:3]
        assert [ours[name] for name in names] == pytest.approx(list(theirs))
