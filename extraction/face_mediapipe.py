"""The face in each picture: MediaPipe's blendshapes, the pose of the head, and action units derived from them.

Head pose, in degrees, read off MediaPipe's facial transformation matrix (canonical face to a camera that looks along
-z; x to the right of the picture, y up, z towards the viewer; R = Ry(yaw) Rx(-pitch) Rz(roll)):

    pitch   positive when the face looks up
    yaw     positive when the nose points to the right of the picture
    roll    positive when the head tilts counter-clockwise in the picture

The picture's first face is followed; tracking runs through the whole clip (MediaPipe's VIDEO mode). Nothing is sent
anywhere: the MediaPipe versions this package allows open no socket. Source: Kartynnik et al. (2019), arXiv 1907.06724;
Google's model card "MediaPipe Blendshape V2"; `action_units` for the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from operator import length_hint
from pathlib import Path
from typing import Any

import numpy as np

from extraction.action_units import ACTION_UNITS, BLENDSHAPES, action_units
from extraction.errors import S2SError
from extraction.native_stderr import without_lines
from extraction.protocols import Progress, silent
from extraction.types import FeatureSpec, Floats, Frame, Track
from extraction.weights import FACE_LANDMARKER, locate

POSE = ("pitch [deg]", "yaw [deg]", "roll [deg]")

_MEASURED = len(BLENDSHAPES) + len(POSE)
_CHATTER = (
    rb"^(WARNING: All log messages before absl::InitializeLog|[IW]\d{4} .*(face_landmarker_graph|"
    rb"inference_feedback_manager|gl_context|portable_gl|clearcut)|INFO: Created TensorFlow Lite)"
)


class MediaPipeFace:
    """The FacialDescriptor by default: 51 blendshapes, head pose and 21 action units.

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
        self._spec = FeatureSpec(
            modality="V",
            name="blendshapes51+pose+action-units",
            version=f"mediapipe-{release}/face_landmarker-{bundle}+pose-1+au-1",
            names=(*BLENDSHAPES, *POSE, *(unit.label for unit in ACTION_UNITS)),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 75 columns."""
        return self._spec

    def describe(self, frames: Iterable[Frame], period: float, progress: Progress = silent) -> Track:
        """One row a frame; a frame no later than the one before it is left out.

        Progress counts frames against what `frames` says of its length, where it does.

        Raises:
            S2SError: a system library MediaPipe needs is not installed.
        """
        expected = length_hint(frames, 0)
        times: list[float] = []
        rows: list[Floats] = []
        faces = 0
        for time, row in self._measure(frames):
            times.append(time)
            rows.append(row)
            faces += bool(np.isfinite(row[0]))
            progress(min(len(rows) / expected, 1.0) if expected else 0.0, _found(len(rows), faces))
        measured = np.array(rows, dtype=np.float32).reshape(-1, _MEASURED)  # (F, 54)
        values = np.hstack([measured, action_units(measured[:, : len(BLENDSHAPES)])])
        progress(1.0, _found(len(rows), faces))
        return Track(self._spec, np.array(times, dtype=np.float64), values, np.isfinite(values[:, 0]), period)

    def _measure(self, frames: Iterable[Frame]) -> Iterator[tuple[float, Floats]]:
        """Time and row (54,) of each frame."""
        mp = self._mediapipe
        latest, stamp = -np.inf, -1
        landmarker: Any = None
        try:
            for frame in frames:
                if frame.time <= latest:
                    continue
                latest, stamp = frame.time, max(stamp + 1, round(frame.time * 1000))  # ms, strictly rising
                image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image))
                if landmarker is None:
                    with without_lines(_CHATTER):  # MediaPipe speaks up when it starts, and not after its first picture
                        landmarker = self._landmarker()
                        result = landmarker.detect_for_video(image, stamp)
                else:
                    result = landmarker.detect_for_video(image, stamp)
                yield frame.time, _row(result)
        finally:
            if landmarker is not None:
                landmarker.close()

    def _landmarker(self) -> Any:
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


def head_pose(rotation: Floats) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of a (3, 3) rotation, signs as at the top of this file; columns may be scaled."""
    r = rotation / np.linalg.norm(rotation, axis=0)
    pitch = np.arcsin(np.clip(r[1, 2], -1.0, 1.0))
    yaw = np.arctan2(r[0, 2], r[2, 2])
    roll = np.arctan2(r[1, 0], r[1, 1])
    return float(np.degrees(pitch)), float(np.degrees(yaw)), float(np.degrees(roll))


def _row(result: Any) -> Floats:
    """Blendshapes and pose of a FaceLandmarkerResult (54,); NaN where there is no face."""
    row = np.full(_MEASURED, np.nan, dtype=np.float32)
    if result.face_blendshapes:
        scores = {category.category_name: category.score for category in result.face_blendshapes[0]}
        row[: len(BLENDSHAPES)] = [scores[name] for name in BLENDSHAPES]
        row[len(BLENDSHAPES) :] = head_pose(result.facial_transformation_matrixes[0][:3, :3])
    return row


def _found(frames: int, faces: int) -> str:
    return f"{frames} frames, {faces} with a face"


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
