"""JSON with a time for each word: whisperX's segments, Whisper's own, and the lists of MMSA-FET and OpenVNA.

whisperX: `{"segments": [{"start", "end", "text", "words": [{"word", "start", "end", "score"}]}], "word_segments"}`,
where a number has no times. MMSA-FET and OpenVNA: `[{"text", "start", "end", "conf"}]`.
Sources: github.com/m-bain/whisperX; github.com/FlameSky-S/OpenVNA.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from extraction.errors import TranscriptError
from extraction.transcripts.plain import words_of
from extraction.transcripts.said import Reading, Said, without_noises
from extraction.transcripts.subtitles import grouped
from extraction.types import Word

_SCORES = ("score", "conf", "confidence", "probability")
_SHAPE = 'give whisperX\'s {"segments": [{"words": [{"word", "start", "end"}]}]} or a list [{"text", "start", "end"}]'


def read_json(text: str, name: str) -> Reading:
    """Read the text of a JSON transcript: words where it has them, else segments, whose times are spread.

    Raises:
        TranscriptError: it is no JSON or has another shape; the line or the entry is named.
    """
    data = _parsed(text, name)
    if isinstance(data, list):
        entries = list(_entries(data, "entry", name))
        single = all(len(words_of(_text(entry, place, name))) <= 1 for entry, place in entries)
        return Reading([_said(entry, place, name, rough=not single) for entry, place in entries])
    if not isinstance(data, dict) or not ("segments" in data or "word_segments" in data):
        raise TranscriptError(f"{name} is JSON but no transcript: {_SHAPE}.")
    segments = list(_entries(data.get("segments") or [], "segment", name))
    items = [item for entry, place in segments for item in _segment(entry, place, name)]
    if data.get("word_segments") and not any(entry.get("words") for entry, _ in segments):
        entries = list(_entries(data["word_segments"], "word", name))
        items = [_said(entry, place, name, rough=False) for entry, place in entries]
    language = data.get("language")
    known = isinstance(language, str) and re.fullmatch("[A-Za-z]{2,3}", language)
    return Reading(items, language=str(language).lower() if known else "en")


def _parsed(text: str, name: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise TranscriptError(
            f"{name}, line {error.lineno}: this is no JSON ({error.msg}): correct the file."
        ) from error
    except (ValueError, RecursionError) as error:
        raise TranscriptError(f"{name} is JSON that cannot be read ({str(error)[:60]}): {_SHAPE}.") from error


def _entries(data: Any, what: str, name: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each entry of a list with its place in the file."""
    if not isinstance(data, list):
        raise TranscriptError(f"{name} is JSON but no transcript: {_SHAPE}.")
    for number, entry in enumerate(data, start=1):
        place = f"{what} {number}"
        if not isinstance(entry, dict):
            raise TranscriptError(f"{name}, {place}: {_kind(entry)} is not an object: {_SHAPE}.")
        yield entry, place


def _segment(entry: Mapping[str, Any], place: str, name: str) -> Iterator[Said]:
    words = entry.get("words")
    if not words:
        yield _said(entry, place, name, rough=True)
        return
    for word, within in _entries(words, f"{place}, word", name):
        yield _said(word, within, name, rough=False)


def _said(entry: Mapping[str, Any], place: str, name: str, rough: bool) -> Said:
    start, end = (_number(entry.get(key), key, place, name) for key in ("start", "end"))
    score = next((entry[key] for key in _SCORES if entry.get(key) is not None), None)
    confidence = _number(score, "score", place, name)
    if confidence is not None:
        confidence = min(max(confidence, 0.0), 1.0)
    guessed = rough or entry.get("interpolated") is True
    return Said(without_noises(_text(entry, place, name)), start, end, place, confidence, guessed)


def _text(entry: Mapping[str, Any], place: str, name: str) -> str:
    text = entry["word"] if "word" in entry else entry.get("text")
    if not isinstance(text, str):
        raise TranscriptError(f"{name}, {place}: there is no text in it: {_SHAPE}.")
    return text


def _number(value: Any, key: str, place: str, name: str) -> float | None:
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise TranscriptError(f"{name}, {place}: its {key} is {_kind(value)}: give a finite number.")
    return number


def _kind(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return repr(value)[:24]


def json_text(words: Sequence[Word], language: str) -> str:
    """Words as whisperX writes them: seconds to the millisecond, `score` where a confidence is known, no times where
    there are none, and `"interpolated": true` (ours) where times are estimates.
    """
    segments = []
    for cue in grouped(words):
        times = [time for word in cue for time in (word.start, word.end) if time is not None]
        span = {"start": round(min(times), 3), "end": round(max(times), 3)} if times else {}
        text = " ".join(word.text for word in cue)
        segments.append({**span, "text": text, "words": [_written(word) for word in cue]})
    document = {"segments": segments, "word_segments": [_written(word) for word in words], "language": language}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _written(word: Word) -> dict[str, Any]:
    written: dict[str, Any] = {"word": word.text}
    if word.start is not None and word.end is not None:
        written |= {"start": round(word.start, 3), "end": round(word.end, 3)}
    if word.confidence is not None:
        written["score"] = round(word.confidence, 4)
    if word.interpolated:
        written["interpolated"] = True
    return written
