"""What the page's player is given."""

import io

import av
import numpy as np
import pytest

from ui.player import playable


def write(path, video=None, audio=None, frames=12, size=(64, 48)):
    """A clip of half a second with the given codecs, None for a track that is not there."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream(video, rate=24) if video else None
        sound = container.add_stream(audio, rate=16_000) if audio else None
        if picture:
            picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
            for i in range(frames):
                image = np.full((size[1], size[0], 3), 10 * i, np.uint8)
                container.mux(picture.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(picture.encode(None))
        if sound:
            samples = (np.sin(np.arange(8000) / 20) * 8000).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.rate = 16_000
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def codecs(data):
    with av.open(io.BytesIO(data)) as container:
        return {stream.type: stream.codec_context.name for stream in container.streams}


def test_a_clip_the_browser_plays_is_left_as_it_is(tmp_path):
    path = write(tmp_path / "clip.mp4", "libx264", "aac")
    player = playable(path)
    assert (player.kind, player.mime) == ("video", "video/mp4")
    assert player.data == path.read_bytes()


@pytest.mark.parametrize(("name", "video"), [("clip.avi", "mpeg4"), ("clip.mkv", "libx264"), ("clip.mp4", "mpeg4")])
def test_a_clip_it_does_not_play_is_transcoded(tmp_path, name, video):
    player = playable(write(tmp_path / name, video, "mp3"))
    assert (player.kind, player.mime) == ("video", "video/mp4")
    assert codecs(player.data) == {"video": "h264", "audio": "aac"}


def test_a_large_picture_is_made_small(tmp_path):
    player = playable(write(tmp_path / "clip.avi", "mpeg4", size=(1920, 1080)))
    with av.open(io.BytesIO(player.data)) as container:
        assert max(container.streams.video[0].width, container.streams.video[0].height) == 720


def test_sound_alone_is_audio(tmp_path):
    player = playable(write(tmp_path / "clip.wav", audio="pcm_s16le"))
    assert (player.kind, player.mime) == ("audio", "audio/wav")


def test_something_else_is_nothing(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not media")
    assert playable(path) is None
