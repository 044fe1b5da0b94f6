"""Every variant builds, runs and ignores padding; a few learn four clips by heart; a seed decides everything."""

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip, table

from engine.batch import Batch, collate
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import Split, labels_of, segment_of, segments_of, standard_split
from engine.model import SentimentModel, scores
from engine.notation import parse
from engine.train import Corpus, train_translation, train_variant
from engine.translator import Translator
from engine.variants import VARIANTS
from extraction.errors import DataError

TINY = (TranslationOptions(hidden=3, epochs=2), RegressionOptions(hidden=3, epochs=2))
BY_HEART = (
    TranslationOptions(hidden=8, epochs=4, dropout=0, batch_size=4, learning_rate=0.02),
    RegressionOptions(hidden=12, epochs=60, dropout=0, input_dropout=0, batch_size=4, learning_rate=0.04, patience=60),
)
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


pytestmark = pytest.mark.usefixtures("one_thread")


def corpus(**how):
    made = table(**how)
    return Corpus(standard_split(segments_of(made, tuple(made.specs))), made.specs)


def padded(batch, by):
    def more(tensor, value):
        rest = torch.full((tensor.shape[0], by, *tensor.shape[2:]), value, dtype=tensor.dtype)
        return torch.cat([tensor, rest], dim=1)

    values = {m: more(v, 99.0) for m, v in batch.values.items()}
    observed = {m: more(o, True) for m, o in batch.observed.items()}
    return Batch(values, observed, more(batch.mask, False), batch.labels)


@each_variant
def test_padding_never_changes_a_prediction(variant):
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    model = SentimentModel(variant, SPECS, *TINY).eval()
    segments = [segment_of(clip(rng, f"c{n}", n, missing=0.2), model.inputs) for n in (1, 4, 7)]
    with torch.no_grad():
        together = model(collate(segments, model.inputs))
        further = model(padded(collate(segments, model.inputs), 5))
        for row, segment in enumerate(segments):
            alone, words = model(collate([segment], model.inputs)), len(segment)
            for output in (together, further):
                torch.testing.assert_close(output.score[row], alone.score[0])
                torch.testing.assert_close(output.sentiment[row, :words], alone.sentiment[0])
                torch.testing.assert_close(output.attention[row, :words], alone.attention[0])
                assert not output.attention[row, words:].any()
    torch.testing.assert_close(together.score, (together.attention * together.sentiment).sum(1), atol=1e-5, rtol=0)


@each_variant
def test_only_the_inputs_are_read_and_all_of_them(variant):
    torch.manual_seed(2)
    model = SentimentModel(variant, SPECS, *TINY).eval()
    segment = segment_of(clip(np.random.default_rng(2)), model.inputs)
    batch = collate([segment], model.inputs)
    assert set(batch.values) == set(variant.inputs)
    for values in batch.values.values():
        values.requires_grad_()
    model(batch).score.sum().backward()
    assert all(values.grad is not None and values.grad.abs().sum() > 0 for values in batch.values.values())


@pytest.mark.parametrize("name", ["T", "T->A", "embed(T,A)->V", "concat(T,V,A)"])
def test_four_clips_are_learnt_by_heart(name):
    data = corpus(clips=4, missing=0.0, seed=3)
    four = tuple(s for part in (data.split.train, data.split.valid, data.split.test) for s in part)
    data = Corpus(Split(four, four), data.specs)
    trained = train_variant(parse(name), data, translation=BY_HEART[0], regression=BY_HEART[1], seed=0)
    assert np.abs(scores(trained.model, four) - labels_of(four)).mean() < 0.1
    assert trained.best.valid_loss == pytest.approx(
        np.abs(scores(trained.model, four) - labels_of(four)).mean(), abs=1e-5
    )


def test_a_translation_learns_its_target_and_decodes_freely():
    data = corpus(clips=120, missing=0.0, seed=4)  # one column of four follows the text, the others are noise
    model = SentimentModel(parse("T->A"), SPECS, TranslationOptions(hidden=16, epochs=15, learning_rate=0.01))
    epochs = []
    best = train_translation(model, parse("T->A").stages[0], data, report=epochs.append)
    assert best.valid_loss < 0.9  # the mean vector's is 1
    assert best.valid_loss == min(epoch.valid_loss for epoch in epochs)


@each_variant
@pytest.mark.slow
def test_every_variant_trains(variant):
    trained = train_variant(variant, corpus(), translation=TINY[0], regression=TINY[1])
    answers = scores(trained.model, corpus().split.test)
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("name", ["concat(T,A)", "embed(A,T)->V"])
def test_the_same_seed_gives_the_same_weights(name):
    before = torch.get_rng_state()
    runs = [
        train_variant(parse(name), corpus(), translation=TINY[0], regression=TINY[1], seed=seed).model.state_dict()
        for seed in (5, 5, 6)
    ]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(runs[0][key], runs[1][key]) for key in runs[0])
    assert not torch.equal(runs[0]["regressor.rnn.weight_ih_l0"], runs[2]["regressor.rnn.weight_ih_l0"])


def test_variants_share_a_stage():
    shared = {}
    for name in ("T->A", "embed(T,A)->V"):
        model = train_variant(parse(name), corpus(), translation=TINY[0], regression=TINY[1], stages=shared).model
    inner = model.encoder(parse("T->A").stages[0]).state_dict()
    assert set(shared) == {"T->A", "embed(T,A)->V"}
    assert all(torch.equal(inner[key], shared["T->A"][key]) for key in inner)


def test_encoders_are_frozen_unless_fine_tuned():
    shared = {}
    for fine_tune in (False, True):
        options = RegressionOptions(hidden=3, epochs=3, fine_tune=fine_tune)
        trained = train_variant(
            parse("T->A"), corpus(), translation=TINY[0], regression=options, stages=shared
        ).model.encoder(parse("T->A").stages[0])
        same = torch.equal(trained.rnn.weight_ih_l0, shared["T->A"]["rnn.weight_ih_l0"])
        assert same is not fine_tune


def test_labels_may_come_from_a_text_only_table():
    trained = train_variant(
        parse("T->concat(A,V)"), corpus(modalities="T"), corpus(seed=9), translation=TINY[0], regression=TINY[1]
    )
    assert scores(trained.model, corpus(modalities="T").split.test).shape == (6,)


def test_training_can_start_from_a_model():
    first = train_variant(parse("T"), corpus(), regression=TINY[1]).model
    frozen = RegressionOptions(hidden=3, epochs=1, learning_rate=1e-7)
    again = train_variant(parse("T"), corpus(seed=8), regression=frozen, start=first).model
    test = corpus().split.test
    np.testing.assert_allclose(scores(again, test), scores(first, test), atol=1e-4)
    with pytest.raises(DataError, match="another shape"):
        train_variant(parse("T"), corpus(), regression=RegressionOptions(hidden=4), start=first)
    with pytest.raises(DataError, match="cannot start from a model of T"):
        train_variant(parse("A"), corpus(), start=first)


def test_data_that_cannot_train_is_refused():
    with pytest.raises(DataError, match="The word table has no video"):
        train_variant(parse("V"), corpus(modalities="T"))
    with pytest.raises(DataError, match="The word table has no audio"):
        train_variant(parse("T->A"), corpus(modalities="T"))
    with pytest.raises(DataError, match="No word of the training clips has the target of T->A observed"):
        train_variant(parse("T->A"), corpus(missing=1.0))
    other = corpus()
    changed = {**SPECS, "T": type(SPECS["T"])("T", "made-T", "2", SPECS["T"].names)}
    with pytest.raises(DataError, match="differ in text \\(version '1' against '2'\\): extract both alike"):
        train_variant(parse("T->A"), corpus(), Corpus(other.split, changed))


def test_a_loss_that_is_no_number_stops_training(monkeypatch):
    monkeypatch.setattr("engine.standardise.CLIP", float("nan"))
    with pytest.raises(DataError, match="Training regression broke down in epoch 1"):
        train_variant(parse("T"), corpus(), regression=TINY[1])


def test_unknown_target_values_cost_nothing():
    torch.manual_seed(0)
    stage = parse("T->A").stages[0]
    options = TranslationOptions(hidden=3)
    model = SentimentModel(parse("T->A"), SPECS, options)
    translator = Translator(model.encoder(stage), stage, SPECS, options).eval()
    batch = collate([segment_of(clip(np.random.default_rng(0)), ("T", "A"))], ("T", "A"))
    translation = translator(batch, {})
    truth = batch.values["A"].clone()
    batch.values["A"][0, 2, 1] = np.nan
    batch.observed["A"][0, 4] = False
    errors = (translation.values - truth) ** 2
    kept = torch.ones_like(errors, dtype=torch.bool)
    kept[0, 2, 1] = kept[0, 4] = False
    loss, count = translator.loss(batch, {})
    assert count == 4 * 4 - 1
    torch.testing.assert_close(loss, errors[kept].mean())
    torch.testing.assert_close(translation.attention.sum(-1), torch.ones(1, 5))


def test_a_longer_neighbour_never_changes_a_translation():
    torch.manual_seed(0)
    stage, options = parse("T->A").stages[0], TranslationOptions(hidden=3)
    translator = Translator(SentimentModel(parse("T->A"), SPECS, options).encoder(stage), stage, SPECS, options).eval()
    rng = np.random.default_rng(0)
    short, long = (segment_of(clip(rng, f"c{n}", n), ("T", "A")) for n in (3, 8))
    alone, together = (translator(collate(part, ("T", "A")), {}) for part in ([short], [short, long]))
    torch.testing.assert_close(together.values[0, :3], alone.values[0])
    torch.testing.assert_close(together.attention[0, :3, :3], alone.attention[0])
    assert not together.attention[0, :, 3:].any()
