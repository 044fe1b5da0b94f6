"""The way back of a translation: what it reads, what it writes, and what a constant would reach."""

import dataclasses

import numpy as np
import pytest
import torch
from synthetic import clip
from tiny_networks import corpus, translator

from engine.batch import collate
from engine.config import TranslationOptions
from engine.dataset import segment_of
from engine.judged import back_floor
from engine.notation import parse
from engine.stages import StageTrainer
from extraction.errors import InputError

pytestmark = pytest.mark.usefixtures("one_thread")
CYCLIC = TranslationOptions(hidden=3, cyclic=0.5, epochs=2, dropout=0, input_dropout=0)
ALL = ("T", "A", "V")


def batch_of(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return collate([segment_of(clip(rng, f"c{n}", n, missing=0.2), ALL) for n in lengths], ALL)


def test_tokens_have_no_way_back():
    with pytest.raises(InputError, match=r"^Option cyclic needs vectors to translate back from: give target=values\.$"):
        TranslationOptions(cyclic=0.5, target="codes")


@pytest.mark.slow
def test_it_reads_the_free_answers_whatever_the_decoder_was_told():
    made, batch = translator("T->A", CYCLIC), batch_of(3, 6)
    other = dataclasses.replace(batch, values=batch.values | {"A": batch_of(3, 6, seed=1).values["A"]})
    other = dataclasses.replace(other, observed=other.observed | {"A": batch.observed["A"]})
    with torch.no_grad():
        one, two = made.losses(batch, {}, 1.0), made.losses(other, {}, 1.0)
        free = made.losses(batch, {}, 0.0)
        source = made.encoder.reader.written(batch, {})
        by_hand = made.back(free.told.answers, batch.mask, 1.0, source[0])
        expected = made.back.target.loss(by_hand, source)[0]
    assert not torch.equal(one.told.answers, two.told.answers)
    assert torch.equal(one.back, two.back)
    torch.testing.assert_close(one.back, expected)


def test_its_error_teaches_the_forward_decoder():
    made, batch = translator("T->A", CYCLIC), batch_of(3, 6)
    parts = made.losses(batch, {}, 1.0)
    parts.back.backward()
    for name in ("target.head.weight", "cells.0.weight_hh", "encoder.rnn.weight_ih_l0"):
        assert made.get_parameter(name).grad.abs().sum() > 0


def test_what_it_writes_is_the_source_without_its_flags():
    made, batch = translator("concat(T,V)->A", CYCLIC), batch_of(3, 6)
    values, known = made.encoder.reader.written(batch, {})
    read = made.encoder.reader(batch, {})
    assert values.shape == known.shape == (2, 6, 9)
    torch.testing.assert_close(values, torch.cat([read[..., :6], read[..., 7:10]], dim=-1))
    for columns, m in ((slice(0, 6), "T"), (slice(6, 9), "V")):
        assert torch.equal(known[..., columns], torch.isfinite(batch.values[m]) & batch.observed[m][..., None])


@pytest.mark.slow
def test_states_are_written_as_they_are_and_known_at_each_word():
    trainer = StageTrainer(corpus(), CYCLIC)
    stage = parse("embed(T,A)->V").stages[-1]
    trained = trainer.get(stage)
    batch = collate(list(trainer.valid), ALL)
    states = trainer.states(stage, batch)
    values, known = trained.translator.encoder.reader.written(batch, states)
    assert torch.equal(values, states["T->A"])
    assert torch.equal(known, batch.mask[..., None].expand_as(known))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["T->A", "embed(T,A)->V"])
def test_its_floor_is_the_training_means_error(name):
    trainer, stage = StageTrainer(corpus(), CYCLIC), parse(name).stages[-1]
    made = trainer.get(stage)

    def rows(clips):
        values, known = [], []
        for segment in clips:
            batch = collate([segment], ALL)
            one = made.translator.encoder.reader.written(batch, trainer.states(stage, batch))
            values.append(one[0][0].double().numpy())
            known.append(one[1][0].numpy())
        return np.ma.array(np.concatenate(values), mask=~np.concatenate(known))

    train, valid = rows(trainer.train), rows(trainer.valid)
    expected = ((valid - train.mean(axis=0)) ** 2).mean()
    assert made.figures.back_floor == pytest.approx(expected, rel=1e-5)


def test_without_a_way_back_there_is_no_floor():
    assert back_floor(translator("T->A"), lambda: (), ()) is None
