"""Long recordings cut at pauses into utterances of 2 to 20 seconds, as the models were trained on.

A recording of at most half a minute is one utterance. A longer one is cut between words where that is worth most: a
cut is worth the pause it falls in (up to a second), something more where a sentence ends, less a price that keeps
sentences whole; no utterance lasts longer than 20 s, and one shorter than 2 s is avoided wherever that can be. The best
set of cuts is found by dynamic programming over the words. A word without times stays with the word before it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extraction.types import Word

Span = tuple[int, int]
"""The words `[first, stop)`."""

WHOLE = 30.0  # seconds; a recording up to this length is one utterance
LONGEST = 20.0  # seconds of an utterance
SHORTEST = 2.0  # seconds of an utterance, wherever it can be had
_PRICE = 0.5  # of a cut, in seconds of pause
_SENTENCE = 0.5  # worth of a sentence's end, in seconds of pause
_LONG_PAUSE = 1.0  # seconds; a longer pause is worth no more
_TOO_SHORT = 10.0  # worth of avoiding one utterance that is too short
_ENDS = (".", "?", "!", "…")
_CLOSERS = "\"'”’)»]"


def utterances(words: Sequence[Word], duration: float) -> tuple[Span, ...]:
    """Cut W words of a clip of `duration` seconds; () where all are one utterance, or where none has a time."""
    timed = [i for i, word in enumerate(words) if word.timed]
    if duration <= WHOLE or len(timed) < 2:
        return ()
    spans = np.array([(words[i].start, words[i].end) for i in timed], dtype=np.float64)  # (N, 2)
    endings = [_ends_sentence(words[after - 1]) for after in timed[1:]]
    pauses = np.clip(spans[1:, 0] - spans[:-1, 1], 0.0, _LONG_PAUSE)
    firsts = [0, *(timed[cut] for cut in _best_cuts(spans, pauses + _SENTENCE * np.array(endings) - _PRICE))]
    return tuple(zip(firsts, [*firsts[1:], len(words)], strict=True)) if len(firsts) > 1 else ()


def _best_cuts(spans: NDArray[np.float64], worth: NDArray[np.float64]) -> list[int]:
    """The words before which to cut, where a cut before word k is worth `worth[k - 1]`. spans (N, 2), worth (N - 1,).

    `best[k]` is the most that words before k can be worth, cut before k: the maximum over the last utterance's first
    word, of which those alone are tried that leave it no longer than it may be (and the word k - 1 by itself).
    """
    count = len(spans)
    best, came_from = np.zeros(count + 1), np.zeros(count + 1, dtype=np.intp)
    first = 0
    for stop in range(1, count + 1):
        end = spans[stop - 1, 1]
        while first < stop - 1 and end - spans[first, 0] > LONGEST:
            first += 1
        seconds = end - spans[first:stop, 0]
        value = best[first:stop] - _TOO_SHORT * (seconds < SHORTEST)
        chosen = int(np.argmax(value))
        came_from[stop] = first + chosen
        best[stop] = value[chosen] + (worth[stop - 1] if stop < count else 0.0)
    cuts = []
    at = int(came_from[count])
    while at > 0:
        cuts.append(at)
        at = int(came_from[at])
    return cuts[::-1]


def _ends_sentence(word: Word) -> bool:
    return word.text.rstrip(_CLOSERS).endswith(_ENDS)
