"""Clips that are odd but good, through the page: turned, uneven, two faces, a wrong transcript, names of every kind."""

from pathlib import Path

import av
import numpy as np
import pytest
from app_runs import markup, settled, shown, told, words
from odd_files import another, on_its_side, remade
from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture
def app(monkeypatch):
    monkeypatch.chdir(APP.parents[1])
    return AppTest.from_file(str(APP), default_timeout=180)


def read(app, name, path, transcript=None):
    settled(app)
    app.file_uploader[0].set_value((name, path.read_bytes(), "video/mp4"))
    app.run()
    if transcript:
        app.text_area(key="transcript").set_value(transcript)
    settled(app)
    assert not app.exception
    assert not app.error
    return told(app.warning)


def faces_seen(app):
    """Words with a face vector, of the clip that is looked at."""
    from ui import session

    reading = session.shelf().find(app.session_state["chosen"], "test session id")
    return int(reading.analysis.aligned.streams["V"].observed.sum())


def test_a_clip_that_lies_on_its_side_with_a_rotation_flag_is_upright(app, tmp_path, sample_clip):
    clip = remade(sample_clip, tmp_path / "turned.mp4", on_its_side, rotation=-90)
    assert read(app, "turned.mp4", clip) == []
    assert faces_seen(app) == 17


def test_uneven_pictures_keep_their_times(app, tmp_path, sample_clip):
    clip = remade(sample_clip, tmp_path / "uneven.mp4", lambda image: image, keep=lambda i: i % 7 < 3)
    assert read(app, "uneven.mp4", clip) == []
    assert faces_seen(app) == 17
    assert len(words(app)) == 17


def test_of_two_faces_the_speaker_is_followed_and_said(app, tmp_path, sample_clip):
    with av.open(str(sample_clip)) as container:
        still = next(container.decode(video=0)).to_ndarray(format="rgb24")
    clip = remade(sample_clip, tmp_path / "two.mp4", lambda image: np.hstack([still, image]))
    (warning,) = read(app, "two.mp4", clip)
    assert warning.startswith("Two faces were seen; the one whose mouth moves with the voice was followed")


def test_pictures_without_a_face_are_said(app, tmp_path, sample_clip):
    clip = remade(sample_clip, tmp_path / "wall.mp4", lambda image: np.full_like(image, 128))
    assert any("No face was seen" in warning for warning in read(app, "wall.mp4", clip))
    assert len(words(app)) == 17
    assert faces_seen(app) == 0


def test_a_wrong_transcript_is_said(app, sample_clip):
    wrong = "please remember to buy oranges and sixteen pounds of sugar before the shop closes tonight"
    assert any("transcript" in warning for warning in read(app, "mine.mp4", sample_clip, wrong))


def test_a_clip_in_another_language_shows_its_words_and_no_score(app, sample_clip):
    said = "saya tidak suka film ini karena terlalu panjang dan membosankan"
    settled(app)
    app.file_uploader[0].set_value(("mine.mp4", sample_clip.read_bytes(), "video/mp4"))
    app.run()
    app.text_area(key="transcript").set_value(said)
    settled(app)
    assert not app.exception
    assert any("seems to be in another language than English" in warning for warning in told(app.warning))
    assert [error.split(";")[0] for error in told(app.error)] == [
        "This clip is in another language than English: T reads English text only, so it gives no score"
    ]
    assert f">{said}</p>" in markup(app)
    assert shown(app) is None
    (player,) = app.get("video")
    assert player.proto.alt == "The clip mine"


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x.mp4", "<img src=x onerror=alert(1)>.mp4", "\u202egpj.\u05e7\u05d5\u05dc.mp4"]
)
def test_a_name_of_any_kind_is_only_a_name(app, tmp_path, sample_clip, name):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(another(sample_clip.read_bytes(), name))
    read(app, name, clip)
    assert len(words(app)) == 17
    assert "<img src=x" not in markup(app)
