"""The command `s2s` as a shell sees it: exit codes, one sentence on stderr, nothing but results on stdout."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from answered_runs import SHIPPED
from media_files import write
from synthetic import table

from engine.checkpoint import read_card, save_card
from engine.conformal import Interval
from engine.variants import PAPER
from extraction.store import write_table


@pytest.fixture
def labelled_table(tmp_path):
    path = tmp_path / "labelled.parquet"
    write_table(table(clips=32), path)
    return path


QUICK = (
    "--regression",
    "epochs=3",
    "--regression",
    "hidden=8",
    "--translation",
    "epochs=2",
    "--translation",
    "hidden=8",
)


def test_variants_lists_all_26(s2s):
    code, out, _ = s2s("variants", "--json")
    assert code == 0
    rows = json.loads(out)["variants"]
    assert [row["variant"] for row in rows] == [row.name for row in PAPER]
    code, out, _ = s2s("variants")
    assert all(row.name in out for row in PAPER)


@pytest.mark.slow
def test_a_variant_is_trained_measured_and_published(s2s, labelled_table, tmp_path):
    runs, shipped = tmp_path / "runs", tmp_path / "shipped"
    common = ("--data", labelled_table, "--runs", runs)
    code, out, err = s2s("train", "T->A", *common, "--seeds", 2, *QUICK)
    assert (code, out) == (0, "")
    assert "2 models of T->A are in" in err
    code, out, _ = s2s("evaluate", "T->A", *common, "--json")
    assert code == 0
    measured = json.loads(out)
    assert measured["seeds"] == [0, 1]
    assert set(measured) >= {"mae", "r", "has0", "non0", "acc7", "f1", "confusion", "extremes"}
    assert measured["floors"]["constant_mae"] > 0
    assert s2s("evaluate", "T->A", *common)[1].count("floor:") == 4
    code, _, err = s2s("publish", "T->A", *common, "--into", shipped)
    assert code == 0
    card = json.loads((shipped / "T_to_A" / "card.json").read_text())
    assert card["variant"] == "T->A"
    assert card["test"] == measured
    assert s2s("evaluate", "T->A", "--runs", runs, "--recompute", "--json")[1] == out
    assert card["command"].startswith("s2s train 'T->A' --data")


@pytest.mark.slow
def test_speakers_are_left_out_in_turn_and_a_final_model_shipped(s2s, labelled_table, tmp_path):
    common = ("--data", labelled_table, "--runs", tmp_path / "runs", "--protocol", "speakers")
    assert s2s("train", "concat(T,A)", *common, "--seeds", 1, "--folds", 3, *QUICK)[0] == 0
    assert s2s("train", "concat(T,A)", *common, "--seeds", 1, "--folds", 3, "--final", *QUICK)[0] == 0
    code, out, _ = s2s("evaluate", "concat(T,A)", *common, "--json")
    assert code == 0
    assert len(json.loads(out)["speakers"]) == 6
    assert s2s("publish", "concat(T,A)", *common, "--into", tmp_path / "shipped")[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("predict", "{clip}", "--variant", "T-A"), "'T-A' is not one of the paper's 26 variants: did you mean"),
        (("predict", "{clip}", "--variant", "concat(T)"), "did you mean `concat(T,"),
        (("predict", "{clip}", "--checkpoint", "{folder}"), "There is no checkpoint at"),
        (("predict", "{folder}/none.mp4"), "There is no file"),
        (("predict", "{empty}"), "empty.mp4 is empty: give an audio or video file."),
        (("predict", "{text}"), "text.mp4 is neither audio nor video"),
        (("predict", "{cut}"), "cut.mp4 is cut short or damaged and nothing in it can be read"),
        (("predict", "{mute}"), "mute.mp4 has no audio track: give what is said in it as a transcript"),
        (("predict", "{silent}"), "silent.mp4 is silent"),
        (("predict", "{clip}", "--max-minutes", "0.01"), "raise the limit with `--max-minutes`"),
        (("predict", "{clip}", "--transcript", "{folder}/none.txt"), "none.txt cannot be read"),
        (("extract", "{clip}", "-o", "{folder}/words.csv"), "does not end in .parquet"),
        (("extract", "{clip}", "-o", "{folder}/w.parquet", "--modalities", "X"), "is not a choice of T, A and V"),
        (("train", "T", "--data", "{folder}/none.parquet"), "There is no file"),
        (("train", "T", "--data", "{text}"), "is not a word table"),
        (("train", "T", "--data", "{table}", "--regression", "size=3"), "There is no option 'size'"),
        (("train", "T", "--data", "{table}", "--regression", "hidden"), "is not KEY=VALUE"),
        (("train", "T", "--data", "{table}", "--final"), "--final belongs to the protocol `speakers`"),
        (("weights", "--download", "gpt"), "There are no weights called 'gpt'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(s2s, tmp_path, labelled_table, arguments, sentence):
    clip = write(tmp_path / "clip.mp4")
    places = {"folder": tmp_path, "clip": clip, "table": labelled_table}
    contents = {"empty": b"", "text": b"words " * 99, "cut": clip.read_bytes()[:2000]}
    for name, content in contents.items():
        places[name] = tmp_path / f"{name}.mp4"
        places[name].write_bytes(content)
    places["mute"] = write(tmp_path / "mute.mp4", audio=None, seconds=0.5)
    places["silent"] = write(tmp_path / "silent.mp4", seconds=0.4)
    code, out, err = s2s(*(argument.format(**places) for argument in arguments))
    assert code == 2
    assert out == ""
    (line,) = [line for line in err.splitlines() if line.startswith("s2s: ")]
    assert sentence in line
    assert "Traceback" not in err


def test_an_unknown_command_is_told_with_exit_code_2(s2s):
    code, out, err = s2s("predicate")
    assert (code, out) == (2, "")
    assert "No such command 'predicate'" in err


@pytest.mark.models
@pytest.mark.slow
def test_predict_prints_json_and_nothing_else_on_stdout(s2s, sample_clip):
    code, out, err = s2s("predict", sample_clip, "--variant", "T", "--json")
    assert code == 0
    said = json.loads(out)
    assert set(said) == {"variant", "score", "words", "utterances", "inputs", "warnings", "interval"}
    word = {"text", "start", "end", "confidence", "fit", "sentiment", "attention", "contribution"}
    assert set(said["words"][0]) == word
    assert sum(w["contribution"] for w in said["words"]) == pytest.approx(said["score"], abs=1e-5)
    assert sum(w["attention"] for w in said["words"]) == pytest.approx(1, abs=1e-5)
    assert said["inputs"] == ["T"]
    starts = [w["start"] for w in said["words"]]
    assert starts == sorted(starts)
    assert "Recognising the words" in err


@pytest.mark.models
@pytest.mark.slow
def test_predict_with_a_transcript_prints_a_table(s2s, sample_clip, tmp_path):
    (tmp_path / "said.txt").write_text("I really loved the first half of this movie")
    code, out, _ = s2s("predict", sample_clip, "--variant", "concat(T,V,A)", "--transcript", tmp_path / "said.txt")
    assert code == 0
    assert "sentiment" in out
    assert "loved" in out
    assert out.splitlines()[-1].startswith("score ")


@pytest.mark.models
@pytest.mark.slow
def test_predict_says_the_interval_of_a_model_that_has_one(s2s, sample_clip, tmp_path):
    shutil.copytree(SHIPPED / "T", tmp_path / "T")
    (tmp_path / "said.txt").write_text("I really loved the first half of this movie")
    asked = ("predict", sample_clip, "--checkpoint", tmp_path / "T", "--transcript", tmp_path / "said.txt")
    card = read_card(tmp_path / "T")
    save_card(replace(card, interval=None), tmp_path / "T")
    assert s2s(*asked)[1].splitlines()[-1].endswith("on a scale from -3 to +3")
    assert json.loads(s2s(*asked, "--json")[1])["interval"] is None
    save_card(replace(card, interval=Interval(0.9, 1.25, 229)), tmp_path / "T")
    said = json.loads(s2s(*asked, "--json")[1])
    low, high = said["interval"]
    assert (low, high) == (pytest.approx(said["score"] - 1.25), min(3.0, said["score"] + 1.25))
    last = s2s(*asked)[1].splitlines()[-1]
    assert last.endswith(f"; nine of ten such clips lie between {low:+.2f} and {high:+.2f}")


@pytest.mark.models
@pytest.mark.slow
def test_extract_writes_one_row_a_word(s2s, sample_clip, tmp_path):
    pandas = pytest.importorskip("pandas")
    code, out, err = s2s("extract", sample_clip, "-o", tmp_path / "words.parquet")
    assert (code, out) == (0, "")
    rows = pandas.read_parquet(tmp_path / "words.parquet")
    assert f"{len(rows)} words of sample.mp4 written" in err
    assert len(rows) == 17
    assert (rows["end"] > rows["start"]).all()
    assert [len(rows[m][0]) for m in "TAV"] == [384, 38, 75]
    assert all(np.isfinite(v).all() for v in rows["T"])
