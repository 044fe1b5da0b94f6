"""Attention and regressor against explicit loops over clips and words; metrics against scikit-learn."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from engine.config import RegressionOptions
from engine.metrics import evaluate
from engine.regressor import Regressor
from engine.translator import AdditiveAttention

LENGTHS = (5, 1, 3)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def ragged():
    torch.manual_seed(0)
    mask = torch.arange(5) < torch.tensor(LENGTHS)[:, None]
    return torch.randn(3, 5, 4).masked_fill(~mask[..., None], 7.0), mask


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
        alpha = softmax([sum(w * h for w, h in zip(w_a, state, strict=True)) for state in states])
        sentiment = [sum(w * h for w, h in zip(w_y, state, strict=True)) + b_y for state in states]
        assert output.attention[clip].tolist() == pytest.approx(alpha + [0.0] * (5 - words), abs=1e-5)
        assert output.sentiment[clip].tolist() == pytest.approx(sentiment + [0.0] * (5 - words), abs=1e-5)
        score = sum(a * s for a, s in zip(alpha, sentiment, strict=True))
        assert output.score[clip].item() == pytest.approx(score, abs=1e-5)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000), st.integers(1, 30), st.booleans())
def test_score_is_the_sum_of_contributions(seed, words, both):
    torch.manual_seed(seed)
    regressor = Regressor(4, RegressionOptions(hidden=4, bidirectional=both)).eval()
    output = regressor(10 * torch.randn(2, words, 4), torch.ones(2, words, dtype=torch.bool))
    torch.testing.assert_close(output.score, (output.attention * output.sentiment).sum(dim=1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(output.attention.sum(dim=1), torch.ones(2))


def test_additive_attention_equals_a_loop(ragged):
    states, mask = ragged
    attention = AdditiveAttention(2, 4, 3)
    query = torch.randn(3, 2)
    weights = attention(query, attention.key(states), mask)
    w, b = attention.query.weight.tolist(), attention.query.bias.tolist()
    u, v = attention.key.weight.tolist(), attention.energy.weight[0].tolist()
    for clip, words in enumerate(LENGTHS):
        energies = []
        for j in range(words):
            h, q = states[clip, j].tolist(), query[clip].tolist()
            hidden = [
                math.tanh(sum(w[k][i] * q[i] for i in range(2)) + b[k] + sum(u[k][i] * h[i] for i in range(4)))
                for k in range(3)
            ]
            energies.append(sum(v[k] * hidden[k] for k in range(3)))
        assert weights[clip].tolist() == pytest.approx(softmax(energies) + [0.0] * (5 - words), abs=1e-6)


values = st.floats(-4, 4, width=32) | st.sampled_from([-3.0, -0.5, 0.0, 0.5, 1.5, 2.5])


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
    assert ours["has0_accuracy"] == pytest.approx(accuracy_score(t >= 0, p >= 0))
    assert ours["has0_f1"] == pytest.approx(f1_score(t >= 0, p >= 0, average="weighted", zero_division=0))
    if kept.any():
        sides = t[kept] > 0, p[kept] > 0
        assert ours["non0_accuracy"] == pytest.approx(accuracy_score(*sides))
        assert ours["non0_f1"] == pytest.approx(f1_score(*sides, average="weighted", zero_division=0))
    else:
        assert ours["non0_accuracy"] is ours["non0_f1"] is None
    for kind, (truth, said) in {"binary": (t >= 0, p >= 0), "seven": seven}.items():
        theirs = precision_recall_fscore_support(truth, said, average="weighted", zero_division=0)[:3]
        assert [ours[f"{kind}_{k}"] for k in ("precision", "recall", "f1")] == pytest.approx(list(theirs))
