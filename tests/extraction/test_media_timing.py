"""Pictures at their own time: uneven cameras, interlaced video, and any rate that is asked for."""

from fractions import Fraction

import av
import numpy as np
import pytest
from media_files import encode, write

from extraction.errors import InputError
from extraction.media import Reader

UNEVEN = np.cumsum([0, 30, 40, 250, 20, 35, 500, 33, 33, 120, 60, 41, 41, 300, 40])  # ms


def read(path, **options):
    with Reader(path, **options) as reader:
        return list(reader.frames())


def write_uneven(path):
    """One shade of grey a picture, at the times of UNEVEN."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for i, ms in enumerate(UNEVEN):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 30 + 14 * i, np.uint8), format="rgb24")
            frame.pts, frame.time_base = int(ms), Fraction(1, 1000)
            encode(container, stream, frame)
        encode(container, stream)
    return path


@pytest.mark.parametrize("name", ["uneven.mkv", "uneven.mp4"])
@pytest.mark.parametrize("rate", [10.0, 25.0])
def test_an_uneven_camera_gives_its_pictures_at_their_own_times(tmp_path, name, rate):
    frames = read(write_uneven(tmp_path / name), frames_per_second=rate)
    shown = [round((int(frame.image[32, 32, 1]) - 30) / 14) for frame in frames]
    np.testing.assert_allclose([frame.time for frame in frames], UNEVEN[shown] / 1000, atol=0.002)
    ticks = np.floor(np.array([frame.time for frame in frames]) * rate + 0.05)
    assert (np.diff(ticks) >= 1).all()  # never two of one tick
    reachable = {int(np.argmax(tick / rate - 0.005 <= UNEVEN / 1000)) for tick in range(int(UNEVEN[-1] / 1000 * rate))}
    assert reachable <= set(shown)  # and the first at or after every tick


def bar(i, order):
    """A bar that has moved three pixels from one field to the next; `order` says which lines come first."""
    image = np.full((96, 160, 3), 30, np.uint8)
    for lines in (0, 1):
        moment = 2 * i + (lines if order == "tff" else 1 - lines)
        image[lines::2, 3 * moment : 3 * moment + 8] = 230
    return image


def write_interlaced(path, order, pixel=Fraction(1)):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", rate=25, options={"flags": "+ildct+ilme"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = pixel
        graph = av.filter.Graph()
        source = graph.add_buffer(width=160, height=96, format="yuv420p", time_base=Fraction(1, 25))
        flag, sink = graph.add("setfield", order), graph.add("buffersink")
        source.link_to(flag)
        flag.link_to(sink)
        graph.configure()
        for i in range(20):
            frame = av.VideoFrame.from_ndarray(bar(i, order), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            graph.push(frame)
            flagged = graph.pull()
            flagged.pts = i
            encode(container, stream, flagged)
        encode(container, stream)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("name", ["fields.mpg", "fields.ts"])
def test_of_interlaced_video_the_field_shown_first_is_kept(tmp_path, order, name):
    frames = read(write_interlaced(tmp_path / name, order), frames_per_second=25.0)
    assert len(frames) == 20
    for i, frame in enumerate(frames):
        assert frame.image.shape == (96, 160, 3)
        lines = frame.image[20:76, :, 1].astype(int)
        middles = (lines > 120) @ np.arange(160) / np.maximum((lines > 120).sum(axis=1), 1)
        np.testing.assert_allclose(middles, 6 * i + 3.5, atol=1.0)  # where the bar was at the picture's own time
        assert frame.time == pytest.approx(i / 25, abs=0.002)


def test_interlaced_video_keeps_the_shape_of_its_pixels(tmp_path):
    (frame, *_) = read(write_interlaced(tmp_path / "wide.mpg", "tff", Fraction(16, 15)))
    assert frame.image.shape[:2] == (96, 171)


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "expected"), [(5.0, 10), (10.0, 20), (25.0, 50), (50.0, 50)])
def test_the_rate_of_pictures_is_the_callers(tmp_path, rate, expected):
    with Reader(write(tmp_path / "clip.mp4"), frames_per_second=rate) as reader:
        assert len(list(reader.frames())) == expected
        assert reader.period == pytest.approx(1 / rate)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), 1000.0])
def test_an_impossible_rate_is_refused(tmp_path, rate):
    with pytest.raises(InputError, match="pictures a second cannot be read: ask for more than 0 and at most 240"):
        Reader(write(tmp_path / "clip.mp4", seconds=0.2), frames_per_second=rate)
