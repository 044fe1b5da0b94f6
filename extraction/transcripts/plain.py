"""Plain text to words, and words to plain text.

White space parts words; the spelling stays as it was written. A token without anything said in it, such as a dash
between two words, joins the word before it (the first one joins the word after).
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from extraction.spoken import spoken
from extraction.types import Word

_WIDTH = 88  # characters of a line


def words_of(text: str) -> tuple[Word, ...]:
    """Words in order, as written, without times; empty where nothing in `text` is said."""
    words: list[str] = []
    waiting = ""  # opening punctuation that has no word before it
    for token in text.split():
        if spoken(token) or any(c.isalnum() for c in token):
            words.append(waiting + token)
            waiting = ""
        elif words:
            words[-1] += token
        else:
            waiting += token
    return tuple(Word(word) for word in words)


def plain_text(words: Sequence[Word]) -> str:
    """The words as a paragraph."""
    return textwrap.fill(" ".join(w.text for w in words), _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
