"""Modalities taken away from a clip."""

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip
from tiny_networks import TINY

from engine.model import SentimentModel
from engine.notation import parse
from engine.predict import predict
from engine.without import without
from extraction.errors import DataError


def made(name):
    torch.manual_seed(0)
    return SentimentModel(parse(name), SPECS, TINY["translation"], TINY["regression"]).eval()


def test_a_modality_taken_away_reads_as_one_never_observed():
    aligned = clip(np.random.default_rng(0))
    rest = without(aligned, ("A",))
    assert rest.words == aligned.words
    assert set(rest.streams) == {"T", "V"}
    assert set(aligned.streams) == {"T", "A", "V"}  # the clip itself is left as it was
    prediction = predict(made("concat(T,V,A)"), rest)
    assert prediction.inputs == ("T", "V")
    assert prediction.score != predict(made("concat(T,V,A)"), aligned).score


def test_a_model_that_does_not_read_it_says_the_same():
    aligned = clip(np.random.default_rng(0))
    assert predict(made("T->A"), without(aligned, ("A", "V"))).score == predict(made("T->A"), aligned).score


def test_nothing_left_to_read_is_refused():
    with pytest.raises(DataError, match="of which this clip has nothing"):
        predict(made("concat(A,V)"), without(clip(np.random.default_rng(0)), ("A", "V")))
