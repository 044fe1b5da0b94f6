"""The set without openSMILE: what it says of sounds we know, held to librosa's own calls on the same frames."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import column, noise

from extraction import audio_librosa
from extraction.audio_librosa import LibrosaDescriptor
from extraction.errors import InputError
from extraction.fakes import fake_waveform
from extraction.types import Waveform


@pytest.mark.slow
def test_pitch_is_that_of_the_tone_and_missing_in_noise():
    tone = LibrosaDescriptor().describe(fake_waveform(0.8, 220.0))
    assert np.nanmedian(column(tone, "F0 [semitone re 27.5 Hz]")) == pytest.approx(36.0, abs=0.1)
    track = LibrosaDescriptor().describe(noise(0.8))
    assert np.isnan(column(track, "F0 [semitone re 27.5 Hz]")[column(track, "voiced") == 0]).all()
    assert column(track, "voiced").mean() < 0.2


@pytest.mark.slow
def test_level_and_zero_crossings_are_those_of_a_sine():
    time = np.arange(16000) / 16000
    track = LibrosaDescriptor().describe(Waveform((0.5 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)))
    inner = slice(2, -2)
    np.testing.assert_allclose(column(track, "level [dBFS]")[inner], 20 * np.log10(0.5 / np.sqrt(2)), atol=0.05)
    np.testing.assert_allclose(column(track, "zero crossings [1/sample]")[inner], 0.125, atol=0.003)
    np.testing.assert_allclose(column(track, "spectral centroid [Hz]")[inner], 1000, atol=20)


@pytest.mark.slow
def test_the_spectral_columns_are_librosas():
    import librosa

    sound = noise(0.5).samples
    track = LibrosaDescriptor().describe(Waveform(sound))
    # Its frames are centred on multiples of the hop, ours on the next one: ours are its frames 1 and on.
    spectrum = np.abs(librosa.stft(sound, n_fft=512, hop_length=160, win_length=400, center=True, pad_mode="constant"))
    frames = slice(1, 1 + len(track.times))
    for name, function in (
        ("spectral centroid [Hz]", librosa.feature.spectral_centroid),
        ("spectral bandwidth [Hz]", librosa.feature.spectral_bandwidth),
    ):
        theirs = function(S=spectrum, sr=16000, n_fft=512)[0][frames]
        np.testing.assert_allclose(column(track, name), theirs, rtol=1e-3, err_msg=name)


@pytest.mark.slow
def test_blocks_make_no_difference(monkeypatch):
    sound = noise(0.7)
    whole = LibrosaDescriptor().describe(sound)
    monkeypatch.setattr(audio_librosa, "_BLOCK", 7)
    np.testing.assert_allclose(LibrosaDescriptor().describe(sound).values, whole.values, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("samples", [0, 100, 319, 320, 1600])
def test_the_shortest_sounds(samples):
    track = LibrosaDescriptor().describe(fake_waveform(samples / 16000))
    assert len(track.times) == max(0, (samples - 320) // 160 + 1)


def test_silence_is_not_observed():
    assert not LibrosaDescriptor().describe(Waveform(np.zeros(16000, dtype=np.float32))).observed.any()


def test_another_rate_is_refused():
    with pytest.raises(InputError, match="8000 Hz: resample it to 16000 Hz first"):
        LibrosaDescriptor().describe(Waveform(np.zeros(8000, dtype=np.float32), 8000))
