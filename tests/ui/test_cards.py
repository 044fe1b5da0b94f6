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
    assert 50 < row["non0_floor"] < row["non0"] < 100


def test_figures_stand_beside_their_floors_and_the_papers(shipped):
    rows = {row[0]: row[1:] for row in cards.figures(shipped["T"])}
    assert rows["correlation r"][2:] == ("–", "–")
    assert rows["binary F1"][3] == "0.760"
    assert all(len(row) == len(cards.FIGURES) - 1 for row in rows.values())


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


def test_training_curves_are_drawn_where_the_card_has_them(shipped):
    card = shipped["T->A"]
    assert cards.curves(replace(card, curves=()), "#000000") is None
    curve = Curve("T->A", train=(1.0, 0.9), valid=(1.1, 1.05), best_epoch=2)
    chart = cards.curves(replace(card, curves=(curve,)), "#000000").to_dict()
    (rows,) = chart["datasets"].values()
    assert [row["value"] for row in rows if row["loss"] == "validation"] == [1.1, 1.05]
