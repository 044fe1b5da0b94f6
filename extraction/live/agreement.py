"""Which words of a recognition that is repeated as the sound grows can be relied on.

A word is final once two recognitions in a row agree on it and on all words before it; what lies behind is provisional
and may change. Final words stay, whatever later recognitions make of them. Source: local agreement of two, Liu,
Spanakis, Niehues (2020), arXiv 2005.11185; Macháček, Dabre, Bojar (2023), arXiv 2307.14743.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from extraction.spoken import spoken
from extraction.types import Word


class Agreement:
    """The words of one utterance.

    Attributes:
        final: words that stay.
        provisional: words of the last recognition behind them.
    """

    def __init__(self, final: Sequence[Word] = ()) -> None:
        self.final: list[Word] = list(final)
        self.provisional: list[Word] = []

    @property
    def words(self) -> tuple[Word, ...]:
        """Final and provisional words."""
        return (*self.final, *self.provisional)

    def hear(self, words: Sequence[Word]) -> None:
        """Take a recognition of the whole utterance as far as it has come."""
        rest = list(words[self._known(words) :])
        agreed = 0
        for new, old in zip(rest, self.provisional, strict=False):
            if _sound(new) != _sound(old):
                break
            agreed += 1
        self.final += rest[:agreed]
        self.provisional = rest[agreed:]

    def close(self) -> None:
        """The utterance is over: what was heard last is final."""
        self.final += self.provisional
        self.provisional = []

    def split(self, at: float) -> Agreement:
        """Part with the words that begin at `at` seconds or later: an agreement of their own."""
        rest = Agreement()
        rest.final, self.final = _behind(self.final, at), _before(self.final, at)
        rest.provisional, self.provisional = _behind(self.provisional, at), _before(self.provisional, at)
        return rest

    def _known(self, words: Sequence[Word]) -> int:
        """How many of `words` the final ones account for: as many as lie before the place their end is found at."""
        ours, theirs = [_sound(word) for word in self.final], [_sound(word) for word in words]
        blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
        matched = [block for block in blocks if block.size]
        if not matched:
            return min(len(ours), len(theirs))
        last = matched[-1]
        return min(last.b + len(ours) - last.a, len(theirs))


def _sound(word: Word) -> tuple[str, ...]:
    """A word as it is said, so that spelling and punctuation do not count."""
    return tuple(spoken(word.text)) or (word.text.lower(),)


def _before(words: Sequence[Word], at: float) -> list[Word]:
    return [word for word in words if word.start is None or word.start < at]


def _behind(words: Sequence[Word], at: float) -> list[Word]:
    return [word for word in words if word.start is not None and word.start >= at]
