"""The FACS table and what is derived from it: units by side, distances, gaze, blinks, patterns, the face at rest."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from extraction.action_units import BLENDSHAPES
from extraction.emotion_prototypes import PROTOTYPES, prototypes
from extraction.face_geometry import GEOMETRY, frontal, geometry
from extraction.facs import COLUMNS, FACS, facs_units
from extraction.gaze import blinks, gaze
from extraction.neutral_face import less_median, less_neutral_units, note_on

ASKED = {1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20, 23, 24, 25, 26, 28, 45}
LABELS = [unit.label(side) for unit, side in COLUMNS]
REST = {one.measure: one.rest for unit in FACS for one in unit.distances}


def at_rest(frames=1):
    """Blendshapes (F, 51) and distances (F, 11) of the common face at rest."""
    distances = [REST.get(name.removesuffix(" left").removesuffix(" right"), 0.0) for name in GEOMETRY]
    return np.zeros((frames, len(BLENDSHAPES)), np.float32), np.tile(np.array(distances, np.float32), (frames, 1))


def units(**changed):
    """Column label -> value of a face at rest but for the named blendshapes and distances."""
    shapes, distances = at_rest()
    for name, value in changed.items():
        where, names = (shapes, BLENDSHAPES) if name in BLENDSHAPES else (distances, GEOMETRY)
        where[0, names.index(name if name in names else name.replace("_", " "))] = value
    return dict(zip(LABELS, facs_units(shapes, distances)[0].tolist(), strict=True))


def test_the_table_is_in_order_complete_and_names_what_there_is():
    numbers = [unit.number for unit in FACS]
    assert numbers == sorted(set(numbers))
    assert set(numbers) >= ASKED
    assert len(set(LABELS)) == len(LABELS) == 36
    assert all(unit.blendshapes or unit.distances for unit in FACS)
    assert {unit.number for unit in FACS if unit.weak} == {9, 14, 15, 20, 22, 23}
    assert all(0.0 <= unit.neutral <= 0.5 for unit in FACS)


def test_channels_that_do_not_answer_are_not_read():
    used = {name for unit in FACS for name in unit.blendshapes}
    assert not used & {"cheekSquint", "noseSneer", "eyeWide", "cheekPuff"}


def test_a_face_at_rest_moves_nothing():
    assert all(value == pytest.approx(0.0, abs=1e-6) for value in units().values())


def test_sides_are_kept_apart():
    moved = units(mouthSmileLeft=0.8, mouthSmileRight=0.2)
    assert moved["AU12 left lip corner puller"] == pytest.approx(0.8)
    assert moved["AU12 right lip corner puller"] == pytest.approx(0.2)
    wide = units(eye_aperture_left=0.39)
    assert wide["AU5 left upper lid raiser"] == pytest.approx(0.5)
    assert wide["AU5 right upper lid raiser"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("distance", "value", "label"),
    [
        ("cheek_right", 0.251, "AU6 right cheek raiser"),
        ("nose_wing_left", 0.317, "AU9 left nose wrinkler"),
        ("lip_thickness", 0.145, "AU23 lip tightener"),
        ("lip_gap", 0.25, "AU25 lips part"),
    ],
)
def test_distances_stand_in_for_blendshapes(distance, value, label):
    moved = {name for name, got in units(**{distance: value}).items() if abs(got) > 1e-3}
    assert moved == {label}
    assert units(**{distance: value})[label] == pytest.approx(1.0, abs=1e-3)


def test_missing_stays_missing():
    shapes, distances = at_rest(2)
    shapes[1], distances[1] = np.nan, np.nan
    derived = facs_units(shapes, distances)
    assert np.isfinite(derived[0]).all()
    assert np.isnan(derived[1]).all()
    assert np.isnan(prototypes(derived)[1]).all()
    assert facs_units(*at_rest(0)).shape == (0, len(COLUMNS))


def turn(pitch, yaw):
    c, s = np.cos(np.radians([pitch, yaw])), np.sin(np.radians([pitch, yaw]))
    up = np.array([[1, 0, 0], [0, c[0], s[0]], [0, -s[0], c[0]]])
    side = np.array([[c[1], 0, s[1]], [0, 1, 0], [-s[1], 0, c[1]]])
    return side @ up


@pytest.mark.parametrize(("pitch", "yaw"), [(0, 0), (20, 0), (-15, 40), (5, -60)])
@pytest.mark.parametrize("scale", [50.0, 300.0])
def test_distances_depend_neither_on_the_heads_pose_nor_on_its_size(pitch, yaw, scale):
    canonical = np.random.default_rng(0).standard_normal((478, 3))
    rotation = turn(pitch, yaw)
    pixels = (canonical @ rotation.T) * scale * (1, -1, -1) + (320, 180, 0)
    turned = SimpleNamespace(points=lambda: pixels, rotation=rotation * 1.3)
    straight = SimpleNamespace(points=lambda: canonical * (1, -1, -1), rotation=np.eye(3))
    np.testing.assert_allclose(geometry(turned), geometry(straight), atol=1e-9)
    eyes = frontal(pixels, rotation)[[33, 263]]
    assert np.linalg.norm(eyes[0] - eyes[1]) == pytest.approx(1.0)


def test_gaze_is_where_the_iris_lies_and_nowhere_when_the_eyes_are_shut():
    iris = np.array([[0.0, 0.021], [0.05, 0.021], [0.0, 0.031], [0.0, 0.0]], np.float32)
    looked = gaze(iris, np.array([0.1, 0.1, 0.1, 0.9], np.float32))
    np.testing.assert_allclose(looked[:3], [[0, 0], [0, 24], [10, 0]], atol=1e-3)  # pitch up, yaw right
    assert np.isnan(looked[3]).all()


def closing(seconds, period, *shut):
    times = np.arange(round(seconds / period)) * period
    values = np.full(len(times), 0.1, np.float32)
    for start, stop in shut:
        values[(times >= start - 1e-9) & (times < stop - 1e-9)] = 0.8
    return times, values


@pytest.mark.parametrize("period", [0.1, 0.04])
def test_blinks_come_and_go_and_are_counted_a_minute(period):
    times, values = closing(30.0, period, *[(t, t + 0.2) for t in range(1, 30, 3)], (10.0, 11.5))
    flag, rate = blinks(times, values, period).T
    runs = np.diff(np.concatenate([[0], flag, [0]])) > 0
    assert runs.sum() == 9  # of ten, one runs into eyes that stay shut, which is no blink
    assert rate[len(rate) // 2] == pytest.approx(20, abs=3)


def test_eyes_that_look_down_or_are_not_there_do_not_blink():
    times, values = closing(12.0, 0.1, (4.0, 9.0))
    assert blinks(times, values, 0.1)[:, 0].sum() == 0
    values[50:] = np.nan
    flag, rate = blinks(times, values, 0.1).T
    assert np.isnan(flag[50:]).all()
    assert np.isnan(rate[50:]).all()


def test_a_rate_needs_five_seconds():
    assert np.isnan(blinks(*closing(4.0, 0.1, (1.0, 1.2)), 0.1)[:, 1]).all()
    assert np.isfinite(blinks(*closing(6.0, 0.1, (1.0, 1.2)), 0.1)[:, 1]).all()


SPACED = {
    "slower": np.arange(0, 60, 0.08),
    "faster": np.arange(0, 60, 1 / 30),
    "uneven": np.cumsum(np.random.default_rng(0).choice([1 / 30, 1 / 15, 1 / 8], 800)),
}


@pytest.mark.parametrize("asked", [10, 25, 60])
@pytest.mark.parametrize("camera", SPACED)
def test_blinks_a_minute_do_not_depend_on_the_rate_asked_for(camera, asked):
    times = SPACED[camera]
    values = np.where((times % 3.0 >= 1.0) & (times % 3.0 < 1.2), 0.8, 0.1).astype(np.float32)  # 20 a minute
    rate = blinks(times, values, 1 / asked)[:, 1]
    assert np.isfinite(rate).all()
    assert np.median(rate) == pytest.approx(20, abs=2)


def test_eyes_shut_for_longer_than_a_blink_do_not_blink_on_a_slow_camera():
    times = np.arange(0, 30, 0.1)
    values = np.where((times >= 10.0 - 1e-9) & (times < 10.55), 0.8, 0.1).astype(np.float32)  # six pictures, 0.6 s
    assert blinks(times, values, 1 / 60)[:, 0].sum() == 0


def shown(**strength):
    """A row in which the units of those numbers (au12=..., au12_left=...) have that strength."""
    row = np.zeros((1, len(COLUMNS)), np.float32)
    for name, value in strength.items():
        number, _, side = name.removeprefix("au").partition("_")
        for i, (unit, where) in enumerate(COLUMNS):
            if unit.number == int(number) and side in {"", where}:
                row[0, i] = value
    return dict(zip([one.emotion for one in PROTOTYPES], prototypes(row)[0].tolist(), strict=True))


@pytest.mark.parametrize("one", PROTOTYPES[:-1], ids=lambda one: one.emotion)
def test_a_pattern_answers_when_all_its_units_are_there_and_not_when_one_is_missing(one):
    numbers = [place[0] for place in one.units]
    assert shown(**{f"au{number}": 0.6 for number in numbers})[one.emotion] == pytest.approx(0.6, abs=1e-5)
    for missing in numbers:
        present = {f"au{number}": 1.0 for number in numbers if number != missing}
        assert shown(**present)[one.emotion] == 0.0


def test_contempt_is_one_sided_and_disgust_takes_either_lip():
    assert shown(au12_left=0.8, au14_left=0.8)["contempt"] == pytest.approx(0.8, abs=1e-5)
    assert shown(au12=0.8, au14=0.8)["contempt"] == pytest.approx(0.0, abs=1e-6)
    assert shown(au9=0.5, au15=0.5, au10=0.5)["disgust"] == pytest.approx(0.5, abs=1e-5)


def test_weak_patterns_are_marked():
    weak = {one.emotion for one in PROTOTYPES if one.label.endswith("~")}
    assert weak == {"sadness", "fear", "anger", "disgust", "contempt"}


def test_the_face_at_rest_is_taken_away_and_blinks_do_not_count_for_it():
    rng = np.random.default_rng(0)
    speaker_rest = rng.uniform(0.1, 0.4, len(COLUMNS)).astype(np.float32)
    rows = np.tile(speaker_rest, (100, 1)) + rng.normal(0, 0.01, (100, len(COLUMNS))).astype(np.float32)
    lids = [i for i, (unit, _) in enumerate(COLUMNS) if unit.number == 5]
    smile = LABELS.index("AU12 left lip corner puller")
    blinking = np.arange(100) < 55
    rows[np.ix_(blinking, lids)] -= 3.0
    rows[80:, smile] += 0.5
    rest = less_neutral_units(rows, blinking)
    np.testing.assert_allclose(np.median(rest[60:80], axis=0), 0.0, atol=0.04)
    assert np.median(rest[80:, smile]) == pytest.approx(0.5, abs=0.04)
    assert rest[0, lids[0]] == -1.0


def test_pose_less_its_median_keeps_its_gaps():
    angles = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan], [8.0, np.nan]], np.float32)
    np.testing.assert_allclose(less_median(angles)[:, 0], [-2, 0, np.nan, 5])
    assert np.isnan(less_median(angles)[:, 1]).all()


def test_a_short_view_of_the_face_is_said():
    assert note_on(8.0) is None
    assert note_on(0.0) is None
    assert note_on(1.9).startswith("The face is in view for 1.9 s: its neutral is estimated from less than 5 s")
