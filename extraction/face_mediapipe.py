"""The face in each picture: MediaPipe's blendshapes, the pose of the head, and action units derived from them.

Where a clip shows several faces, the speaker's is measured (`face_followed`); what the numbers are and which way the
pose turns is said in `face_landmarker`. Nothing is sent anywhere: the MediaPipe versions this package allows open no
socket. Source: Kartynnik et al. (2019), arXiv 1907.06724; Google's model card "MediaPipe Blendshape V2";
`action_units` for the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from extraction.action_units import ACTION_UNITS, BLENDSHAPES, action_units
from extraction.face_facs import facs_track
from extraction.face_followed import follow
from extraction.face_landmarker import POSE, FaceModel
from extraction.face_measures import MEASURES, SHAPES, SHAPES_AND_POSE, measures
from extraction.protocols import Progress, Sound, silent, unheard
from extraction.types import FeatureSpec, Frame, Track


class MediaPipeFace:
    """The FacialDescriptor by default: 51 blendshapes, head pose and 21 action units.

    Args:
        weights: the user's own copy of the FaceLandmarker bundle, or None for the packaged one.

    Raises:
        S2SError: MediaPipe or a system library it needs is not installed.
        WeightsError: the weights are missing or not the published ones.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._model = FaceModel(weights)
        self._spec = FeatureSpec(
            modality="V",
            name="blendshapes51+pose+action-units",
            version=f"{self._model.release}+pose-1+au-1",
            names=(*BLENDSHAPES, *POSE, *(unit.label for unit in ACTION_UNITS)),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 75 columns."""
        return self._spec

    def describe(
        self, frames: Iterable[Frame], period: float, progress: Progress = silent, sound: Sound = unheard
    ) -> Track:
        """One row a frame; a frame no later than the one before it is left out.

        Progress counts frames against what `frames` says of its length, where it does. The set `facs` of the same
        pictures lies beside.

        Raises:
            S2SError: a system library MediaPipe needs is not installed.
        """
        seen = follow(frames, self._model, measures, MEASURES, period, progress=progress, sound=sound)
        values = np.hstack([seen.rows[:, SHAPES_AND_POSE], action_units(seen.rows[:, SHAPES])])
        facs = facs_track(self._model.release, seen, period)
        return Track(self._spec, seen.times, values, np.isfinite(values[:, 0]), period, seen.notes, facs)
