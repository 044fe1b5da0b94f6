"""Words as vectors without context: which rows of a table of vectors a written token is read from.

Recipe 1. A written token is read as it is spoken (`spoken`), so training texts in capitals and a recogniser's text meet
the same rows. A spoken word is looked up as it stands, then without its apostrophe ("didnt"), then as the two rows
that tokenisers make of a contraction ("did" and "n't") and their mean. A token of several spoken words ("$20") is the
mean of those that have a row; bare punctuation is looked up as written. A token without any row is *not observed*: a
table's row for unknown words is not taken in its place, because missing is never a number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, Protocol

import numpy as np

from extraction.spoken import spoken
from extraction.types import FeatureSpec, Floats, Stream

RECIPE = 1
_CONTRACTED: Final = re.compile(r"(.+?)(n't|'(?:s|m|d|re|ve|ll))")


class Rows(Protocol):
    """A table of vectors, one a word."""

    dim: int
    digest: str  # SHA-256 of what the vectors are read from, in hexadecimal

    def __contains__(self, word: str) -> bool: ...

    def read(self, words: Collection[str]) -> dict[str, Floats]:
        """The vector (D,) of each word, all of which the table has."""
        ...


class SpokenVectors:
    """A WordEmbedder that reads each token's vector from `rows`; `spec` has their D columns.

    Args:
        rows: the table.
        name: what the table is, e.g. `glove`; begins the names of the set and of its columns.
    """

    def __init__(self, rows: Rows, name: str) -> None:
        self._table = rows
        self._spec = FeatureSpec(
            modality="T",
            name=f"{name}-{rows.dim}",
            version=f"{rows.digest[:8]}/spoken-mean-{RECIPE}",
            names=tuple(f"{name}_{i}" for i in range(rows.dim)),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the columns: the dimension, and the hash of the table."""
        return self._spec

    def embed(self, words: Sequence[str]) -> Stream:
        """One vector a word (W, D); a word the table does not have is not observed."""
        return self.embed_many([words])[0]

    def embed_many(self, sequences: Sequence[Sequence[str]]) -> list[Stream]:
        """As `embed` on each sequence; the table is read once for all of them."""
        parts = {word: self._parts(word) for words in sequences for word in words}
        vectors = self._table.read({key for keys in parts.values() for row in keys for key in row})
        means = {
            word: np.mean([np.mean([vectors[key] for key in row], axis=0) for row in keys], axis=0)
            for word, keys in parts.items()
            if keys
        }
        return [self._stream(words, means) for words in sequences]

    def _parts(self, word: str) -> list[tuple[str, ...]]:
        """For each spoken word of `word` that has a vector, the rows whose mean it is."""
        said = spoken(word) or (word.strip().lower(),)
        return [keys for part in said if (keys := self._keys(part))]

    def _keys(self, part: str) -> tuple[str, ...]:
        for whole in (part, part.replace("'", "")):
            if whole in self._table:
                return (whole,)
        pieces = _CONTRACTED.fullmatch(part)
        if pieces is not None and all(piece in self._table for piece in pieces.groups()):
            return pieces.groups()
        return ()

    def _stream(self, words: Sequence[str], means: dict[str, Floats]) -> Stream:
        observed = np.array([word in means for word in words], dtype=bool)
        values = np.full((len(words), self._spec.dim), np.nan, dtype=np.float32)
        for i in np.flatnonzero(observed):
            values[i] = means[words[i]]
        return Stream(self._spec, values, observed)
