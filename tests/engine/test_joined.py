"""Clips joined in pairs: what each part must say, and that words learn to say it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import SPECS, table

from engine.batch import collate
from engine.config import RegressionOptions, TranslationOptions, override
from engine.dataset import Segment
from engine.joined import CONJUNCTIONS, alone, join, joined_some, parts_of
from engine.notation import parse
from engine.regressor import Output, Regressor
from engine.run import Run
from engine.splits import Split
from engine.train import Corpus, train_variant
from engine.train_run import train_run
from engine.voice import Voice, VoiceCard, VoiceNetwork, save_voice
from extraction.errors import InputError
from extraction.store import write_table

pytestmark = pytest.mark.usefixtures("one_thread")


def segment(name, words, label, rng=None, modalities="T"):
    rng = rng or np.random.default_rng(len(name))
    values = {m: rng.normal(size=(words, SPECS[m].dim)).astype(np.float32) for m in modalities}
    observed = {m: np.ones(words, bool) for m in modalities}
    return Segment(name, tuple(f"{name}{i}" for i in range(words)), values, observed, label, "train", name)


def test_a_conjunction_is_read_as_text_alone_and_belongs_to_no_part():
    first, second = segment("a", 2, 1.5, modalities="TA"), segment("b", 3, -2.0, modalities="TA")
    whole = join(first, second, "but")
    assert whole.segment.words == ("a0", "a1", "but", "b0", "b1", "b2")
    assert whole.parts == ((1.5, 0, 2), (-2.0, 3, 6))
    assert whole.segment.label is None
    assert whole.segment.observed["T"].tolist() == [True] * 6
    assert whole.segment.observed["A"].tolist() == [True, True, False, True, True, True]
    for m in "TA":
        assert np.isnan(whole.segment.values[m][2]).all()
        np.testing.assert_array_equal(whole.segment.values[m][3:], second.values[m])
    assert join(first, second).parts == ((1.5, 0, 2), (-2.0, 2, 5))


@pytest.mark.parametrize(("share", "pairs"), [(0.0, 0), (0.5, 2), (0.6, 2), (0.7, 3), (1.0, 4)])
def test_every_clip_is_read_once_and_the_share_of_them_in_pairs(share, pairs):
    clips = [segment(f"c{i}", 2 + i % 3, float(i)) for i in range(9)]
    for seed in range(5):
        found = joined_some(clips, share, np.random.default_rng(seed), conjunctions=True)
        assert sum(len(one.parts) == 2 for one in found) == pairs
        assert len(found) == 9 - pairs
        assert sorted(label for one in found for label, _, _ in one.parts) == [c.label for c in clips]
        for one in found:
            between = set(one.segment.words) & set(CONJUNCTIONS)
            assert len(one.segment) == sum(stop - first for _, first, stop in one.parts) + len(between)


def test_conjunctions_stand_between_some_pairs_and_none_where_their_vectors_are_missing():
    clips = [segment(f"c{i}", 2, 0.0) for i in range(200)]
    with_them, without = (
        [
            set(one.segment.words) & set(CONJUNCTIONS)
            for one in joined_some(clips, 1, np.random.default_rng(0), conjunctions=c)
        ]
        for c in (True, False)
    )
    assert {word for words in with_them for word in words} == set(CONJUNCTIONS)
    assert 30 < sum(map(bool, with_them)) < 70
    assert not any(without)


def test_the_score_of_a_part_is_the_loop_over_its_words():
    torch.manual_seed(0)
    clips = [join(segment("a", 2, 1.0), segment("b", 3, -1.0), "but"), alone(segment("c", 4, 2.5))]
    mask = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    attention = torch.softmax(torch.randn(2, 6).masked_fill(~mask, -torch.inf), dim=1)
    sentiment = torch.randn(2, 6).masked_fill(~mask, 0)
    output = Output((attention * sentiment).sum(1), sentiment, attention, mask)
    parts = parts_of(clips)
    scores = parts.scores(output)
    for row, clip in enumerate(clips):
        for part, (_, first, stop) in enumerate(clip.parts):
            weights = attention[row, first:stop].tolist()
            felt = sentiment[row, first:stop].tolist()
            expected = sum(w * s for w, s in zip(weights, felt, strict=True)) / sum(weights)
            assert scores[row, part].item() == pytest.approx(expected, abs=1e-5)
    assert scores[1, 0].item() == pytest.approx(output.score[1].item(), abs=1e-5)
    labels = [1.0, -1.0, 2.5]
    wanted = [abs(scores[0, 0] - labels[0]), abs(scores[0, 1] - labels[1]), abs(scores[1, 0] - labels[2])]
    assert parts.errors(output).tolist() == pytest.approx([float(w) for w in wanted])


def test_a_part_without_attention_gives_numbers_and_finite_gradients():
    clip = join(segment("a", 1, 1.0), segment("b", 1, -1.0))
    sentiment = torch.tensor([[0.5, -0.5]], requires_grad=True)
    output = Output(torch.zeros(1), sentiment, torch.tensor([[1.0, 0.0]]), torch.ones(1, 2, dtype=torch.bool))
    parts_of([clip]).errors(output).sum().backward()
    assert sentiment.grad.isfinite().all()


def told(rng, name):
    """A clip whose label stands in every word's first column, under noise as wide as the labels."""
    label = float(rng.choice([-2.0, 2.0]))
    made = segment(name, 3, label, rng)
    made.values["T"][:, 0] = label + rng.normal(size=3)
    return made


@pytest.mark.slow
def test_words_of_a_part_say_what_their_own_part_says():
    rng = np.random.default_rng(0)
    clips = tuple(told(rng, f"c{i}") for i in range(160))
    data = Corpus(Split(clips[:120], clips[120:140]), {"T": SPECS["T"]})
    held = [join(one, other) for one, other in zip(clips[140:150], clips[150:], strict=True)]
    parts, wrong = parts_of(held), {}
    for joined in (0.0, 0.8):
        options = RegressionOptions(hidden=8, epochs=15, learning_rate=0.01, joined=joined)
        model = train_variant(parse("T"), data, regression=options).model
        with torch.no_grad():
            wrong[joined] = float(parts.errors(model(collate([c.segment for c in held], ("T",)))).mean())
    assert wrong[0.8] < 0.7 * wrong[0.0]


def test_a_linear_schedule_ends_with_the_last_batch_of_joined_clips():
    from engine.model import SentimentModel
    from engine.regression import _Task

    clips = tuple(segment(f"c{i}", 2, float(i % 2)) for i in range(41))
    options = RegressionOptions(hidden=2, joined=0.5, batch_size=4)
    task = _Task(SentimentModel(parse("T"), {"T": SPECS["T"]}, None, options), clips, clips, options, 0, None)
    assert [len(list(task.batches(epoch))) for epoch in (1, 2)] == [task.steps] * 2 == [8, 8]


def test_without_layers_a_words_sentiment_is_its_own_vectors():
    torch.manual_seed(0)
    regressor = Regressor(4, RegressionOptions(layers=0)).eval()
    inputs, mask = torch.randn(2, 5, 4), torch.arange(5) < torch.tensor([[5], [3]])
    before = regressor(inputs, mask)
    changed = inputs.clone()
    changed[:, 1] += 1
    after = regressor(changed, mask)
    same = [0, 2, 3, 4]
    torch.testing.assert_close(after.sentiment[:, same], before.sentiment[:, same])
    assert (after.sentiment[:, 1] - before.sentiment[:, 1]).abs().min() > 1e-3
    torch.testing.assert_close((after.attention * after.sentiment).sum(1), after.score)
    assert not after.attention[1, 3:].any()
    assert not [name for name, _ in regressor.named_parameters() if "rnn" in name]


def test_what_does_not_go_together_is_refused():
    with pytest.raises(InputError, match="joined needs a weight at every word: give pooling=attention"):
        RegressionOptions(joined=0.5, pooling="last")
    with pytest.raises(InputError, match=r"Option joined is 1\.5: give a value from 0 to 1"):
        override(RegressionOptions(), {"joined": "1.5"})
    with pytest.raises(InputError, match="Option layers is 0: give a value from 1 to 8"):
        TranslationOptions(layers=0)


def test_a_voice_network_needs_recurrent_layers(s2s, tmp_path):
    write_table(table(), tmp_path / "t.parquet")
    (tmp_path / "e.csv").write_text("file,emotion\nc000,calm\n")
    asked = ["pretrain-voice", tmp_path / "t.parquet", "--emotions", tmp_path / "e.csv", "-o", tmp_path / "voice"]
    code, _, said = s2s(*asked, "--regression", "layers=0")
    assert (code, "give layers=1 or more" in said) == (2, True)
    save_voice(untrained_voice(), tmp_path / "voice")
    run = Run(parse("A"), tmp_path / "t.parquet", voice=tmp_path / "voice", regression=RegressionOptions(layers=0))
    with pytest.raises(InputError, match="give the regressor layers=1, or leave out --voice"):
        train_run(run, tmp_path / "runs")


def untrained_voice():
    options = RegressionOptions(hidden=2)
    card = VoiceCard(SPECS["A"], options, ("calm", "angry"), 0.5, 0.5, 2, 1, "t")
    return Voice(VoiceNetwork(SPECS["A"], 2, options), card)


def test_an_identity_of_before_stays_while_nothing_is_joined():
    assert "joined" not in RegressionOptions().decisive()
    assert RegressionOptions(joined=0.5).decisive()["joined"] == 0.5
    assert replace(RegressionOptions(), layers=0).decisive()["layers"] == 0
