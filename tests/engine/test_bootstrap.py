"""The paired bootstrap against brute force, and its errors on simulated answers."""

import dataclasses
import time

import numpy as np
import pytest

from engine.answers import Clip
from engine.bootstrap import Difference, compare, compare_all, verdict
from engine.metrics import METRICS, evaluate
from extraction.errors import DataError, InputError


def clips(labels, scores, speakers=None):
    names = [f"c{i}" for i in range(len(labels))]
    people = [None] * len(labels) if speakers is None else [f"s{i}" for i in speakers]
    rows = zip(names, people, map(float, labels), map(float, scores), strict=True)
    return [Clip(*row) for row in rows]


def simulated(rng, number, noises, speakers=None):
    """One run a noise, on the same labels."""
    labels = np.round(rng.uniform(-3, 3, number), 1)
    return [[clips(labels, labels + rng.normal(0, noise, number), speakers)] for noise in noises]


def figure(side, metric, chosen):
    values = [
        evaluate([run[i].score for i in chosen], [run[i].label for i in chosen])[metric]
        for run in side  # one a seed
    ]
    return np.mean(values)


@pytest.mark.slow
@pytest.mark.parametrize("by", ["clip", "speaker"])
def test_it_equals_drawing_clip_by_clip(by):
    rng = np.random.default_rng(3)
    labels = np.round(rng.uniform(-3, 3, 24), 1)
    speakers = np.arange(24) % 8
    a, b = ([clips(labels, labels + rng.normal(0, noise, 24), speakers) for _ in range(2)] for noise in (0.9, 1.1))
    found = compare_all(a, b, resamples=40, seed=5, by=by)
    names = sorted(c.clip for c in a[0])  # clips are paired by name, units numbered in that order
    order = [int(name[1:]) for name in names]
    units = [[i] for i in order] if by == "clip" else [[i for i in order if i % 8 == k] for k in range(8)]
    draws = np.random.default_rng(5).integers(len(units), size=(40, len(units)))
    drawn = [[i for unit in draw for i in units[unit]] for draw in draws]
    for metric in METRICS:
        brute = [figure(a, metric, chosen) - figure(b, metric, chosen) for chosen in drawn]
        difference = figure(a, metric, order) - figure(b, metric, order)
        low, high = np.quantile(brute, (0.025, 0.975))
        p = min(1.0, 2 * (min(sum(np.array(brute) <= 1e-12), sum(np.array(brute) >= -1e-12)) + 1) / 41)
        ours = found[metric]
        assert (ours.difference, ours.low, ours.high, ours.p_value) == pytest.approx((difference, low, high, p))
        assert (ours.a, ours.b) == pytest.approx((figure(a, metric, order), figure(b, metric, order)))


def test_the_same_seed_draws_the_same():
    a, b = simulated(np.random.default_rng(0), 50, (1.0, 1.0))
    once = compare(a, b, "mae", resamples=300, seed=1)
    assert compare(a, b, "mae", resamples=300, seed=1) == once
    assert compare(a, b, "mae", resamples=300, seed=2) != once
    assert compare_all(a, b, resamples=300, seed=1)["mae"] == once
    turned = compare(b, a, "mae", resamples=300, seed=1)
    assert (turned.difference, turned.low) == pytest.approx((-once.difference, -once.high))
    assert turned.p_value == once.p_value


def test_the_order_of_clips_does_not_matter():
    a, b = simulated(np.random.default_rng(0), 50, (1.0, 1.3))
    shuffled = [[run[i] for i in np.random.default_rng(1).permutation(50)] for run in b]
    assert compare(a, shuffled, "r", resamples=100) == compare(a, b, "r", resamples=100)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["mae", "has0", "r", "f1"])
def test_equal_variants_are_seldom_called_different(metric):
    rng = np.random.default_rng(11)
    rejected = sum(compare(*simulated(rng, 80, (1.0, 1.0)), metric, resamples=400).p_value < 0.05 for _ in range(200))
    assert rejected <= 0.05 * 200 + 3 * np.sqrt(0.05 * 0.95 * 200)


@pytest.mark.slow
def test_a_true_difference_is_found_and_its_interval_covers_it():
    rng = np.random.default_rng(12)
    truth = (0.8 - 1.2) * np.sqrt(2 / np.pi)  # of the mean absolute normal error
    found = [compare(*simulated(rng, 120, (0.8, 1.2)), "mae", resamples=400) for _ in range(200)]
    assert np.mean([d.p_value < 0.05 for d in found]) > 0.9
    assert np.mean([d.low <= truth <= d.high for d in found]) == pytest.approx(0.95, abs=0.05)


@pytest.mark.slow
def test_speakers_resemble_themselves_so_clips_are_no_safe_unit():
    rng = np.random.default_rng(13)
    called = {"clip": 0, "speaker": 0}
    speakers = np.repeat(np.arange(25), 12)
    for _ in range(100):
        labels = np.round(rng.uniform(-3, 3, len(speakers)), 1)
        # each variant is off by an amount of its own with each speaker, and neither more than the other on the whole
        a, b = ([clips(labels, labels + 1 + rng.normal(0, 0.5, 25)[speakers], speakers)] for _ in range(2))
        for by in called:
            called[by] += compare(a, b, "mae", resamples=300, by=by).p_value < 0.05
    assert called["speaker"] <= 14
    assert called["clip"] > 3 * called["speaker"]


def test_the_same_answers_are_no_difference():
    (a,) = simulated(np.random.default_rng(0), 30, (1.0,))
    for found in compare_all(a, a, resamples=50).values():
        assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_r_of_a_constant_has_no_difference():
    (a,) = simulated(np.random.default_rng(0), 30, (1.0,))
    constant = [[dataclasses.replace(c, score=0.3) for c in a[0]]]
    found = compare(a, constant, "r", resamples=20)
    assert found.a == pytest.approx(np.corrcoef([c.score for c in a[0]], [c.label for c in a[0]])[0, 1])
    assert (found.b, found.difference, found.p_value) == (None, None, None)
    assert "cannot be compared in r" in verdict(found, "T", "A")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda b: [b[0][:-1]], r"different clips \(20 and 19, 19 in common\): evaluate both variants on the same"),
        (lambda b: [[dataclasses.replace(c, clip=f"x{c.clip}") for c in b[0]]], r"20 and 20, 0 in common"),
        (lambda b: [[dataclasses.replace(c, label=c.label + 1) for c in b[0]]], "Clip 'c0' has two labels"),
        (lambda b: [[*b[0], b[0][0]]], "Two clips have the same name"),
        (lambda b: [b[0], b[0][1:]], "different clips"),
        (lambda b: [], "no answers to compare"),
    ],
)
def test_unlike_answers_are_refused(change, sentence):
    a, b = simulated(np.random.default_rng(0), 20, (1.0, 1.0))
    with pytest.raises(DataError, match=sentence):
        compare(a, change(b), "mae", resamples=10)


def test_what_cannot_be_asked_is_refused():
    a, b = simulated(np.random.default_rng(0), 20, (1.0, 1.0))
    with pytest.raises(DataError, match="names no speaker: compare by clip"):
        compare(a, b, "mae", resamples=10, by="speaker")
    with pytest.raises(InputError, match="There is no figure 'accuracy'"):
        compare(a, b, "accuracy")
    with pytest.raises(InputError, match="0 resamples say nothing"):
        compare(a, b, "mae", resamples=0)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            Difference("mae", 0.84, 0.87, -0.03, -0.07, 0.01, 0.12, 100),
            "`A` has the lower MAE by 0.030 (95 % -0.010 to 0.070, p = 0.120): no difference shown.",
        ),
        (
            Difference("r", 0.6, 0.7, -0.1, -0.15, -0.05, 0.0002, 100),
            "`V` has the higher r by 0.100 (95 % 0.050 to 0.150, p < 0.001): more than chance would give.",
        ),
        (
            Difference("has0", 0.7, 0.6, 0.1, 0.05, 0.15, 0.01, 100),
            "`A` has the higher Has0 by 0.100 (95 % 0.050 to 0.150, p = 0.010): more than chance would give.",
        ),
        (Difference("mae", 1, 1, 0, 0, 0, 1, 100), "`A` and `V` have the same MAE: no difference shown."),
    ],
)
def test_the_verdict_is_a_sentence(found, sentence):
    assert verdict(found, "A", "V") == sentence


@pytest.mark.slow
def test_ten_thousand_resamples_are_quick():
    rng = np.random.default_rng(0)
    labels = np.round(rng.uniform(-3, 3, 686), 1)
    a, b = ([clips(labels, labels + rng.normal(size=686)) for _ in range(5)] for _ in range(2))
    start = time.process_time()
    compare(a, b, "mae")
    assert time.process_time() - start < 5
