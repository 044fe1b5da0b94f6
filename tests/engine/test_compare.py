"""`s2s compare` and `s2s evaluate --recompute` on runs whose answers are saved."""

import json

import pytest
from answered_runs import write_runs

from engine.metrics import METRICS


@pytest.fixture
def runs(tmp_path):
    write_runs(tmp_path, "T", 0.5)
    write_runs(tmp_path, "T->A", 1.5, seeds=2)
    write_runs(tmp_path, "A", 0.5, speakers=0)
    write_runs(tmp_path, "V", 0.5, clips=50)
    return tmp_path


@pytest.mark.slow
def test_two_variants_are_compared_on_speakers(s2s, runs):
    quick = ("--runs", runs, "--recompute", "--resamples", 500)
    code, out, err = s2s("compare", "T", "T->A", *quick, "--json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert (said["by"], said["drawn"]) == ("speaker", 6)
    assert (said["a"]["variant"], said["b"]["variant"], said["b"]["seeds"]) == ("T", "T->A", [0, 1])
    assert set(said["differences"]) == set(METRICS)
    mae = said["differences"]["mae"]
    assert mae["difference"] == pytest.approx(said["a"]["mae"] - said["b"]["mae"])
    assert mae["low"] <= mae["difference"] <= mae["high"] < 0
    assert said["verdict"].startswith("`T` has the lower MAE by ")
    code, out, _ = s2s("compare", "T", "T->A", *quick, "--by", "clip")
    assert code == 0
    assert "500 draws of 60 clips" in out
    assert "best constant" in out
    assert out.splitlines()[-1].endswith("more than chance would give.")


def test_clips_are_drawn_where_no_speaker_is_known(s2s, runs):
    code, out, _ = s2s("compare", "A", "T", "--runs", runs, "--recompute", "--resamples", 50, "--json")
    assert (code, json.loads(out)["by"]) == (0, "clip")


@pytest.mark.slow
def test_saved_answers_are_measured_again(s2s, runs):
    code, out, err = s2s("evaluate", "T", "--runs", runs, "--recompute", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["clips"] == 60
    code, out, _ = s2s("evaluate", "T", "--runs", runs, "--recompute")
    assert "60 clips" in out
    assert "of the clips labelled -3 or 3" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("compare", "T", "V"), "different clips (60 and 50, 50 in common)"),
        (("compare", "T", "T"), "T is given twice: name two variants to compare."),
        (("compare", "T", "T->V"), "There is no trained run of T->V below"),
        (("compare", "T", "T-V"), "'T-V' is not one of the paper's 26 variants"),
        (("compare", "A", "T", "--by", "speaker"), "Clip 'c000' names no speaker: compare by clip."),
        (("evaluate", "T->V"), "There is no trained run of T->V below"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(s2s, runs, arguments, sentence):
    code, out, err = s2s(*arguments, "--runs", runs, "--recompute")
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert sentence in line
