"""What the page's player is given."""

import io

import av
import pytest
from media_files import write

from ui.player import playable


def codecs(data):
    with av.open(io.BytesIO(data)) as container:
        return {stream.type: stream.codec_context.name for stream in container.streams}


def test_a_clip_the_browser_plays_is_left_as_it_is(tmp_path):
    path = write(tmp_path / "clip.mp4", codec="libx264", seconds=0.5)
    player = playable(path, tmp_path)
    assert (player.kind, player.mime) == ("video", "video/mp4")
    assert player.data == path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "video"), [("clip.avi", "mpeg4"), ("clip.mkv", "libx264"), ("played.mp4", "mpeg4")])
def test_a_clip_it_does_not_play_is_transcoded(tmp_path, name, video):
    clip = write(tmp_path / name, codec=video, audio="mp3", seconds=0.5)
    before = clip.read_bytes()
    player = playable(clip, tmp_path)
    assert clip.read_bytes() == before  # whatever it is called
    assert (player.kind, player.mime) == ("video", "video/mp4")
    assert codecs(player.data) == {"video": "h264", "audio": "aac"}


@pytest.mark.slow
def test_a_large_picture_is_made_small(tmp_path):
    player = playable(write(tmp_path / "clip.avi", audio="mp3", size=(1920, 1080), seconds=0.2), tmp_path)
    with av.open(io.BytesIO(player.data)) as container:
        assert max(container.streams.video[0].width, container.streams.video[0].height) == 720


def test_sound_alone_is_audio(tmp_path):
    player = playable(write(tmp_path / "clip.wav", video=False, audio="pcm_s16le"), tmp_path)
    assert (player.kind, player.mime) == ("audio", "audio/wav")


def test_something_else_is_nothing(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not media")
    assert playable(path, tmp_path) is None
