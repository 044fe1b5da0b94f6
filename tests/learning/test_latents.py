"""Clips made of two numbers a word: a latent finds them and no more, and a way back makes the answer carry them."""

import numpy as np
import pytest
import torch

from engine.batch import collate
from engine.config import TranslationOptions
from engine.dataset import Segment
from engine.notation import parse
from engine.splits import Split
from engine.stages import Corpus, StageTrainer
from extraction.types import FeatureSpec

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]
DIMS = {"A": 6, "V": 8}
SPECS = {m: FeatureSpec(m, f"two-{m}", "1", tuple(f"{m}{i}" for i in range(d))) for m, d in DIMS.items()}
STAGE = parse("A->V").stages[0]
SHAPE = {"hidden": 16, "dropout": 0.0, "input_dropout": 0.0, "learning_rate": 0.01, "batch_size": 32}


def clips(count, factors, *, noise=0.3, seed=0):
    """Clips of one word whose voice and face are linear in the same `factors` numbers, with noise of each column."""
    maps = {m: np.linalg.qr(np.random.default_rng(9).normal(size=(d, d)))[0][:factors] * 2 for m, d in DIMS.items()}
    rng = np.random.default_rng(seed)
    for i in range(count):
        hidden = rng.normal(size=(1, factors))
        values = {m: (hidden @ maps[m] + noise * rng.normal(size=(1, d))).astype(np.float32) for m, d in DIMS.items()}
        yield Segment(f"c{seed}-{i}", ("w",), values, {m: np.ones(1, bool) for m in DIMS})


def corpus(factors, **how):
    return Corpus(Split(tuple(clips(600, factors, **how)), tuple(clips(200, factors, seed=1, **how))), SPECS)


@pytest.mark.parametrize("factors", [2, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 3))])
def test_a_latent_has_as_many_active_units_as_there_are_numbers(factors):
    options = TranslationOptions(variational=True, latent=8, kl_epochs=10, epochs=80, patience=80, **SHAPE)
    figures = StageTrainer(corpus(factors), options).get(STAGE).figures
    assert figures.loss < 0.5 * figures.floor
    assert figures.kl > 0.5 * factors
    assert (figures.active, figures.latent) == (factors, 8)


@pytest.mark.long
def test_a_latent_of_nothing_falls_silent():
    rng = np.random.default_rng(3)
    data = corpus(2)
    parts = []
    for part in (data.split.train, data.split.valid):
        order = rng.permutation(len(part))  # the faces of other clips
        parts.append(
            tuple(
                Segment(s.clip, s.words, s.values | {"V": part[o].values["V"]}, s.observed)
                for s, o in zip(part, order, strict=True)
            )
        )
    options = TranslationOptions(variational=True, latent=8, kl_epochs=10, epochs=80, patience=80, **SHAPE)
    figures = StageTrainer(Corpus(Split(*parts), SPECS), options).get(STAGE).figures
    assert figures.active == 0
    assert figures.kl < 0.1
    free = StageTrainer(
        Corpus(Split(*parts), SPECS),
        TranslationOptions(variational=True, latent=8, kl_epochs=10, free_bits=2, epochs=20, **SHAPE),
    )
    assert free.get(STAGE).figures.kl > 10 * figures.kl


def half_told():
    """Clips whose faces tell one of the two numbers that their voices hold."""
    parts = []
    for part in (corpus(2).split.train, corpus(2).split.valid):
        told = [s.values["A"] @ np.ones((6, 1), np.float32) for s in part]  # one direction of the voice
        rng = np.random.default_rng(len(part))
        faces = [np.float32(t @ np.linspace(1, 2, 8)[None] + 0.3 * rng.normal(size=(1, 8))) for t in told]
        parts.append(
            tuple(
                Segment(s.clip, s.words, s.values | {"V": face}, s.observed)
                for s, face in zip(part, faces, strict=True)
            )
        )
    return Corpus(Split(*parts), SPECS)


def told_by_the_answers(data, options):
    """The share of the voices' variance that is linear in what the decoder writes, on validation clips; the figures."""
    trainer = StageTrainer(data, options)
    trained = trainer.get(STAGE)

    def pairs(segments):
        batch = collate(list(segments), ("A", "V"))
        with torch.no_grad():
            answers = trained.translator(batch, {}).answers[:, 0].numpy()
        return np.column_stack([answers, np.ones(len(answers))]), batch.values["A"][:, 0].numpy()

    (x, y), (x_held, y_held) = pairs(trainer.train), pairs(trainer.valid)
    found = np.linalg.lstsq(x, y, rcond=1e-3)[0]
    return 1 - ((y_held - x_held @ found) ** 2).sum() / ((y_held - y.mean(axis=0)) ** 2).sum(), trained.figures


def test_a_way_back_makes_the_answer_carry_the_source():
    plain, without = told_by_the_answers(half_told(), TranslationOptions(epochs=30, patience=30, **SHAPE))
    cyclic, figures = told_by_the_answers(half_told(), TranslationOptions(epochs=30, patience=30, cyclic=2.0, **SHAPE))
    assert cyclic > plain + 0.15
    assert figures.back < 0.5 * figures.back_floor
    assert figures.loss < 0.5 * figures.floor
    assert without.back is None
