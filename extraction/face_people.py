"""Who is in the pictures: every face of a clip, each followed under one number through the clip.

One landmarker follows the first face from the first picture to the last, on the pictures as they are: a clip that
shows one face is measured exactly as if nobody had looked for others. Once a second the detector looks for further
faces; each gets a landmarker of its own. A landmarker that lost its face searches pictures in which the faces the
others hold are blacked out, so that no two hold one.

Identity is by place: a face that comes back takes the number of the one last seen nearest to it. Nothing tells faces
apart by their looks; where one leaves and another takes its place with no picture that shows both, they count as one
(`jumps` says how often the place changed at once).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.face_landmarker import Box, FaceFinder, FaceFollower, FaceModel, SeenFace
from extraction.types import Frame

MOST_PEOPLE = 4  # faces followed at once or in turn
LOOK_EVERY = 1.0  # seconds between two searches for further faces
_GONE = 2.0  # seconds without its face after which a landmarker is closed (the first one's never is)
_SAME = 0.3  # of the union: boxes that share more show the same face


@dataclass
class _Person:
    """A face under one number: who follows it, where it was last seen, when, and whether in the latest picture."""

    follower: FaceFollower | None
    box: Box | None = None
    when: float = -np.inf
    seen: bool = False


class People:
    """Follows the faces of one clip; `see` takes its pictures in rising time order, `close` lets go of the models."""

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._finder = FaceFinder(model)
        self._people = [_Person(FaceFollower(model))]
        self._stamp = -1
        self._next_look = -np.inf

    def see(self, frame: Frame) -> dict[int, SeenFace]:
        """The faces in `frame` by their numbers, which begin at 0. Raises S2SError."""
        self._stamp = max(self._stamp + 1, round(frame.time * 1000))  # ms, strictly rising
        faces: dict[int, SeenFace] = {}
        for number, person in enumerate(self._people):
            face = self._look_at(person, frame)
            if face is not None:
                faces[number] = face
        if frame.time >= self._next_look:
            self._next_look = frame.time + LOOK_EVERY
            faces.update(self._look_around(frame))
        return faces

    def close(self) -> None:
        """Let go of every landmarker and of the detector."""
        self._finder.close()
        for person in self._people:
            if person.follower is not None:
                person.follower.close()

    def _look_at(self, person: _Person, frame: Frame) -> SeenFace | None:
        if person.follower is None:
            return None
        others = [p.box for p in self._people if p is not person and p.seen and p.box is not None]
        image = frame.image if person.seen or not others else _without(frame.image, others)
        face = person.follower.see(image, self._stamp)
        if face is not None and any(shared(face.box, other) > _SAME for other in others):
            face = None  # it slid onto a face that another holds
            self._retire(person)
        person.seen = face is not None
        if face is not None:
            person.box, person.when = face.box, frame.time
        elif person is not self._people[0] and frame.time - person.when > _GONE:
            self._retire(person)
        return face

    def _retire(self, person: _Person) -> None:
        if person.follower is not None:
            person.follower.close()
            first = person is self._people[0]
            person.follower = FaceFollower(self._model) if first else None

    def _look_around(self, frame: Frame) -> dict[int, SeenFace]:
        """Faces that nobody holds, taken up. As many as landmarkers are searching are left to those."""
        held = [p.box for p in self._people if p.seen and p.box is not None]
        new = [box for box in self._finder.boxes(frame.image) if all(not _over(box, other) for other in held)]
        searching = sum(p.follower is not None and not p.seen for p in self._people)
        found: dict[int, SeenFace] = {}
        for box in new[searching:]:
            number = self._number_for(box)
            if number is None:
                continue
            person = self._people[number]
            person.follower = FaceFollower(self._model)
            face = self._look_at(person, frame)
            if face is not None:
                found[number] = face
            else:
                self._retire(person)
                if person.box is None:  # nobody after all
                    self._people.pop()
        return found

    def _number_for(self, box: Box) -> int | None:
        """Whose face the new one at `box` is: the free number last seen nearest, a new one, or None if all are held."""
        free = [i for i, p in enumerate(self._people) if p.follower is None and p.box is not None]
        near = [i for i in free if distance(box, self._people[i].box or box) < 2.0]
        if not near and len(self._people) < MOST_PEOPLE:
            self._people.append(_Person(None))
            return len(self._people) - 1
        return min(near or free, key=lambda i: distance(box, self._people[i].box or box), default=None)


def shared(one: Box, other: Box) -> float:
    """The part of two boxes' union that lies in both."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    both = max(across, 0.0) * max(down, 0.0)
    return both / max(area(one) + area(other) - both, 1e-9)


def area(box: Box) -> float:
    """Square pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])


def distance(one: Box, other: Box) -> float:
    """Between two boxes' centres, in widths of the larger."""
    apart = np.hypot(one[0] + one[2] - other[0] - other[2], one[1] + one[3] - other[1] - other[3]) / 2
    return float(apart / max(one[2] - one[0], other[2] - other[0], 1e-9))


def jumped(one: Box, other: Box) -> bool:
    """Whether a face at `one` is so far from `other`, or of so different a size, that no head moved there."""
    sizes = sorted((area(one), area(other)))
    return distance(one, other) > 1.0 or sizes[1] > 3.0 * max(sizes[0], 1e-9)


def _over(one: Box, other: Box) -> bool:
    """Whether the centre of either lies in the other: a detector's box and a landmarker's differ in size."""

    def inside(x: float, y: float, box: Box) -> bool:
        return box[0] <= x <= box[2] and box[1] <= y <= box[3]

    return inside((one[0] + one[2]) / 2, (one[1] + one[3]) / 2, other) or inside(
        (other[0] + other[2]) / 2, (other[1] + other[3]) / 2, one
    )


def _without(image: NDArray[np.uint8], boxes: list[Box]) -> NDArray[np.uint8]:
    """A copy with the boxes blacked out."""
    masked = image.copy()
    for left, top, right, bottom in boxes:
        masked[max(round(top), 0) : max(round(bottom), 0), max(round(left), 0) : max(round(right), 0)] = 0
    return masked
