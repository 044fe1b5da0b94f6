"""Cards as tables and sentences, for the models that come with the app."""

from dataclasses import replace

import pytest

from engine.checkpoint import available
from engine.curves import Curve
from ui import cards


@pytest.fixture(scope="module")
def shipped():
    return {card.variant: card for card in available()}


def test_the_overview_has_a_row_a_model_with_its_floors(shipped):
    table = cards.overview(list(shipped.values()))
    assert len(table) == 26
    assert table.notna().all(axis=None)
    row = table.set_index("variant").loc["T"]
    assert row["reads"] == "text"
    assert row["mae"] < row["mae_floor"]
    assert 0.5 < row["non0_floor"] < row["non0"] < 1


def test_figures_stand_beside_their_floors_and_the_papers(shipped):
    rows = {row[0]: row[1:] for row in cards.figures(shipped["T"])}
    assert rows["correlation r"][2:] == ("–", "–")
    assert rows["binary F1"][3] == "0.760"
    assert all(len(row) == len(cards.FIGURES) - 1 for row in rows.values())


def test_what_a_model_started_from_stands_in_its_origin(shipped):
    origins = {name: dict(cards.origin(card)) for name, card in shipped.items()}
    assert {name for name, one in origins.items() if "Started from" in one} == {
        name for name, card in shipped.items() if card.start is not None
    }
    assert origins["T"]["Started from"] == shipped["T"].start


def test_what_a_translation_learnt_stands_in_its_origin(shipped):
    origin = dict(cards.origin(shipped["embed(T,A)->V"]))
    assert [heading for heading in origin if heading.startswith("Translation ")] == [
        "Translation T->A",
        "Translation embed(T,A)->V",
    ]
    assert origin["Reads"] == "text"


def test_the_confusion_adds_up_to_each_true_class(shipped):
    chart = cards.confusion(shipped["T"], "#000000").to_dict()
    (rows,) = chart["datasets"].values()
    assert len(rows) == 49
    for true in range(-3, 4):
        assert sum(row["share"] for row in rows if row["true"] == true) == pytest.approx(1)


def test_each_training_has_its_curves_where_the_card_has_them(shipped):
    card = shipped["T->A"]
    assert cards.curves(replace(card, curves=()), "#000000") == []
    trainings = (
        Curve("T->A", train=(1.0, 0.9), valid=(1.1, 1.05), best_epoch=2),
        Curve("regression", train=(0.8,), valid=(0.7,), best_epoch=1),
    )
    (first, chart), (second, _) = cards.curves(replace(card, curves=trainings), "#000000")
    assert first == "T->A: epoch 2 of 2 was kept"
    assert second == "regression: epoch 1 of 1 was kept"
    chart = chart.to_dict()
    rows = [row for data in chart["datasets"].values() for row in data if "loss" in row]
    assert [row["value"] for row in rows if row["loss"] == "validation"] == [1.1, 1.05]
    assert [row["value"] for row in rows if row["loss"] == "training"] == [1.0, 0.9]


@pytest.mark.slow
def test_every_shipped_card_has_the_curves_of_each_of_its_trainings(shipped):
    for card in shipped.values():
        stages = [curve.stage for curve in card.curves]
        extra = ["regression on extra clips"] if "regression on extra clips" in stages else []
        assert stages == [*(stage.stage for stage in card.stages), *extra, "regression"], card.variant
        assert len(cards.curves(card, "#000000")) == len(stages)
        for curve in card.curves:
            assert len(curve.train) == len(curve.valid) >= curve.best_epoch >= 1
            assert min(curve.valid) == curve.valid[curve.best_epoch - 1]
