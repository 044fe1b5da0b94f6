"""Numbers of things, as sentences have them."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """`1 word`, `2 words`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
