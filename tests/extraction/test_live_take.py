"""A take from made frames: what is kept, in what file, on what clock, and that nothing stays behind."""

import gc
import io
import threading
import time
from fractions import Fraction

import av
import numpy as np
import pytest

from extraction.face_landmarker import FaceFollower
from extraction.live.clock import StreamClock
from extraction.live.face import LiveFace
from extraction.live.film import Film
from extraction.live.take import Take
from extraction.sound_track import SoundTrack
from extraction.types import SAMPLE_RATE

RATE = 48_000


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def picture(seconds, shade, size=(64, 48)):
    frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), shade, np.uint8), format="rgb24")
    frame.pts, frame.time_base = round(seconds * 90_000), Fraction(1, 90_000)
    return frame.reformat(format="yuv420p")


def sound(seconds, duration=0.02, hertz=440.0):
    t = seconds + np.arange(round(duration * RATE)) / RATE
    frame = av.AudioFrame.from_ndarray((8000 * np.sin(2 * np.pi * hertz * t)).astype(np.int16)[None], "s16", "mono")
    frame.sample_rate = RATE
    frame.pts, frame.time_base = round(seconds * RATE), Fraction(1, RATE)
    return frame


def record(take, clock, seconds, *, pictures=True, voice=True, size=(64, 48), begin=100.0):
    for step in range(round(seconds * 50)):
        at = step / 50
        clock.now = begin + at + 0.02
        if voice:
            take.voice(sound(at))
        if pictures and step % 2 == 0:
            take.picture(picture(at, 40 + step % 200, size))


def opened(media):
    return av.open(io.BytesIO(media[1]))


def test_the_least_delay_tells_how_far_two_clocks_lie_apart():
    clock = StreamClock()
    clock.taken(0.0, 10.5)  # held up
    assert clock.taken(0.1, 10.2) == pytest.approx(10.2)
    assert clock.taken(0.2, 10.9) == pytest.approx(10.3)


@pytest.mark.slow
def test_pictures_and_sound_become_one_film_of_their_length():
    clock = Clock()
    take = Take(clock)
    record(take, clock, 2.0)
    media = take.media()
    assert media[0] == "mp4"
    with opened(media) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert sum(1 for _ in film.decode(video)) == 50
        assert float(audio.duration * audio.time_base) == pytest.approx(2.0, abs=0.08)
    assert take.sound.duration == pytest.approx(2.0, abs=0.05)
    take.discard()


@pytest.mark.slow
def test_sound_that_waits_keeps_no_picture_out(monkeypatch):
    keep = SoundTrack.add

    def slow(self, *frame):
        time.sleep(0.005)  # a busy machine
        return keep(self, *frame)

    monkeypatch.setattr(SoundTrack, "add", slow)
    clock = Clock()
    take = Take(clock)
    for step in range(200):
        clock.now = 100.02 + step / 50
        take.voice(sound(step / 50))
    for step in range(20):
        clock.now = 104.02 + step / 20
        take.picture(picture(4.0 + step / 20, 40 + step))
    suffix, media = take.media()
    assert suffix == "mp4"
    with av.open(io.BytesIO(media)) as film:
        assert sum(1 for _ in film.decode(video=0)) == 20
    assert take.sound.duration == pytest.approx(4.0, abs=0.05)
    take.discard()


@pytest.mark.slow
def test_a_picture_is_filmed_and_measured_at_the_same_time(tmp_path, monkeypatch):
    """A scaler that serves both threads makes them wait for one another forever, within some hundred pictures."""
    monkeypatch.setattr(FaceFollower, "see", lambda self, image, stamp: None)
    film, face = Film(tmp_path / "film.mp4"), LiveFace(None)
    image = np.random.default_rng(0).integers(0, 255, (720 * 3 // 2, 1280), dtype=np.uint8)
    pictures = [av.VideoFrame.from_ndarray(image, format="yuv420p") for _ in range(600)]
    at = threading.Barrier(2)

    def follow(use):
        for i, one in enumerate(pictures):
            at.wait()
            use(one, i / 20)

    users = [threading.Thread(target=follow, args=(use,), daemon=True) for use in (film.add, face.see)]
    for user in users:
        user.start()
    for user in users:
        user.join(60)
        assert not user.is_alive()
    assert film.close()


def test_sound_alone_becomes_a_sound_file():
    clock = Clock()
    take = Take(clock)
    record(take, clock, 1.0, pictures=False)
    media = take.media()
    assert media[0] == "m4a"
    with opened(media) as clip:
        assert not clip.streams.video
        assert clip.streams.audio[0].rate == SAMPLE_RATE
    take.discard()


def test_pictures_alone_become_a_silent_film():
    clock = Clock()
    take = Take(clock)
    record(take, clock, 1.0, voice=False)
    media = take.media()
    with opened(media) as clip:
        assert len(clip.streams.video) == 1
        assert not clip.streams.audio
    take.discard()


def test_a_size_that_changes_on_the_way_is_brought_to_the_first():
    clock = Clock()
    take = Take(clock)
    record(take, clock, 0.5)
    record(take, clock, 0.5, size=(32, 24), begin=100.5)
    with opened(take.media()) as film:
        assert {(frame.width, frame.height) for frame in film.decode(video=0)} == {(64, 48)}
    take.discard()


def test_nothing_came():
    take = Take(Clock())
    assert take.media() is None
    assert not take.begun
    take.discard()


def test_a_hole_in_the_sound_is_silence_of_its_length():
    clock = Clock()
    take = Take(clock)
    for at in (*np.arange(0, 0.5, 0.02), *np.arange(1.0, 1.5, 0.02)):
        clock.now = 100.02 + at
        take.voice(sound(float(at)))
    take.media()
    assert take.sound.duration == pytest.approx(1.5, abs=0.05)
    assert np.abs(take.sound.between(0.6, 0.9).samples).max() < 0.01
    take.discard()


@pytest.mark.slow
def test_it_ends_when_it_is_as_long_as_it_may_be():
    clock = Clock()
    take = Take(clock, longest=1.0)
    record(take, clock, 1.5)
    assert take.full
    assert take.over.is_set()
    take.media()
    assert take.sound.duration == pytest.approx(1.0, abs=0.05)
    take.discard()


def test_frames_after_the_end_are_not_taken():
    clock = Clock()
    take = Take(clock)
    record(take, clock, 0.5)
    take.stop()
    before = take.duration
    record(take, clock, 0.5, begin=101.0)
    assert take.duration == before
    take.discard()


@pytest.mark.slow
def test_its_folder_is_private_and_goes_with_it():
    clock = Clock()
    take = Take(clock)
    folder = take._folder
    record(take, clock, 0.2)
    assert folder.stat().st_mode & 0o077 == 0
    take.discard()
    assert not folder.exists()
    forgotten = Take(clock)
    folder = forgotten._folder
    record(forgotten, clock, 0.2)
    forgotten.stop()
    for gatherer in forgotten._gatherers:
        gatherer.join(5)
    del forgotten
    for _ in range(50):
        gc.collect()
        if not folder.exists():
            break
        time.sleep(0.01)
    assert not folder.exists()
