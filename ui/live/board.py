"""What is known of a live session at one moment, and the same as plain JSON for the page.

Times are seconds of the recording. Everything a speaker brings in is text, and stays text in the page's script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import scale
from extraction.live.face import UNITS, Look
from extraction.live.voice import Moment
from extraction.types import Word
from ui.live.feeling import Feeling

TRACE = 10.0  # seconds of pitch and loudness shown
CURVE = 30.0  # seconds of the rolling sentiment shown
WORDS = 60  # words shown at most
PLAIN = {
    **{1: "inner brow up", 2: "outer brow up", 4: "frown", 12: "smile", 15: "corners down"},
    **{25: "lips apart", 26: "jaw open", 45: "blink"},
}
"""Action units in everyday words, by number."""


@dataclass(frozen=True)
class Said:
    """An utterance as far as it has come: its words, how many are final, how they feel as far as is known."""

    number: int
    words: tuple[Word, ...]
    final: int
    feeling: Feeling | None


@dataclass(frozen=True)
class Board:
    """Everything the page shows.

    Attributes:
        now: seconds since the first frame; None before it.
        zero: that first frame's moment, in seconds since 1970.
        said: utterances, in order.
        scores: (time, score of the utterance then under way), in order.
        look: of the newest measured picture; None before the first.
        moments: pitch and loudness of the last seconds.
        sentences: what the user should know just now.
    """

    now: float | None
    zero: float
    said: tuple[Said, ...] = ()
    scores: tuple[tuple[float, float], ...] = ()
    look: Look | None = None
    moments: tuple[Moment, ...] = ()
    sentences: tuple[str, ...] = ()


def payload(board: Board) -> dict[str, Any]:
    """Plain JSON: now, zero, sentences, score, words, curve, units, voice; what `live.js` draws."""
    now = board.now or 0.0
    return {
        "now": board.now,
        "zero": board.zero,
        "sentences": list(board.sentences),
        "score": _score(board.said[-1]) if board.said else None,
        "words": _words(board.said)[-WORDS:],
        "curve": [
            {"time": round(at, 2), "score": round(scale.clip(score), 3), "colour": scale.colour(score)}
            for at, score in board.scores
            if now - at <= CURVE
        ],
        "units": _units(board.look),
        "voice": [
            {"time": round(one.time, 3), "pitch": one.pitch and round(one.pitch, 1), "loudness": round(one.loudness, 3)}
            for one in board.moments
            if now - one.time <= TRACE
        ],
        "spans": {"trace": TRACE, "curve": CURVE, "limit": scale.LIMIT},
    }


def _score(said: Said) -> dict[str, Any] | None:
    if said.feeling is None:
        return None
    score = said.feeling.score
    return {"name": scale.name(score), "number": scale.signed(score), "value": round(score, 3)}


def _words(said: Sequence[Said]) -> list[dict[str, Any]]:
    rows = []
    for one in said:
        known = one.feeling.sentiment if one.feeling else ()
        for i, word in enumerate(one.words):
            rows.append(
                {
                    "key": f"{one.number}:{i}",
                    "text": word.text,
                    "end": word.end,
                    "final": i < one.final,
                    "first": i == 0,
                    **_tinted(known[i] if i < len(known) else None),
                }
            )
    return rows


def _tinted(sentiment: float | None) -> dict[str, Any]:
    if sentiment is None:
        return {"sentiment": None, "tint": "transparent", "about": "sentiment not known yet"}
    about = f"{scale.signed(sentiment)}, {scale.name(sentiment)}"
    return {"sentiment": round(sentiment, 3), "tint": scale.tint(sentiment), "about": about}


def _units(look: Look | None) -> list[dict[str, Any]]:
    values: Sequence[float | None] = (None,) * len(UNITS) if look is None or look.units is None else look.units
    return [
        {"name": PLAIN[unit.number], "unit": f"AU{unit.number}", "about": unit.name, "value": value and round(value, 3)}
        for unit, value in zip(UNITS, values, strict=True)
    ]
