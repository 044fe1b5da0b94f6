"""A variant's figures over its seeds, from saved answers."""

import json
import shutil

import numpy as np
import pytest
from answered_runs import answers, write_runs

from engine.answers import write_answers
from engine.evaluate import evaluate_runs, test_results
from engine.metrics import METRICS, evaluate
from engine.notation import parse
from engine.summary import Summary, summarise
from extraction.errors import DataError


@pytest.mark.slow
def test_mean_figures_stand_under_their_names():
    results = {seed: [answers(0.8, seed)] for seed in range(3)}
    summary = summarise(parse("T"), "standard", results)
    data = summary.to_dict()
    for key in METRICS:
        clips = [folds[0].clips for folds in results.values()]
        by_seed = [evaluate([c.score for c in seed], [c.label for c in seed])[key] for seed in clips]
        assert data[key] == pytest.approx(np.mean(by_seed))
        assert data["std"][key] == pytest.approx(np.std(by_seed, ddof=1))
    assert set(data) - set(METRICS) == {
        *("variant", "protocol", "seeds", "clips", "std", "by_seed", "floors", "paper", "speakers", "speaker_spread"),
        *("learned", "verdict", "confusion", "class_recall", "extremes", "coverage", "width", "held_out"),
    }
    assert (data["clips"], data["seeds"], np.sum(data["confusion"])) == (60, [0, 1, 2], 180)
    assert data["paper"]["f1"] == 0.76
    written = json.dumps(data, allow_nan=False)
    assert Summary.from_dict(json.loads(written)).to_dict() == data


def test_one_seed_has_no_spread_and_speakers_stand_for_folds_alone():
    one = summarise(parse("T"), "standard", {4: [answers(0.8)]})
    assert set(one.std.values()) == {None}
    assert (one.speakers, one.speaker_spread) == ({}, {})
    assert set(summarise(parse("T"), "speakers", {4: [answers(0.8)]}).speakers) == {f"s{i}" for i in range(6)}


@pytest.mark.slow
def test_figures_are_computed_again_without_model_and_data(tmp_path):
    write_runs(tmp_path, "T", 0.8)
    assert (
        evaluate_runs(parse("T"), "standard", tmp_path, None).mean
        == summarise(parse("T"), "standard", {seed: [answers(0.8, seed)] for seed in range(3)}).mean
    )
    write_runs(tmp_path, "T", 0.8, protocol="speakers")
    folded = evaluate_runs(parse("T"), "speakers", tmp_path, None)
    assert folded.clips == 60
    assert folded.mean["mae"] == pytest.approx(evaluate_runs(parse("T"), "standard", tmp_path, None).mean["mae"])
    assert [len(folds) for folds in test_results(parse("T"), "speakers", tmp_path, None).values()] == [3, 3, 3]


def test_the_papers_split_has_one_model_a_seed_as_the_standard_one(tmp_path):
    write_runs(tmp_path, "T", 0.8)
    (tmp_path / "T" / "standard").rename(tmp_path / "T" / "paper")
    summary = evaluate_runs(parse("T"), "paper", tmp_path, None)
    assert (summary.protocol, summary.clips, summary.speakers) == ("paper", 60, {})


def test_answers_that_were_not_saved_are_asked_for(tmp_path):
    write_runs(tmp_path, "T", 0.8)
    seed = tmp_path / "T" / "standard" / "seed_1"
    (seed / "test.json").unlink()
    with pytest.raises(DataError, match=r"seed_1 has no saved answers: evaluate it once without --recompute"):
        evaluate_runs(parse("T"), "standard", tmp_path, None)
    write_answers(answers(0.8, weights="1" * 64), seed)  # another model's
    with pytest.raises(DataError, match="has no saved answers"):
        evaluate_runs(parse("T"), "standard", tmp_path, None)
    write_runs(tmp_path, "A", 0.8, protocol="speakers")
    shutil.rmtree(tmp_path / "A" / "speakers" / "seed_0" / "fold_1")
    with pytest.raises(DataError, match="has 2 of 3 folds"):
        evaluate_runs(parse("A"), "speakers", tmp_path, None)
