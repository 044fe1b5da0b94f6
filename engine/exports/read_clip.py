"""What every export is made of: a clip, a model's reading of it, and the model's card; and what all of them say of it.

The sentences are the same in every format that has a place for them, so that no file shows a score without what the
model read and how far to trust it.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import Any

from engine import scale
from engine.checkpoint import Card
from engine.metrics import best_constant
from engine.predict import Prediction
from engine.version import program_version
from extraction.types import MODALITY_NAMES, Aligned

_UNPRINTABLE = {"Cc", "Cs"}
_NO_TEXT = "\ufffe\uffff"  # what XML cannot hold besides


@dataclass(frozen=True, eq=False)
class ReadClip:
    """A clip as one model read it.

    Attributes:
        aligned: the clip; its tracks only matter to the report.
        prediction: of the same words.
        card: of the model that made it.
        media: the clip's file name, without folders, or None where there is no file.
    """

    aligned: Aligned
    prediction: Prediction
    card: Card
    media: str | None = None

    @property
    def name(self) -> str:
        """What the clip is called in a sentence."""
        return printable(self.media or self.aligned.clip)

    @property
    def texts(self) -> tuple[str, ...]:
        """The words as any file can hold them."""
        return tuple(printable(word.text) for word in self.prediction.words)

    @property
    def utterance_of_words(self) -> tuple[int, ...]:
        """The number of each word's utterance, from 0."""
        spans = self.prediction.utterances
        return tuple(number for number, said in enumerate(spans) for _ in range(said.first, said.stop))


def printable(text: str) -> str:
    """`text` without white space at its ends and without what no text file can hold; white space within is a space."""
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _UNPRINTABLE)
    return " ".join("".join(c for c in kept if c not in _NO_TEXT).split())


def headline(clip: ReadClip) -> str:
    """Which clip, read by which model, and the score in words and as a number."""
    score = clip.prediction.score
    return (
        f"{clip.name} read by {clip.prediction.variant}: {scale.name(score)}, {scale.signed(score)} "
        "on a scale from \u22123 to +3."
    )


def trust(clip: ReadClip) -> str:
    """What was read, how the model did on clips it never saw beside its floor, and what that amounts to."""
    read = ", ".join(MODALITY_NAMES[m] for m in clip.prediction.inputs)
    figures = card_figures(clip.card)
    r = figures["r"]["value"]
    known = "" if r is None else f" On {figures['measured_on']}: r {r:.2f} (floor 0)."
    return f"Read: {read}.{known} {clip.card.verdict}"  # the verdict has MAE and its floor


def untimed(clip: ReadClip) -> str | None:
    """A sentence that names the words a format on a time axis leaves out, or None where there are none."""
    words = zip(clip.prediction.words, clip.texts, strict=True)
    missing = [text for word, text in words if not word.timed]
    if not missing:
        return None
    if len(missing) == 1:
        return f"One word without a time is left out: {missing[0]}"
    return f"{len(missing)} words without a time are left out: {' '.join(missing)}"


def made_by(clip: ReadClip) -> str:
    """The program and the weights, by version."""
    return f"Made by Seq2Seq2Sentiment {program_version()}, weights {clip.card.weights_sha256[:12] or 'unknown'}."


def card_figures(card: Card) -> dict[str, Any]:
    """JSON-able: r and MAE, each `value` and `floor`, and where they were measured.

    The floor of r is 0, what answers that know nothing of the clip reach; of MAE it is the best constant's. A figure
    that is not known is None.
    """
    figures, measured_on = (card.validation, "validation clips") if card.test is None else (card.test, "held-out clips")
    return {
        "measured_on": measured_on,
        "r": {"value": _finite(figures.get("r")), "floor": 0.0},
        "mae": {"value": _finite(figures.get("mae")), "floor": _finite(best_constant("mae", card.floors))},
        "learned": card.learned,
        "verdict": card.verdict,
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
