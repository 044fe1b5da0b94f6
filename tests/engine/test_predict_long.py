"""A long recording is read an utterance at a time, each as though it were a clip of its own."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip

from engine.config import RegressionOptions, TranslationOptions
from engine.model import SentimentModel
from engine.notation import parse
from engine.predict import predict
from extraction.types import Aligned, Stream

SPANS = ((0, 3), (3, 4), (4, 9))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return SentimentModel(parse("concat(T,V,A)"), SPECS, TranslationOptions(hidden=3), RegressionOptions(hidden=3))


@pytest.fixture(scope="module")
def recording():
    return replace(clip(np.random.default_rng(1), words=9), utterances=SPANS)


def part(aligned, first, stop):
    streams = {m: Stream(s.spec, s.values[first:stop], s.observed[first:stop]) for m, s in aligned.streams.items()}
    return Aligned(aligned.clip, aligned.words[first:stop], streams, aligned.duration)


def test_each_utterance_is_read_as_a_clip_of_its_own(model, recording):
    whole = predict(model, recording)
    for said, (first, stop) in zip(whole.utterances, SPANS, strict=True):
        alone = predict(model, part(recording, first, stop))
        assert (said.first, said.stop) == (first, stop)
        assert said.score == pytest.approx(alone.score, abs=1e-6)
        assert (said.start, said.end) == (recording.words[first].start, recording.words[stop - 1].end)
        np.testing.assert_allclose(whole.sentiment[first:stop], alone.sentiment, atol=1e-6)
        np.testing.assert_allclose(whole.attention[first:stop], alone.attention * (stop - first) / 9, atol=1e-6)


def test_the_score_is_the_mean_over_the_words_and_the_sum_of_contributions(model, recording):
    whole = predict(model, recording)
    weighted = sum(u.score * (u.stop - u.first) for u in whole.utterances) / 9
    assert whole.score == pytest.approx(weighted, abs=1e-6)
    assert whole.contribution.sum() == pytest.approx(whole.score, abs=1e-5)
    assert whole.attention.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_short_clip_is_one_utterance(model, recording):
    alone = predict(model, replace(recording, utterances=()))
    (only,) = alone.utterances
    assert (only.first, only.stop, only.score) == (0, 9, alone.score)


def test_spans_that_leave_words_out_are_refused(recording):
    for spans in (((0, 3), (4, 9)), ((1, 9),), ((0, 8),)):
        with pytest.raises(ValueError, match="do not hold 9 words end to end"):
            replace(recording, utterances=spans)
