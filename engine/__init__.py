"""The engine: models that read timed words and say how each feels.

from engine import load
prediction = load("T->A").predict(aligned)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.predict import Predictor


def load(place: str | Path, root: Path | None = None) -> Predictor:
    """A trained model by variant or folder; see `engine.predict.load`, which this calls (torch is imported then)."""
    from engine.predict import load as load_predictor

    return load_predictor(place, root)
