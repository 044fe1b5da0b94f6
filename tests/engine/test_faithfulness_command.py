"""`s2s faithfulness`: figures printed, written and kept on cards, of made-up models on made-up tables."""

import csv
import dataclasses
import json

import pytest
import torch
from answered_runs import SHIPPED
from synthetic import SPECS, table
from tiny_networks import TINY

from engine.checkpoint import read_card, save
from engine.faithfulness import HEADINGS, of_card
from engine.model import SentimentModel
from engine.notation import parse
from engine.run import Run
from engine.variants import directory_name
from extraction.store import write_table

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


def put(folder, name, protocol="standard", mae=1.0):
    """A model with random weights as a checkpoint."""
    torch.manual_seed(0)
    model = SentimentModel(parse(name), SPECS, TINY["translation"], TINY["regression"])
    card = read_card(SHIPPED / "T")
    options = {"translation": TINY["translation"], "regression": TINY["regression"], "validation": {"mae": mae}}
    bare = {"stages": (), "faithfulness": None, "adapter": None, "start": None, "interval": None}
    changes = {"variant": name, "specs": model.specs, "protocol": protocol, **bare, **options}
    save(model, dataclasses.replace(card, **changes), folder)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Two shipped models, and a table of texts beside one of clips."""
    for name, protocol in (("T", "standard"), ("concat(T,V)", "speakers")):
        put(tmp_path / "shipped" / directory_name(name), name, protocol)
    monkeypatch.setenv("S2S_CHECKPOINTS", str(tmp_path / "shipped"))
    write_table(table(clips=24, modalities="T"), tmp_path / "texts.parquet")
    write_table(table(clips=16, seed=1), tmp_path / "clips.parquet")
    return tmp_path


def test_all_shipped_models_each_on_its_clips(s2s, shipped):
    where = ("--data", shipped / "texts.parquet", "--clips", shipped / "clips.parquet")
    code, out, _ = s2s("faithfulness", "--all", *where, "-o", shipped / "f.csv", "--json")
    assert code == 0
    text, clips = json.loads(out)["faithfulness"]
    assert (text["variant"], text["data"], text["clips"]) == ("T", "texts.parquet", 6)  # its split `valid`
    assert (clips["variant"], clips["data"], clips["clips"]) == ("concat(T,V)", "clips.parquet", 16)
    with (shipped / "f.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["variant"], row["figure"]) for row in rows] == [
        (one["variant"], name) for one in (text, clips) for name in HEADINGS
    ]
    assert float(rows[0]["value"]) == text["figures"]["attention_occlusion"]["value"]
    assert read_card(shipped / "shipped" / "T").faithfulness is None


def test_the_table_for_people_and_the_card(s2s, shipped):
    code, out, _ = s2s("faithfulness", "T", "T", "--data", shipped / "texts.parquet", "--write")
    assert code == 0
    lines = [line.rstrip() for line in out.splitlines()]
    card = read_card(shipped / "shipped" / "T")
    found = of_card(card)
    assert lines[0] == f"T: 6 clips of texts.parquet, {found.words} words, {found.drawn} speakers drawn"
    assert len(lines) == 2 + len(HEADINGS)
    assert lines[2].startswith(
        f"attention and blanking                   {found.figures['attention_occlusion'].value:+.3f}"
    )
    assert lines[6].split() == [
        "sentiment",
        "and",
        "VADER's",
        "valence",
        "-",
        "-",
        "0",
        "-",
    ]  # made-up words are in no lexicon
    assert s2s("card", "T")[0] == 0


def test_a_run_is_measured_where_runs_are_named(s2s, shipped):
    for seed, mae in ((0, 0.9), (1, 0.8)):
        put(Run(parse("T"), shipped, seed=seed).folder(shipped / "runs"), "T", mae=mae)
    where = ("--data", shipped / "texts.parquet", "--runs", shipped / "runs")
    assert s2s("faithfulness", "T", *where, "--write")[0] == 0
    kept = [read_card(shipped / "runs" / "T" / "standard" / f"seed_{seed}").faithfulness for seed in (0, 1)]
    assert kept[0] is None
    assert kept[1]["clips"] == 6
    code, _, err = s2s("faithfulness", "T->A", *where)
    assert code == 2
    assert "There is no model of T->A to ship in" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name the variants to measure, or give --all"),
        (("T", "--all"), "Name the variants to measure, or give --all"),
        (("T-A",), "'T-A' is not one of the paper's 26 variants: did you mean"),
        (("A",), "There is no checkpoint at"),
        (("concat(T,V)", "--data", "{folder}/none.parquet"), "There is no file"),
        (("T", "--data", "{folder}/texts.parquet", "-o", "{folder}/texts.parquet/f.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(s2s, shipped, arguments, sentence):
    code, _, err = s2s("faithfulness", *(a.format(folder=shipped) for a in arguments))
    assert code == 2
    assert sentence in err
