"""The words of many clips at once, held to the same clips one by one."""

import dataclasses

import numpy as np
import pytest
import torch
from synthetic import SPECS, stream, table
from tiny_networks import TINY

from engine.integrated_gradients import attribute
from engine.model import SentimentModel
from engine.notation import parse
from engine.occlusion import occlude
from engine.predict import predict
from engine.word_effects import readable, word_effects
from extraction.errors import CheckpointError
from extraction.store import Entry
from extraction.types import FeatureSpec

pytestmark = pytest.mark.usefixtures("one_thread")


def made(name):
    torch.manual_seed(0)
    return SentimentModel(parse(name), SPECS, TINY["translation"], TINY["regression"]).eval()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["concat(T,V,A)", "T->A"])
def test_many_clips_are_read_as_each_alone(name):
    model, entries, told = made(name), list(table(clips=70, missing=0.2)), []
    found = word_effects(model, readable(model, entries), told.append)
    assert sum(told) == len(found) == 70
    for entry, one in zip(entries, found, strict=True):
        alone = predict(model, entry.aligned)
        assert (one.clip, one.speaker) == (entry.aligned.clip, entry.speaker)
        assert one.words == tuple(word.text for word in entry.aligned.words)
        np.testing.assert_allclose(one.sentiment, alone.sentiment, atol=1e-5)
        np.testing.assert_allclose(one.attention, alone.attention, atol=1e-5)
        np.testing.assert_allclose(one.contribution, alone.contribution, atol=1e-5)
        np.testing.assert_allclose(one.change, occlude(model, entry.aligned).change, atol=1e-5)
        np.testing.assert_allclose(one.gradients, attribute(model, entry.aligned).words, atol=1e-3)


def test_an_utterance_of_a_long_recording_counts_alone_and_an_unreadable_clip_not_at_all():
    model, (first, second, third) = made("A"), list(table(clips=3))
    words = len(first.aligned.words)
    long = dataclasses.replace(first.aligned, utterances=((0, 1), (1, words)))
    mute = {"A": stream("A", np.zeros((len(second.aligned.words), 4)), np.zeros(len(second.aligned.words)))}
    silent = dataclasses.replace(second.aligned, streams=second.aligned.streams | mute)
    wordless = dataclasses.replace(third.aligned, words=(), streams={})
    found = readable(model, [Entry(long, speaker="x"), Entry(silent), Entry(wordless)])
    assert [(len(s), s.speaker) for s in found] == [(1, "x"), (words - 1, "x")]


def test_other_features_are_refused():
    model = made("A")
    model.specs["A"] = FeatureSpec("A", "other", "1", SPECS["A"].names)
    with pytest.raises(CheckpointError, match="other audio features"):
        readable(model, list(table(clips=2)))
