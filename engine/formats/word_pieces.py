"""Words and BERT's word pieces, in both directions, by the vocabulary of bert-base-uncased that comes with MiniLM.

Conventions. Ids are those of bert-base-uncased; a piece that goes on a word begins with ##.
Source: Devlin et al. (2019), BERT, arXiv 1810.04805.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from extraction.weights import MINILM, locate

CLS, SEP, PAD = 101, 102, 0
_UNKNOWN = 100


class WordPieces:
    """The vocabulary; load it by `word_pieces`. Raises WeightsError if the packaged one is missing or another."""

    def __init__(self) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # a few words at a time are faster without threads
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(locate(MINILM) / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def split(self, words: Sequence[str]) -> tuple[list[int], list[int]]:
        """The ids of all pieces of `words` (P,), and the position of each one's word (P,). Every word has a piece."""
        ids: list[int] = []
        owners: list[int] = []
        for i, encoded in enumerate(self._tokenizer.encode_batch(list(words), add_special_tokens=False)):
            pieces = encoded.ids or [_UNKNOWN]
            ids += pieces
            owners += [i] * len(pieces)
        return ids, owners

    def join(self, ids: Sequence[int], text: str) -> tuple[list[str], list[int]] | None:
        """The words these pieces make up, and the position of each piece's word (P,); None if they are not `text`'s.

        Words are `text`'s own, between white space, where it splits into just these pieces or begins with them; else
        pieces with ## join the one before. An empty `text` is taken to agree.
        """
        words = text.split()
        wanted, owners = self.split(words)
        if wanted[: len(ids)] == list(ids):
            return words[: owners[len(ids) - 1] + 1] if ids else [], owners[: len(ids)]
        joined: list[str] = []
        positions: list[int] = []
        for token in self.tokens(ids):
            if token.startswith("##") and joined:
                joined[-1] += token[2:]
            else:
                joined.append(token)
            positions.append(len(joined) - 1)
        if words and not self._plain(text).startswith("".join(joined)):
            return None
        return joined, positions

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """Each piece as text; an id beyond the vocabulary is [UNK]."""
        return [self._tokenizer.id_to_token(i) or "[UNK]" for i in ids]

    def _plain(self, text: str) -> str:
        return "".join(str(self._tokenizer.normalizer.normalize_str(text)).split())


@cache
def word_pieces() -> WordPieces:
    """The vocabulary, read once."""
    return WordPieces()
