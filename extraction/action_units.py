"""Facial action units from blendshapes, by an explicit table.

The Facial Action Coding System (Ekman, Friesen, Hager 2002, FACS Manual) names visible movements of the face; ARKit's
blendshapes (Apple, `ARFaceAnchor.BlendShapeLocation`) name movements too. Where both name the same movement, the
table says so. The correspondence rests on the two definitions alone: these units are *derived, not measured*, no coder
or trained detector stands behind them, and their scale [0, 1] is the blendshapes', not FACS's A to E.

Weak channels. MediaPipe's network hardly answers on some channels whatever the face does (`WEAK_CHANNELS`;
google-ai-edge/mediapipe issues 4450 and 5329); they and the units derived from them are marked, here and in `facs`, and
say little. Left out: AU23 (lip tightener), and others that no blendshape is defined by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from extraction.types import Floats


def _sides(blendshape: str) -> tuple[str, str]:
    return f"{blendshape}Left", f"{blendshape}Right"


BLENDSHAPES: tuple[str, ...] = (
    *_sides("browDown"),
    "browInnerUp",
    *_sides("browOuterUp"),
    "cheekPuff",
    *_sides("cheekSquint"),
    *_sides("eyeBlink"),
    *_sides("eyeLookDown"),
    *_sides("eyeLookIn"),
    *_sides("eyeLookOut"),
    *_sides("eyeLookUp"),
    *_sides("eyeSquint"),
    *_sides("eyeWide"),
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    *_sides("mouthDimple"),
    *_sides("mouthFrown"),
    "mouthFunnel",
    "mouthLeft",
    *_sides("mouthLowerDown"),
    *_sides("mouthPress"),
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    *_sides("mouthSmile"),
    *_sides("mouthStretch"),
    *_sides("mouthUpperUp"),
    *_sides("noseSneer"),
)
"""The 51 blendshapes MediaPipe gives, in its order: ARKit's 52 without `tongueOut`. The 52nd score of MediaPipe's list,
`_neutral`, is no movement and always 0; it is left out."""

Combination = Literal["mean", "max", "difference"]
_SILENT = "weak: near 0 in MediaPipe whatever the face does"
_FAINT = "weak: its blendshapes stay under .4 in 999 of 1000 pictures of 22 speakers"
_SILENT_ONES = ("cheekPuff", *_sides("cheekSquint"), *_sides("eyeWide"), "jawForward", *_sides("noseSneer"))
_FAINT_ONES = (*_sides("mouthDimple"), *_sides("mouthFrown"), "mouthFunnel", *_sides("mouthStretch"))
WEAK_CHANNELS: Mapping[str, str] = {**dict.fromkeys(_SILENT_ONES, _SILENT), **dict.fromkeys(_FAINT_ONES, _FAINT)}
"""The blendshapes that hardly answer, each with the note that it and what is derived from it alone have."""


def weakness(blendshapes: Sequence[str]) -> str:
    """The note of what is read off these channels, empty where any of them answers or there is none."""
    notes = [WEAK_CHANNELS.get(name, "") for name in blendshapes]
    return notes[0] if notes and all(notes) else ""


@dataclass(frozen=True)
class ActionUnit:
    """One row of the table.

    Attributes:
        number: of the action unit in FACS.
        name: of the action unit in FACS.
        blendshapes: the blendshapes whose definition is the same movement.
        combination: `mean` or `max` of them, or `difference` (the first less the second, not below 0).
        remark: what to know of it beside the weakness of its channels; empty where there is nothing.
    """

    number: int
    name: str
    blendshapes: tuple[str, ...]
    combination: Combination = "mean"
    remark: str = ""

    @property
    def note(self) -> str:
        """What to know before reading it; empty where there is nothing."""
        return "; ".join(part for part in (weakness(self.blendshapes), self.remark) if part)

    @property
    def weak(self) -> bool:
        """Whether it rests on channels that hardly answer."""
        return bool(weakness(self.blendshapes))

    @property
    def label(self) -> str:
        """As a column is called, e.g. `AU12 lip corner puller`."""
        return f"AU{self.number} {self.name}"


ACTION_UNITS: tuple[ActionUnit, ...] = (
    ActionUnit(1, "inner brow raiser", ("browInnerUp",)),
    ActionUnit(2, "outer brow raiser", _sides("browOuterUp")),
    ActionUnit(4, "brow lowerer", _sides("browDown")),
    ActionUnit(5, "upper lid raiser", _sides("eyeWide")),
    ActionUnit(6, "cheek raiser", _sides("cheekSquint")),
    ActionUnit(7, "lid tightener", _sides("eyeSquint")),
    ActionUnit(9, "nose wrinkler", _sides("noseSneer")),
    ActionUnit(10, "upper lip raiser", _sides("mouthUpperUp")),
    ActionUnit(12, "lip corner puller", _sides("mouthSmile")),
    ActionUnit(14, "dimpler", _sides("mouthDimple"), "max", "the stronger side: it is often on one side alone"),
    ActionUnit(15, "lip corner depressor", _sides("mouthFrown")),
    ActionUnit(16, "lower lip depressor", _sides("mouthLowerDown")),
    ActionUnit(17, "chin raiser", ("mouthShrugLower",)),
    ActionUnit(18, "lip pucker", ("mouthPucker",)),
    ActionUnit(20, "lip stretcher", _sides("mouthStretch")),
    ActionUnit(22, "lip funneler", ("mouthFunnel",)),
    ActionUnit(24, "lip pressor", _sides("mouthPress")),
    ActionUnit(25, "lips part", ("jawOpen", "mouthClose"), "difference", "misses lips parted over a closed jaw"),
    ActionUnit(26, "jaw drop", ("jawOpen",), remark="and AU27 (mouth stretch), which ARKit does not tell apart"),
    ActionUnit(28, "lip suck", ("mouthRollLower", "mouthRollUpper")),
    ActionUnit(45, "blink", _sides("eyeBlink"), remark="half of it is a wink (AU46)"),
)
"""The table, by number."""


def _difference(columns: Floats) -> Floats:
    part: Floats = np.maximum(columns[:, 0] - columns[:, 1], 0)
    return part


_COMBINE: Mapping[Combination, Callable[[Floats], Floats]] = {
    "mean": lambda columns: columns.mean(axis=1),
    "max": lambda columns: columns.max(axis=1),
    "difference": _difference,
}


def action_units(blendshapes: Floats) -> Floats:
    """Derive the units of `ACTION_UNITS` from blendshapes in the order of `BLENDSHAPES`.

    Args:
        blendshapes: (F, 51) in [0, 1], or NaN where there was no face.

    Returns:
        (F, 21) float32 in [0, 1]; NaN where a blendshape it needs is NaN.
    """
    derived = np.empty((len(blendshapes), len(ACTION_UNITS)), dtype=np.float32)
    for column, unit in enumerate(ACTION_UNITS):
        sources = [BLENDSHAPES.index(name) for name in unit.blendshapes]
        derived[:, column] = _COMBINE[unit.combination](blendshapes[:, sources])
    return derived
