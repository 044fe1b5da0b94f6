"""A line of words as hidden Markov states: for each pronunciation a chain of its phones' states.

A word's first and last phone are there twice, once beside the neighbouring word (its first pronunciation) and once
beside a pause. Boundaries are numbered 0 .. W: one before, between and after W words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.alignment.acoustic_model import SILENCE, STATES, AcousticModel
from extraction.alignment.senones import Ints

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """S states, and one more that is never reached.

    `senone`, `stay`, `word` (S,): what each state emits, its log probability of staying, its word; `leave` (S + 1,).
    `before` (2, S): states from which one is entered; `entry` (S,): the boundary from which it is, 0 .. W straight from
    the word before, W + 1 .. 2W + 1 from a pause, 2W + 2 not from a boundary. `straight`, `paused` (W + 1, K): the last
    states of the words before each boundary.
    """

    senone: Ints
    stay: Values
    leave: Values
    before: Ints
    entry: Ints
    word: Ints
    straight: Ints
    paused: Ints


class _Building:
    """Collects a line's states phone by phone."""

    def __init__(self, model: AcousticModel, words: int) -> None:
        self.model, self.words = model, words
        self.silence = model.index(SILENCE)
        self.rows: list[tuple[int, float, float, int, int, int, int]] = []
        self.straight: list[list[int]] = [[] for _ in range(words + 1)]
        self.paused: list[list[int]] = [[] for _ in range(words + 1)]

    def phone(self, word: int, phone: int, senones: Ints, before: Sequence[int], entry: int) -> int:
        """Add three states; the index of the last one."""
        for k in range(STATES):
            first, second = (*before, -1, -1)[:2] if k == 0 else (len(self.rows) - 1, -1)
            at = entry if k == 0 else 2 * self.words + 2
            stay, leave = self.model.stay[phone, k], self.model.leave[phone, k]
            self.rows.append((int(senones[k]), stay, leave, first, second, at, word))
        return len(self.rows) - 1

    def pronunciation(self, word: int, phones: Sequence[int], left: int, right: int) -> None:
        """Add one pronunciation of a word whose neighbours' nearest phones are `left` and `right`."""
        model, last = self.model, len(phones) - 1
        before: list[int] = []
        for k, phone in enumerate(phones):
            lefts = (left, self.silence) if k == 0 else (phones[k - 1],)
            rights = (right, self.silence) if k == last else (phones[k + 1],)
            edges = ("<" if k == 0 else "") + (">" if k == last else "")
            ends: list[int] = []
            for i, one in enumerate(lefts):
                for j, other in enumerate(rights):
                    entry = word + i * (self.words + 1) if k == 0 else 2 * self.words + 2
                    ends.append(self.phone(word, phone, model.senones(phone, one, other, edges), before, entry))
                    if k == last:
                        (self.paused if j else self.straight)[word + 1].append(ends[-1])
            before = ends

    def line(self) -> Line:
        senone, stay, leave, first, second, entry, word = zip(*self.rows, strict=True)
        unreached = len(self.rows)
        before = np.array([first, second])
        before[before < 0] = unreached
        width = max(map(len, self.paused))
        straight, paused = (
            np.array([[*states, *[unreached] * (width - len(states))] for states in ends])
            for ends in (self.straight, self.paused)
        )
        return Line(
            np.array(senone), np.array(stay), np.array([*leave, 0.0]), before, np.array(entry), np.array(word),
            straight, paused,
        )  # fmt: skip


def line_of(words: Sequence[str], model: AcousticModel) -> Line:
    """The states of some words over `[a-z']`, at least one."""
    said = [model.pronunciations(word) for word in words]
    building = _Building(model, len(words))
    for i, pronunciations in enumerate(said):
        left = said[i - 1][0][-1] if i else building.silence
        right = said[i + 1][0][0] if i + 1 < len(said) else building.silence
        for phones in pronunciations:
            building.pronunciation(i, phones, left, right)
    return building.line()
