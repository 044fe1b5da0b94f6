"""A few action units of the newest picture, by the table of `facs`: the set `facs`, one picture at a time.

Units with two sides are the mean of both. Values are cut to [0, 1]: 0 for a face at rest, 1 for the strongest movement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.video.reformatter import VideoReformatter

from extraction.face_geometry import geometry
from extraction.face_landmarker import FaceFollower, FaceModel
from extraction.facs import COLUMNS, FACS, facs_units
from extraction.types import Floats

SHOWN = (1, 2, 4, 12, 15, 25, 26, 45)  # action units that answer well and that everybody knows by sight
UNITS = tuple(unit for unit in FACS if unit.number in SHOWN)
_COLUMNS = [[i for i, (unit, _) in enumerate(COLUMNS) if unit is shown] for shown in UNITS]


@dataclass(frozen=True)
class Look:
    """A picture taken at `time` (seconds): a value in [0, 1] for each of `UNITS`, or None where no face was seen."""

    time: float
    units: tuple[float, ...] | None


class LiveFace:
    """Follows one face through the pictures it is given, in rising time order."""

    def __init__(self, model: FaceModel) -> None:
        self._follower = FaceFollower(model)
        self._stamp = -1  # milliseconds
        self._converter = VideoReformatter()  # a picture's own serves one thread alone, and the film reads it too

    def see(self, picture: Any, time: float) -> Look:
        """Measure an av.VideoFrame that came at `time` seconds. Raises S2SError."""
        self._stamp = max(round(time * 1000), self._stamp + 1)
        image: Any = self._converter.reformat(picture, format="rgb24", threads=1).to_ndarray()
        face = self._follower.see(image, self._stamp)
        if face is None:
            return Look(time, None)
        shapes = np.array([face.blendshapes], dtype=np.float32)
        distances = geometry(face).astype(np.float32)[None]
        units = np.clip(facs_units(shapes, distances)[0], 0.0, 1.0)
        return Look(time, tuple(_mean(units, columns) for columns in _COLUMNS))

    def close(self) -> None:
        """Let go of the landmarker."""
        self._follower.close()


def _mean(units: Floats, columns: list[int]) -> float:
    return float(units[columns].mean())
