"""The numbers a face gives in one picture, which all facial sets are made of: blendshapes, pose and distances."""

from __future__ import annotations

from typing import Final

import numpy as np

from extraction.action_units import BLENDSHAPES
from extraction.face_geometry import GEOMETRY, geometry
from extraction.face_landmarker import POSE, SeenFace, head_pose
from extraction.types import Floats

SHAPES: Final = slice(0, len(BLENDSHAPES))
POSES: Final = slice(SHAPES.stop, SHAPES.stop + len(POSE))
SHAPES_AND_POSE: Final = slice(0, POSES.stop)
DISTANCES: Final = slice(POSES.stop, POSES.stop + len(GEOMETRY))
MEASURES: Final = DISTANCES.stop


def measures(face: SeenFace) -> Floats:
    """The 51 blendshapes, three angles in degrees and 11 distances of one face (65,)."""
    return np.array([*face.blendshapes, *head_pose(face.rotation), *geometry(face)], dtype=np.float32)
