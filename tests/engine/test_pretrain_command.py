"""`s2s pretrain`: translations learnt from tables on disk, and runs that take them."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import load_file
from synthetic import table

from engine.checkpoint import load, read_card, translations_of
from engine.config import TranslationOptions
from engine.dataset import segments_of
from engine.notation import parse
from engine.pretrained import read_pretrained
from engine.run import Run
from engine.splits import unlabelled_split
from engine.stages import Corpus, StageTrainer
from engine.streamed import held_out
from engine.translations import unpack
from extraction.errors import CheckpointError
from extraction.store import make_table, read_table, write_table

ALL = ("T", "A", "V")
SMALL = ("--translation", "hidden=3", "--translation", "epochs=2")
TINY = ("--seeds", "1", "--regression", "hidden=3", "--regression", "epochs=2")
pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.slow]


@pytest.fixture
def paths(tmp_path):
    """A large table without labels, and a labelled one of other clips that has a speaker of it."""
    large = [
        dataclasses.replace(
            e,
            aligned=dataclasses.replace(e.aligned, clip=f"x{e.aligned.clip}"),
            label=None,
            split=None,
            speaker=f"x{n % 7}",
        )
        for n, e in enumerate(table(clips=60, seed=1))
    ]
    small = [dataclasses.replace(e, speaker="x3") if n == 2 else e for n, e in enumerate(table())]
    for name, entries in (("large", large), ("small", small)):
        write_table(make_table(entries), tmp_path / f"{name}.parquet")
    return tmp_path / "large.parquet", tmp_path / "small.parquet"


def test_it_learns_what_memory_would_and_nothing_held_out(paths, tmp_path, s2s):
    large, small = paths
    names = ("--variant", "embed(T,A)->V", "--variant", "T->A")
    code, _, said = s2s("pretrain", large, small, "-o", tmp_path / "made", *names, *SMALL, "--leave-out", small)
    assert code == 0, said
    assert "2 translations learnt from" in said
    held = held_out(small, "standard", 5, None)
    assert "x3" in {s.speaker for s in held}
    segments = tuple(s for path in paths for s in segments_of(read_table(path), ALL))
    split = unlabelled_split(segments, held)
    assert not {s.speaker for s in (*split.train, *split.valid)} & {s.speaker for s in held}
    trainer = StageTrainer(Corpus(split, read_table(large).specs), TranslationOptions(hidden=3, epochs=2))
    made = read_pretrained(tmp_path / "made")
    assert list(made.stages) == ["T->A", "embed(T,A)->V"]
    assert sum(source.clips for source in made.sources) == len(split.train)
    assert [source.fingerprint for source in made.sources] == [read_table(path).fingerprint for path in paths]
    for stage in parse("embed(T,A)->V").stages:
        kept, own = made.trained[str(stage)], trainer.get(stage)
        for name, value in own.translator.state_dict().items():
            torch.testing.assert_close(kept.translator.state_dict()[name], value, rtol=1e-5, atol=1e-6)
        assert kept.figures.loss == pytest.approx(own.figures.loss, rel=1e-5)


def test_a_run_takes_them_and_is_another_run(paths, tmp_path, s2s):
    large, small = paths
    runs, made = tmp_path / "runs", tmp_path / "made"
    train = ("train", "T->A", "--data", small, *TINY)
    assert s2s("pretrain", large, "-o", made, "--variant", "T->A", *SMALL, "--translation", "variational=true")[0] == 0
    code, _, said = s2s(*train, "--runs", runs, "--translations", made, "--regression", "fine_tune=false")
    assert code == 0, said
    assert not (runs / "stages").exists()
    folder = Run(parse("T->A"), small).folder(runs)
    model, card = load(folder)
    given = read_pretrained(made)
    assert card.translation == given.options == TranslationOptions(hidden=3, epochs=2, variational=True)
    assert card.unlabelled == given.source
    assert card.unlabelled.fingerprint == given.fingerprint
    stage = given.trained["T->A"].translator
    kept = unpack(translations_of(folder, card), model)["T->A"]
    for name, value in stage.encoder.state_dict().items():
        assert torch.equal(model.encoder(parse("T->A").stages[0]).state_dict()[name], value)
    assert kept.spread is not None
    assert card.stages == (given.trained["T->A"].figures,)
    before, written = card.identity, (folder / "model.safetensors").stat().st_mtime_ns
    assert s2s(*train, "--runs", runs, "--translations", made, "--regression", "fine_tune=false")[0] == 0
    assert (folder / "model.safetensors").stat().st_mtime_ns == written  # done already
    again = tmp_path / "again"
    assert (
        s2s(
            "pretrain",
            large,
            "-o",
            again,
            "--variant",
            "T->A",
            *SMALL,
            "--seed",
            "1",
            "--translation",
            "variational=true",
        )[0]
        == 0
    )
    assert read_pretrained(again).fingerprint != given.fingerprint
    assert s2s(*train, "--runs", runs, "--translations", again, "--regression", "fine_tune=false")[0] == 0
    assert read_card(folder).identity != before


def test_what_was_learnt_from_is_not_tested_on(paths, tmp_path, s2s):
    large, small = paths
    train = ("train", "T->A", "--data", small, *TINY, "--runs", tmp_path / "r", "--translations")
    for tables, made in (([small], "all"), ([large], "speaker")):
        assert s2s("pretrain", *tables, "-o", tmp_path / made, "--variant", "T->A", *SMALL)[0] == 0
    tested = [s for s in held_out(small, "standard", 5, None) if s.split == "test"]
    code, _, said = s2s(*train, tmp_path / "all")
    assert (code, f"{len(tested)} of the {len(tested)} clips to be tested on, {tested[0].clip} among them" in said) == (
        2,
        True,
    ), said
    assert "pre-train it with --leave-out" in said
    tables = [dataclasses.replace(e, speaker="x3" if e.split == "test" else None) for e in table()]
    write_table(make_table(tables), small)
    code, _, said = s2s(*train, tmp_path / "speaker")
    assert (code, f"{len(tested)} of the {len(tested)} clips to be tested on" in said) == (2, True), said
    made = tmp_path / "others"
    assert s2s("pretrain", large, "-o", made, "--variant", "T->A", *SMALL, "--leave-out", small)[0] == 0
    assert s2s(*train, made)[0] == 0
    (made / "learnt.npz").write_bytes(b"PK")
    code, _, said = s2s(*train, made, "--seeds", "2")
    assert (code, "learnt.npz is missing or damaged" in said) == (2, True), said


def test_a_table_without_the_target_will_do(paths, tmp_path, s2s):
    large, _ = paths
    text = tmp_path / "text.parquet"
    write_table(table(modalities="T"), text)
    assert s2s("pretrain", large, "-o", tmp_path / "made", "--all", *SMALL)[0] == 0
    assert len(read_pretrained(tmp_path / "made").stages) > 10
    train = ("train", "--data", text, *TINY, "--translations", tmp_path / "made", "--runs", tmp_path / "runs")
    code, _, said = s2s(*train, "--all")
    assert code == 0, said
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == sorted(
        ["T", "T_to_A", "T_to_V", "T_to_concat(A,V)", "embed(T,A)_to_V", "embed(T,V)_to_A"]
    )
    code, _, said = s2s(*train, "T->A", "--regression", "translation_weight=1")
    assert code == 2
    assert "The word table has no audio" in said


def test_it_says_what_is_wrong(paths, tmp_path, s2s):
    large, small = paths
    made = tmp_path / "made"
    for words, sentence in [
        (("pretrain", large, "-o", made), "Name variants with --variant, or give --all"),
        (("pretrain", large, "-o", made, "--variant", "T"), "translates nothing"),
        (("pretrain", large, large, "-o", made, "--variant", "T->A"), "have a clip of the same name"),
        (("train", "T->A", "--data", small, "--translations", made), "There are no finished translations at"),
    ]:
        code, _, said = s2s(*words)
        assert (code, sentence in said) == (2, True), said
    assert s2s("pretrain", large, "-o", made, "--variant", "T->A", *SMALL)[0] == 0
    for words, sentence in [
        (("--translation", "hidden=4"), "--translations are trained already"),
        (("--unlabelled", large), "--translations are trained already"),
    ]:
        code, _, said = s2s("train", "T->A", "--data", small, "--translations", made, *words)
        assert (code, sentence in said) == (2, True), said
    code, _, said = s2s("train", "T->V", "--data", small, "--translations", made, *TINY, "--runs", tmp_path / "r")
    assert (code, "The pre-trained translations lack T->V" in said) == (2, True), said
    (weights,) = made.glob("*/*/model.safetensors")
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CheckpointError, match="is missing or damaged"):
        _ = read_pretrained(made).trained
    (made / "pretrained.json").write_text("{}")
    with pytest.raises(CheckpointError, match="is damaged"):
        read_pretrained(made)


@pytest.mark.long
def test_killed_it_goes_on_and_ends_the_same(paths, tmp_path):
    large, _ = paths
    command = [
        sys.executable,
        "-m",
        "engine",
        "pretrain",
        str(large),
        "--variant",
        "embed(T,A)->V",
        "--variant",
        "A->T",
    ]
    command += [
        "--translation",
        "hidden=24",
        "--translation",
        "epochs=12",
        "--translation",
        "patience=50",
        "--save-every",
        "0",
        "-o",
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    killed, kills = tmp_path / "killed", 0
    while not (killed / "pretrained.json").is_file():
        with subprocess.Popen([*command, str(killed)], env=environment, stderr=subprocess.DEVNULL) as process:
            before = {p: p.stat().st_mtime_ns for p in killed.rglob("*.safetensors")}
            end = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < end:
                new = {p: p.stat().st_mtime_ns for p in killed.rglob("*.safetensors") if p.exists()}
                if new != before and kills < 3:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    break
                time.sleep(0.02)
    assert kills == 3
    subprocess.run([*command, str(tmp_path / "whole")], env=environment, check=True, stderr=subprocess.DEVNULL)
    one, two = (read_pretrained(tmp_path / name) for name in ("killed", "whole"))
    assert one.stages == two.stages  # the weights' hashes
    assert not list(killed.rglob("unfinished*"))


@pytest.mark.long
def test_two_processes_give_the_weights_of_one(paths, tmp_path):
    large, _ = paths
    options = (
        "hidden=6",
        "batch_size=5",
        "epochs=2",
        "dropout=0",
        "input_dropout=0",
        "cyclic=0.5",
        "teacher_forcing=0",
        "teacher_forcing_end=0",
    )
    command = ["pretrain", str(large), "--variant", "T->A", *(w for o in options for w in ("--translation", o)), "-o"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    for processes in (1, 2):
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
        start = [
            sys.executable,
            *(launcher if processes > 1 else ()),
            "-m",
            "engine",
            *command,
            str(tmp_path / str(processes)),
        ]
        done = subprocess.run(start, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
    one, two = (load_file(next((tmp_path / n).glob("*/*/model.safetensors"))) for n in ("1", "2"))
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-5, atol=1e-6)
    heads = [json.loads((tmp_path / n / "pretrained.json").read_text()) for n in ("1", "2")]
    assert heads[0]["stages"].keys() == heads[1]["stages"].keys()
