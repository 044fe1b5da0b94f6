"""A model that learnt a task with one telling word a clip: blanking and integrated gradients find that word."""

import dataclasses

import numpy as np
import pytest
import torch
from synthetic import SPECS, stream

from engine.config import RegressionOptions
from engine.dataset import segments_of
from engine.faithfulness import faithfulness
from engine.metrics import pearson
from engine.model import SentimentModel
from engine.notation import parse
from engine.regression import train_regressor
from engine.splits import standard_split
from engine.word_effects import readable, word_effects
from extraction.store import Entry, make_table
from extraction.types import Aligned, Word

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

OPTIONS = RegressionOptions(hidden=12, epochs=40, dropout=0, input_dropout=0, learning_rate=0.02, patience=40)


def told_by_one_word(rng, number):
    """Five to nine words, one of them marked in the second column with the label in the first; the rest is noise."""
    words, label = int(rng.integers(5, 10)), float(rng.uniform(-3, 3))
    telling = int(rng.integers(words))
    values = rng.normal(size=(words, 6))
    values[:, 1] = 0
    values[telling, :2] = label, 3
    said = tuple(Word("good" if w == telling else f"w{w}") for w in range(words))
    aligned = Aligned(f"c{number}", said, {"T": stream("T", values)}, duration=1.0)
    return Entry(aligned, label, ("train", "train", "train", "valid")[number % 4], f"s{number % 8}")


def test_both_checks_find_the_word_that_tells():
    rng = np.random.default_rng(0)
    table = make_table([told_by_one_word(rng, number) for number in range(400)])
    torch.manual_seed(0)
    model = SentimentModel(parse("T"), SPECS, regression=OPTIONS)
    train_regressor(model, standard_split(segments_of(table, ("T",))))
    held = [entry for entry in table if entry.split == "valid" and abs(entry.label) > 1]
    effects = word_effects(model, readable(model, held))
    scores = np.array([float(one.contribution.sum()) for one in effects])
    assert pearson(scores, np.array([entry.label for entry in held])) > 0.9
    for effect in ("change", "gradients"):
        hits = [one.words[int(np.abs(getattr(one, effect)).argmax())] == "good" for one in effects]
        assert np.mean(hits) > 0.9, effect
        side = [
            np.sign(getattr(one, effect)[one.words.index("good")]) == np.sign(e.label)
            for one, e in zip(effects, held, strict=True)
        ]
        assert np.mean(side) > 0.9, effect
    figures = faithfulness("T", "made", effects, resamples=500).figures
    assert figures["deletion"].low > figures["deletion"].chance_high
    wrong = [dataclasses.replace(one, attention=-np.abs(one.change)) for one in effects]
    assert faithfulness("T", "made", wrong, resamples=500).figures["deletion"].high < figures["deletion"].chance_low
