"""Face and voice as they come, against the tools that measure whole clips."""

import av
import numpy as np
import pytest

from extraction.audio_opensmile import OpenSmileDescriptor
from extraction.face_facs import FacsFace
from extraction.face_landmarker import FaceModel
from extraction.live.face import UNITS, LiveFace
from extraction.live.voice import LiveVoice
from extraction.recording import Recording
from extraction.types import SAMPLE_RATE, Frame

pytestmark = [pytest.mark.models, pytest.mark.slow]


def test_action_units_are_those_of_the_facs_set(sample_clip):
    with av.open(str(sample_clip)) as clip:
        pictures = [frame for i, frame in enumerate(clip.decode(video=0)) if i % 3 == 0][:40]
    live = LiveFace(FaceModel())
    looks = [live.see(picture, picture.time) for picture in pictures]
    live.close()
    track = FacsFace().describe([Frame(p.time, p.to_ndarray(format="rgb24")) for p in pictures], 0.1)
    for i, unit in enumerate(UNITS):
        columns = [k for k, name in enumerate(track.spec.names) if name in {unit.label(side) for side in unit.sides}]
        expected = track.values[:, columns].mean(axis=1)
        assert [look.units[i] for look in looks] == pytest.approx(expected, abs=1e-5), unit.name
    assert np.ptp([look.units[UNITS.index(next(u for u in UNITS if u.number == 25))] for look in looks]) > 0.3


def test_a_picture_without_a_face_has_no_units():
    live = LiveFace(FaceModel())
    grey = av.VideoFrame.from_ndarray(np.full((240, 320, 3), 128, np.uint8), format="rgb24")
    assert live.see(grey, 0.0).units is None
    assert live.see(grey, 0.0).units is None  # a time that does not rise is no error
    live.close()


def test_pitch_and_loudness_are_those_of_a_whole_clip(sample_clip):
    sound = whole_sound(sample_clip)
    live, growing, moments = LiveVoice(), Recording(), []
    for start in np.arange(0.0, sound.duration, 0.2):
        growing.add(sound.between(start, start + 0.2).samples)
        moments += live.listen(growing)
    track = OpenSmileDescriptor().describe(sound)
    names = list(track.spec.names)
    times = np.array([moment.time for moment in moments])
    assert (np.diff(times) > 0).all()
    assert len(times) * 0.04 > sound.duration - 0.3
    nearest = np.searchsorted(track.times, times).clip(max=len(track.times) - 1)
    loudness = track.values[nearest, names.index("loudness")]
    pitch = 27.5 * 2 ** (track.values[nearest, names.index("F0 [semitone re 27.5 Hz]")] / 12)
    measured = np.array([moment.pitch or np.nan for moment in moments])
    both = np.isfinite(measured) & np.isfinite(pitch)
    assert both.sum() > 40
    assert np.nanmedian(np.abs(12 * np.log2(measured[both] / pitch[both]))) < 0.2
    heard = np.isfinite(loudness)
    assert np.corrcoef(loudness[heard], [m.loudness for m in np.array(moments)[heard]])[0, 1] > 0.95


def whole_sound(path):
    from extraction.sound_track import SoundTrack

    track = SoundTrack()
    with av.open(str(path)) as clip:
        for frame in clip.decode(audio=0):
            track.add(frame, 0.0, 600.0)
    track.close()
    return track.recording.between(0.0, len(track.recording) / SAMPLE_RATE)
