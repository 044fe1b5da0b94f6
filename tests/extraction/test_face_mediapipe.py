"""MediaPipe's face: pose by constructed rotations, expression and failures by a real picture."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from extraction.errors import S2SError
from extraction.face_facs import FacsFace
from extraction.face_landmarker import FaceFollower, FaceModel, head_pose
from extraction.face_measures import SHAPES_AND_POSE, measures
from extraction.face_mediapipe import MediaPipeFace
from extraction.media import Reader
from extraction.native_stderr import without_lines
from extraction.types import Frame


def turn(axis, degrees):
    """A rotation (3, 3) about x, y or z, right-handed."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    a, b = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    rotation = np.eye(3)
    rotation[[a, a, b, b], [a, b, a, b]] = c, -s, s, c
    return rotation


@pytest.mark.parametrize("pitch", [-40.0, 0.0, 25.0])
@pytest.mark.parametrize("yaw", [-60.0, 0.0, 80.0])
@pytest.mark.parametrize("roll", [-100.0, 0.0, 30.0])
def test_head_pose_is_read_off_the_rotation(pitch, yaw, roll):
    rotation = turn("y", yaw) @ turn("x", -pitch) @ turn("z", roll)
    np.testing.assert_allclose(head_pose(rotation), (pitch, yaw, roll), atol=1e-9)
    np.testing.assert_allclose(head_pose(rotation * 1.7), (pitch, yaw, roll), atol=1e-9)


def test_signs_of_the_head_pose():
    up, right, counter_clockwise = turn("x", -10), turn("y", 10), turn("z", 10)
    assert (up @ [0, 0, 1])[1] > 0  # the nose, which points to the viewer, rises
    assert (right @ [0, 0, 1])[0] > 0  # the nose moves to the right of the picture
    assert (counter_clockwise @ [0, 1, 0])[0] < 0  # the crown moves to the left of the picture
    np.testing.assert_allclose(head_pose(up), (10, 0, 0), atol=1e-9)
    np.testing.assert_allclose(head_pose(right), (0, 10, 0), atol=1e-9)
    np.testing.assert_allclose(head_pose(counter_clockwise), (0, 0, 10), atol=1e-9)


@pytest.fixture(scope="module")
def face():
    return MediaPipeFace()


@pytest.fixture(scope="module")
def portrait():
    import skimage.data

    return skimage.data.astronaut()


def measure(face, image):
    """Column name -> value of the only picture."""
    track = face.describe([Frame(0.0, image)], 0.1)
    assert track.observed.all()
    return dict(zip(track.spec.names, track.values[0].tolist(), strict=True))


@pytest.mark.models
def test_columns(face):
    assert face.spec.dim == 51 + 3 + 21
    assert "_neutral" not in face.spec.names
    assert face.spec.names[51:54] == ("pitch [deg]", "yaw [deg]", "roll [deg]")
    assert "face_landmarker-64184e22" in face.spec.version


@pytest.mark.models
def test_the_smile_of_the_portrait_is_its_strongest_action_unit(face, portrait):
    units = {name: value for name, value in measure(face, portrait).items() if name.startswith("AU")}
    assert max(units, key=units.get) == "AU12 lip corner puller"
    assert units["AU12 lip corner puller"] > 0.6
    assert units["AU15 lip corner depressor"] < 0.1


@pytest.mark.models
def test_roll_follows_the_picture_and_changes_sign_in_the_mirror(face, portrait):
    from skimage.transform import rotate

    level = measure(face, portrait)["roll [deg]"]
    turned = measure(face, (rotate(portrait, 15) * 255).astype(np.uint8))["roll [deg]"]  # counter-clockwise
    assert turned - level == pytest.approx(15, abs=3)
    assert measure(face, np.ascontiguousarray(portrait[:, ::-1]))["roll [deg]"] == pytest.approx(-level, abs=2)


@pytest.mark.models
def test_a_face_that_goes_and_comes_back(face, portrait):
    shown = [portrait, portrait * 0, portrait * 0, portrait]
    track = face.describe([Frame(i / 10, image) for i, image in enumerate(shown)], 0.1)
    assert track.observed.tolist() == [True, False, False, True]
    assert np.isfinite(track.values[track.observed]).all()


@pytest.mark.models
def test_the_set_facs_lies_beside_as_it_is_measured_alone(face, portrait):
    frames = [Frame(i / 10, portrait) for i in range(3)]
    beside, alone = face.describe(frames, 0.1).beside, FacsFace().describe(frames, 0.1)
    assert beside.spec == alone.spec
    np.testing.assert_array_equal(beside.values, alone.values)
    np.testing.assert_array_equal(beside.times, alone.times)


@pytest.mark.models
@pytest.mark.data
def test_looking_for_others_changes_nothing_where_there_is_one_face(face, data_root):
    with Reader(data_root / "clips" / "Real3DPortrait_May_5s.mp4") as reader:
        frames = list(reader.frames())
    alone = FaceFollower(FaceModel())
    rows = [measures(alone.see(frame.image, round(frame.time * 1000)))[SHAPES_AND_POSE] for frame in frames]
    alone.close()
    track = face.describe(frames, 0.1)
    np.testing.assert_array_equal(track.values[:, :54], rows)
    assert track.notes == ()


@pytest.mark.models
@pytest.mark.data
@pytest.mark.parametrize("name", ["SadTalker_WDA_AlexandriaOcasioCortez_000.mp4", "SadTalker_WDA_KatieHill_000.mp4"])
def test_a_talker_beside_a_portrait_is_followed(face, portrait, data_root, name):
    with Reader(data_root / "clips" / name, longer_side=400) as reader:
        frames = list(reader.frames())
        sound = reader.waveform
    still = portrait[:300, 80:380]  # the face fills it, as the talker's does
    for arrange in (lambda image: side_by_side(still, image), lambda image: side_by_side(image, still)):
        both = [Frame(frame.time, arrange(frame.image)) for frame in frames]
        track = face.describe(both, 0.1, sound=lambda: sound)
        alone = face.describe(frames, 0.1)
        assert track.notes[0].startswith("Two faces were seen; the one whose mouth moves with the voice was followed")
        pitch = track.spec.names.index("pitch [deg]")
        assert np.corrcoef(track.values[5:, pitch], alone.values[5:, pitch])[0, 1] > 0.9


def side_by_side(left, right):
    image = np.zeros((max(left.shape[0], right.shape[0]), left.shape[1] + right.shape[1], 3), np.uint8)
    image[: left.shape[0], : left.shape[1]] = left
    image[: right.shape[0], left.shape[1] :] = right
    return image


@pytest.mark.models
def test_progress_counts_frames_against_what_is_expected(face, portrait):
    told = []
    face.describe([Frame(i / 10, portrait) for i in range(4)], 0.1, lambda *report: told.append(report))
    assert told[:2] == [(0.25, "1 frames, 1 with a face"), (0.5, "2 frames, 2 with a face")]
    assert told[-1] == (1.0, "4 frames, 4 with a face")


@pytest.mark.models
def test_the_camera_is_let_go_when_it_fails(face, portrait):
    def broken():
        yield Frame(0.0, portrait)
        raise OSError("the camera was unplugged")

    with pytest.raises(OSError, match="unplugged"):
        face.describe(broken(), 0.1)


@pytest.mark.models
@pytest.mark.parametrize(
    ("library", "package"), [("libEGL.so.1", "libegl1"), ("libGLESv2.so.2", "libgles2")], ids=["egl", "gles"]
)
def test_a_missing_system_library_is_named(face, portrait, monkeypatch, library, package):
    from mediapipe.tasks.python import vision

    def fail(_):
        raise OSError(f"{library}: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(vision.FaceLandmarker, "create_from_options", fail)
    with pytest.raises(S2SError, match=f"not installed: run `apt install {package}`"):
        face.describe([Frame(0.0, portrait)], 0.1)


@pytest.mark.models
def test_a_missing_mediapipe_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(S2SError, match=r"MediaPipe could not be loaded .*install mediapipe"):
        MediaPipeFace()


def test_chatter_is_held_back_and_the_rest_of_stderr_passes(capfd):
    with without_lines(rb"^chatter"):
        os.write(2, b"chatter of a library\n")
        os.write(2, b"what the user should see\n")
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "what the user should see\nlater\n"


def test_stderr_comes_back_after_an_error(capfd):
    def fail():
        with without_lines(rb"^chatter"):
            os.write(2, b"seen\n")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "seen\nlater\n"
