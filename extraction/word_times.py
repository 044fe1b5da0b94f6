"""Word times put in order: no overlaps, and words without a time spread between their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extraction.types import Word

Interval = tuple[float, float]

_SHORTEST = 0.01  # seconds a word lasts at least
_SPREAD = 0.2  # seconds given to each word without a time where a neighbour is missing


def filled(times: Sequence[Interval | None], duration: float) -> list[Interval | None]:
    """Intervals in order, none empty and none overlapping, within `[0, duration]`; all None if no time is known.

    Words without a time share the room between the words around them; where there is none, the later times give way.
    """
    if all(time is None for time in times):
        return list(times)
    spread = _interpolated(times, duration)
    room = min(_SHORTEST, duration / len(spread))
    ordered: list[Interval] = []
    at = 0.0
    for left, (start, end) in zip(range(len(spread) - 1, -1, -1), spread, strict=True):
        begin = min(max(start, at), duration - (left + 1) * room)  # leave room for the words that follow
        at = min(max(end, begin + room), duration - left * room)
        ordered.append((begin, at))
    return list(ordered)


def settled(words: Sequence[Word], found: Sequence[Word], duration: float) -> tuple[Word, ...]:
    """The words with the times that were found for them, in order and never overlapping.

    Args:
        words: as they came, with rough times or none.
        found: the same, with measured times or none; `fit` 0 marks those that are not said.
        duration: of the sound, in seconds.

    Returns:
        A word without a measured time keeps the rough one it came with; else one that is not said has none, and any
        other shares the room between its neighbours. All but measured times are flagged as interpolated.
    """
    best = [interval(one) or interval(word) for word, one in zip(words, found, strict=True)]
    unsaid = [time is None and one.fit == 0 for time, one in zip(best, found, strict=True)]
    times = iter(filled([time for time, none in zip(best, unsaid, strict=True) if not none], duration))
    out: list[Word] = []
    for word, one, none in zip(words, found, unsaid, strict=True):
        start, end = (None if none else next(times)) or (None, None)
        guessed = start is not None and not one.timed
        out.append(replace(word, start=start, end=end, interpolated=guessed, fit=one.fit))
    return tuple(out)


def interval(word: Word) -> Interval | None:
    """A word's times, if it has them."""
    return None if word.start is None or word.end is None else (word.start, word.end)


def _interpolated(times: Sequence[Interval | None], duration: float) -> list[Interval]:
    spread: list[Interval] = []
    i = 0
    while i < len(times):
        time = times[i]
        if time is not None:
            spread.append(time)
            i += 1
            continue
        after = next((j for j in range(i, len(times)) if times[j] is not None), len(times))
        count = after - i
        following = times[after] if after < len(times) else None
        if spread:
            left = spread[-1][1]
            right = following[0] if following else min(duration, left + count * _SPREAD)
        else:
            right = following[0] if following else duration
            left = max(0.0, right - count * _SPREAD)
        step = max(right - left, 0.0) / count
        spread += [(left + k * step, left + (k + 1) * step) for k in range(count)]
        i = after
    return spread
