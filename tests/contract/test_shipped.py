"""The models that come with the program: all 26, whole, honest, and reading what their notation says."""

import shlex
from pathlib import Path

import numpy as np
import pytest

from engine import load
from engine.checkpoint import available
from engine.variants import PAPER, VARIANTS, directory_name
from extraction.types import Aligned, Stream, Word

ROOT = Path(__file__).resolve().parents[2]
CARDS = {card.variant: card for card in available(ROOT / "checkpoints")}
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


def test_every_row_of_the_paper_is_shipped():
    assert set(CARDS) == {row.name for row in PAPER}
    assert sum(p.stat().st_size for p in (ROOT / "checkpoints").rglob("*") if p.is_file()) < 100e6


@each_variant
def test_the_card_says_what_was_measured(variant):
    card = CARDS[str(variant)]
    assert card.inputs == variant.inputs
    assert len(card.test["seeds"]) == 5
    assert card.test["clips"] in (686, 320)
    assert {"mae", "r", "has0", "non0", "acc7", "f1"} <= {k for k, v in card.test.items() if v is not None}
    assert bool(card.test["speakers"]) is (card.protocol == "speakers")
    beats = card.test["mae"] < card.floors["constant_mae"] and card.test["non0"] > card.floors["non0_majority"]
    assert card.learned <= beats
    assert card.verdict.startswith("Beats every constant" if card.learned else "Does not beat a constant answer")
    assert [figures.stage for figures in card.stages] == [str(stage) for stage in variant.stages]
    said = shlex.split(card.command)
    assert said[0] == "s2s"
    assert not any(Path(part).is_absolute() for part in said), "a command that works on one machine alone"


@pytest.mark.slow
@each_variant
def test_it_reads_a_clip_and_its_parts_add_up(variant):
    model = load(ROOT / "checkpoints" / directory_name(variant))
    rng = np.random.default_rng(0)
    words = tuple(Word(f"w{i}", i * 0.3, i * 0.3 + 0.2, 0.9) for i in range(7))
    streams = {}
    for modality, spec in model.card.specs.items():
        values = rng.normal(size=(7, spec.dim)).astype(np.float32)
        streams[modality] = Stream(spec, values, np.ones(7, dtype=bool))
    found = model.predict(Aligned("clip", words, streams, duration=2.1))
    assert found.inputs == variant.inputs
    assert found.score == pytest.approx(float((found.attention * found.sentiment).sum()), abs=1e-5)
