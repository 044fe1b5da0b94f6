"""What the timeline's script is told, as plain JSON.

`clip` is what stays while a clip is looked at: its words and times, its media, its tracks. `reading` is what one
variant makes of it, and is all that changes when another is chosen. Numbers that are read come as texts too, so that
they are written, named and coloured in one place (`engine.scale`). Times are seconds; a missing value is None.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from engine import scale
from engine.predict import Prediction, Utterance
from extraction.types import Aligned, Word
from ui.timeline.measured import Measured, measured
from ui.views import interval, strongest

_SMALL = 0.01  # below it two decimals say too little


@dataclass(frozen=True)
class Media:
    """Where the player finds the clip: a path or a data: address; `kind` is video or audio."""

    url: str
    kind: Literal["video", "audio"] | str


def payload(
    aligned: Aligned, prediction: Prediction, media: Media | None, tracks: dict[str, Any] | None = None
) -> dict[str, Any]:
    """All the script needs. `tracks` as `inline` or `elsewhere` gives it; without it the numbers go inline."""
    clip: dict[str, Any] = {
        "name": aligned.clip,
        "duration": aligned.duration,
        "media": None if media is None else {"url": media.url, "kind": media.kind},
        "words": [_word(word) for word in aligned.words],
        "tracks": inline(measured(aligned.tracks)) if tracks is None else tracks,
    }
    said = json.dumps([clip["name"], clip["duration"], clip["words"], clip["tracks"]["key"], media and media.url])
    clip["key"] = hashlib.sha256(said.encode()).hexdigest()[:16]
    return {"clip": clip, "reading": _reading(prediction), "grey": scale.NEUTRAL, "limit": scale.LIMIT}


def inline(found: Measured) -> dict[str, Any]:
    """The tracks with their numbers as base64."""
    return {**_described(found), "url": None, "base64": base64.b64encode(found.block).decode()}


def elsewhere(found: Measured, url: str) -> dict[str, Any]:
    """The tracks with the address at which their numbers are to be had."""
    return {**_described(found), "url": url, "base64": None}


def _described(found: Measured) -> dict[str, Any]:
    return {"families": found.families, "frames": found.frames, "key": hashlib.sha256(found.block).hexdigest()[:16]}


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "start": word.start if word.timed else None,
        "end": word.end if word.timed else None,
        "interpolated": word.interpolated,
        "fit": word.fit,
        "confidence": word.confidence,
    }


def _reading(prediction: Prediction) -> dict[str, Any]:
    columns = zip(prediction.sentiment, prediction.attention, prediction.contribution, strict=True)
    return {
        "variant": prediction.variant,
        **_felt(prediction.score),
        "interval": interval(prediction),
        "between": prediction.interval,
        "strongest": strongest(prediction),
        "words": [
            {
                **_felt(float(sentiment)),
                "attention": float(attention),
                "share": f"{float(attention):.1%}" if attention >= _SMALL else f"{float(attention):.2%}",
                "contribution": float(contribution),
                "push": _push(float(contribution)),
            }
            for sentiment, attention, contribution in columns
        ],
        "utterances": [_utterance(utterance) for utterance in prediction.utterances],
    }


def _push(contribution: float) -> str:
    """As `scale.signed`, with two digits more where a long clip has so many words that each moves little."""
    if round(abs(contribution), 4) == 0 or abs(contribution) >= _SMALL:
        return scale.signed(contribution)
    return f"{contribution:+.4f}".replace("-", "−")


def _utterance(utterance: Utterance) -> dict[str, Any]:
    place = {"first": utterance.first, "stop": utterance.stop, "start": utterance.start, "end": utterance.end}
    return {**place, **_felt(utterance.score)}


def _felt(sentiment: float) -> dict[str, Any]:
    """A sentiment as a number, as it is written and named, and its colours: behind text, and of a mark."""
    return {
        "sentiment": sentiment,
        "signed": scale.signed(sentiment),
        "name": scale.name(sentiment),
        "tint": scale.tint(sentiment),
        "colour": scale.colour(sentiment),
    }
