"""Which of a file's tiers holds what is said: Praat and ELAN leave their names to the user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from extraction.transcripts.plain import words_of
from extraction.transcripts.said import Said

_WORDS = re.compile(r"(?:^|[\W_])(?:words?|wrd|ort(?:[-_]mau)?)(?:$|[\W_])", re.IGNORECASE)
_TEXT = re.compile(r"transcri|orthogra|utteran|sentence|phrase|speech|text", re.IGNORECASE)


@dataclass(frozen=True)
class Tier:
    """A tier and its items in the order of the file."""

    name: str
    items: Sequence[Said]


def chosen(tiers: Sequence[Tier]) -> tuple[Tier | None, tuple[str, ...]]:
    """The tier to read, its items marked rough where they are utterances, and a sentence where others are left out.

    A tier named after words comes first, then one named after a transcript, then the first with anything in it.
    """
    filled = [tier for tier in tiers if any(words_of(item.text) for item in tier.items)]
    if not filled:
        return None, ()
    named = [tier for tier in filled if _WORDS.search(tier.name)]
    alike = named or [tier for tier in filled if _TEXT.search(tier.name)] or filled
    tier = alike[0]
    told: tuple[str, ...] = ()
    if len(alike) > 1:
        others = ", ".join(repr(other.name) for other in alike[1:4]) + (" and more" if len(alike) > 4 else "")
        told = (f"The tier {tier.name!r} is read; {others} could be meant as well and is left out.",)
    single = all(len(words_of(item.text)) <= 1 for item in tier.items)
    if not named and not single:
        tier = replace(tier, items=[replace(item, rough=True) for item in tier.items])
    return tier, told
