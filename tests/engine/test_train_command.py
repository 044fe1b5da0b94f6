"""`s2s train` and `s2s pretrain-voice` as a shell sees them: what is refused is one sentence, and nothing is lost."""

import dataclasses
import json

import numpy as np
import pytest
from full_disk import files_no_larger_than
from synthetic import clip, table

from engine.checkpoint import hash_file, read_card
from engine.notation import parse
from engine.run import Run
from extraction.store import Entry, make_table, write_table

pytestmark = pytest.mark.usefixtures("one_thread")


def options(hidden=4, epochs=2, **regression):
    pairs = {"hidden": hidden, "epochs": epochs}
    return (
        *(w for key, value in pairs.items() for w in ("--translation", f"{key}={value}")),
        *(w for key, value in (pairs | regression).items() for w in ("--regression", f"{key}={value}")),
        *("--seeds", 1),
    )


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Word tables by name, each with a fault or without."""
    folder = tmp_path_factory.mktemp("tables")
    whole = tuple(table(clips=24))
    faults = {
        "good": whole,
        "text": tuple(table(clips=24, modalities="T")),
        "nameless": [dataclasses.replace(e, speaker=None) for e in whole],
        "unlabelled": [dataclasses.replace(e, label=None) for e in whole],
        "positive": [dataclasses.replace(e, label=abs(e.label) + 0.1 if e.label < 2.8 else 1.0) for e in whole],
        "negative": [dataclasses.replace(e, label=-abs(e.label) - 0.1 if e.label < 2.8 else -1.0) for e in whole],
        "far": [dataclasses.replace(e, label=-7.0) for e in whole],
        "unsplit": [dataclasses.replace(e, split=None) for e in whole],
        "small": [dataclasses.replace(e, split=None) for e in whole[:4]],
        "faceless": tuple(table(clips=24, missing=1.0)),
        "empty": (),
    }
    for name, entries in faults.items():
        path = folder / f"{name}.parquet"
        write_table(make_table(entries), path) if entries else path.write_bytes(b"")
    return folder


def files(folder):
    return {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}


def refused(result, sentence):
    code, out, err = result
    assert (code, out) == (2, ""), err
    (line,) = [line for line in err.splitlines() if line.startswith("s2s: ") and "Left out" not in line]
    assert sentence in line
    assert line[-1] in ".?"
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        (
            "T",
            "unlabelled",
            (),
            "No clip of the word table has a label: give labels when extracting, to train on them.",
        ),
        ("T->A", "unlabelled", (), "No clip of the word table has a label"),
        ("T", "positive", (), "Every training label is zero or above: give clips of both classes to learn from."),
        ("embed(T,A)->V", "negative", (), "Every training label is below zero"),
        ("T", "far", (), "has the label -7.0: labels lie in [-3, 3]."),
        ("V", "text", (), "The word table has no video: extract it, or choose another variant."),
        ("T->V", "text", (), "The word table has no video: extract it, or choose another variant."),
        ("T", "unsplit", (), "The word table has no split column filled in: use the protocol `speakers` instead."),
        ("T", "small", ("--protocol", "paper"), "4 segments are too few for the paper's split: give at least 12."),
        ("T", "nameless", ("--protocol", "speakers"), "names no speaker: the protocol `speakers` needs one a clip."),
        ("T", "good", ("--protocol", "speakers", "--folds", 9), "6 speakers cannot fill 9 folds"),
        ("T->V", "faceless", (), "No word of the training clips has the target of T->V observed"),
        ("T", "empty", (), "is not a word table"),
        ("T->A", "good", ("--unlabelled", "{text}"), "The word table has no audio"),
        ("A", "good", ("--voice", "{folder}"), "There is no voice network at"),
        ("T", "good", ("--device", "cuda:77"), "The device 'cuda:77' cannot be used here: give --device cpu."),
        ("T", "good", ("--device", "toaster"), "The device 'toaster' cannot be used here: give --device cpu."),
        ("T", "good", ("--device", "meta"), "The device 'meta' cannot be used here"),
        ("T", "good", ("--all",), "Name one variant, or give --all: `s2s variants` lists them."),
        (None, "good", (), "Name one variant, or give --all: `s2s variants` lists them."),
        ("T->", "good", (), "did you mean"),
        ("T", "good", ("--translation", "target=words"), "Option target is 'words': give values or codes."),
        ("T", "good", ("--final",), "--final belongs to the protocol `speakers`"),
    ],
    ids=lambda case: " ".join(map(str, (*case[:2], *case[2]))),
)
def test_what_cannot_train_is_one_sentence_and_writes_nothing(s2s, tables, tmp_path, case):
    variant, name, more, sentence = case
    places = {"text": tables / "text.parquet", "folder": tmp_path}
    more = [str(word).format(**places) for word in more]
    named = () if variant is None else (variant,)
    runs = tmp_path / "runs"
    refused(s2s("train", *named, "--data", tables / f"{name}.parquet", "--runs", runs, *options(), *more), sentence)
    assert not list(tmp_path.rglob("*.safetensors"))
    assert not list(tmp_path.rglob("card.json"))


def test_all_trains_what_the_table_has_measurements_for(s2s, tables, tmp_path):
    code, out, err = s2s("train", "--all", "--data", tables / "text.parquet", "--runs", tmp_path, *options())
    assert (code, out) == (0, "")
    (line,) = [line for line in err.splitlines() if line.startswith("s2s: ")]
    assert line.startswith("s2s: Left out, for want of measurements: A, V, concat(T,V)")
    assert line.count("->") == 19
    assert "1 models of T are in" in err
    assert [p.parent.parent.parent.name for p in tmp_path.rglob("card.json")] == ["T"]


def test_what_is_trained_already_is_not_trained_again(s2s, tables, tmp_path):
    command = ("train", "T->A", "--data", tables / "good.parquet", "--runs", tmp_path, *options())
    assert s2s(*command)[0] == 0
    before = files(tmp_path)
    assert s2s(*command)[0] == 0
    assert files(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["T", "T->A"])
def test_a_full_disk_is_one_sentence_and_costs_no_checkpoint(s2s, tables, tmp_path, variant):
    command = ("train", variant, "--data", tables / "good.parquet", "--runs", tmp_path)
    assert s2s(*command, *options())[0] == 0
    folder = Run(parse(variant), tables).folder(tmp_path)
    before = files(tmp_path)
    for every in (10, 0):
        with files_no_larger_than(4096):
            result = s2s(*command, *options(hidden=24), "--save-every", every)
        refused(result, "cannot be written (File too large): ")
        after = files(tmp_path)
        assert all(after[p] == before[p] for p in before if p.name != "metrics.jsonl")
        assert not [p for p in after if "partial" in p.name]
    assert s2s(*command, *options(hidden=24))[0] == 0
    assert read_card(folder).regression.hidden == 24


@pytest.mark.slow
def test_a_loss_that_is_no_number_is_one_sentence_and_costs_no_checkpoint(s2s, tables, tmp_path, monkeypatch):
    command = ("train", "T->A", "--data", tables / "good.parquet", "--runs", tmp_path)
    assert s2s(*command, *options())[0] == 0
    before = files(tmp_path)
    monkeypatch.setattr("engine.standardise.CLIP", float("nan"))  # no table and no option was found that does it
    refused(
        s2s(*command, *options(hidden=5)), "Training T->A broke down in epoch 1 (the loss is no number): lower its lear"
    )
    after = files(tmp_path)
    assert all(after[p] == before[p] for p in before)


@pytest.mark.slow
def test_a_damaged_or_newer_checkpoint_is_one_sentence(s2s, tables, tmp_path, sample_clip):
    data = ("--data", tables / "good.parquet", "--runs", tmp_path)
    assert s2s("train", "T", *data, *options())[0] == 0
    folder = Run(parse("T"), tables).folder(tmp_path)
    weights, card = folder / "model.safetensors", folder / "card.json"
    whole, said = weights.read_bytes(), json.loads(card.read_text())

    def each_refuses(sentence):
        refused(s2s("evaluate", "T", *data), sentence)
        refused(s2s("predict", sample_clip, "--checkpoint", folder), sentence)
        refused(s2s("publish", "T", *data, "--into", tmp_path / "shipped"), sentence)
        assert not (tmp_path / "shipped").exists()

    weights.write_bytes(whole[:-1] + b"\xff")
    each_refuses("are damaged or another model's: copy the whole folder again.")
    weights.write_bytes(whole[: len(whole) // 2])
    card.write_text(json.dumps(said | {"weights_sha256": hash_file(weights)}))
    each_refuses("are damaged or another model's: copy the whole folder again.")
    weights.write_bytes(whole)
    card.write_text(json.dumps(said | {"format": 3}))
    each_refuses("was written by a newer version (format 3): update this program.")
    card.write_text(json.dumps(said))
    assert s2s("evaluate", "T", *data)[0] == 0


def acted(path, actors=6):
    rng, entries, rows = np.random.default_rng(0), [], ["file,emotion"]
    for i in range(36):
        made = clip(rng, f"c{i:02d}", 3, float(i // 6 % 3) - 1, modalities="A")
        entries.append(Entry(made, None, None, f"actor{i % actors}"))
        rows.append(f"{made.clip}.wav,{('sad', 'calm', 'glad')[i // 6 % 3]}")
    write_table(make_table(entries), path / "acted.parquet")
    (path / "emotions.csv").write_text("\n".join(rows))
    return path / "acted.parquet", path / "emotions.csv"


@pytest.mark.slow
def test_a_voice_is_trained_and_a_model_begins_from_it(s2s, tables, tmp_path):
    made, emotions = acted(tmp_path)
    pretrain = ("pretrain-voice", made, "--emotions", emotions)
    code, out, err = s2s(*pretrain, "-o", tmp_path / "voice", "--regression", "hidden=4", "--regression", "epochs=2")
    assert code == 0
    assert out.startswith("3 emotions, ")
    assert out.endswith(f"written to {tmp_path / 'voice'}\n")
    assert "Voice" in err
    command = (
        "train",
        "A",
        "--data",
        tables / "good.parquet",
        "--runs",
        tmp_path / "runs",
        "--voice",
        tmp_path / "voice",
    )
    assert s2s(*command, *options())[0] == 0
    card = read_card(Run(parse("A"), tables).folder(tmp_path / "runs"))
    assert card.voice == json.loads((tmp_path / "voice" / "voice.json").read_text())["fingerprint"]
    before = files(tmp_path)
    refused(s2s(*command, *options(hidden=5)), "The voice network has another shape (lstm, 4 units)")
    refused(s2s(*pretrain[:-1], tmp_path / "none.csv", "-o", tmp_path / "v"), "is not a readable CSV file")
    refused(
        s2s("pretrain-voice", tables / "text.parquet", *pretrain[2:], "-o", tmp_path / "v"), "has no audio features"
    )
    refused(s2s(*pretrain, "-o", tmp_path / "v", "--device", "toaster"), "The device 'toaster' cannot be used here")
    refused(
        s2s(*pretrain, "-o", emotions / "v", "--regression", "epochs=1"),
        "cannot be written (Not a directory): choose an",
    )
    after = files(tmp_path)
    assert all(after[p] == before[p] for p in before if p.name != "metrics.jsonl")
