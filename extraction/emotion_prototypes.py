"""The seven basic emotions as patterns of action units: how much of each pattern the face shows.

A pattern's value is the geometric mean of its units, each the mean of its sides and cut to [0, 1]: all of them must be
there, and one that is absent leaves 0. Contempt is one-sided: the difference between the sides' patterns. These are
*derived from derived units, not measured, and no judgement of what somebody feels*: people show these patterns without
the feeling and feel without showing them (Barrett et al. 2019, Psychological Science in the Public Interest 20).
Source of the patterns: Friesen and Ekman (1983), EMFACS-7; Ekman, Friesen, Hager (2002), FACS Investigator's Guide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extraction.facs import COLUMNS, FACS, SIDES
from extraction.types import Floats


@dataclass(frozen=True)
class Prototype:
    """An emotion and the numbers of its units; where a place lists several, the strongest counts."""

    emotion: str
    units: tuple[tuple[int, ...], ...]
    one_sided: bool = False

    @property
    def weak(self) -> tuple[int, ...]:
        """Its units that are weak in the table (`facs`): with any, the pattern hardly leaves 0."""
        weak = {unit.number for unit in FACS if unit.weak}
        return tuple(sorted(number for place in self.units for number in place if weak.issuperset(place)))

    @property
    def label(self) -> str:
        """As its column is called, e.g. `happiness (AU6+12)`; `~` marks one that rests on a weak unit."""
        places = "+".join("/".join(map(str, place)) for place in self.units)
        return f"{self.emotion} (AU{places}{', one-sided' if self.one_sided else ''}){' ~' if self.weak else ''}"


PROTOTYPES: tuple[Prototype, ...] = (
    Prototype("happiness", ((6,), (12,))),
    Prototype("sadness", ((1,), (4,), (15,))),
    Prototype("surprise", ((1,), (2,), (5,), (26,))),
    Prototype("fear", ((1,), (2,), (4,), (5,), (7,), (20,), (26,))),
    Prototype("anger", ((4,), (5,), (7,), (23,))),
    Prototype("disgust", ((9,), (15,), (16, 10))),
    Prototype("contempt", ((12,), (14,)), one_sided=True),
)


def prototypes(units: Floats) -> Floats:
    """How much of each of `PROTOTYPES` is there (F, 7) in [0, 1], of units (F, C) in the order of `facs.COLUMNS`."""
    cut = np.clip(units, 0.0, 1.0)
    values = np.empty((len(units), len(PROTOTYPES)), dtype=np.float32)
    for column, one in enumerate(PROTOTYPES):
        if one.one_sided:
            left, right = (_pattern(cut, one, (side,)) for side in SIDES)
            values[:, column] = np.abs(left - right)
        else:
            values[:, column] = _pattern(cut, one, (*SIDES, ""))
    return values


def _pattern(units: Floats, one: Prototype, sides: tuple[str, ...]) -> Floats:
    """The geometric mean over the places of a prototype, of the columns of `sides`."""
    places = []
    for place in one.units:
        means = [
            units[:, [i for i, (unit, side) in enumerate(COLUMNS) if unit.number == number and side in sides]]
            for number in place
        ]
        places.append(np.max([columns.mean(axis=1) for columns in means], axis=0))
    return np.asarray(np.prod(places, axis=0) ** (1.0 / len(places)), dtype=np.float32)
