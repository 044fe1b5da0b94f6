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
from extraction.face_followed import Followed, follow
from extraction.face_geometry import GEOMETRY
from extraction.face_landmarker import POSE, FaceModel
from extraction.face_measures import DISTANCES, MEASURES, POSES, SHAPES, measures
from extraction.face_seconds import lasting
from extraction.facs import COLUMNS, facs_units
from extraction.gaze import BLINKS, GAZE, blinks, gaze
from extraction.neutral_face import less_median, less_neutral_units, note_on
from extraction.protocols import Progress, Sound, silent, unheard
from extraction.types import FeatureSpec, Frame, Track

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
        self._spec = _spec(self._model.release, baseline)

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
        seen = follow(frames, self._model, measures, MEASURES, period, progress=progress, sound=sound)
        return facs_track(self._model.release, seen, period, self._baseline)


def facs_track(release: str, seen: Followed, period: float, baseline: bool = False) -> Track:
    """The set `facs`, or `facs-baseline`, of a face that was followed with `face_measures.measures`."""
    shapes, pose, distances = (seen.rows[:, part] for part in (SHAPES, POSES, DISTANCES))
    closing = shapes[:, _EYES].mean(axis=1)
    eyelids = blinks(seen.times, closing, period)
    looking = gaze(distances[:, _IRIS], closing)
    units = facs_units(shapes, distances)
    notes = seen.notes
    if baseline:
        units = less_neutral_units(units, eyelids[:, 0] > 0)
        pose, looking = less_median(pose), less_median(looking)
        short = note_on(float(lasting(seen.times, period)[np.isfinite(closing)].sum()))
        notes = (*notes, short) if short else notes
    else:
        units = np.clip(units, 0.0, 1.0)
    values = np.hstack([units, pose, looking, eyelids, prototypes(units)]).astype(np.float32)
    return Track(_spec(release, baseline), seen.times, values, np.isfinite(closing), period, notes)


def _spec(release: str, baseline: bool) -> FeatureSpec:
    labels = (unit.label(side) for unit, side in COLUMNS)
    return FeatureSpec(
        modality="V",
        name="facs-baseline" if baseline else "facs",
        version=f"{release}+facs-2{'+neutral-1' if baseline else ''}",
        names=(*labels, *POSE, *GAZE, *BLINKS, *(one.label for one in PROTOTYPES)),
    )
