"""Words of a recording of any length to their times, reading half a minute of sound at a time.

Where every word has a rough time, the recording is cut at the widest pauses between them. Else the words are followed:
each part of the sound is given the words that come next, more than it can hold; those surely said in it are settled,
and the next part begins right after the last of them, so that errors do not add up. Where no word is sure, more are
tried, and then the sound is passed over: so a stretch that the transcript lacks, or has too much, is left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from extraction.native_memory import give_back
from extraction.protocols import Aligner
from extraction.types import Waveform, Word
from extraction.word_times import interval, settled

LONG = 30.0  # seconds; above it, sound is read part by part
_PIECE = 15.0  # seconds, the shortest piece where rough times are known
_AROUND = 5.0  # seconds around a rough time in which its word may be
_OVERLAP = 5.0  # seconds of a part without a sure word that are read again
_NEXT, _MOST = 150, 600  # words tried in a part: as many as 30 s hold of fast speech, and where none of them is sure

Between = Callable[[float, float], Waveform]
"""`between(start, end)`: the sound from one second to another."""


def align_long(between: Between, duration: float, words: Sequence[Word], aligner: Aligner) -> tuple[Word, ...]:
    """The same words with the times at which they were spoken, as `Aligner.align` gives them.

    Args:
        between: reads the sound; asked for some 30 s at a time, each start no earlier than the one before.
        duration: of the recording, in seconds.
        words: with rough times, or without; rough times of some words only are used where a word is not found.
        aligner: places the words of a part.
    """
    if all(word.timed for word in words):
        found = _by_rough_times(between, duration, words, aligner)
    else:
        found = _followed(between, duration, words, aligner)
    return settled(words, found, duration)


def _by_rough_times(between: Between, duration: float, words: Sequence[Word], aligner: Aligner) -> list[Word]:
    found: list[Word] = []
    for first, last, start, end in pieces(words, duration):
        part, _ = aligner.align_part(between(start, end), words[first:last], last=True)
        found += _later(part, start)
        give_back()
    return found


def _followed(between: Between, duration: float, words: Sequence[Word], aligner: Aligner) -> list[Word]:
    found: list[Word] = []
    at, tried = 0.0, _NEXT
    while len(found) < len(words):
        end = min(at + LONG, duration)
        last = end >= duration
        line = words[len(found) : len(found) + (_MOST if last else tried)]
        part, rest = aligner.align_part(between(at, end), line, last=last)
        found += _later(part, at)
        give_back()
        if last:
            break
        if part:
            at, tried = at + max(rest, 0.0), _NEXT
        elif tried < _MOST and len(line) == tried:
            tried = _MOST
        else:
            at = end - _OVERLAP
    return found + [replace(word, start=None, end=None, fit=0.0) for word in words[len(found) :]]


def _later(words: Sequence[Word], seconds: float) -> list[Word]:
    """Words of a part that begins at `seconds`, in seconds of the whole."""
    times = [interval(word) for word in words]
    return [
        replace(word, start=time[0] + seconds, end=time[1] + seconds) if time else word
        for word, time in zip(words, times, strict=True)
    ]


def pieces(words: Sequence[Word], duration: float) -> list[tuple[int, int, float, float]]:
    """Cut a long clip where its rough times have the widest pauses: (first word, last + 1, start, end in seconds).

    Sound more than `_AROUND` from any word is in no piece.
    """
    rough = [time for time in map(interval, words) if time is not None]
    cuts: list[tuple[int, int, float, float]] = []
    first, start = 0, max(0.0, rough[0][0] - _AROUND) if rough else 0.0
    while duration - start > LONG:
        later = [i for i in range(first + 1, len(rough)) if rough[i][0] >= start + _PIECE]
        near = [i for i in later if rough[i][0] <= start + LONG] or later[:1]
        if not near:
            break
        cut = max(near, key=lambda i: rough[i][0] - rough[i - 1][1])
        before, after = rough[cut - 1][1], rough[cut][0]
        middle = (before + after) / 2
        cuts.append((first, cut, start, min(middle, before + _AROUND)))
        first, start = cut, max(middle, after - _AROUND)
    return [*cuts, (first, len(words), start, min(duration, rough[-1][1] + _AROUND) if rough else duration)]
