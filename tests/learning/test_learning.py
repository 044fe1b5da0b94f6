"""Every variant builds, runs and ignores padding; a few learn four clips by heart; a seed decides everything."""

import dataclasses

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip
from tiny_networks import TINY, corpus, translator

from engine.batch import Batch, collate
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import labels_of, segment_of
from engine.model import SentimentModel, scores
from engine.notation import parse
from engine.splits import Split
from engine.stages import StageTrainer
from engine.train import Corpus, train_variant
from engine.variants import VARIANTS
from extraction.errors import DataError

BY_HEART = (
    TranslationOptions(hidden=8, epochs=4, dropout=0, batch_size=4, learning_rate=0.02),
    RegressionOptions(hidden=12, epochs=60, dropout=0, input_dropout=0, batch_size=4, learning_rate=0.04, patience=60),
)
SHAPES = [
    {"attention": "additive"},
    {"cell": "gru", "attention": "dot", "layers": 2, "bidirectional": False},
    {"target": "codes", "attention": "additive"},
    {"target": "codes", "cell": "gru", "attention": "dot", "layers": 2},
]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


pytestmark = pytest.mark.usefixtures("one_thread")


def padded(batch, by):
    def more(tensor, value):
        rest = torch.full((tensor.shape[0], by, *tensor.shape[2:]), value, dtype=tensor.dtype)
        return torch.cat([tensor, rest], dim=1)

    values = {m: more(v, 99.0) for m, v in batch.values.items()}
    observed = {m: more(o, True) for m, o in batch.observed.items()}
    return Batch(values, observed, more(batch.mask, False), batch.labels)


@pytest.mark.slow
@each_variant
def test_padding_never_changes_a_prediction(variant):
    check_padding(variant, **TINY)


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["attention", "last"])
@pytest.mark.parametrize("name", ["concat(T,V,A)", "embed(T,A)->V"])
def test_padding_never_changes_a_prediction_in_other_shapes(name, pooling):
    shape = {"hidden": 3, "cell": "gru", "layers": 2, "bidirectional": False}
    translation = TranslationOptions(attention="dot", **shape)
    regression = RegressionOptions(pooling=pooling, **shape)
    check_padding(parse(name), translation, regression)


def check_padding(variant, translation, regression):
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    model = SentimentModel(variant, SPECS, translation, regression).eval()
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
    model = SentimentModel(variant, SPECS, **TINY).eval()
    segment = segment_of(clip(np.random.default_rng(2)), model.inputs)
    batch = collate([segment], model.inputs)
    assert set(batch.values) == set(variant.inputs)
    for values in batch.values.values():
        values.requires_grad_()
    model(batch).score.sum().backward()
    assert all(values.grad is not None and values.grad.abs().sum() > 0 for values in batch.values.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("T", "values"),
        ("T->A", "values"),
        ("embed(T,A)->V", "values"),
        ("concat(T,V,A)", "values"),
        pytest.param("embed(T,A)->V", "codes", marks=pytest.mark.slow),
        pytest.param("T->concat(A,V)", "codes", marks=pytest.mark.slow),
    ],
)
def test_four_clips_are_learnt_by_heart(name, target):
    data = corpus(clips=4, missing=0.0, seed=3)
    four = tuple(s for part in (data.split.train, data.split.valid, data.split.test) for s in part)
    data = Corpus(Split(four, four), data.specs)
    translation = dataclasses.replace(BY_HEART[0], target=target, codes=4)
    trained = train_variant(parse(name), data, translation=translation, regression=BY_HEART[1], seed=0)
    assert np.abs(scores(trained.model, four) - labels_of(four)).mean() < 0.1
    assert trained.best.valid_loss == pytest.approx(
        np.abs(scores(trained.model, four) - labels_of(four)).mean(), abs=1e-5
    )


@pytest.mark.slow
def test_a_translation_learns_its_target_and_decodes_freely():
    data = corpus(clips=120, missing=0.0, seed=4)  # one column of four follows the text, the others are noise
    trainer, epochs = StageTrainer(data, TranslationOptions(hidden=16, epochs=15, learning_rate=0.01)), []
    trained = trainer.get(parse("T->A").stages[0], epochs.append)
    assert trained.figures.learned
    assert trained.figures.loss < 0.9 < trained.figures.floor  # the mean vector's is about 1
    assert trained.figures.loss == min(epoch.valid_loss for epoch in epochs)
    assert trained.history == tuple(epochs)
    assert epochs[trained.figures.epoch - 1].valid_loss == trained.figures.loss


@each_variant
@pytest.mark.slow
def test_every_variant_trains(variant):
    trained = train_variant(variant, corpus(), **TINY)
    answers = scores(trained.model, corpus().split.test)
    assert np.isfinite(answers).all()


OTHER_SHAPE = {"hidden": 3, "epochs": 2, "cell": "gru", "layers": 2, "bidirectional": False}


@each_variant
@pytest.mark.slow
@pytest.mark.parametrize(
    ("translation", "regression"),
    [
        ({"hidden": 3, "epochs": 2, "codes": 4, "target": "codes"}, {"hidden": 3, "epochs": 2}),
        (OTHER_SHAPE | {"attention": "dot"}, OTHER_SHAPE | {"pooling": "last"}),
        (OTHER_SHAPE | {"attention": "dot", "target": "codes", "codes": 4}, OTHER_SHAPE | {"fine_tune": True}),
    ],
    ids=["codes", "gru, dot, last", "codes, gru, dot, fine-tuned"],
)
def test_every_variant_trains_in_other_shapes(variant, translation, regression):
    data = corpus()
    trained = train_variant(
        variant, data, translation=TranslationOptions(**translation), regression=RegressionOptions(**regression)
    )
    answers = scores(trained.model, data.split.test)
    assert np.isfinite(answers).all()
    assert len(set(answers.tolist())) > 1
    codes = translation.get("target") == "codes"
    assert {f.unit for f in trained.stages} <= {"nats" if codes else "squared error"}
    assert [f.stage for f in trained.stages] == [str(stage) for stage in variant.stages]
    assert all(np.isfinite((f.loss, f.floor)).all() for f in trained.stages)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["concat(T,A)", "embed(A,T)->V"])
def test_the_same_seed_gives_the_same_weights(name):
    before = torch.get_rng_state()
    runs = [train_variant(parse(name), corpus(), **TINY, seed=seed).model.state_dict() for seed in (5, 5, 6)]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(runs[0][key], runs[1][key]) for key in runs[0])
    assert not torch.equal(runs[0]["regressor.rnn.weight_ih_l0"], runs[2]["regressor.rnn.weight_ih_l0"])


@pytest.mark.slow
def test_variants_share_a_stage():
    shared, told = StageTrainer(corpus(), TINY["translation"]), []
    for name in ("T->A", "embed(T,A)->V"):
        trained = train_variant(parse(name), corpus(), **TINY, stages=shared, report=told.append)
    assert set(shared.trained) == {"T->A", "embed(T,A)->V"}
    inner = trained.model.encoder(parse("T->A").stages[0]).state_dict()
    kept = shared.trained["T->A"].translator.encoder.state_dict()
    assert all(torch.equal(inner[key], kept[key]) for key in inner)
    assert [figures.stage for figures in trained.stages] == ["T->A", "embed(T,A)->V"]
    stages = [epoch.stage for epoch in told]
    assert stages == ["T->A"] * 2 + ["regression"] * 2 + ["T->A"] * 2 + ["embed(T,A)->V"] * 2 + ["regression"] * 2


@pytest.mark.slow
def test_a_stage_is_the_same_whoever_asks_for_it():
    alone, inside = (StageTrainer(corpus(), TINY["translation"], seed=3) for _ in range(2))
    inside.get(parse("embed(T,A)->V").stages[1])
    inside.get(parse("A->T").stages[0])
    for name in ("A->T", "T->A"):
        stage = parse(name).stages[0]
        alone.get(stage)
        first, second = (t.trained[name].translator.state_dict() for t in (alone, inside))
        assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.slow
def test_encoders_are_frozen_unless_fine_tuned():
    shared = StageTrainer(corpus(), TINY["translation"])
    for fine_tune in (False, True):
        options = RegressionOptions(hidden=3, epochs=3, fine_tune=fine_tune)
        trained = train_variant(
            parse("T->A"), corpus(), translation=TINY["translation"], regression=options, stages=shared
        ).model.encoder(parse("T->A").stages[0])
        kept = shared.trained["T->A"].translator.encoder
        same = torch.equal(trained.rnn.weight_ih_l0, kept.rnn.weight_ih_l0)
        assert same is not fine_tune


@pytest.mark.slow
def test_labels_may_come_from_a_text_only_table():
    trained = train_variant(parse("T->concat(A,V)"), corpus(modalities="T"), corpus(seed=9), **TINY)
    assert scores(trained.model, corpus(modalities="T").split.test).shape == (6,)


@pytest.mark.slow
def test_training_can_start_from_a_model():
    first = train_variant(parse("T"), corpus(), regression=TINY["regression"]).model
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
        train_variant(parse("T"), corpus(), regression=TINY["regression"])


def test_unknown_target_values_cost_nothing():
    torch.manual_seed(0)
    made = translator("T->A")
    batch = collate([segment_of(clip(np.random.default_rng(0)), ("T", "A"))], ("T", "A"))
    translation = made(batch, {})
    truth = batch.values["A"].clone()
    batch.values["A"][0, 2, 1] = np.nan
    batch.observed["A"][0, 4] = False
    errors = (translation.answers - truth) ** 2
    kept = torch.ones_like(errors, dtype=torch.bool)
    kept[0, 2, 1] = kept[0, 4] = False
    total, count = made.loss(batch, {})
    assert count == 4 * 4 - 1
    torch.testing.assert_close(total, errors[kept].sum())
    torch.testing.assert_close(translation.attention.sum(-1), torch.ones(1, 5))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_longer_neighbour_never_changes_a_translation(shape):
    torch.manual_seed(0)
    made = translator("T->A", TranslationOptions(hidden=3, codes=4, **shape))
    rng = np.random.default_rng(0)
    short, long = (segment_of(clip(rng, f"c{n}", n), ("T", "A")) for n in (3, 8))
    alone, together = (made(collate(part, ("T", "A")), {}) for part in ([short], [short, long]))
    steps = alone.answers.shape[1]
    assert steps == (4 if shape.get("target") == "codes" else 3)
    torch.testing.assert_close(together.answers[0, :steps], alone.answers[0])
    torch.testing.assert_close(together.attention[0, :steps, :3], alone.attention[0])
    assert not together.attention[0, :, 3:].any()
