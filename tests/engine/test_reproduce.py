"""The studies: what they train, on what, and the files they leave."""

import csv
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from synthetic import clip, table

from engine.checkpoint import read_card
from engine.commands.reproduce import reproduce_command, write_study
from engine.config import RegressionOptions
from engine.notation import parse
from engine.reproduce import STUDIES, Study, study
from engine.run import Run
from engine.study_tables import reembedded
from engine.train_run import Prepared
from engine.variants import VARIANTS
from extraction.errors import DataError
from extraction.store import Entry, make_table, read_table, write_table

ROOT = Path(__file__).resolve().parent.parent.parent
TINY = [f"--{kind}={option}" for kind in ("translation", "regression") for option in ("hidden=4", "epochs=1")]


def test_studies_hold_the_papers_rows():
    sizes = {s.name: len(s.variants) for s in STUDIES}
    assert sizes == {
        **{
            "text": 6,
            "text-glove": 6,
            "text-glove-mosei": 1,
            "text-mosei": 1,
            "text-mosei-face": 1,
            "text-taught-face": 2,
            "text-end-to-end": 1,
        },
        **{"text-joined": 1, "text-mpnet": 1, "text-taught-joined": 1, "text-taught-rated": 1},
        **{"mmmo": 5, "mmmo-text": 21, "mosi-words": 26, "clips": 26},
    }
    assert set(study("mmmo").variants) | set(study("mmmo-text").variants) == set(VARIANTS)
    assert all(v.inputs == ("T",) for v in study("text").variants)
    with pytest.raises(DataError, match="There is no study 'mosi': choose from text, text-glove"):
        study("mosi")


@pytest.mark.slow
def test_a_study_with_a_run_before_it_starts_from_its_model(tmp_path, monkeypatch):
    write_table(table(clips=24), tmp_path / "first.parquet")
    write_table(table(clips=32, seed=1), tmp_path / "own.parquet")
    small = {"hidden": 3, "epochs": 1}
    before = Run(parse("T"), tmp_path / "first.parquet", regression=RegressionOptions(**small))
    tiny = Study(
        *("tiny", "A tiny one", "standard", (parse("T"),), lambda _: (tmp_path / "own.parquet", None)),
        regression=small,
        before=lambda place, train, command: train(replace(before, place=place, command=command), "first"),
    )
    monkeypatch.setattr("engine.commands.reproduce.study", lambda _: tiny)
    runs = tmp_path / "runs"
    done = CliRunner().invoke(
        reproduce_command, ["text", "--seeds", "2", "--runs", str(runs), "-o", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.output
    first = read_card(before.folder(runs / "before" / "first"))
    for seed in (0, 1):
        card = read_card(Run(parse("T"), tmp_path / "own.parquet", seed=seed).folder(runs / "text"))
        assert card.start == f"T, first.parquet, {first.weights_sha256[:12]}"


def test_studies_that_need_the_clips_say_how_to_get_them():
    with pytest.raises(DataError, match=r"s2s extract .*clips.csv -o clips.parquet`, then give --clips"):
        study("clips").runs(1)


def test_missing_data_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_DATA", str(tmp_path))
    for name in ("mmmo", "mosi-words"):
        with pytest.raises(DataError, match="set S2S_DATA to the folder that holds the data"):
            study(name).runs(1)


def test_words_are_embedded_anew_and_all_else_stays(tmp_path):
    from glove_files import vectors, write_text

    rng = np.random.default_rng(0)
    before = make_table([Entry(clip(rng, f"c{i}"), 1.0, "train", "s") for i in range(3)])
    after = reembedded(before, str(write_text(tmp_path / "glove.txt", vectors())))
    assert after.specs["T"].name.startswith("glove-")
    assert after.specs["A"] == before.specs["A"]
    for old, new in zip(before, after, strict=True):
        assert (old.label, old.split, old.aligned.words) == (new.label, new.split, new.aligned.words)
        np.testing.assert_array_equal(old.aligned.streams["A"].values, new.aligned.streams["A"].values)


@pytest.mark.data
def test_mmmo_texts_train_on_the_validation_fold(data_root, tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_DATA", str(data_root))
    runs = study("mmmo-text").runs(1)
    assert len(runs) == 21
    table = read_table(runs[0].data)
    assert Counter(entry.split for entry in table) == {"train": 32, "valid": 8, "test": 80}
    split = Prepared(runs[0], tmp_path).split
    assert [len(part) for part in (split.train, split.valid, split.test)] == [32, 8, 80]
    whole = read_table(study("mmmo").runs(1)[0].data)
    assert Counter(entry.split for entry in whole) == {"train": 220, "valid": 40, "test": 80}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.long
def test_a_study_is_trained_measured_and_written(data_root, tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_DATA", str(data_root))
    command = [sys.executable, "-m", "engine", "reproduce", "mmmo", "--seeds", "2", "--workers", "2", *TINY]
    command += ["--runs", str(tmp_path / "runs"), "-o", str(tmp_path / "out")]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    assert "5 variants in" in first.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"mmmo.{s}" for s in ("md", "csv", "svg", "png")}
    with (tmp_path / "out" / "mmmo.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["variant"] for row in rows] == ["A", "V", "concat(A,V)", "A->V", "V->A"]
    assert {row["clips"] for row in rows} == {"80"}
    assert all(float(row["floor_mae"]) == pytest.approx(1.18125) for row in rows)  # always +1, the training median
    weights = {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob("model.safetensors")}
    text = (tmp_path / "out" / "mmmo.md").read_text()
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob("model.safetensors")} == weights
    assert (tmp_path / "out" / "mmmo.md").read_text() == text


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written .*: choose another folder"):
        write_study(study("mmmo"), {}, tmp_path / "file")
