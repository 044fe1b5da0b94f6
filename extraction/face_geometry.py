"""Distances on a face, measured on MediaPipe's landmarks where no blendshape answers.

Conventions. The landmarks are turned back by the head's rotation, so that the face looks straight ahead, and divided by
the distance of the eyes' outer corners (E): heights and distances below are in E, x to the right of the picture, y up.
Within a speaker none of those used for an action unit depends on pitch or yaw by more than a correlation of .15 after
that (medians over 22 speakers), except that the upper lid follows a glance or a nod downwards, as it should.
The eyes' apertures are in widths of the eye. The gaze is that of the iris within the eye.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from extraction.face_landmarker import SeenFace

Doubles = NDArray[np.float64]

GEOMETRY: tuple[str, ...] = (
    "eye aperture left",  # of three pairs of points on the lids, by the eye's width
    "eye aperture right",
    "cheek left",  # how far the cheek lies below the lower lid
    "cheek right",
    "nose wing left",  # how far the wing of the nose lies below the eye's inner corner
    "nose wing right",
    "brow gap",  # between the brows' inner ends
    "lip thickness",  # of both red lips together, at the middle
    "lip gap",  # between the lips' inner edges, at the middle
    "iris x",  # of the iris from the middle of the eye's corners, mean of both eyes
    "iris y",
)
"""What `geometry` measures, in order."""

# The points of each eye: outer and inner corner, three pairs on the upper and lower lid, the iris; then of the cheek
# and the nose's wing. Right is the person's own, left in the picture.
_RIGHT: Final = (33, 133, (159, 158, 160), (145, 153, 144), 468, 50, 129)
_LEFT: Final = (263, 362, (386, 385, 387), (374, 380, 373), 473, 280, 358)
_BRIDGE, _BROWS = 168, (55, 285)
_UPPER_LIP, _LOWER_LIP = (0, 13), (14, 17)  # outer and inner edge, inner and outer edge


def geometry(face: SeenFace) -> Doubles:
    """The measures of `GEOMETRY` of one face (11,)."""
    points = frontal(face.points(), face.rotation)
    left, right = _eye(points, _LEFT), _eye(points, _RIGHT)
    sided = [value for pair in zip(left[:3], right[:3], strict=True) for value in pair]
    lips = _apart(points, _UPPER_LIP) + _apart(points, _LOWER_LIP)
    gap = _apart(points, (_UPPER_LIP[1], _LOWER_LIP[0]))
    iris = [(one + other) / 2 for one, other in zip(left[3:], right[3:], strict=True)]
    return np.array([*sided, _apart(points, _BROWS), lips, gap, *iris])


def frontal(points: Doubles, rotation: NDArray[np.floating]) -> Doubles:
    """Landmarks (478, 3) in pixels as a face that looks straight ahead has them, in E; y up, z towards the viewer."""
    turned = rotation / np.linalg.norm(rotation, axis=0)
    upright = (points - points[_BRIDGE]) * (1.0, -1.0, -1.0) @ turned  # the inverse of a rotation is its transpose
    return np.asarray(upright / _apart(upright, (_RIGHT[0], _LEFT[0])))


def _eye(points: Doubles, marks: tuple[int, int, tuple[int, ...], tuple[int, ...], int, int, int]) -> list[float]:
    """Aperture, cheek and nose wing of one side, and the iris's place."""
    outer, inner, upper, lower, iris, cheek, wing = marks
    open_by = float((points[list(upper), 1] - points[list(lower), 1]).mean()) / _apart(points, (outer, inner))
    middle = (points[outer] + points[inner]) / 2
    return [
        open_by,
        float(points[lower[0], 1] - points[cheek, 1]),
        float(points[inner, 1] - points[wing, 1]),
        float(points[iris, 0] - middle[0]),
        float(points[iris, 1] - middle[1]),
    ]


def _apart(points: Doubles, pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(points[pair[0]] - points[pair[1]]))
