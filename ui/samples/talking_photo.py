"""A still portrait that talks, smiles, blinks and turns its head: a mesh over the photo, moved and drawn again.

MediaPipe's 468 face landmarks and a lattice around them are triangulated once. An `Expression` moves the vertices
along fields computed from the photo's own geometry (how far the lips are apart, where the lids meet), and each triangle
is drawn by its affine map, which keeps lips and lids sharp where they close. Behind the lips lies a second picture, the
mouth's inside: the photo's upper teeth over a dark cavity, fixed to the head.

Conventions. Points are (x, y) in pixels of the photo given, y down; the photo is expected to show a smile with parted
lips, which is `Expression()`. Lengths in `Portrait` are in mouth half-widths, so they hold at any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from extraction.weights import FACE_LANDMARKER, locate

Image = NDArray[np.uint8]
Points = NDArray[np.float64]

# Indices into MediaPipe's canonical face mesh, each contour from the picture's left to its right.
LIP_ABOVE = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]  # inner edge of the upper lip
LIP_BELOW = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]  # inner edge of the lower lip
MOUTH_CORNERS = [61, 291]
LIDS = (
    ([33, 246, 161, 160, 159, 158, 157, 173, 133], [33, 7, 163, 144, 145, 153, 154, 155, 133]),
    ([362, 398, 384, 385, 386, 387, 388, 466, 263], [362, 382, 381, 380, 374, 373, 390, 249, 263]),
)
BROWS = ([70, 63, 105, 66, 107], [336, 296, 334, 293, 300])
OVAL_TOP, CHIN, NOSE = 10, 152, 1
LANDMARKS = 468  # the ten iris points that follow are not part of the mesh


@dataclass(frozen=True)
class Expression:
    """What the face does at one moment. The default is the photo itself.

    Attributes:
        jaw: how far the jaw hangs below the photo's, 0 to 1.
        parted: 0 lips closed, 1 as far apart as in the photo.
        smile: 0 a relaxed mouth, 1 the photo's smile; below 0 the corners go on down.
        blink: 0 eyes as in the photo, 1 shut.
        brow: 1 raised, -1 lowered and drawn together.
        yaw, pitch, roll: the head's turn in radians; the nose goes right, down, and the crown to the right.
    """

    jaw: float = 0.0
    parted: float = 1.0
    smile: float = 1.0
    blink: float = 0.0
    brow: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


def find_landmarks(photo: Image) -> Points:
    """Landmarks (468, 3) of the one face in an RGB photo: x, y, and z in pixels with smaller nearer to the camera.

    Raises ValueError if no face is found.
    """
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(locate(FACE_LANDMARKER))))
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        found = landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=photo)).face_landmarks
    if not found:
        raise ValueError("no face in the photo")
    height, width = photo.shape[:2]
    return np.array([(p.x * width, p.y * height, p.z * width) for p in found[0][:LANDMARKS]])


class Portrait:
    """A photo (height, width, 3) uint8 RGB with its mesh; `render` draws it with another expression."""

    def __init__(self, photo: Image) -> None:
        self.photo = photo
        landmarks = find_landmarks(photo)
        face = landmarks[:, :2]
        self.unit = float(np.linalg.norm(face[MOUTH_CORNERS[1]] - face[MOUTH_CORNERS[0]])) / 2
        lattice = self._lattice(face)
        self.vertices = np.concatenate([face, lattice])
        self.vertices[LIP_BELOW[1:-1], 1] += 0.03 * self.unit  # the teeth reach a little below the landmarks
        depth = np.minimum(landmarks[:, 2], 0.0)  # the lattice, in the plane of the photo, has none
        self.depth = np.concatenate([depth, np.zeros(len(lattice))])
        self.triangles = Delaunay(self.vertices).simplices
        self._fields()
        self.inside = self._mouth_inside()

    def _lattice(self, face: Points) -> Points:
        """Vertices around the face, at the borders too, none within its outline."""
        height, width = self.photo.shape[:2]
        across, down = np.linspace(0, width - 1, 17), np.linspace(0, height - 1, 17)
        grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        outline = cv2.convexHull(face.astype(np.float32))
        near = 0.4 * self.unit
        return np.array([p for p in grid if cv2.pointPolygonTest(outline, (float(p[0]), float(p[1])), True) < -near])

    def _fields(self) -> None:
        """Precompute the displacement (vertices, 2) of every vertex for each part of an `Expression`."""
        points, unit = self.vertices, self.unit
        above, below = points[LIP_ABOVE], points[LIP_BELOW]
        middle = (above + below) / 2
        depth = points[:, 1] - np.interp(points[:, 0], middle[:, 0], middle[:, 1])  # below the line between the lips
        gap = np.interp(points[:, 0], middle[:, 0], below[:, 1] - above[:, 1], left=0, right=0)
        lower = depth > 0

        # Closing: two fifths of the way the upper lip comes down, the rest the lower lip comes up.
        reach = np.where(
            lower, np.maximum(depth - gap / 2, 0) / (1.2 * unit), np.maximum(-depth - gap / 2, 0) / (0.5 * unit)
        )
        self.close = _vertical(np.where(lower, -0.6, 0.4) * gap * np.maximum(1 - reach, 0))

        # The jaw: all of the lower lip's middle, nothing at the corners, wider towards the chin, fading in the neck.
        centre, half = middle[:, 0].mean(), (middle[-1, 0] - middle[0, 0]) / 2
        aside = (points[:, 0] - centre) / (half + 0.8 * np.maximum(depth - gap / 2, 0))
        hang = np.where(lower, np.maximum(1 - aside**2, 0) ** 0.6, 0.0)
        hang *= 1 - 0.3 * np.clip((depth - gap) / unit, 0, 1)
        hang *= np.exp(-np.maximum(points[:, 1] - points[CHIN, 1], 0) / (0.5 * unit))
        self.drop = _vertical(0.75 * unit * hang)

        # Relaxing the smile: the corners come down and in, the cheeks after them.
        self.relax = np.zeros_like(points)
        for corner, inwards in zip(points[MOUTH_CORNERS], (1, -1), strict=True):
            distance = np.linalg.norm((points - corner) / unit, axis=1)
            shift = unit * np.array([0.18 * inwards, 0.33])
            self.relax += np.exp(-((distance / 0.75) ** 2))[:, None] * shift

        self.shut = sum((self._lid_field(*lids) for lids in LIDS), np.zeros_like(points))
        self.raised = sum((self._brow_field(brow) for brow in BROWS), np.zeros_like(points))

        # The head: whole within an ellipse that holds face and hair, nothing at a distance from it.
        self.pivot = points[CHIN] + (0, 0.2 * unit)
        heart = points[OVAL_TOP] * 0.7 + points[CHIN] * 0.3
        radius = np.linalg.norm((points - heart) / (3.7 * unit, 4.0 * unit), axis=1)
        fade = np.clip((1.6 - radius) / 0.6, 0, 1)
        self.head = fade * fade * (3 - 2 * fade)

    def _lid_field(self, upper: list[int], lower: list[int]) -> Points:
        """The upper lid comes down past the lower, and draws the skin up to the brow after it."""
        points = self.vertices
        x, y = points.T
        top, bottom = (np.interp(x, points[lid, 0], points[lid, 1]) for lid in (upper, lower))
        gap = np.where((x > points[upper[0], 0]) & (x < points[upper[-1], 0]), bottom - top, 0.0)
        lid = np.maximum(1 - np.maximum(top - y, 0) / (0.5 * self.unit), 0) * (y < (top + bottom) / 2)
        bag = np.maximum(1 - np.maximum(y - bottom, 0) / (0.5 * self.unit), 0) * (y >= (top + bottom) / 2)
        return _vertical(gap * (lid - 0.1 * bag))

    def _brow_field(self, brow: list[int]) -> Points:
        """The brow goes up, its inner end a little outwards."""
        offset = (self.vertices - self.vertices[brow].mean(axis=0)) / self.unit
        weight = np.exp(-((offset[:, 0] / 0.7) ** 2) - (offset[:, 1] / 0.4) ** 2)
        outwards = np.sign(self.vertices[brow].mean(axis=0)[0] - self.vertices[NOSE, 0])
        shift: Points = weight[:, None] * self.unit * np.array([0.05 * outwards, -0.16])
        return shift

    def _mouth_inside(self) -> Image:
        """What lies behind the lips: the photo's teeth where it shows them, a dark red cavity and tongue elsewhere."""
        height, width = self.photo.shape[:2]
        centre, unit = self.vertices[LIP_BELOW].mean(axis=0), self.unit
        y, x = np.mgrid[:height, :width].astype(np.float64)
        tongue = np.exp(-(((x - centre[0]) / (0.6 * unit)) ** 2) - ((y - centre[1] - 0.8 * unit) / (0.3 * unit)) ** 2)
        cavity = np.array([44.0, 16, 16]) + tongue[..., None] * np.array([105.0, 52, 52])
        teeth = self._mouth_mask(self.vertices, 0.03 * unit)[..., None]
        return _picture(teeth * self.photo + (1 - teeth) * cavity)

    def _mouth_mask(self, vertices: Points, blur: float) -> NDArray[np.float64]:
        """How much of each pixel (height, width) lies between the lips, in [0, 1]."""
        contour = np.concatenate([vertices[LIP_ABOVE], vertices[LIP_BELOW[-2:0:-1]]])
        mask = np.zeros(self.photo.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(contour * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        return np.asarray(cv2.GaussianBlur(mask.astype(np.float64) / 255, (0, 0), max(blur, 0.5)))

    def _turn(self, vertices: Points, expression: Expression) -> Points:
        """Turn the head: rotation in the picture plane, and to first order the parallax of a turn out of it."""
        sine, cosine = np.sin(expression.roll), np.cos(expression.roll)
        rolled = (vertices - self.pivot) @ np.array([[cosine, sine], [-sine, cosine]]) + self.pivot
        parallax = -self.depth[:, None] * np.sin([expression.yaw, expression.pitch])
        nod = 0.6 * self.unit * np.sin([expression.yaw, expression.pitch])  # the whole head follows
        turned: Points = vertices + self.head[:, None] * (rolled - vertices + parallax + nod)
        return turned

    def render(self, expression: Expression) -> Image:
        """The photo with another expression, (height, width, 3) uint8 RGB."""
        moved = self.vertices + (1 - expression.smile) * self.relax + (1 - expression.parted) * self.close
        moved = moved + expression.jaw * self.drop + expression.blink * self.shut + expression.brow * self.raised
        moved = self._turn(moved, expression)
        skin = warp(self.photo, self.vertices, moved, self.triangles)
        inside = warp(self.inside, self.vertices, self._turn(self.vertices, expression), self.triangles)
        mask = self._mouth_mask(moved, 0.02 * self.unit)[..., None]
        opening = (moved[LIP_BELOW] - moved[LIP_ABOVE])[:, 1].max() / self.unit
        light = np.clip(opening / 0.2, 0.4, 1.0)  # between lips that nearly touch it is dark
        return _picture(mask * light * inside + (1 - mask) * skin)


def _picture(levels: NDArray[np.float64]) -> Image:
    return np.asarray(np.rint(levels), dtype=np.uint8)


def _vertical(amount: NDArray[np.float64]) -> Points:
    return np.stack([np.zeros_like(amount), amount], axis=-1)


def _areas(corners: Points) -> NDArray[np.float64]:
    """Twice the signed area of triangles (T, 3, 2)."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])


def warp(image: Image, source: Points, target: Points, triangles: NDArray[np.int32]) -> Image:
    """Redraw `image`, its mesh moved from `source` to `target` (V, 2), each of `triangles` (T, 3) by its affine map.

    Triangles that have collapsed or turned over are left out; a pixel that no triangle covers stays.
    """
    after, before = _areas(target[triangles]), _areas(source[triangles])
    order = np.argsort(after / before)  # closing lids and lips are drawn first, the skin around covers their last pixel
    kept = triangles[order[(after * np.sign(before))[order] > 0.3]]
    homogeneous = np.concatenate([target[kept], np.ones((len(kept), 3, 1))], axis=2)
    maps = np.concatenate([np.linalg.solve(homogeneous, source[kept]), [np.eye(3)[:, :2]]])  # the last is the identity

    height, width = image.shape[:2]
    owner = np.full((height, width), len(kept), np.int32)
    for number, corners in enumerate(np.rint(target[kept] * 256).astype(np.int32)):
        cv2.fillConvexPoly(owner, corners, number, shift=8)
    rows, columns = np.mgrid[:height, :width]
    affine = maps[owner]  # (height, width, 3, 2)
    where = columns[..., None] * affine[..., 0, :] + rows[..., None] * affine[..., 1, :] + affine[..., 2, :]
    where = where.astype(np.float32)
    drawn = cv2.remap(image, where[..., 0], where[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn)
