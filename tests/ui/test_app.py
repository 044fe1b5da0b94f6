"""The app without a browser, by Streamlit's AppTest: real models on the sample, and every kind of bad upload."""

from pathlib import Path

import pytest
from app_runs import markup, settled, shown, told, words
from media_files import write
from odd_files import bad_files
from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.chdir(APP.parents[1])
    return AppTest.from_file(str(APP), default_timeout=180)


def test_the_sample_is_read_on_opening(app):
    settled(app)
    assert not app.exception
    assert not app.error
    assert len(words(app)) == 17
    assert "On speakers it never met" in markup(app)
    assert app.get("download_button")[0].proto.label == "Download .html"


def test_each_shipped_variant_reads_the_sample(app):
    settled(app)
    seen = set()
    for variant in ("T", "T->A", "T->V", "concat(T,V,A)"):
        app.selectbox(key="variant").set_value(variant)
        settled(app)
        assert not app.exception
        assert not app.error
        reading = shown(app)["reading"]
        assert reading["variant"] == variant
        seen.add(reading["sentiment"])
    assert len(seen) == 4


def test_a_real_clip_of_another_kind(app, data_root):
    clip = data_root / "clips" / "LipNet_lrwp9a.mpg"
    settled(app)
    app.file_uploader[0].set_value(("grid.avi", clip.read_bytes(), "video/mpeg"))
    settled(app)
    assert not app.exception
    assert not app.error
    assert {"red", "again."} <= {word.lower() for word in words(app)}


def test_every_bad_file_is_one_sentence_and_the_page_lives_on(app, tmp_path):
    settled(app)
    for name, (content, sentence) in bad_files(tmp_path).items():
        app.file_uploader[0].set_value((name, content, "video/mp4"))
        settled(app)
        assert not app.exception, name
        (error,) = told(app.error)
        assert sentence in error, name
        assert shown(app) is None
    app.file_uploader[0].set_value([])
    settled(app)
    assert len(words(app)) == 17  # back to the sample


def test_pictures_without_sound_are_read_with_a_transcript(app, tmp_path):
    settled(app)
    mute = write(tmp_path / "mute.mp4", audio=None, seconds=0.5).read_bytes()
    app.file_uploader[0].set_value(("mute.mp4", mute, "video/mp4"))
    settled(app)
    app.text_area(key="transcript").set_value("what a wonderful film")
    settled(app)
    assert not app.error
    assert len(words(app)) == 4
    assert any("no sound, so its words have no times" in warning for warning in told(app.warning))


def test_a_transcript_file_is_read_with_its_times_and_a_bad_one_is_a_sentence(app, tmp_path, sample_clip):
    settled(app)
    app.file_uploader[0].set_value(("mine.mp4", sample_clip.read_bytes(), "video/mp4"))
    settled(app)
    cue = b"1\n00:00:01,000 --> 00:00:02,500\nwhat a wonderful film\n"
    app.file_uploader(key="transcript_files").set_value(("said.srt", cue, "text/plain"))
    settled(app)
    assert not app.error
    assert len(words(app)) == 4
    assert app.text_area(key="transcript").disabled
    app.file_uploader(key="transcript_files").set_value(("../said.srt", b"hello", "text/plain"))
    settled(app)
    (error,) = told(app.error)
    assert error.startswith("said.srt, line 1: this is no cue, which begins with times such as 00:00:01,000")
    app.file_uploader(key="transcript_files").set_value([])
    settled(app)
    assert not app.error


def test_a_clip_without_a_face_is_read_and_said(app, tmp_path, sample_clip):
    import av

    sound = tmp_path / "voice.wav"
    with av.open(str(sample_clip)) as source, av.open(str(sound), "w") as target:
        track = target.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for frame in source.decode(audio=0):
            target.mux(track.encode(frame))
        target.mux(track.encode(None))
    settled(app)
    app.file_uploader[0].set_value(("voice.wav", sound.read_bytes(), "audio/wav"))
    settled(app)
    app.selectbox(key="variant").set_value("concat(T,V,A)")
    settled(app)
    assert not app.error
    assert any("has no pictures" in warning for warning in told(app.warning))
    assert "No face was seen: concat(T,V,A) read text and audio only." in markup(app)
    app.file_uploader[0].set_value(("again.wav", sound.read_bytes(), "audio/wav"))
    app.run()
    assert not any(button.label == "Cancel" for button in app.button)  # what was read has another name
    (warning,) = told(app.warning)
    assert warning.startswith("again.wav has no pictures")
    assert shown(app)["clip"]["name"] == "again"
