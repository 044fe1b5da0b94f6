"""What a transcript file says was spoken, and the one way from there to words: checked, put in order, spread.

Every format is read into `Said` items: single words with their own times, or whole utterances whose times are then
spread over their words, in proportion to their letters, as rough times for the aligner to measure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extraction.errors import TranscriptError
from extraction.transcripts.plain import words_of
from extraction.types import Word

_LONGEST = 360_000.0  # seconds; a time above a hundred hours is a mistake
_TOUCH = 1e-3  # seconds two words may overlap by rounding
_NOISE = re.compile(r"\[[^\[\]]*\]|<[^<>]*>|\{[^{}]*\}|[\u2669-\u266c]")  # [laughs], <unk>, {NS}, music notes
_SILENT = frozenset({"sil", "sp", "spn"})  # marks of the Montreal Forced Aligner, P2FA and others


@dataclass(frozen=True)
class Said:
    """A word or an utterance of a file.

    Attributes:
        text: as written, cleaned of the format's own marks and of noises (`without_noises`).
        start, end: seconds, or None where the file has none.
        place: where it stands, as a sentence names it, e.g. `line 12`.
        confidence: the recogniser's probability where the file has it.
        rough: the times are those of a whole utterance, or estimates.
    """

    text: str
    start: float | None
    end: float | None
    place: str
    confidence: float | None = None
    rough: bool = False


@dataclass(frozen=True)
class Reading:
    """What a format's reader found: items in the order of the file, and what the user should know."""

    items: Sequence[Said]
    warnings: tuple[str, ...] = ()
    language: str = "en"


def without_noises(text: str) -> str:
    """`text` without bracketed noises such as `[laughs]` and without music notes."""
    return _NOISE.sub(" ", text)


def words_from(reading: Reading, name: str) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """The words of a file called `name`, in order of time, and warnings about what had to be repaired.

    Raises:
        TranscriptError: an item ends before it starts, or has a time no clip can have.
    """
    warnings = [*reading.warnings]
    items = [_checked(item, name) for item in reading.items]
    early = [item.place for item in items if item.start is not None and item.start < 0]
    if early:
        warnings.append(f"Times of {name} before the clip's start were read as 0: {len(early)} (first: {early[0]}).")
        items = [_from_zero(item) for item in items]
    keys = _keys(items)
    order = sorted(range(len(items)), key=keys.__getitem__)
    late = next(
        (item.place for item, before, key in zip(items[1:], keys, keys[1:], strict=False) if key < before), None
    )
    if late is not None:
        warnings.append(f"{name} was not in order of time and has been sorted (first out of order: {late}).")
    words: list[Word] = []
    cut: list[str] = []
    for item in (items[i] for i in order):
        for word in _spread(item):
            if words and _overlap(words[-1], word):
                words[-1] = replace(words[-1], end=max(word.start or 0.0, words[-1].start or 0.0))
                cut.append(item.place)
            words.append(word)
    if cut:
        warnings.append(f"Words of {name} reached into the next and were cut short: {len(cut)} (first: at {cut[0]}).")
    return tuple(words), tuple(warnings)


def _checked(item: Said, name: str) -> Said:
    if item.start is None or item.end is None:
        return replace(item, start=None, end=None)
    for time in (item.start, item.end):
        if not math.isfinite(time) or abs(time) > _LONGEST:
            raise TranscriptError(f"{name}, {item.place}: {time:g} seconds is not a time in a clip: correct it.")
    if item.end < item.start:
        raise TranscriptError(
            f"{name}, {item.place}: it ends at {item.end:g} s, before its start at {item.start:g} s: correct the times."
        )
    return item


def _from_zero(item: Said) -> Said:
    if item.start is None or item.end is None:
        return item
    return replace(item, start=max(item.start, 0.0), end=max(item.end, 0.0))


def _keys(items: Sequence[Said]) -> list[float]:
    """What to sort by: each item's start, or the start before it where it has none."""
    keys: list[float] = []
    for item in items:
        keys.append(item.start if item.start is not None else keys[-1] if keys else 0.0)
    return keys


def _spread(item: Said) -> Iterator[Word]:
    texts = [word.text for word in words_of(item.text)]
    if len(texts) == 1 and texts[0].lower() in _SILENT and not item.rough:
        return
    if item.start is None or item.end is None:
        yield from (Word(text, confidence=item.confidence) for text in texts)
        return
    rough = item.rough or len(texts) > 1
    letters, total = 0, sum(map(len, texts))
    length = item.end - item.start
    at = item.start
    for text in texts:
        letters += len(text)
        end = item.end if letters == total else item.start + length * letters / total
        yield Word(text, at, end, item.confidence, interpolated=rough)
        at = end


def _overlap(before: Word, word: Word) -> bool:
    """Whether a measured word begins within the measured word before it."""
    if before.end is None or word.start is None or before.interpolated or word.interpolated:
        return False
    return word.start < before.end - _TOUCH
