"""Integrated gradients held to known answers, to a plain integral, and to what they must add up to."""

import csv
import dataclasses

import numpy as np
import pytest
import torch
from answered_runs import SHIPPED
from synthetic import SPECS, clip
from tiny_networks import TINY

from engine import load
from engine.batch import collate
from engine.config import AdapterOptions, RegressionOptions
from engine.dataset import Segment
from engine.embedders import make_embedder
from engine.integrated_gradients import TOLERANCE, attribute, attributions
from engine.model import SentimentModel
from engine.notation import parse
from engine.occlusion import blanked
from engine.predict import predict, segments_of
from engine.regressor import Output
from engine.sequence import run_packed
from extraction.errors import DataError
from extraction.types import Aligned, Stream, Word

pytestmark = pytest.mark.usefixtures("one_thread")


def made(name, seed=0):
    torch.manual_seed(seed)
    return SentimentModel(parse(name), SPECS, TINY["translation"], TINY["regression"]).eval()


class Summed(torch.nn.Module):
    """Reads each word's vector by fixed weights: the score is a function of the words' sum."""

    def __init__(self, width, function):
        super().__init__()
        self.head, self.function = torch.nn.Linear(width, 1, bias=False), function

    def forward(self, inputs, mask):
        each = self.head(inputs).squeeze(-1) * mask
        return Output(self.function(each.sum(dim=1)), each, each, mask)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (lambda total: total, lambda each: each),
        (lambda total: total**2, lambda each: each * each.sum()),
        (lambda total: torch.sin(3 * total), lambda each: np.sin(3 * each.sum()) * each / each.sum()),
    ],
    ids=["linear", "square", "sine"],
)
def test_a_score_of_the_words_sum_has_a_known_answer(function, answer):
    """On the way to words x_t the sum is a * sum(x), so a word adds its share of f(sum) - f(0)."""
    model = made("concat(T,V,A)")
    model.regressor = Summed(model.reader.width, function)
    (segment,) = segments_of(model, clip(np.random.default_rng(2), words=7, missing=0.3))
    batch = collate([segment], model.inputs)
    with torch.no_grad():
        each = model.regressor(model.reader(batch, {}), batch.mask).sentiment[0].numpy().astype(np.float64)
    (found,) = attributions(model, [segment])
    np.testing.assert_allclose(found.words, answer(each), atol=1e-4)
    assert np.abs(found.words).max() > 1e-2


@pytest.mark.parametrize("name", ["T", "concat(T,V,A)", "T->A", "concat(V,A)->T"])
def test_the_integral_equals_a_fine_sum_over_the_columns(name):
    """Gradient by each column at 2000 points of the way, times the column, summed over a word's columns."""
    model = made(name)
    (segment,) = segments_of(model, clip(np.random.default_rng(3), words=6, missing=0.2))
    batch = collate([segment], model.inputs)
    encoder = next(iter(model.encoders.values()), None)
    inputs = (model.reader if encoder is None else encoder.reader)(batch, {}).detach()
    points = ((torch.arange(2000) + 0.5) / 2000)[:, None, None]
    way = (points * inputs).requires_grad_()
    mask = batch.mask.expand(2000, -1)
    states = way if encoder is None else run_packed(encoder.rnn, way, mask)
    (slope,) = torch.autograd.grad(model.regressor(states, mask).score.sum(), way)
    plain = (slope.mean(dim=0) * inputs[0]).sum(dim=1).numpy()
    (found,) = attributions(model, [segment])
    np.testing.assert_allclose(found.words, plain, atol=2e-4)
    assert np.abs(plain).max() > 1e-3


@pytest.mark.parametrize("name", ["T", "concat(T,V,A)", "embed(T,A)->V", "concat(V,A)->T"])
def test_words_add_up_to_what_the_clip_is_beyond_an_empty_one(name):
    model, rng = made(name), np.random.default_rng(4)
    segments = [segments_of(model, clip(rng, words=n, missing=0.2))[0] for n in (1, 9, 4)]
    for segment, found in zip(segments, attributions(model, segments), strict=True):
        with torch.no_grad():
            ends = [
                model(collate([s], model.inputs)).score.item()
                for s in (segment, blanked(segment, range(9)[: len(segment)]))
            ]
        assert (found.score, found.baseline) == pytest.approx(tuple(ends), abs=1e-6)
        assert found.missing == pytest.approx(0, abs=3 * TOLERANCE)
        unseen = ~np.any([segment.observed[m] for m in model.inputs], axis=0)
        assert not found.words[unseen].any()


def test_a_score_that_jumps_on_the_way_is_followed():
    model = made("T", seed=1)
    with torch.no_grad():
        model.regressor.attention.weight *= 2000
        model.regressor.head.weight *= 10
    found = attribute(model, clip(np.random.default_rng(5), words=12))
    assert abs(found.score - found.baseline) > 0.1
    assert found.missing == pytest.approx(0, abs=0.01)


def test_a_long_recording_counts_its_utterances_by_their_words():
    model = made("concat(T,A)")
    whole = clip(np.random.default_rng(1), words=9)
    aligned = dataclasses.replace(whole, utterances=((0, 2), (2, 9)))
    found = attribute(model, aligned)
    alone = attributions(model, segments_of(model, aligned))
    assert found.score == pytest.approx(predict(model, aligned).score, abs=1e-6)
    np.testing.assert_allclose(found.words, np.r_[alone[0].words * 2 / 9, alone[1].words * 7 / 9], atol=1e-7)
    assert found.missing == pytest.approx(0, abs=3 * TOLERANCE)


def test_the_model_is_left_as_it_was():
    model, aligned = made("T->A"), clip(np.random.default_rng(1))
    before = predict(model, aligned)
    attribute(model, aligned)
    np.testing.assert_array_equal(predict(model, aligned).sentiment, before.sentiment)
    assert not any(module._forward_hooks for module in model.modules())
    assert all(p.grad is None and p.requires_grad for p in model.parameters())


def test_a_clip_without_words_is_refused():
    with pytest.raises(DataError, match="has no words"):
        attribute(made("T"), clip(np.random.default_rng(1), words=0))


@pytest.mark.models
@pytest.mark.slow
def test_an_encoder_of_words_in_the_model_makes_the_vectors_that_are_let_in():
    embedder, texts = make_embedder(), (("I", "loved", "it"), ("dull",))
    torch.manual_seed(0)
    options = RegressionOptions(hidden=3)
    own = SentimentModel(parse("T"), {"T": embedder.spec}, None, options, AdapterOptions(rank=2)).eval()
    plain = SentimentModel(parse("T"), {"T": embedder.spec}, None, options).eval()
    plain.load_state_dict(own.state_dict(), strict=False)
    streams = embedder.embed_many(texts)
    read = [Segment("c", w, {"T": s.values}, {"T": s.observed}) for w, s in zip(texts, streams, strict=True)]
    unread = [dataclasses.replace(s, values={"T": np.zeros_like(s.values["T"])}) for s in read]
    for one, other in zip(attributions(own, unread), attributions(plain, read), strict=True):
        np.testing.assert_allclose(one.words, other.words, atol=1e-4)
        assert np.abs(one.words).max() > 1e-3
    assert own.words is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["T", "concat(T,V,A)", "embed(T,V)_to_A", "concat(T,A)_to_concat(T,V)"])
def test_words_of_a_shipped_model_add_up(name):
    model, rng = load(SHIPPED / name), np.random.default_rng(0)
    words = tuple(Word(f"w{i}", i * 0.3, i * 0.3 + 0.2, 0.9) for i in range(20))
    streams = {}
    for modality, spec in model.card.specs.items():
        mean = next(m.mean for n, m in model.model.named_modules() if n.endswith(f"standardisers.{modality}"))
        scale = next(m.scale for n, m in model.model.named_modules() if n.endswith(f"standardisers.{modality}"))
        values = rng.normal(mean.numpy(), scale.numpy(), size=(20, spec.dim)).astype(np.float32)
        streams[modality] = Stream(spec, values, np.ones(20, dtype=bool))
    found = attribute(model.model, Aligned("clip", words, streams, duration=6.0))
    assert found.missing == pytest.approx(0, abs=5 * TOLERANCE)
    assert np.abs(found.words).max() > 0.01


@pytest.mark.data
@pytest.mark.models
@pytest.mark.slow
@pytest.mark.parametrize("name", ["T", "T_to_A"])
def test_words_of_real_texts_add_up(name, data_root):
    with (data_root / "mosi" / "label.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["mode"] == "valid"][:40]
    texts = [row["text"].split() for row in rows]
    streams = make_embedder().embed_many(texts)
    read = [
        Segment(str(i), tuple(words), {"T": s.values}, {"T": s.observed})
        for i, (words, s) in enumerate(zip(texts, streams, strict=True))
    ]
    found = attributions(load(SHIPPED / name).model, read)
    assert max(abs(one.missing) for one in found) < 5 * TOLERANCE
    assert np.mean([abs(one.score - one.baseline) for one in found]) > 0.5
