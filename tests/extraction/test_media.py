"""Media written here with PyAV, read back: clocks, pictures, sound, and every way a file can be bad."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from media_files import CLICK, add_video, encode, picture, tone, write

from extraction.errors import DamagedMedia, InputError, NotMedia, TooLong
from extraction.media import Reader, probe
from extraction.types import SAMPLE_RATE


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write(tmp_path_factory.mktemp("media") / "clip.mp4")


def onset(waveform):
    """Seconds at which the tone begins."""
    return np.argmax(np.abs(waveform.samples) > 0.1) / waveform.rate


def read(path, **options):
    with Reader(path, **options) as reader:
        return list(reader.frames()), reader


@pytest.mark.slow
def test_probe_says_what_is_inside_without_decoding(clip):
    info = probe(clip)
    assert (info.path, info.has_audio, info.has_video) == (clip, True, True)
    assert info.duration == pytest.approx(2.0, abs=0.1)


def test_pictures_lie_on_a_grid_of_time_and_sound_on_the_same_clock(clip):
    frames, reader = read(clip)
    times = np.array([f.time for f in frames])
    assert len(frames) == 20
    assert np.all(times >= np.arange(20) * 0.1 - 0.005)
    assert np.all(times < np.arange(20) * 0.1 + 0.04 + 0.005)
    assert frames[0].image.shape == (96, 160, 3)
    assert frames[0].image.dtype == np.uint8
    assert reader.waveform.rate == SAMPLE_RATE
    assert reader.waveform.samples.dtype == np.float32
    assert onset(reader.waveform) == pytest.approx(CLICK, abs=0.01)
    assert reader.duration == pytest.approx(2.0, abs=0.1)
    assert reader.warnings == ()


def test_pictures_show_what_was_recorded_at_their_time(clip):
    for frame in read(clip)[0]:
        assert int(frame.image[-1, -1, 1]) == pytest.approx(40 + 2 * round(frame.time * 25), abs=6)


def test_a_slow_camera_gives_each_of_its_pictures_once(tmp_path):
    frames, _ = read(write(tmp_path / "slow.mp4", fps=4))
    assert [f.time for f in frames] == pytest.approx([i * 0.25 for i in range(8)])


@pytest.mark.slow
@pytest.mark.parametrize("late", [0.0, 0.4])
def test_sound_that_starts_late_is_padded(tmp_path, late):
    _, reader = read(write(tmp_path / "late.mkv", late=late, audio="flac"))
    assert onset(reader.waveform) == pytest.approx(CLICK + late, abs=0.01)


def test_the_full_scale_of_stereo_survives_as_mono(clip):
    _, reader = read(clip)
    assert np.abs(reader.waveform.samples).max() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("a.wav", "pcm_s16le", 8_000, "mono"),
        ("a.flac", "flac", 48_000, "stereo"),
        ("a.mp3", "libmp3lame", 44_100, "stereo"),
        ("a.m4a", "aac", 44_100, "mono"),
        ("a.ogg", "libopus", 48_000, "mono"),
    ],
)
def test_sound_files_have_no_pictures(tmp_path, name, codec, rate, layout):
    path = tmp_path / name
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        stream.codec_context.open()
        form, size = stream.codec_context.format.name, stream.codec_context.frame_size or 1024
        resample = av.AudioResampler(format=form, layout=layout, rate=rate, frame_size=size)
        samples = np.stack([tone(2.0, rate)] * (2 if layout == "stereo" else 1))
        source = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        source.sample_rate, source.time_base, source.pts = rate, Fraction(1, rate), 0
        for frame in [*resample.resample(source), *resample.resample(None)]:
            encode(container, stream, frame)
        encode(container, stream)
    frames, reader = read(path)
    assert frames == []
    assert (reader.info.has_audio, reader.info.has_video) == (True, False)
    assert reader.duration == pytest.approx(2.0, abs=0.1)
    assert onset(reader.waveform) == pytest.approx(CLICK, abs=0.02)
    assert reader.warnings == ()


def test_a_cover_is_no_video(tmp_path):
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("libmp3lame", rate=44_100, layout="mono")
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 160, 96, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        encode(container, cover, av.VideoFrame.from_ndarray(picture(0), format="rgb24"))
        encode(container, cover)
        samples = tone(1.0, 44_100)[None]
        for at in range(0, samples.shape[1], 1152):
            frame = av.AudioFrame.from_ndarray(samples[:, at : at + 1152].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, at
            encode(container, sound, frame)
        encode(container, sound)
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1
    frames, reader = read(path)
    assert (frames, reader.info.has_video) == ([], False)


def test_video_without_sound(tmp_path):
    frames, reader = read(write(tmp_path / "mute.mp4", audio=None))
    assert len(frames) == 20
    assert (reader.has_audio, reader.waveform) == (False, None)


def test_sound_alone_decodes_no_picture(clip):
    frames, reader = read(clip, frames_per_second=None)
    assert frames == []
    assert onset(reader.waveform) == pytest.approx(CLICK, abs=0.01)


def display_matrix(path):
    """The four upper numbers of the video's matrix, read from the bytes of its tkhd box (ISO 14496-12, 8.3.2)."""
    data = path.read_bytes()
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    a, b, _, c, d = struct.unpack(">5i", data[at : at + 20])
    return np.array([[a, b], [c, d]]) / 65536


@pytest.mark.slow
@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_pictures_are_turned_upright(tmp_path, rotation):
    path = write(tmp_path / "turned.mp4", rotation=rotation, audio=None)
    across, down = np.array([-1, -1]) @ display_matrix(path)  # where the matrix sends the top left corner
    frames, _ = read(path)
    image = frames[0].image
    corners = {(x, y): image[5 if y < 0 else -5, 5 if x < 0 else -5].astype(int) for x in (-1, 1) for y in (-1, 1)}
    assert image.shape == ((96, 160, 3) if rotation == 180 else (160, 96, 3))
    assert [corner for corner, rgb in corners.items() if rgb[0] > 150 > rgb[1]] == [(round(across), round(down))]


@pytest.mark.slow
def test_large_pictures_are_scaled_down_and_pixels_made_square(tmp_path):
    frames, _ = read(write(tmp_path / "wide.mp4", size=(1280, 720), seconds=0.2))
    assert frames[0].image.shape == (360, 640, 3)
    frames, _ = read(write(tmp_path / "anamorphic.mp4", pixel=Fraction(2), seconds=0.2))
    assert frames[0].image.shape == (96, 320, 3)


@pytest.mark.slow
def test_a_file_cut_in_the_middle_is_read_up_to_there(tmp_path):
    whole = write(tmp_path / "whole.mkv", seconds=4.0)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    frames, reader = read(cut)
    assert 0 < len(frames) < 40
    assert len(reader.warnings) == 1
    assert reader.warnings[0] == (
        f"The file ends after {reader.duration:.1f} s of the 4.0 s it announces: only that part was read."
    )
    reader.close()
    assert (len(reader.warnings), reader.announced) == (1, pytest.approx(4.0, abs=0.1))  # what was read stays known


@pytest.mark.slow
def test_damage_in_the_middle_costs_only_what_it_hits(tmp_path):
    path = write(tmp_path / "hit.mkv", seconds=4.0)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(bytes(data))
    frames, reader = read(path)
    assert frames[-1].time > 3.0
    assert reader.waveform.duration > 3.0


@pytest.mark.slow
def test_a_header_that_lies_about_its_length_is_found_out(tmp_path):
    path = write(tmp_path / "lies.mkv", seconds=4.0)
    data = bytearray(path.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3  # Matroska's Duration: an eight-byte float, in milliseconds
    assert struct.unpack(">d", data[at : at + 8])[0] == pytest.approx(4000, abs=100)
    data[at : at + 8] = struct.pack(">d", 500.0)
    path.write_bytes(bytes(data))
    assert probe(path).duration == 0.5
    with pytest.raises(TooLong, match=r"lies\.mkv lasts [34][.0-9]* s or more, the limit is 2 s: cut it, or raise"):
        read(path, max_seconds=2.0)


@pytest.mark.slow
def test_length_is_limited_by_the_header_and_by_the_clock(tmp_path, clip):
    message = r"clip.mp4 lasts 2[.0-9]* s or more, the limit is 1 s: cut it, or raise the limit with `--max-minutes`."
    with pytest.raises(TooLong, match=message):
        Reader(clip, max_seconds=1.0)
    unsaid = write(tmp_path / "unsaid.ts", seconds=4.0, audio=None, codec="mpeg2video")
    with Reader(unsaid, max_seconds=60.0) as reader:
        assert reader.finish().duration == pytest.approx(4.0, abs=0.2)
    growing = tmp_path / "growing.m4v"
    with av.open(str(growing), "w", format="m4v") as container:  # a bare stream, with no header to tell a length
        stream, frames = add_video(container, 4.0, 25)
        for frame in [*frames, None]:
            encode(container, stream, frame)
    assert probe(growing).duration is None
    with pytest.raises(TooLong, match="--max-minutes"):
        read(growing, max_seconds=1.0)


def test_files_that_are_no_media_are_told_apart(tmp_path, clip):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(NotMedia, match=r"empty.mp4 is empty: give an audio or video file\."):
        Reader(empty)
    text = tmp_path / "text.mp4"
    text.write_text("This is not a film. " * 200)
    with pytest.raises(NotMedia, match=r"text.mp4 is neither audio nor video"):
        Reader(text)
    note = tmp_path / "note.txt"
    note.write_text("words " * 100)
    with pytest.raises(NotMedia, match=r"note.txt is neither audio nor video"):
        Reader(note)
    headless = tmp_path / "headless.mp4"
    data = clip.read_bytes()
    headless.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(DamagedMedia, match=r"headless.mp4 is cut short or damaged and nothing in it can be read"):
        Reader(headless)
    with pytest.raises(InputError, match=r"There is no file .*nowhere.mp4: check the path\."):
        Reader(tmp_path / "nowhere.mp4")
    with pytest.raises(InputError, match=r"is not a file: give one audio or video file\."):
        probe(tmp_path)


def test_a_still_picture_is_no_clip(tmp_path):
    path = tmp_path / "still.png"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "rgb24"
        encode(container, stream, av.VideoFrame.from_ndarray(picture(0), format="rgb24"))
        encode(container, stream)
    with pytest.raises(NotMedia, match=r"still\.png is neither audio nor video"):
        probe(path)


def test_a_playlist_opens_nothing(tmp_path):
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(NotMedia, match=r"list\.m3u8 is neither audio nor video"):
        probe(path)


def test_random_bytes_behind_a_good_name(tmp_path):
    for name in ("noise.mp4", "noise.mp3", "noise.wav", "noise.webm"):
        path = tmp_path / name
        path.write_bytes(np.random.default_rng(1).bytes(50_000))
        with pytest.raises((NotMedia, DamagedMedia), match=name), Reader(path) as reader:
            reader.finish()


def test_results_wait_for_the_end(clip):
    with Reader(clip) as reader:
        next(reader.frames())
        with pytest.raises(RuntimeError, match="run through"):
            _ = reader.waveform


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.long
def test_real_clips_of_many_codecs_are_read_whole(data_root):
    clips = sorted(p for p in (data_root / "clips").iterdir() if p.suffix != ".csv")
    assert len(clips) == 24
    for path in clips:
        frames, reader = read(path)
        times = np.array([f.time for f in frames])
        assert reader.warnings == (), path.name
        assert np.all(np.diff(times) > 0), path.name
        assert np.diff(times).max() < 0.2, path.name
        assert max(frames[0].image.shape) <= 640, path.name
        assert reader.duration == pytest.approx(reader.info.duration, abs=0.1), path.name
        assert reader.waveform.duration == pytest.approx(reader.duration, abs=0.1), path.name
