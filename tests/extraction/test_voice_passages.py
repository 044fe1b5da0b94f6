"""A long recording measured in passages against the same measured whole, and pooled to the same words."""

import numpy as np
import pytest
from sounds import voice

from extraction import voice_passages
from extraction.audio_opensmile import OpenSmileDescriptor
from extraction.descriptor_sets import audio_set
from extraction.fakes import FakeAudio, fake_waveform
from extraction.glottal import analysis
from extraction.pool import pool
from extraction.recording import Recording, passages
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


@pytest.fixture(scope="module")
def two_voices():
    """12 s, a pause each second: a low voice, then a higher and softer one, recorded upside down."""
    rng = np.random.default_rng(0)
    low = [voice(0.8, int(rng.integers(120, 160)), seed=seed)[0] for seed in range(6)]
    high = [-0.3 * voice(0.8, int(rng.integers(70, 90)), seed=seed)[0] for seed in range(6, 12)]
    pauses = (1e-3 * rng.standard_normal((12, round(0.2 * SAMPLE_RATE)))).astype(np.float32)
    return Waveform(np.concatenate([part for pair in zip([*low, *high], pauses, strict=True) for part in pair]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["glottal", "glottal-rd", "glottal-covarep", "librosa"])
def test_what_is_taken_from_the_whole_sound_is_so_in_its_passages(short_passages, two_voices, name, monkeypatch):
    monkeypatch.setattr(analysis, "BLOCK", 4 * SAMPLE_RATE)  # so that the residual too is worked out in parts
    audio, recording = audio_set(name).make(), Recording()
    recording.add(two_voices.samples)
    track, stream, count = in_passages(audio, recording)
    whole = audio.describe(two_voices)
    assert count > 2
    np.testing.assert_array_equal(track.times, whole.times)
    # librosa holds the levels of a contrast within 80 dB of the loudest around: two of 1199 frames here
    kept = [i for i, name in enumerate(whole.spec.names) if "contrast" not in name]
    np.testing.assert_allclose(track.values[:, kept], whole.values[:, kept], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(stream.values[:, kept], pool(whole, WORDS).values[:, kept], rtol=1e-4, atol=1e-4)
    by_itself = audio.describe(two_voices.between(6.0, 12.0))
    later = whole.times >= 6.0
    assert not np.allclose(by_itself.values, whole.values[later][: len(by_itself.values)], atol=0.01, equal_nan=True)


@pytest.mark.parametrize("name", ["glottal-rd", "glottal-covarep", "librosa"])
def test_going_through_the_whole_sound_is_told_before_its_first_passage(short_passages, two_voices, name):
    told, recording = [], Recording()
    recording.add(two_voices.samples)
    passages = measured(audio_set(name).make(), recording, progress=lambda fraction, _: told.append(fraction))
    next(passages)
    before = list(told)
    assert len(list(passages)) > 1
    assert told == before
    assert len(told) > 5
    assert told == sorted(told)
    assert 0.4 < told[-1] <= 1.0


def test_how_much_was_heard_is_counted_over_passages(short_passages):
    sound, heard = talk(6), Heard()
    for passage in measured(FakeAudio(), sound):
        heard.add(inner(passage))
    assert str(heard) == "6.0 s of sound"
