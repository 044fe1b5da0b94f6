"""`s2s calibrate`: the interval of a model that was trained without one."""

from dataclasses import replace

import pytest
from synthetic import table
from tiny_networks import TINY

from engine.checkpoint import read_card, save_card
from engine.evaluate import evaluate_runs
from engine.notation import parse
from engine.run import Run
from engine.train_run import train_run
from extraction.store import write_table


@pytest.mark.slow
def test_an_older_card_gets_the_interval_it_would_have_now(s2s, tmp_path, one_thread):
    data, other, few = (tmp_path / name for name in ("clips.parquet", "other.parquet", "few.parquet"))
    for path, clips in ((data, 60), (other, 61), (few, 16)):
        write_table(table(clips=clips), path)
    folder = train_run(Run(parse("T"), data, **TINY), tmp_path / "runs")
    trained = read_card(folder)
    save_card(replace(trained, interval=None), folder)
    code, out, err = s2s("calibrate", folder, "--data", data)
    assert (code, out) == (0, "")
    assert f"90% of {trained.interval.clips} clips lie within {trained.interval.half_width:.2f} of their score" in err
    assert f"clips it did not learn from lie within {trained.interval.half_width:.2f}" in s2s("card", folder)[1]
    found = read_card(folder)
    assert found.interval.half_width == pytest.approx(trained.interval.half_width, abs=1e-6)
    assert replace(found, interval=trained.interval) == trained
    code, _, err = s2s("calibrate", folder, "--data", other)
    assert (code, "was trained on clips.parquet, not on other.parquet" in err) == (2, True)
    code, _, err = s2s("calibrate", train_run(Run(parse("T"), few, **TINY), tmp_path / "few"), "--data", few)
    assert (code, "validation clips are too few for an interval" in err) == (2, True)


@pytest.mark.slow
def test_a_final_model_gets_the_interval_of_the_clips_its_folds_held_out(s2s, tmp_path, one_thread):
    data, runs = tmp_path / "clips.parquet", tmp_path / "runs"
    write_table(table(clips=60), data)
    for fold in (0, 1, 2, None):
        final = train_run(Run(parse("T"), data, protocol="speakers", folds=3, fold=fold, **TINY), runs)
    validation = read_card(final).interval
    code, _, _ = s2s("calibrate", final, "--data", data, "--runs", runs)
    assert (code, read_card(final).interval.clips) == (0, 60)
    assert read_card(final).interval == evaluate_runs(parse("T"), "speakers", runs, None).held_out
    assert s2s("calibrate", final, "--data", data)[0] == 0
    assert read_card(final).interval.clips == validation.clips < 60
    code, _, err = s2s("calibrate", final, "--data", data, "--runs", tmp_path / "none")
    assert (code, "There is no trained run of T below" in err) == (2, True)
