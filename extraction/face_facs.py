"""Facial action units by side, head pose, gaze, blinks and emotion patterns: the sets `facs` and `facs-baseline`.

`facs` gives the units as they are read, cut to [0, 1]; `facs-baseline` lessens units, pose and gaze by the speaker's
own face at rest (`neutral_face`) and cut to [-1, 1]. Which unit is read off what: `facs`; distances: `face_geometry`;
signs of the angles: `face_landmarker`; `gaze`, `emotion_prototypes`. Where a clip shows several faces, the speaker's is
measured (`face_followed`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from extraction.action_units import BLENDSHAPES
from extraction.emotion_prototypes import PROTOTYPES, prototypes
from extraction.face_followed import follow
from extraction.face_geometry import GEOMETRY, geometry
from extraction.face_landmarker import POSE, FaceModel, SeenFace
from extraction.face_mediapipe import blendshapes_and_pose
from extraction.facs import COLUMNS, facs_units
from extraction.gaze import BLINKS, GAZE, blinks, gaze
from extraction.neutral_face import less_median, less_neutral_units, note_on
from extraction.protocols import Progress, Sound, silent, unheard
from extraction.types import FeatureSpec, Floats, Frame, Track

_SHAPES: Final = slice(0, len(BLENDSHAPES))
_POSE: Final = slice(_SHAPES.stop, _SHAPES.stop + len(POSE))
_GEOMETRY: Final = slice(_POSE.stop, _POSE.stop + len(GEOMETRY))
_EYES: Final = [BLENDSHAPES.index(name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]
_IRIS: Final = [GEOMETRY.index(name) for name in ("iris x", "iris y")]


class FacsFace:
    """A FacialDescriptor of 50 columns: 36 action units, head pose, gaze, blinks and seven emotion patterns.

    Args:
        baseline: whether the speaker's own face at rest is taken away.
        weights: the user's own copy of the FaceLandmarker bundle, or None for the packaged one.

    Raises:
        S2SError: MediaPipe or a system library it needs is not installed.
        WeightsError: the weights are missing or not the published ones.
    """

    def __init__(self, baseline: bool = False, weights: Path | None = None) -> None:
        self._model = FaceModel(weights)
        self._baseline = baseline
        labels = (unit.label(side) for unit, side in COLUMNS)
        self._spec = FeatureSpec(
            modality="V",
            name="facs-baseline" if baseline else "facs",
            version=f"{self._model.release}+facs-1{'+neutral-1' if baseline else ''}",
            names=(*labels, *POSE, *GAZE, *BLINKS, *(one.label for one in PROTOTYPES)),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the columns."""
        return self._spec

    def describe(
        self, frames: Iterable[Frame], period: float, progress: Progress = silent, sound: Sound = unheard
    ) -> Track:
        """One row a frame; a frame no later than the one before it is left out.

        Progress counts frames against what `frames` says of its length, where it does.

        Raises:
            S2SError: a system library MediaPipe needs is not installed.
        """
        seen = follow(frames, self._model, _measure, _GEOMETRY.stop, period, progress=progress, sound=sound)
        shapes, pose, distances = (seen.rows[:, part] for part in (_SHAPES, _POSE, _GEOMETRY))
        closing = shapes[:, _EYES].mean(axis=1)
        eyelids = blinks(seen.times, closing, period)
        looking = gaze(distances[:, _IRIS], closing)
        units = facs_units(shapes, distances)
        notes = seen.notes
        if self._baseline:
            units = less_neutral_units(units, eyelids[:, 0] > 0)
            pose, looking = less_median(pose), less_median(looking)
            short = note_on(float(np.isfinite(closing).sum()) * period)
            notes = (*notes, short) if short else notes
        else:
            units = np.clip(units, 0.0, 1.0)
        values = np.hstack([units, pose, looking, eyelids, prototypes(units)]).astype(np.float32)
        return Track(self._spec, seen.times, values, np.isfinite(closing), period, notes)


def _measure(face: SeenFace) -> Floats:
    """Blendshapes, pose and distances of one face (65,)."""
    return np.concatenate([blendshapes_and_pose(face), geometry(face).astype(np.float32)])
