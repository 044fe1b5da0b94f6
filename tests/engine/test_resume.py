"""A training that is stopped, by whatever, goes on where it was and ends as if nothing had happened."""

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from stopping import Stop, stopping_after
from synthetic import table

from engine.checkpoint import read_card
from engine.config import RegressionOptions, TranslationOptions
from engine.notation import parse
from engine.run import Run
from engine.train_run import train_run
from extraction.store import make_table, write_table

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = {
    "translation": TranslationOptions(hidden=3, epochs=3, codes=4, patience=2, layers=2),
    "regression": RegressionOptions(hidden=3, epochs=4, patience=3, dropout=0.3, fine_tune=False),
}
CODES = TINY | {"translation": dataclasses.replace(TINY["translation"], target="codes", cell="gru", layers=1)}
MASKED = TINY | {"regression": dataclasses.replace(TINY["regression"], masked_epochs=3)}
TUNED = TINY | {"regression": dataclasses.replace(TINY["regression"], fine_tune=True)}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "table.parquet"
    write_table(table(clips=24), path)
    return path


def result(folder):
    return {
        **{p.name: p.read_bytes() for p in folder.iterdir() if p.name != "card.json"},
        "card": json.loads((folder / "card.json").read_text()),
    }


def kept_stages(runs):
    return {p.relative_to(runs): p.read_bytes() for p in sorted(runs.glob("stages/**/*")) if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("T->A", TINY),
        ("T->A", CODES),
        ("embed(T,A)->V", TINY),
        ("embed(T,A)->V", CODES),
        ("T->A", TUNED),
        ("T->concat(A,V)", CODES),
        ("concat(T,A)->V", MASKED),
    ],
    ids=["values", "codes", "hierarchical", "hierarchical codes", "fine-tuned", "two heads", "masked modalities"],
)
def test_stopped_after_any_epoch_it_ends_the_same(data, tmp_path, name, options):
    run = Run(parse(name), data, every=0, **options)
    whole = train_run(run, tmp_path / "whole")
    lines = (whole / "metrics.jsonl").read_text().splitlines()
    for count in range(1, len(lines) + 1):
        runs = tmp_path / f"stopped {count}"
        with pytest.raises(Stop):
            train_run(run, runs, stopping_after(count))
        assert not (run.folder(runs) / "card.json").exists()
        told = []
        again = train_run(run, runs, told.append)
        assert result(again) == result(whole)
        assert [epoch.to_dict() for epoch in told] == [json.loads(line) for line in lines]
        assert kept_stages(runs) == kept_stages(tmp_path / "whole")
        assert not list(runs.rglob("unfinished*"))


@pytest.mark.slow
def test_stopped_after_each_epoch_in_turn_it_ends_the_same(data, tmp_path):
    run, stops = Run(parse("T->A"), data, every=0, **TINY), 0
    whole = train_run(run, tmp_path / "whole")
    while not (run.folder(tmp_path / "often") / "card.json").exists():
        stops += 1
        try:
            train_run(run, tmp_path / "often", stopping_after(stops + 1))  # one more than the last time
        except Stop:
            continue
    assert stops >= 5
    assert result(run.folder(tmp_path / "often")) == result(whole)


@pytest.fixture(scope="module")
def extra(tmp_path_factory):
    """Clips of other names and speakers."""
    entries = [
        dataclasses.replace(
            entry, aligned=dataclasses.replace(entry.aligned, clip=f"x{i}"), speaker=f"x{i}", split="train"
        )
        for i, entry in enumerate(table(clips=20, seed=1))
    ]
    path = tmp_path_factory.mktemp("extra") / "extra.parquet"
    write_table(make_table(entries), path)
    return path


@pytest.mark.slow
def test_extra_clips_first_stopped_after_any_epoch_it_ends_the_same(data, extra, tmp_path):
    regression = dataclasses.replace(TINY["regression"], extra="first")
    run = Run(parse("T"), data, extra=extra, every=0, regression=regression)
    whole = train_run(run, tmp_path / "whole")
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    assert list(dict.fromkeys(line["stage"] for line in lines)) == ["regression on extra clips", "regression"]
    for count in range(1, len(lines) + 1):
        with pytest.raises(Stop):
            train_run(run, tmp_path / f"stopped {count}", stopping_after(count))
        assert result(train_run(run, tmp_path / f"stopped {count}")) == result(whole)
        assert not list((tmp_path / f"stopped {count}").rglob("unfinished*"))


@pytest.mark.slow
def test_extra_clips_first_or_along_make_different_models(data, extra, tmp_path):
    weights = []
    for use in ("together", "first"):
        regression = dataclasses.replace(TINY["regression"], extra=use)
        folder = train_run(Run(parse("T"), data, extra=extra, regression=regression), tmp_path / use)
        card = read_card(folder)
        assert card.extra.clips == 20
        assert card.data.clips == 12
        weights.append(load_file(folder / "model.safetensors"))
    assert weights[0].keys() == weights[1].keys()
    assert any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


KILLS = 10
TRANSLATION, REGRESSION = 80, 160  # epochs
SHOT = (
    *("--seeds", "1", "--save-every", "0"),
    *("--translation", f"epochs={TRANSLATION}", "--translation", f"patience={TRANSLATION}"),
    *("--translation", "hidden=16", "--translation", "target=codes", "--translation", "codes=8"),
    *("--regression", f"epochs={REGRESSION}", "--regression", f"patience={REGRESSION}", "--regression", "hidden=16"),
)


def start(data, runs, log):
    command = [sys.executable, "-m", "engine", "train", "T->A", "--data", str(data), "--runs", str(runs), *SHOT]
    return subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"})


def written(runs):
    return {(p, p.stat().st_mtime_ns) for p in runs.rglob("unfinished.safetensors")}


def began(process, runs):
    """Wait until the process has done an epoch, or has ended; seconds since."""
    before, ends = written(runs), time.monotonic() + 120
    while process.poll() is None and written(runs) <= before and time.monotonic() < ends:
        time.sleep(0.01)
    return time.monotonic()


def epochs(runs):
    """How many epochs of the run are kept, of the translation and of the regressor."""
    done = TRANSLATION if any(runs.rglob("stage.json")) else 0
    for path in runs.rglob("unfinished.safetensors"):
        with suppress(OSError), safe_open(path, framework="np") as file:  # it may go at any moment
            done += len(json.loads(file.metadata()["epochs"]))
    return done


@pytest.mark.slow
@pytest.mark.long
def test_killed_at_ten_random_moments_it_ends_the_same(tmp_path):
    data = tmp_path / "table.parquet"
    write_table(table(clips=160), data)
    with (tmp_path / "log").open("w+") as log:
        process = start(data, tmp_path / "whole", log)
        assert process.wait(240) == 0, (tmp_path / "log").read_text()
        runs, chance, stages = tmp_path / "killed", random.Random(0), set()
        for moment in sorted(chance.sample(range(2, (TRANSLATION + REGRESSION) * 4 // 5), KILLS)):
            process = start(data, runs, log)
            began(process, runs)
            while process.poll() is None and epochs(runs) < moment:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.02))  # somewhere in an epoch
            assert process.poll() is None, f"the training ended before its epoch {moment} was seen"
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
            stages |= {p.parent.name for p, _ in written(runs)}
        process = start(data, runs, log)
        assert process.wait(240) == 0, (tmp_path / "log").read_text()
    assert len(stages) == 2, "translation and regressor were both to be killed"
    folder = Run(parse("T->A"), data).folder
    whole, again = (folder(tmp_path / name) for name in ("whole", "killed"))
    for name in ("model.safetensors", "metrics.jsonl"):
        assert (whole / name).read_bytes() == (again / name).read_bytes()
    assert kept_stages(tmp_path / "whole") == kept_stages(runs)
    assert not [p for p in runs.rglob("*") if "partial" in p.name or "unfinished" in p.name]
    assert np.isfinite(load_file(again / "model.safetensors")["regressor.head.weight"].numpy()).all()
