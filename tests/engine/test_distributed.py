"""One training over several processes takes the steps that a single process would."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from safetensors.torch import load_file
from synthetic import table

from engine import distributed
from engine.notation import parse
from engine.run import Run
from extraction.store import write_table


def train(data, runs, *options, processes=1, variant="T->A"):
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [
        *(sys.executable, *(launcher if processes > 1 else ()), "-m", "engine", "train", variant),
        *("--data", str(data), "--runs", str(runs), "--seeds", "1"),
        *(word for o in ("dropout=0", "input_dropout=0", "hidden=6", "batch_size=5") for word in ("--translation", o)),
        *(word for o in ("dropout=0", "input_dropout=0", "hidden=6", "batch_size=5") for word in ("--regression", o)),
        *("--translation", "epochs=3", "--regression", "epochs=4", "--translation", "codes=4", *options),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    with (
        (runs.parent / f"{runs.name}.log").open("w+") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True) as process,
    ):
        try:
            code = process.wait(120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # torchrun's processes outlive it
            code = -signal.SIGKILL
        log.seek(0)
        return code, log.read()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "table.parquet"
    write_table(table(clips=42, missing=0.2), path)  # 21 clips train: the last batch holds one, less than one a process
    return path


def check_alike(one, two):
    first, second = (load_file(folder / "model.safetensors") for folder in (one, two))
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_allclose(second[name].numpy(), first[name].numpy(), rtol=1e-5, atol=1e-6, err_msg=name)
    lines = [(folder / "metrics.jsonl").read_text().splitlines() for folder in (one, two)]
    for left, right in zip(*([json.loads(line) for line in each] for each in lines), strict=True):
        assert left.pop("stage") == right.pop("stage")
        assert left == pytest.approx(right, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "options"),
    [
        pytest.param(
            "T->A",
            ("--translation", "teacher_forcing=1", "--translation", "teacher_forcing_end=1"),
            marks=pytest.mark.long,
            id="forced",
        ),
        pytest.param(
            "T->A",
            (
                *("--translation", "attention=additive", "--regression", "fine_tune=false"),
                *("--translation", "teacher_forcing=0", "--translation", "teacher_forcing_end=0"),
            ),
            marks=pytest.mark.long,
            id="free",
        ),
        pytest.param(
            "embed(T,A)->V",
            (
                *("--translation", "target=codes", "--regression", "fine_tune=true"),
                *("--translation", "teacher_forcing=1", "--translation", "teacher_forcing_end=1"),
            ),
            id="codes, hierarchical, fine-tuned",
        ),
    ],
)
def test_two_processes_give_the_weights_of_one(data, tmp_path, variant, options):
    results = [train(data, tmp_path / str(n), *options, processes=n, variant=variant) for n in (1, 2)]
    for code, said in results:
        assert code == 0, said
        assert said.count(f"1 models of {variant} are in") == 1
    folders = [Run(parse(variant), data).folder(tmp_path / str(n)) for n in (1, 2)]
    check_alike(*folders)
    stages = [sorted((tmp_path / str(n)).glob("stages/*/*")) for n in (1, 2)]
    assert len(stages[0]) == len(parse(variant).stages)
    for one, two in zip(*stages, strict=True):
        assert one.name == two.name  # the number of processes is no part of what is trained
        assert (one / "stage.json").is_file()
        assert (two / "stage.json").is_file()


@pytest.mark.slow
def test_torchrun_and_workers_do_not_go_together(data, tmp_path):
    code, said = train(data, tmp_path / "runs", "--workers", "2", processes=2)
    assert code != 0
    assert "s2s: torchrun and --workers do not go together: give one of them." in said
    assert not list(tmp_path.rglob("*.safetensors"))


def test_without_torchrun_there_is_one_process(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    with distributed.processes("cpu"):
        assert (distributed.size(), distributed.rank()) == (1, 0)
        distributed.wait()
        mine, weight = distributed.share(np.arange(5))
        assert (mine.tolist(), weight) == ([0, 1, 2, 3, 4], 1.0)
    assert distributed.own_device("cuda") == "cuda"


def test_each_process_takes_a_gpu_of_its_own(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert [distributed.own_device(name) for name in ("cuda", "cuda:0", "cpu")] == ["cuda:3", "cuda:0", "cpu"]


def test_a_batch_is_shared_without_rest(monkeypatch):
    for size in (1, 2, 3, 7):
        parts = []
        for rank in range(size):
            monkeypatch.setattr(distributed, "size", lambda size=size: size)
            monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
            mine, weight = distributed.share(np.array([4, 9, 2, 7]))
            assert len(mine) >= 1
            assert weight == (1.0 if rank < 4 else 0.0)
            parts += mine.tolist() if weight else []
        assert sorted(parts) == [2, 4, 7, 9]
