"""The encoder of words as a part of the model: it starts where the embedder is, learns, and is kept small."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import checkpoint
from engine.batch import collate
from engine.config import AdapterOptions, RegressionOptions, TranslationOptions
from engine.dataset import Segment
from engine.embedders import make_embedder
from engine.model import SentimentModel
from engine.notation import parse
from engine.splits import Split
from engine.train import Corpus, train_variant
from engine.word_encoder import WordEncoder
from extraction.errors import CheckpointError, DataError
from extraction.types import FeatureSpec

pytestmark = [pytest.mark.models, pytest.mark.usefixtures("one_thread")]
OPTIONS = AdapterOptions(rank=2, alpha=4, dropout=0, learning_rate=0.01)
TEXTS = (("I", "loved", "it"), ("20", "unspeakably", "dull", "minutes", "-"), ("fine",))


@pytest.fixture(scope="module")
def embedder():
    return make_embedder()


@pytest.fixture
def encoder(embedder):
    return WordEncoder(embedder.spec, OPTIONS).eval()


def segments(embedder, labels=(2.0, -2.0, 0.5)):
    streams = embedder.embed_many(TEXTS)
    return tuple(
        Segment(f"c{i}", words, {"T": s.values}, {"T": s.observed}, label)
        for i, (words, s, label) in enumerate(zip(TEXTS, streams, labels, strict=True))
    )


def observed_of(texts):
    seen = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.bool)
    for row, words in enumerate(texts):
        seen[row, : len(words)] = True
    return seen


@pytest.mark.parametrize("learns", [False, True])
def test_untrained_adapters_change_nothing(embedder, encoder, learns):
    if learns:
        encoder.learn()
        encoder.eval()
    vectors = encoder(TEXTS, observed_of(TEXTS)).detach().numpy()
    for row, stream in enumerate(embedder.embed_many(TEXTS)):
        np.testing.assert_allclose(vectors[row, : len(stream.values)], stream.values, atol=2e-5)


def test_a_long_text_is_read_in_the_embedders_windows(embedder, encoder):
    long = (("word", "by", "word", "on", "and", "on", "unstoppably") * 40,)
    np.testing.assert_allclose(encoder(long, observed_of(long))[0].numpy(), embedder.embed(long[0]).values, atol=2e-5)


def test_words_that_are_not_observed_are_not_read(embedder, encoder):
    seen = observed_of(TEXTS[:1])
    seen[0, 1] = False
    vectors = encoder(TEXTS[:1], seen)[0]
    assert vectors[1].isnan().all()
    np.testing.assert_allclose(vectors[[0, 2]].numpy(), embedder.embed(("I", "it")).values, atol=2e-5)
    assert encoder(TEXTS[:1], torch.zeros_like(seen)).isnan().all()


def test_settled_adapters_answer_as_the_learning_ones_do(encoder, embedder):
    encoder.learn()
    torch.manual_seed(0)
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    encoder.eval()
    learnt = encoder(TEXTS, observed_of(TEXTS)).detach()
    other = WordEncoder(embedder.spec, OPTIONS).eval()
    other.load_state_dict(encoder.state_dict())
    plain = other(TEXTS, observed_of(TEXTS))
    other.settle()
    np.testing.assert_allclose(other(TEXTS, observed_of(TEXTS)).numpy(), learnt.numpy(), atol=1e-4)
    assert (plain - learnt).abs().nanmean() > 0.01


def test_other_vectors_have_no_encoder_that_learns(embedder):
    glove = FeatureSpec("T", "glove", "1", ("a", "b"))
    with pytest.raises(DataError, match="embed the words with minilm or mpnet"):
        WordEncoder(glove, OPTIONS)
    with pytest.raises(CheckpointError, match="install the one named"):
        WordEncoder(replace(embedder.spec, version="another"), OPTIONS)
    with pytest.raises(DataError, match="reads no text"):
        SentimentModel(parse("A"), {"A": FeatureSpec("A", "x", "1", ("a",))}, adapter=OPTIONS)


def test_a_model_learns_through_its_words_and_is_kept_without_the_encoder(embedder, tmp_path):
    train = segments(embedder)
    data = Corpus(Split(train, train), {"T": embedder.spec})
    options = RegressionOptions(hidden=4, epochs=6, dropout=0, input_dropout=0, learning_rate=1e-6, schedule="linear")
    trained = train_variant(parse("T"), data, regression=options, adapter=OPTIONS)
    frozen = train_variant(parse("T"), data, regression=options)
    assert trained.best.valid_loss < frozen.best.valid_loss - 0.3  # with this rate the regressor alone learns nothing
    names = set(trained.model.state_dict())
    assert all(name.startswith(("words.adapters.", "reader.", "regressor.")) for name in names)
    card = _card(trained.model)
    checkpoint.rounded(trained.model)
    with torch.no_grad():
        score = trained.model(collate(train, ("T",))).score
    checkpoint.save(trained.model, card, tmp_path)
    assert (tmp_path / checkpoint.WEIGHTS).stat().st_size < 500_000
    loaded, again = checkpoint.load(tmp_path)
    assert again.adapter == OPTIONS
    with torch.no_grad():
        np.testing.assert_allclose(loaded(collate(train, ("T",))).score, score, atol=1e-3)
    _goes_on_from(loaded, data, options)


def _goes_on_from(loaded, data, options):
    still = replace(options, epochs=1, learning_rate=1e-7)
    on = train_variant(parse("T"), data, regression=still, adapter=replace(OPTIONS, learning_rate=1e-7), start=loaded)
    batch = collate(data.split.train, ("T",))
    with torch.no_grad():
        np.testing.assert_allclose(on.model.eval()(batch).score, loaded(batch).score, atol=1e-2)
    with pytest.raises(DataError, match="another shape"):
        train_variant(parse("T"), data, regression=still, adapter=AdapterOptions(rank=3), start=loaded)


def _card(model):
    return checkpoint.Card(
        variant="T",
        specs=model.specs,
        translation=model.translation,
        regression=model.regression,
        seed=0,
        protocol="standard",
        folds=5,
        fold=None,
        data=checkpoint.Source("t", "0", 3, 0),
        unlabelled=None,
        validation={},
        test=None,
        floors={},
        paper=None,
        learned=True,
        verdict="",
        command="",
        code_version="",
        adapter=model.adapter,
    )


def test_frozen_translations_stay_where_the_words_learn(embedder):
    train = segments(embedder)
    voiced = tuple(
        replace(
            s, values=s.values | {"A": np.ones((len(s), 1), np.float32)}, observed=s.observed | {"A": s.observed["T"]}
        )
        for s in train
    )
    specs = {"T": embedder.spec, "A": FeatureSpec("A", "made", "1", ("level",))}
    trained = train_variant(
        parse("T->A"),
        Corpus(Split(voiced, voiced), specs),
        translation=TranslationOptions(hidden=3, epochs=1),
        regression=RegressionOptions(hidden=3, epochs=2, fine_tune=False),
        adapter=OPTIONS,
    )
    stage = trained.model.variant.stages[0]
    kept = trained.translators[str(stage)].encoder.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in trained.model.encoder(stage).state_dict().items())
    assert any(
        parameter.any() for name, parameter in trained.model.words.named_parameters() if name.endswith("1.weight")
    )
