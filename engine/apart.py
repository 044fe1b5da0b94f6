"""Texts that two corpora share, taken out of the one that is learnt from first.

Two corpora without a common video can still hold the same sentence, word for word: a text that is learnt with its label
from one says nothing when the other tests it. Texts are compared as they are said (`extraction.spoken`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from extraction.errors import DataError
from extraction.spoken import spoken
from extraction.store import WordTable, make_table

Said = tuple[str, ...]


def said(words: Sequence[str]) -> Said:
    """A text as it is said, word by word: lower case, numbers in letters, without punctuation."""
    return tuple(part for word in words for part in spoken(word))


def held_out(table: WordTable) -> frozenset[Said]:
    """The texts of the clips that a table calls valid or test."""
    return frozenset(said([w.text for w in e.aligned.words]) for e in table if e.split in ("valid", "test"))


def without(table: WordTable, texts: Collection[Said]) -> WordTable:
    """The clips of a table whose texts are not among `texts`. Raises DataError if there are none."""
    kept = [entry for entry in table if said([w.text for w in entry.aligned.words]) not in texts]
    if not kept:
        raise DataError("Every text of the table is held out by the other one: give another table.")
    return make_table(kept)
