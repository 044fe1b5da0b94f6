"""A long recording measured in passages against the same measured whole, and pooled to the same words."""

import numpy as np
import pytest

from extraction import voice_passages
from extraction.audio_opensmile import OpenSmileDescriptor
from extraction.fakes import FakeAudio, fake_waveform
from extraction.pool import pool
from extraction.recording import passages
from extraction.types import SAMPLE_RATE, Waveform, Word
from extraction.voice_passages import Heard, VoiceOfWords, inner, joined, measured


@pytest.fixture
def short_passages(monkeypatch):
    monkeypatch.setattr(voice_passages, "passages", lambda sound: passages(sound, longest=4.0, shortest=2.0))


def talk(seconds):
    """A tone whose loudness and pitch wander, with a pause every second."""
    rng = np.random.default_rng(0)
    parts = [fake_waveform(0.8, rng.uniform(90, 250), rng.uniform(0.1, 0.6)).samples for _ in range(round(seconds))]
    pause = (1e-3 * rng.standard_normal(round(0.2 * SAMPLE_RATE))).astype(np.float32)
    return Waveform(np.concatenate([part for sound in parts for part in (sound, pause)]))


WORDS = [Word(f"w{i}", i * 0.9, i * 0.9 + 0.85) for i in range(12)] + [Word("nowhere"), Word("beyond", 13.0, 14.0)]


def in_passages(audio, sound):
    pooled = VoiceOfWords(audio.spec, WORDS)
    tracks = []
    for passage in measured(audio, sound, WORDS):
        tracks.append(inner(passage))
        pooled.add(passage, last=passage.end == sound.duration)
    return joined(tracks), pooled.stream(), len(tracks)


def test_passages_give_the_frames_and_words_of_the_whole(short_passages):
    sound, audio = talk(12), FakeAudio()
    track, stream, count = in_passages(audio, sound)
    whole = audio.describe(sound)
    assert count > 2
    np.testing.assert_allclose(track.times, whole.times, atol=1e-9)
    np.testing.assert_array_equal(track.values, whole.values)
    np.testing.assert_array_equal(stream.values, pool(whole, WORDS).values)
    assert stream.observed.tolist() == [True] * 12 + [False, False]


@pytest.mark.models
def test_what_opensmile_smooths_over_is_there_at_the_borders(short_passages):
    sound, audio = talk(12), OpenSmileDescriptor()
    track, stream, _ = in_passages(audio, sound)
    whole = audio.describe(sound)
    np.testing.assert_allclose(track.times, whole.times, atol=1e-9)
    both = np.isfinite(track.values) & np.isfinite(whole.values)
    assert np.mean(np.isfinite(track.values) == np.isfinite(whole.values)) > 0.999
    spread = np.nanstd(whole.values, axis=0)
    apart = np.abs(np.where(both, track.values - whole.values, 0.0)) / np.where(spread > 0, spread, 1.0)
    assert np.mean(apart > 0.01) < 0.002
    pooled = pool(whole, WORDS)
    assert np.nanmax(np.abs(stream.values - pooled.values) / np.where(spread > 0, spread, 1.0)) < 0.05


def test_how_much_was_heard_is_counted_over_passages(short_passages):
    sound, heard = talk(6), Heard()
    for passage in measured(FakeAudio(), sound):
        heard.add(inner(passage))
    assert str(heard) == "6.0 s of sound"
