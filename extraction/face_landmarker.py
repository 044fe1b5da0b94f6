"""MediaPipe's FaceLandmarker and the detector inside its bundle: pictures in, one face or all boxes out.

Conventions. Landmarks are MediaPipe's 478, in pixels: x to the right, y down, z away from the camera on the scale of x.
*left* and *right* are the person's own. Head pose, in degrees, is read off MediaPipe's facial transformation matrix
(canonical face to a camera that looks along -z; x to the right of the picture, y up, z towards the viewer;
R = Ry(yaw) Rx(-pitch) Rz(roll)):

    pitch   positive when the face looks up
    yaw     positive when the nose points to the right of the picture
    roll    positive when the head tilts counter-clockwise in the picture

A landmarker follows one face. MediaPipe's own way to follow several is not used: with `num_faces` above 1 it searches
every picture anew (three times the time) and leaves out the smoothing over time that it gives a single face, so that
the same face on the same clip reads differently (blendshapes by up to .2 to .5 in the median frame, measured on six
clips). Source: Kartynnik et al. (2019), arXiv 1907.06724; Bazarevsky et al. (2019), BlazeFace, arXiv 1907.05047;
Google's model card "MediaPipe Blendshape V2".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from extraction.action_units import BLENDSHAPES
from extraction.errors import S2SError
from extraction.native_stderr import without_lines
from extraction.types import Floats
from extraction.weights import FACE_LANDMARKER, locate

POSE = ("pitch [deg]", "yaw [deg]", "roll [deg]")
Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels."""

_EDGES = (10, 152, 234, 454)  # the landmarks at the forehead's top, the chin and the two sides of the face
_SURE = 0.5  # the least detection score; what the landmarker asks for itself
_CHATTER = (
    rb"^(WARNING: All log messages before absl::InitializeLog|[IW]\d{4} .*(face_landmarker_graph|"
    rb"inference_feedback_manager|gl_context|portable_gl|clearcut)|INFO: Created TensorFlow Lite)"
)


@dataclass(frozen=True)
class SeenFace:
    """One face in one picture of `size` (width, height): MediaPipe's landmarks, blendshape scores and matrix."""

    marks: Any
    scores: Any
    matrix: Floats
    size: tuple[int, int]

    def points(self, *chosen: int) -> NDArray[np.float64]:
        """Landmarks (K, 3) in pixels: those chosen, or all 478."""
        marks = [self.marks[i] for i in chosen] if chosen else self.marks
        width, height = self.size
        return np.array([(m.x * width, m.y * height, m.z * width) for m in marks])

    @property
    def box(self) -> Box:
        """Around the face, in pixels."""
        points = self.points(*_EDGES)
        (left, top), (right, bottom) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def blendshapes(self) -> list[float]:
        """Scores in [0, 1] in the order of `BLENDSHAPES`."""
        scores = {category.category_name: category.score for category in self.scores}
        return [scores[name] for name in BLENDSHAPES]

    @property
    def rotation(self) -> Floats:
        """The head's (3, 3) rotation in the axes at the top of this file, its columns scaled alike."""
        return self.matrix[:3, :3]


class FaceModel:
    """The weights and MediaPipe, loaded; opens landmarkers and detectors.

    Args:
        weights: the user's own copy of the FaceLandmarker bundle, or None for the packaged one.

    Raises:
        S2SError: MediaPipe or a system library it needs is not installed.
        WeightsError: the weights are missing or not the published ones.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._weights = locate(FACE_LANDMARKER, weights)
        with _our_errors():
            import mediapipe as mp
            from mediapipe.tasks.python import vision  # noqa: F401 (loaded now, so that what is missing is said now)
        self._mediapipe = mp
        bundle = FACE_LANDMARKER.files[0].sha256[:8]
        release = ".".join(version("mediapipe").split(".")[:2])
        self.release = f"mediapipe-{release}/face_landmarker-{bundle}"

    def picture(self, image: NDArray[np.uint8]) -> Any:
        """MediaPipe's own kind of picture, of (height, width, 3) uint8 RGB."""
        return self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image))

    def landmarker(self) -> Any:
        """A fresh FaceLandmarker for one face through one clip. Raises S2SError."""
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(self._weights), delegate=BaseOptions.Delegate.CPU),
            running_mode=vision.RunningMode.VIDEO,
            num_faces=1,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        with _our_errors():
            return vision.FaceLandmarker.create_from_options(options)

    def detector(self) -> Any:
        """A fresh detector of every face in a picture, BlazeFace from the same bundle. Raises S2SError."""
        from mediapipe.tasks.python import BaseOptions, vision

        with ZipFile(self._weights) as bundle:
            network = bundle.read("face_detector.tflite")
        options = vision.FaceDetectorOptions(
            base_options=BaseOptions(model_asset_buffer=network, delegate=BaseOptions.Delegate.CPU),
            running_mode=vision.RunningMode.IMAGE,
            min_detection_confidence=_SURE,
        )
        with _our_errors():
            return vision.FaceDetector.create_from_options(options)


class FaceFollower:
    """One landmarker through a clip, opened at its first picture."""

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._landmarker: Any = None

    def see(self, image: NDArray[np.uint8], stamp: int) -> SeenFace | None:
        """The face in `image`, or None; `stamp` in milliseconds, strictly rising. Raises S2SError."""
        picture = self._model.picture(image)
        if self._landmarker is None:
            with without_lines(_CHATTER):  # MediaPipe speaks up when it starts, and not after its first picture
                self._landmarker = self._model.landmarker()
                result = self._landmarker.detect_for_video(picture, stamp)
        else:
            result = self._landmarker.detect_for_video(picture, stamp)
        if not result.face_blendshapes:
            return None
        height, width = image.shape[:2]
        matrix = result.facial_transformation_matrixes[0]
        return SeenFace(result.face_landmarks[0], result.face_blendshapes[0], matrix, (width, height))

    def close(self) -> None:
        """Let go of the landmarker."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None


class FaceFinder:
    """The detector, opened at its first picture."""

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._detector: Any = None

    def boxes(self, image: NDArray[np.uint8]) -> list[Box]:
        """Every face in `image`, the surest first. Raises S2SError."""
        picture = self._model.picture(image)
        if self._detector is None:
            with without_lines(_CHATTER):
                self._detector = self._model.detector()
                found = self._detector.detect(picture)
        else:
            found = self._detector.detect(picture)
        sure = sorted(found.detections, key=lambda one: -one.categories[0].score)
        boxes = [one.bounding_box for one in sure]
        return [(b.origin_x, b.origin_y, b.origin_x + b.width, b.origin_y + b.height) for b in boxes]

    def close(self) -> None:
        """Let go of the detector."""
        if self._detector is not None:
            self._detector.close()
            self._detector = None


def head_pose(rotation: Floats) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of a (3, 3) rotation, signs as at the top of this file; columns may be scaled."""
    r = rotation / np.linalg.norm(rotation, axis=0)
    pitch = np.arcsin(np.clip(r[1, 2], -1.0, 1.0))
    yaw = np.arctan2(r[0, 2], r[2, 2])
    roll = np.arctan2(r[1, 0], r[1, 1])
    return float(np.degrees(pitch)), float(np.degrees(yaw)), float(np.degrees(roll))


@contextmanager
def _our_errors() -> Iterator[None]:
    """MediaPipe's failures to load, as sentences."""
    try:
        yield
    except (ImportError, OSError) as error:
        package = next((p for lib, p in (("libEGL", "libegl1"), ("libGLES", "libgles2")) if lib in str(error)), None)
        if package is None:
            raise S2SError(f"MediaPipe could not be loaded ({error}): install mediapipe 0.10.33 again.") from error
        raise S2SError(
            f"MediaPipe needs a system library that is not installed: run `apt install {package}` ({error})."
        ) from error
