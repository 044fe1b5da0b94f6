"""A training that is stopped, by whatever, goes on where it was and ends as if nothing had happened."""

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from synthetic import table
from torch import nn

from engine.checkpoint import read_card
from engine.config import RegressionOptions, TranslationOptions
from engine.fit import fit
from engine.notation import parse
from engine.resume import Unfinished, epoch_seed
from engine.run import Run
from engine.train_run import train_run
from extraction.errors import CheckpointError
from extraction.store import make_table, write_table

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = {
    "translation": TranslationOptions(hidden=3, epochs=3, codes=4, patience=2, layers=2),
    "regression": RegressionOptions(hidden=3, epochs=4, patience=3, dropout=0.3, fine_tune=False),
}
CODES = TINY | {"translation": dataclasses.replace(TINY["translation"], target="codes", cell="gru", layers=1)}
TUNED = TINY | {"regression": dataclasses.replace(TINY["regression"], fine_tune=True)}


class Stop(Exception):
    pass


def stopping_after(count):
    """A report that stops the training once it was told `count` epochs."""
    told = []

    def report(epoch):
        told.append(epoch)
        if len(told) == count:
            raise Stop

    return report


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
    ],
    ids=["values", "codes", "hierarchical", "hierarchical codes", "fine-tuned", "two heads"],
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


class Line(nn.Module):
    """One number to learn, and a buffer."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.register_buffer("steps", torch.zeros(()))


def learn(unfinished=None, epochs=6, stop=None, seed=0):
    line, options = Line(), RegressionOptions(epochs=epochs, learning_rate=0.03)

    def loss(x):
        if line.training:
            line.steps += 1
        return ((line.weight * x - x + torch.randn(1)) ** 2).sum(), torch.tensor(1)

    best = fit(
        line,
        options,
        "line",
        train=lambda epoch: [torch.tensor(float(epoch))] * 3,
        loss=loss,
        valid=lambda: (line.weight.item() - 0.3) ** 2,
        seed=seed,
        report=stopping_after(stop),
        unfinished=unfinished,
    )
    return line.state_dict(), best


def test_weights_moments_and_the_best_epoch_come_back(tmp_path):
    weights, best = learn()
    assert 1 < best.epoch < 6  # it learns past what is validated
    for stop in range(1, 7):
        state = Unfinished(tmp_path / "state.safetensors", {"seed": 0}, every=0)
        with pytest.raises(Stop):
            learn(state, stop=stop)
        resumed, again = learn(state)
        assert again == best
        assert all(torch.equal(resumed[name], weights[name]) for name in weights)
        (tmp_path / ".state.safetensors.77.partial").write_bytes(b"cut by a kill")
        state.remove()
        state.remove()
        assert not list(tmp_path.iterdir())


def test_the_state_of_another_training_is_ignored(tmp_path):
    path = tmp_path / "state.safetensors"
    with pytest.raises(Stop):
        learn(Unfinished(path, {"seed": 0, "what": "one"}, every=0), stop=3)
    there = path.read_bytes()
    module = Line()
    optimiser = torch.optim.AdamW(module.parameters())
    assert Unfinished(path, {"seed": 0, "what": "two"}).read(module, optimiser) is None
    assert not module.weight.any()
    assert Unfinished(path, {"what": "one", "seed": 0}).read(module, optimiser).epochs[-1]["epoch"] == 2
    assert module.weight.any()
    assert path.read_bytes() == there
    other = learn(Unfinished(path, {"what": "two"}, every=0))
    assert all(torch.equal(other[0][name], tensor) for name, tensor in learn()[0].items())


@pytest.mark.parametrize("content", [b"", b"rubbish", "cut", "flipped header"])
def test_a_damaged_state_starts_over(tmp_path, content):
    path = tmp_path / "state.safetensors"
    state = Unfinished(path, {}, every=0)
    with pytest.raises(Stop):
        learn(state, stop=3)
    whole = path.read_bytes()
    damaged = {"cut": whole[: len(whole) // 2], "flipped header": whole[:40] + b"\0" + whole[41:]}.get(content, content)
    path.write_bytes(damaged)
    resumed, best = learn(state)
    weights, expected = learn()
    assert best == expected
    assert all(torch.equal(resumed[name], weights[name]) for name in weights)


def test_a_state_is_written_no_oftener_than_asked(tmp_path):
    path = tmp_path / "state.safetensors"
    learn(Unfinished(path, {}, every=3600))
    assert not path.exists()
    learn(Unfinished(path, {}, every=0))
    assert path.exists()


def test_a_state_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match=r"cannot be written .*: make room, then run the same command to go on"):
        learn(Unfinished(tmp_path / "file" / "state.safetensors", {}, every=0))


def test_an_epoch_has_its_own_random_numbers():
    seeds = {epoch_seed(*key) for key in [(0, "T->A", 1), (0, "T->A", 2), (1, "T->A", 1), (0, "T->V", 1)]}
    assert len(seeds) == 4
    assert epoch_seed(0, "T->A", 1) == epoch_seed(0, "T->A", 1)
    assert all(0 <= seed < 2**32 for seed in seeds)


KILLS = 10
SHOT = (
    *("--seeds", "1", "--save-every", "0"),
    *("--translation", "epochs=80", "--translation", "patience=80", "--translation", "hidden=16"),
    *("--translation", "target=codes", "--translation", "codes=8"),
    *("--regression", "epochs=160", "--regression", "patience=160", "--regression", "hidden=16"),
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


@pytest.mark.slow
def test_killed_at_ten_random_moments_it_ends_the_same(tmp_path):
    data = tmp_path / "table.parquet"
    write_table(table(clips=160), data)
    with (tmp_path / "log").open("w+") as log:
        process = start(data, tmp_path / "whole", log)
        since = began(process, tmp_path / "whole")
        assert process.wait(240) == 0, (tmp_path / "log").read_text()
        lasts = time.monotonic() - since
        runs, moments, killed, stages = tmp_path / "killed", random.Random(0), 0, set()
        for _ in range(KILLS):
            process = start(data, runs, log)
            began(process, runs)
            time.sleep(moments.uniform(0, lasts / 8))
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
            killed += 1
            stages |= {p.parent.name for p, _ in written(runs)}
        process = start(data, runs, log)
        assert process.wait(240) == 0, (tmp_path / "log").read_text()
    assert killed == KILLS, f"the training ended after {killed} kills: make it longer"
    assert len(stages) == 2, "translation and regressor were both to be killed"
    folder = Run(parse("T->A"), data).folder
    whole, again = (folder(tmp_path / name) for name in ("whole", "killed"))
    for name in ("model.safetensors", "metrics.jsonl"):
        assert (whole / name).read_bytes() == (again / name).read_bytes()
    assert kept_stages(tmp_path / "whole") == kept_stages(runs)
    assert not [p for p in runs.rglob("*") if "partial" in p.name or "unfinished" in p.name]
    assert np.isfinite(load_file(again / "model.safetensors")["regressor.head.weight"].numpy()).all()
