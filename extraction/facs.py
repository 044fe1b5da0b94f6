"""Action units of FACS, side by side where a face has two sides, from blendshapes and from distances on the face.

The Facial Action Coding System (Ekman, Friesen, Hager 2002, FACS Manual) names visible movements; the table says what
each is read off. Like those of `action_units` they are *derived, not measured*: no coder or trained detector stands
behind them and their scale, 0 for a face at rest to 1 for the strongest, is not FACS's A to E. Where MediaPipe's
network does not answer (cheekSquint* and noseSneer* are 0 and eyeWide* hardly above it in 999 of 1000 pictures;
google-ai-edge/mediapipe issues 4450 and 5329) a distance on the landmarks stands in, whose rest is the median over 22
speakers and whose end was set by the strongest movement seen on real clips. People differ at rest by a quarter of that
range, which the set `facs-baseline` takes away. *left* and *right* are the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extraction.action_units import BLENDSHAPES, weakness
from extraction.face_geometry import GEOMETRY
from extraction.types import Floats

SIDES = ("left", "right")


@dataclass(frozen=True)
class Distance:
    """A measure of `GEOMETRY` as a source: its value for a face at rest, and for the strongest movement."""

    measure: str
    rest: float
    strongest: float


@dataclass(frozen=True)
class FacsUnit:
    """One row of the table. The unit is the mean of its sources.

    Attributes:
        number: of the action unit in FACS.
        name: of the action unit in FACS.
        blendshapes: sources; without their side where the unit has two.
        distances: further sources; without their side where they have one.
        sided: whether left and right are told apart.
        neutral: the quantile of a speaker's own pictures that counts as their face at rest (see `neutral_face`).
        remark: what to know of it beside the weakness of its channels; empty where there is nothing.
    """

    number: int
    name: str
    blendshapes: tuple[str, ...] = ()
    distances: tuple[Distance, ...] = ()
    sided: bool = False
    neutral: float = 0.1
    remark: str = ""

    @property
    def note(self) -> str:
        """What to know before reading it; empty where there is nothing."""
        channels = [name + side.capitalize() for name in self.blendshapes for side in self.sides]
        return "; ".join(part for part in (weakness(channels), self.remark) if part)

    @property
    def weak(self) -> bool:
        """Whether it rests on a channel that hardly answers, or answers to other movements too."""
        return self.note.startswith("weak")

    @property
    def sides(self) -> tuple[str, ...]:
        """`left` and `right`, or one empty name."""
        return SIDES if self.sided else ("",)

    def label(self, side: str) -> str:
        """As a column is called, e.g. `AU12 left lip corner puller`."""
        return f"AU{self.number} {side} {self.name}" if side else f"AU{self.number} {self.name}"


_CHEEK = Distance("cheek", 0.331, 0.251)
_WING = Distance("nose wing", 0.397, 0.317)
_APERTURE = Distance("eye aperture", 0.33, 0.45)
_BROW_GAP = Distance("brow gap", 0.292, 0.252)
_THICKNESS = Distance("lip thickness", 0.205, 0.145)
_LIP_GAP = Distance("lip gap", 0.02, 0.25)

FACS: tuple[FacsUnit, ...] = (
    FacsUnit(1, "inner brow raiser", ("browInnerUp",)),
    FacsUnit(2, "outer brow raiser", ("browOuterUp",), sided=True),
    FacsUnit(4, "brow lowerer", ("browDown",), (_BROW_GAP,), True, remark="lowered by side, drawn together not"),
    FacsUnit(5, "upper lid raiser", (), (_APERTURE,), True, 0.5, "follows the gaze: less when the eyes look down"),
    FacsUnit(6, "cheek raiser", (), (_CHEEK,), True, 0.25, "checked on laughing and crying; rises with AU10 too"),
    FacsUnit(7, "lid tightener", ("eyeSquint",), sided=True, remark="reads about .3 at rest"),
    FacsUnit(9, "nose wrinkler", (), (_WING,), True, 0.25, "weak: near 1 on a broad smile as on crying"),
    FacsUnit(10, "upper lip raiser", ("mouthUpperUp",), sided=True, remark="rises with a smile that shows teeth too"),
    FacsUnit(12, "lip corner puller", ("mouthSmile",), sided=True),
    FacsUnit(14, "dimpler", ("mouthDimple",), sided=True),
    FacsUnit(15, "lip corner depressor", ("mouthFrown",), sided=True),
    FacsUnit(16, "lower lip depressor", ("mouthLowerDown",), sided=True),
    FacsUnit(17, "chin raiser", ("mouthShrugLower",)),
    FacsUnit(18, "lip pucker", ("mouthPucker",)),
    FacsUnit(20, "lip stretcher", ("mouthStretch",), sided=True),
    FacsUnit(22, "lip funneler", ("mouthFunnel",)),
    FacsUnit(23, "lip tightener", (), (_THICKNESS,), False, 0.25, "weak: lips grow thin when pursed or sucked in too"),
    FacsUnit(24, "lip pressor", ("mouthPress",), sided=True),
    FacsUnit(25, "lips part", (), (_LIP_GAP,)),
    FacsUnit(26, "jaw drop", ("jawOpen",), remark="and AU27 (mouth stretch), which ARKit does not tell apart"),
    FacsUnit(28, "lip suck", ("mouthRollLower", "mouthRollUpper")),
    FacsUnit(45, "blink", ("eyeBlink",), sided=True, remark="lids lowered by a glance down too; `blink` leaves it out"),
)
"""The table, by number."""

COLUMNS: tuple[tuple[FacsUnit, str], ...] = tuple((unit, side) for unit in FACS for side in unit.sides)
"""Units and their sides, one a column."""


def facs_units(blendshapes: Floats, distances: Floats) -> Floats:
    """Derive the columns of `COLUMNS`.

    Args:
        blendshapes: (F, 51) in the order of `BLENDSHAPES`, NaN where there was no face.
        distances: (F, 11) in the order of `GEOMETRY`, likewise.

    Returns:
        (F, len(COLUMNS)) float32. 0 is rest and 1 the strongest movement seen; a distance may lead past either, below
        0 where the face is on the other side of the common rest.
    """
    derived = np.empty((len(blendshapes), len(COLUMNS)), dtype=np.float32)
    for column, (unit, side) in enumerate(COLUMNS):
        parts = [blendshapes[:, _place(BLENDSHAPES, name, side.capitalize())] for name in unit.blendshapes]
        for one in unit.distances:
            value = distances[:, _place(GEOMETRY, one.measure, f" {side}")]
            parts.append((value - one.rest) / (one.strongest - one.rest))
        derived[:, column] = np.mean(parts, axis=0)
    return derived


def _place(names: tuple[str, ...], name: str, side: str) -> int:
    """The index of `name`, of that side where it has any."""
    return names.index(name if name in names else f"{name}{side}")
