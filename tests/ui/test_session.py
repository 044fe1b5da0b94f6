"""What the browser sessions share."""

import dataclasses
import os
import shutil

import pytest

from engine.checkpoint import directory_name, read_card, save_card, shipped
from extraction.errors import CheckpointError
from ui import session


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of two shipped models, which is all there is."""
    for variant in ("A", "T->A"):
        shutil.copytree(shipped() / directory_name(variant), tmp_path / directory_name(variant))
    monkeypatch.setenv("S2S_CHECKPOINTS", str(tmp_path))
    return tmp_path


def test_cards_are_read_once_and_again_where_a_file_changes(folder):
    before = session.cards()
    assert [card.variant for card in before] == ["A", "T->A"]
    assert session.cards() is before
    save_card(dataclasses.replace(read_card(folder / "A"), verdict="Another."), folder / "A")
    assert [card.verdict for card in session.cards()] == ["Another.", before[1].verdict]
    shutil.rmtree(folder / directory_name("T->A"))
    assert session.variants() == ("A",)


def test_a_damaged_card_is_said_until_it_is_mended(folder):
    path = folder / "A" / "card.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:99])
    for _ in range(2):
        with pytest.raises(CheckpointError):
            session.cards()
    path.write_bytes(whole)
    os.utime(path)
    assert len(session.cards()) == 2
