"""Translations that learn along with the regressor."""

import dataclasses

import numpy as np
import pytest
import torch
from tiny_networks import corpus

from engine.beside import Beside
from engine.config import RegressionOptions, TranslationOptions
from engine.notation import parse
from engine.train import train_variant
from extraction.errors import InputError

pytestmark = pytest.mark.usefixtures("one_thread")
TRANSLATION = TranslationOptions(hidden=8, epochs=3, batch_size=4, dropout=0, input_dropout=0, learning_rate=0.02)
REGRESSION = RegressionOptions(hidden=6, epochs=15, patience=15, learning_rate=0.02, dropout=0, input_dropout=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["T->A", "embed(T,A)->V", "concat(T,A)->concat(T,V)"])
def test_translations_go_on_learning_where_they_have_a_weight(name):
    data = corpus()
    losses = {}
    for weight in (0.0, 5.0):
        options = dataclasses.replace(REGRESSION, translation_weight=weight)
        trained = train_variant(parse(name), data, translation=TRANSLATION, regression=options)
        beside = Beside(trained.model, trained.translators, data.split.train, 64)
        with torch.no_grad():
            losses[weight] = float(beside.loss(next(beside.batches(0, 1))))
        outer = trained.model.variant.stages[-1]
        same = trained.translators[str(outer)].encoder is trained.model.encoder(outer)
        assert same == bool(weight)  # decoders that learnt along belong to the model's own encoders
    assert losses[5.0] < 0.9 * losses[0.0]


@pytest.mark.slow
def test_clips_come_without_end_in_an_order_that_the_seed_gives():
    data = corpus()
    trained = train_variant(
        parse("T->A"), data, translation=TRANSLATION, regression=dataclasses.replace(REGRESSION, epochs=1)
    )
    beside = Beside(trained.model, trained.translators, data.split.train, 2)
    first, again = (beside.batches(3, 1) for _ in range(2))
    rounds = [(next(first), next(again)) for _ in range(3 * len(data.split.train))]
    assert all(np.array_equal(a.labels, b.labels, equal_nan=True) for a, b in rounds)


@pytest.mark.slow
def test_frozen_encoders_stay_where_the_rest_learns_along():
    options = dataclasses.replace(REGRESSION, fine_tune=False, epochs=2)
    trained = train_variant(parse("T->A"), corpus(), translation=TRANSLATION, regression=options)
    stage = trained.model.variant.stages[0]
    kept = trained.translators[str(stage)].encoder.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in trained.model.encoder(stage).state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize(("fine_tune", "goes_on"), [(False, False), (True, True)])
def test_translations_that_cannot_learn_along_are_refused(fine_tune, goes_on):
    data, short = corpus(), dataclasses.replace(REGRESSION, epochs=1)
    start = train_variant(parse("T->A"), data, translation=TRANSLATION, regression=short).model if goes_on else None
    options = dataclasses.replace(short, fine_tune=fine_tune, translation_weight=1.0)
    with pytest.raises(InputError, match="leave out translation_weight"):
        train_variant(parse("T->A"), data, translation=TRANSLATION, regression=options, start=start)
