"""Who is who over a clip: grey squares for faces, a landmarker and a detector that see squares."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from extraction import face_people
from extraction.face_followed import follow
from extraction.face_people import MOST_PEOPLE, People, jumped, shared
from extraction.types import Frame

SIDE = 40


def picture(*squares):
    """Squares (x, y, shade) on black; the shade says who it is."""
    image = np.zeros((200, 400, 3), np.uint8)
    for x, y, shade in squares:
        image[y : y + SIDE, x : x + SIDE] = shade
    return image


def squares(image):
    """Shade -> box of every square that can be seen whole."""
    found = {}
    for shade in np.unique(image[image > 0]):
        ys, xs = np.nonzero(image[:, :, 0] == shade)
        if len(ys) > SIDE * SIDE * 0.8:
            found[int(shade)] = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
    return found


class Follower:
    """Keeps the shade it has while it is in view; else takes the brightest it finds, from the next picture on."""

    opened = 0

    def __init__(self, _):
        type(self).opened += 1
        self.shade = None

    def see(self, image, stamp):
        seen = squares(image)
        if self.shade not in seen:
            self.shade = max(seen, default=None)
        if self.shade is None:
            return None
        mouth = 0.1 * (stamp // 100 % 3)
        points = {33: (0, 0, 0), 263: (1, 0, 0), 13: (0, mouth, 0), 14: (0, 0, 0)}
        return SimpleNamespace(
            shade=self.shade, box=seen[self.shade], points=lambda *chosen: np.array([points[i] for i in chosen])
        )

    def close(self):
        pass


class Finder:
    looked = 0

    def __init__(self, _):
        pass

    def boxes(self, image):
        type(self).looked += 1
        return list(squares(image).values())

    def close(self):
        pass


@pytest.fixture(autouse=True)
def made_of_squares(monkeypatch):
    Follower.opened = Finder.looked = 0
    monkeypatch.setattr(face_people, "FaceFollower", Follower)
    monkeypatch.setattr(face_people, "FaceFinder", Finder)


def lives(*pictures, period=0.1):
    """For each picture, number -> shade."""
    people = People(None)
    return [
        {number: face.shade for number, face in people.see(Frame(i * period, image)).items()}
        for i, image in enumerate(pictures)
    ]


A, B, C = (50, 50, 200), (250, 50, 150), (150, 120, 100)


def test_one_face_costs_one_landmarker_and_a_look_a_second():
    assert lives(*[picture(A)] * 40) == [{0: 200}] * 40
    assert Follower.opened == 1
    assert Finder.looked == 4


def test_two_faces_keep_their_numbers_while_they_move():
    seen = lives(*[picture((50 + 3 * i, 50, 200), (250 - 3 * i, 120, 150)) for i in range(40)])
    assert seen == [{0: 200, 1: 150}] * 40


def test_a_face_that_comes_back_takes_its_old_number():
    seen = lives(*[picture(A, B)] * 5, *[picture(A)] * 30, *[picture(A, B)] * 15)
    assert seen[4] == {0: 200, 1: 150}
    assert seen[20] == {0: 200}
    assert seen[-1] == {0: 200, 1: 150}


def test_the_first_landmarker_never_takes_a_face_another_holds():
    seen = lives(*[picture(A, B)] * 5, *[picture(B)] * 30, *[picture(A, B)] * 15)
    assert seen[20] == {1: 150}
    assert seen[-1] == {0: 200, 1: 150}


def test_one_face_that_jumps_stays_one():
    seen = lives(*[picture(A)] * 10, *[picture((300, 140, 200))] * 25)
    assert set().union(*seen) == {0}


def test_a_third_face_is_taken_up_within_a_second():
    seen = lives(*[picture(A, B)] * 5, *[picture(A, B, C)] * 12)
    assert seen[-1] == {0: 200, 1: 150, 2: 100}


@pytest.mark.slow
def test_no_more_than_four_are_followed():
    crowd = picture(*[(50 * i, 60 * (i % 3), 60 + 20 * i) for i in range(7)])
    assert len(lives(*[crowd] * 25)[-1]) == MOST_PEOPLE


def test_boxes_that_are_one_face():
    assert shared((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert shared((0, 0, 10, 10), (20, 0, 30, 10)) == 0.0
    assert shared((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert not jumped((0, 0, 10, 10), (8, 0, 18, 10))
    assert jumped((0, 0, 10, 10), (12, 0, 22, 10))
    assert jumped((0, 0, 10, 10), (-5, -5, 15, 15))


def followed(*pictures, period=0.1):
    """Pictures a tenth of a second apart, whatever `period` was asked for."""
    frames = [Frame(i * 0.1, image) for i, image in enumerate(pictures)]
    return follow(frames, None, lambda face: np.array([face.shade], np.float32), 1, period)


def test_notes_tell_how_many_were_seen_and_whose_rows_these_are():
    both = followed(*[picture(A, B)] * 20, *[picture(A)] * 5)
    assert both.notes == (
        "Two faces were seen; the largest, because the voice does not tell them apart, was followed: "
        "it is in 25 of 25 pictures.",
    )
    np.testing.assert_array_equal(both.rows[:, 0], 200)
    assert followed(*[picture(A)] * 20).notes == ()


def test_notes_tell_when_the_face_changes_its_place_at_once():
    cut = followed(*[picture(A)] * 10, *[picture((300, 140, 200))] * 10, *[picture(A)] * 10)
    assert cut.notes == (
        "The face that was followed jumps to another place 2 times: it may not be one person throughout.",
    )
    assert np.isfinite(cut.rows).all()


def test_a_glimpse_of_a_face_does_not_count():
    assert followed(*[picture(A)] * 10, *[picture(A, B)] * 4, *[picture(A)] * 20).notes == ()


@pytest.mark.parametrize("period", [0.04, 1 / 60, 0.5])
def test_a_glimpse_is_as_long_as_it_lasts_whatever_rate_was_asked_for(period):
    seen = followed(*[picture(A)] * 10, *[picture(A, B)] * 8, *[picture(A)] * 20, period=period)
    assert seen.notes[0].startswith("Two faces were seen")
    assert followed(*[picture(A)] * 10, *[picture(A, B)] * 4, *[picture(A)] * 20, period=period).notes == ()


def test_nobody_is_nobody():
    nobody = followed(*[picture()] * 5)
    assert nobody.notes == ()
    assert np.isnan(nobody.rows).all()
