"""Phrases cut from the texts of a table, to be labelled by a model: what a part of a text says by itself.

A label of a whole text says little of its words. A phrase is two to eight neighbouring words of a clip, read with
nothing before or after it; a model that has learnt what many of them say can tell the words of a text apart, and a
small network has more texts to learn a large one's answers from (`engine.weak_labels`).
Source: Jiao et al. (2020), TinyBERT, arXiv 1909.10351, section 3.2, where texts are made by exchanging words.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from extraction.store import Entry, WordTable, make_table
from extraction.types import Aligned, Stream

SHORTEST, LONGEST = 2, 8  # words of a phrase


def with_phrases(table: WordTable, count: int, seed: int = 0) -> WordTable:
    """The clips of a table, and after each training clip `count` phrases of it, without a label.

    A clip of two words or fewer has none. Measurements are those of the words in their clip; an encoder of words that
    learns along (`engine.word_encoder`) reads the phrase alone.
    """
    rng = np.random.default_rng(seed)

    def entries() -> Iterator[Entry]:
        for entry in table:
            yield entry
            if entry.split in (None, "train"):
                yield from _phrases(entry, count, rng)

    return make_table(entries())


def _phrases(entry: Entry, count: int, rng: np.random.Generator) -> Iterator[Entry]:
    words = len(entry.aligned.words)
    seen: set[tuple[int, int]] = set()
    for _ in range(count if words > SHORTEST else 0):
        length = int(rng.integers(SHORTEST, min(LONGEST, words - 1) + 1))
        first = int(rng.integers(words - length + 1))
        if (first, length) not in seen:
            seen.add((first, length))
            yield Entry(_part(entry.aligned, first, first + length), None, entry.split, entry.speaker)


def _part(clip: Aligned, first: int, stop: int) -> Aligned:
    """The words `[first, stop)` of a clip as a clip of their own, of the whole one's duration."""
    streams = {m: Stream(s.spec, s.values[first:stop], s.observed[first:stop]) for m, s in clip.streams.items()}
    name = f"{clip.clip}[{first}:{stop}]"
    return Aligned(name, clip.words[first:stop], streams, clip.duration, language=clip.language)
