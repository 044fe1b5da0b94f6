"""One face out of a clip's pictures: all are followed as the pictures come, one is kept when the sound is known.

A few numbers a face and picture are held, never a picture. Which face is kept is decided after the last picture, when
the sound beside them is whole (`speaking_face`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from operator import length_hint

import numpy as np

from extraction.face_landmarker import Box, FaceModel, SeenFace
from extraction.face_people import People, area, jumped
from extraction.face_seconds import at_least, lasting
from extraction.protocols import Progress, Sound, silent, unheard
from extraction.speaking_face import Doubles, Reason, Seen, speaker
from extraction.types import Floats, Frame

_GLIMPSE = 0.5  # seconds: a face in view for less does not count as seen
_EYES, _LIPS = (33, 263), (13, 14)  # landmarks: the eyes' outer corners, the inner lips' middles
_NUMBERS = {2: "Two", 3: "Three", 4: "Four"}


@dataclass(frozen=True)
class Followed:
    """`times` (F,) seconds, `rows` (F, M) of the face that was kept, NaN where it was not seen; notes for the user."""

    times: Doubles
    rows: Floats
    notes: tuple[str, ...]


@dataclass
class _Life:
    """One face: the pictures (by index) it was seen in, and there its row, box and mouth, as bare numbers.

    In two hours there are 72,000 of each.
    """

    at: array[int] = field(default_factory=lambda: array("l"))
    rows: array[float] = field(default_factory=lambda: array("f"))
    boxes: array[float] = field(default_factory=lambda: array("d"))
    mouths: array[float] = field(default_factory=lambda: array("d"))

    def add(self, index: int, face: SeenFace, row: Floats) -> None:
        self.at.append(index)
        self.rows.frombytes(row.astype(np.float32).tobytes())
        self.boxes.extend(face.box)
        (right, left), (upper, lower) = face.points(*_EYES), face.points(*_LIPS)
        self.mouths.append(float(np.linalg.norm(upper - lower) / np.linalg.norm(right - left)))

    def over(self, frames: int) -> Seen:
        mouth, size = np.full(frames, np.nan), np.full(frames, np.nan)
        mouth[self.at], size[self.at] = self.mouths, [area(box) for box in self._each_box()]
        return Seen(mouth, size)

    @property
    def jumps(self) -> int:
        return sum(jumped(a, b) for a, b in pairwise(self._each_box()))

    def _each_box(self) -> Iterator[Box]:
        values = iter(self.boxes)
        return zip(values, values, values, values, strict=True)


def follow(
    frames: Iterable[Frame],
    model: FaceModel,
    measure: Callable[[SeenFace], Floats],
    width: int,
    period: float,
    *,
    progress: Progress = silent,
    sound: Sound = unheard,
) -> Followed:
    """Measure every face with `measure` (a row of `width` numbers) and keep the speaker's.

    A frame no later than the one before it is left out. Progress counts frames against what `frames` says of its
    length, where it does.

    Raises:
        S2SError: a system library MediaPipe needs is not installed.
    """
    expected = length_hint(frames, 0)
    times: list[float] = []
    lives: dict[int, _Life] = {}
    seen = 0
    people = People(model)
    try:
        for frame in frames:
            if times and frame.time <= times[-1]:
                continue
            faces = people.see(frame)
            for number, face in faces.items():
                lives.setdefault(number, _Life()).add(len(times), face, measure(face))
            times.append(frame.time)
            seen += bool(faces)
            progress(min(len(times) / expected, 1.0) if expected else 0.0, _found(len(times), seen))
    finally:
        people.close()
    followed = _kept(lives, np.array(times, dtype=np.float64), width, period, sound)
    progress(1.0, _found(len(times), int(np.isfinite(followed.rows[:, 0]).sum())))
    return followed


def _kept(lives: dict[int, _Life], times: Doubles, width: int, period: float, sound: Sound) -> Followed:
    """The rows of the one face to keep."""
    seconds = lasting(times, period)
    long = [life for life in lives.values() if at_least(float(seconds[life.at].sum()), _GLIMPSE)]
    candidates = long or sorted(lives.values(), key=lambda life: len(life.at))[-1:]
    rows = np.full((len(times), width), np.nan, dtype=np.float32)
    if not candidates:
        return Followed(times, rows, ())
    chosen, reason = 0, None
    if len(candidates) > 1:
        heard = sound()
        chosen, reason = speaker([life.over(len(times)) for life in candidates], period, times, heard)
    life = candidates[chosen]
    rows[life.at] = np.frombuffer(life.rows, dtype=np.float32).reshape(-1, width)
    return Followed(times, rows, tuple(_notes(len(candidates), life, len(times), reason)))


def _notes(faces: int, life: _Life, frames: int, reason: Reason | None) -> list[str]:
    """What the user should know of the choice."""
    notes = []
    if reason is not None:
        which = "the one whose mouth moves with the voice"
        if reason == "size":
            which = "the largest, because the voice does not tell them apart,"
        notes.append(
            f"{_NUMBERS.get(faces, faces)} faces were seen; {which} was followed: "
            f"it is in {len(life.at)} of {frames} pictures."
        )
    if life.jumps:
        often = "once" if life.jumps == 1 else f"{life.jumps} times"
        notes.append(f"The face that was followed jumps to another place {often}: it may not be one person throughout.")
    return notes


def _found(frames: int, faces: int) -> str:
    return f"{frames} frames, {faces} with a face"
