"""Two draws of dropout that should agree."""

import numpy as np
import pytest
import torch
from synthetic import SPECS, table

from engine.config import RegressionOptions
from engine.dataset import segments_of
from engine.model import SentimentModel
from engine.notation import parse
from engine.regression import _Task
from engine.splits import Split
from engine.train import Corpus, train_variant

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def clips():
    return segments_of(table(clips=64, missing=0.0), ("T",))


def task(clips, **options):
    torch.manual_seed(0)
    options = RegressionOptions(hidden=4, batch_size=8, **options)
    model = SentimentModel(parse("T"), {"T": SPECS["T"]}, None, options)
    model.reader.fit(clips, options.text_scale)
    model.train()
    return _Task(model, clips, clips, options, 0, None)


def first_batch(one):
    return next(iter(one.batches(1)))


@pytest.mark.parametrize("joined", [0.0, 1.0])
def test_without_dropout_it_adds_nothing(clips, joined):
    still = {"dropout": 0.0, "input_dropout": 0.0, "joined": joined}
    plain, drawn = task(clips, **still), task(clips, consistency=3.0, **still)
    (loss, count), (twice, counted) = plain.loss(first_batch(plain)), drawn.loss(first_batch(drawn))
    assert float(count) == float(counted) == 8 * (1 + joined)
    assert float(twice.detach()) == pytest.approx(float(loss.detach()), rel=1e-5)


def test_the_loss_is_both_errors_mean_and_the_weighted_squared_difference(clips):
    one = task(clips, consistency=2.0, dropout=0.5)
    (inputs, mask, parts, weight), beside = first_batch(one)
    torch.manual_seed(3)
    loss, count = one.loss(((inputs, mask, parts, weight), beside))
    torch.manual_seed(3)
    scores = one.model.regressor(inputs, mask).score.tolist()
    labels = parts.labels[:, 0].tolist()
    half = len(scores) // 2
    assert (half, labels[:half]) == (int(count), labels[half:])
    expected = 0.0
    for i in range(half):
        error = (abs(scores[i] - labels[i]) + abs(scores[half + i] - labels[i])) / 2
        expected += error + 2.0 * (scores[i] - scores[half + i]) ** 2
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-4)
    assert max(abs(a - b) for a, b in zip(scores[:half], scores[half:], strict=True)) > 1e-3


def test_validation_reads_each_clip_once(clips):
    one = task(clips, consistency=5.0, dropout=0.5)
    one.model.eval()
    plain = task(clips, dropout=0.5)
    plain.model.load_state_dict(one.model.state_dict())
    plain.model.eval()
    assert one.validate() == pytest.approx(plain.validate(), rel=1e-6)


@pytest.mark.slow
def test_scores_under_two_draws_come_closer(clips):
    data = Corpus(Split(clips[:48], clips[48:]), {"T": SPECS["T"]})
    apart = {}
    for weight in (0.0, 20.0):
        options = RegressionOptions(hidden=8, epochs=25, learning_rate=0.01, dropout=0.5, consistency=weight)
        drawn = task(clips, dropout=0.5)
        model = train_variant(parse("T"), data, regression=options).model
        drawn.model = model.train()
        torch.manual_seed(0)
        with torch.no_grad():
            states = [drawn.source.item(np.arange(48), 1.0) for _ in range(2)]
            one, other = (model.regressor(inputs, mask).score for inputs, mask, *_ in states)
        apart[weight] = float((one - other).square().mean())
    assert apart[20.0] < 0.7 * apart[0.0]


def test_an_identity_of_before_stays_without_it():
    assert "consistency" not in RegressionOptions().decisive()
    assert RegressionOptions(consistency=0.5).decisive()["consistency"] == 0.5
