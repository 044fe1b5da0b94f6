"""Where a clip's words lie among its rows of text features, for files whose text was read by BERT, and for others.

Conventions. A row is a word piece; the first and last of a clip are [CLS] and [SEP]. Files without piece ids have a
row a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.findings import Findings
from engine.formats.foreign import Spans, by_owner, one_each, untold
from engine.formats.word_pieces import CLS, PAD, SEP, word_pieces
from extraction.types import Word

UNTOLD = "The file does not say which words were spoken, so they are called w1, w2 and so on."


@dataclass(frozen=True)
class TextRows:
    """Where one clip's words lie among its rows of text: rows `[start, stop)` are pieces, `spans` (W, 2) count from
    `start`; `whole` rows of text there are with [CLS] and [SEP], from `first` on.
    """

    words: tuple[Word, ...]
    spans: Spans
    start: int
    stop: int
    first: int
    whole: int


def word_rows(where: slice, raw: str, findings: Findings) -> TextRows:
    """The words of a clip whose rows `where` are one word each, named by `raw` if it has as many."""
    count = where.stop - where.start
    words = tuple(Word(word) for word in raw.split())
    if len(words) != count:
        findings.note(UNTOLD)
        words = untold(count)
    return TextRows(words, one_each(count), where.start, where.stop, where.start, count)


def piece_rows(bert: NDArray[Any], rows: int, raw: str, findings: Findings, *, merge: bool = True) -> TextRows:
    """The words of a clip among its `rows` of text, by `bert` (3, L) or (L, 3): the pieces' ids, mask and segments.

    Without `merge` every piece is a word. Pieces of another vocabulary are named by `raw`, where it has as many words
    or characters.
    """
    ids, mask = np.nan_to_num(bert if bert.shape[0] == 3 else bert.T)[:2, :rows].astype(np.int64)
    used = np.flatnonzero((mask > 0) & (ids != PAD))
    if not len(used):
        return TextRows((), one_each(0), 0, 0, 0, 0)
    first, stop = int(used[0]), int(used[-1]) + 1
    start = first + int(ids[first] == CLS)
    end = max(stop - int(ids[stop - 1] == SEP), start)
    pieces = [int(i) for i in ids[start:end]]
    joined = word_pieces().join(pieces, raw)
    if joined is None or not merge:
        named = word_pieces().tokens(pieces) if joined is not None else _by_count(raw, len(pieces), findings)
        joined = named, list(range(len(pieces)))
    said, owners = joined
    words = tuple(Word(text) for text in said)
    return TextRows(words, by_owner(owners, len(words)), start, end, first, stop - first)


def _by_count(raw: str, count: int, findings: Findings) -> list[str]:
    """Words for pieces of another vocabulary: the text's words, or its characters, if there are as many."""
    for said in (raw.split(), [c for c in raw if not c.isspace()]):
        if len(said) == count:
            return said
    findings.note(UNTOLD)
    return [word.text for word in untold(count)]
