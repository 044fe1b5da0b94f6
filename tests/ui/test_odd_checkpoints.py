"""Checkpoints that do not fit, through the page: one sentence each, and the page lives on."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from answered_runs import SHIPPED
from app_runs import settled, shown
from streamlit.testing.v1 import AppTest

from engine.checkpoint import read_card, save_card
from ui import session

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    """A folder of checkpoints of our own, the shipped `T` and `T->A` in it."""
    for name in ("T", "T_to_A"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    monkeypatch.setenv("S2S_CHECKPOINTS", str(tmp_path))
    monkeypatch.chdir(APP.parents[1])
    session.model.clear()
    yield tmp_path
    session.model.clear()


@pytest.fixture
def app(checkpoints):
    return AppTest.from_file(str(APP), default_timeout=180)


def test_a_model_of_other_features_is_one_sentence_and_the_others_still_read(app, checkpoints):
    card = read_card(checkpoints / "T")
    other = {m: dataclasses.replace(spec, version="0 of long ago") for m, spec in card.specs.items()}
    save_card(dataclasses.replace(card, specs=other), checkpoints / "T")
    settled(app)
    assert not app.exception
    (error,) = app.error
    assert "0 of long ago" in error.value
    assert shown(app) is None
    app.selectbox(key="variant").set_value("T->A")
    settled(app)
    assert not app.error
    assert shown(app)["reading"]["variant"] == "T->A"


def test_a_damaged_card_is_one_sentence(app, checkpoints):
    (checkpoints / "T" / "card.json").write_text("{")
    settled(app)
    assert not app.exception
    (error,) = app.error
    assert "card.json" in error.value


def test_no_model_at_all_is_one_sentence(app, checkpoints):
    for folder in checkpoints.iterdir():
        shutil.rmtree(folder)
    settled(app)
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith(f"No trained model is in {checkpoints}: ")
