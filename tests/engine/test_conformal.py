"""Intervals around scores: how many labels they hold."""

import dataclasses

import numpy as np
import pytest
from synthetic import clip, table
from tiny_networks import TINY

from engine.answers import Clip, TestResult, read_answers, write_answers
from engine.checkpoint import read_card
from engine.conformal import Interval, calibrate, coverage, width
from engine.evaluate import evaluate_runs
from engine.notation import parse
from engine.predict import load
from engine.run import Run
from engine.summary import Summary, summarise
from engine.train_run import train_run
from extraction.store import write_table


def test_the_half_width_is_the_error_of_its_rank():
    errors = np.arange(1, 20) / 10
    assert calibrate(errors, np.zeros(19)) == Interval(0.9, 1.8, 19)  # rank ceil(20 * .9) = 18
    assert calibrate(errors[:9], np.zeros(9)) == Interval(0.9, 0.9, 9)
    assert calibrate(errors[:8], np.zeros(8)) is None  # nine clips are the fewest that can say 90 %


@pytest.mark.slow
@pytest.mark.parametrize("noise", ["normal", "standard_cauchy", "exponential"])
def test_nine_labels_in_ten_are_held_whatever_the_errors_are(noise):
    rng = np.random.default_rng(0)
    held = []
    for _ in range(400):
        errors = getattr(rng, noise)(size=139) / 2
        known, new = errors[:39], errors[39:]
        interval = calibrate(known, np.zeros(39))
        held.append(np.mean(np.abs(new) <= interval.half_width))
    assert np.mean(held) == pytest.approx(36 / 40, abs=0.01)  # rank / (n + 1) exactly, for continuous errors


def test_intervals_end_where_the_scale_does():
    interval = Interval(0.9, 1.0, 20)
    assert interval.around(2.5) == (1.5, 3.0)
    assert interval.around(-3.5) == (-3.0, -2.5)
    assert coverage([0.0, 2.5, -1.0], [0.5, 3.0, 1.0], interval) == pytest.approx(2 / 3)


def result(errors, interval=None):
    clips = tuple(Clip(f"c{i}", "s", float(i % 3 - 1), float(i % 3 - 1 + e)) for i, e in enumerate(errors))
    return TestResult("w", (-1.0, 1.0), clips, interval)


def test_a_summary_says_how_many_labels_are_held_and_how_wide_that_is(tmp_path):
    interval = Interval(0.9, 0.5, 30)
    one, other = result([0.1, 0.2, 0.9, 0.3] * 5, interval), result([2.0, 3.1] * 10, interval)
    assert summarise(parse("T"), "standard", {0: [one]}).coverage == pytest.approx(0.75)
    assert summarise(parse("T"), "standard", {0: [one]}).width == pytest.approx(1.0)
    both = summarise(parse("T"), "standard", {0: [one], 1: [other]})
    assert both.coverage == pytest.approx(0.75 / 2)
    wide = [width([clip.score], interval) for clip in other.clips]
    assert min(wide) < 0.5  # a score beyond 3
    assert both.width == pytest.approx((1.0 + np.mean(wide)) / 2)
    assert both.held_out is None
    assert Summary.from_dict(both.to_dict()) == both
    write_answers(one, tmp_path)
    assert read_answers(tmp_path, "w") == dataclasses.replace(one, interval=None)


def test_a_summary_of_models_without_intervals_says_nothing_of_them():
    bare = summarise(parse("T"), "standard", {0: [result([0.1] * 20)]})
    assert (bare.coverage, bare.width, bare.held_out) == (None, None, None)
    older = {key: value for key, value in bare.to_dict().items() if key not in ("coverage", "width", "held_out")}
    assert Summary.from_dict(older) == bare


def test_folds_calibrate_each_other_and_the_final_model():
    folds = [result([0.1] * 9 + [0.4]), result([0.2] * 10), result([0.3] * 10)]
    summary = summarise(parse("T"), "speakers", {0: folds})
    assert summary.coverage == pytest.approx((9 + 10 + 0) / 30)  # half-widths .3, .3 and .2
    assert summary.held_out == Interval(0.9, pytest.approx(0.3), 30)
    assert Summary.from_dict(summary.to_dict()).held_out.clips == 30


@pytest.mark.slow
def test_a_trained_model_has_an_interval_and_gives_it_with_its_score(tmp_path, one_thread):
    write_table(table(clips=60), tmp_path / "clips.parquet")
    run = Run(parse("T"), tmp_path / "clips.parquet", **TINY)
    folder = train_run(run, tmp_path / "runs")
    card = read_card(folder)
    assert card.interval is not None
    assert card.interval.clips == 15
    aligned = clip(np.random.default_rng(3), "new", 4, 1.0)
    predictor = load(folder)
    read = predictor.predict(aligned)
    assert read.interval == card.interval.around(read.score)
    assert read.to_dict()["interval"] == list(read.interval)
    assert read.interval[0] <= read.score <= read.interval[1]
    long = dataclasses.replace(aligned, utterances=((0, 2), (2, 4)))
    assert predictor.predict(long).interval is None
    summary = evaluate_runs(parse("T"), "standard", tmp_path / "runs", tmp_path / "clips.parquet")
    assert summary.coverage is not None
