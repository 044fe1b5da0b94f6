"""`s2s card`: a model's card as people read it."""

import dataclasses
import json

import pytest
from answered_runs import SHIPPED, write_runs

from engine.checkpoint import Source, read_card, save_card
from engine.stage_store import StageFigures
from engine.variants import directory_name


@pytest.mark.slow
@pytest.mark.parametrize("folder", sorted(p.name for p in SHIPPED.iterdir() if p.is_dir()))
def test_every_shipped_card_says_what_its_model_is(s2s, folder):
    card = read_card(SHIPPED / folder)
    code, out, err = s2s("card", card.variant)
    assert (code, err) == (0, "")
    assert f"{card.data.clips:,} labelled clips of {card.data.speakers} speakers" in out
    assert f"train again   {card.command}\n" in out
    assert "floor: larger class" in out
    assert "the paper (its own split)" in out
    assert f"{card.test['mae']:.3f}" in out
    assert "read as their own class: -3 " in out
    assert out.splitlines()[-1] == card.verdict
    speakers = card.test["speakers"]
    assert (f"over {len(speakers)} speakers: MAE" in out) == bool(speakers)


def test_json_is_the_card_itself(s2s):
    code, out, _ = s2s("card", "T", "--json")
    assert code == 0
    assert json.loads(out) == read_card(SHIPPED / "T").to_dict()


def test_a_model_in_a_folder_that_was_never_tested(s2s, tmp_path):
    write_runs(tmp_path, "T->A", 1.0, seeds=1)
    folder = tmp_path / directory_name("T->A") / "standard" / "seed_0"
    stages = (StageFigures("T->A", 0.9, 1.0, 3, "squared error"), StageFigures("A->V", 1.1, 1.0, 1, "nats"))
    extra = Source("more.parquet", "0" * 64, 40, 0)
    save_card(dataclasses.replace(read_card(folder), test=None, stages=stages, extra=extra), folder)
    code, out, _ = s2s("card", folder)
    assert code == 0
    assert "no test figures" in out
    assert "translation   T->A, validation loss 0.900 squared error, a constant 1.000, kept from epoch 3\n" in out
    assert "translation   A->V, validation loss 1.100 nats, a constant 1.000, kept from epoch 1: its source told" in out
    assert "more.parquet: 40 clips, added to the training clips" in out
    assert "validation, this model" in out


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("T-A", "'T-A' is not one of the paper's 26 variants: did you mean"),
        ("{folder}/none", "There is no checkpoint at"),
        ("{folder}", "There is no checkpoint at"),
        ("{old}", "has figures of another version of this program: publish the model again."),
    ],
)
def test_what_is_no_model_is_one_sentence(s2s, tmp_path, model, sentence):
    old = tmp_path / "old"
    save_card(dataclasses.replace(read_card(SHIPPED / "T"), test={"mean": {"mae": 1.0}}), old)
    code, out, err = s2s("card", model.format(folder=tmp_path, old=old))
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert sentence in line
