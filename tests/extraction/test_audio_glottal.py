"""The glottal descriptor on voices we made ourselves, so that we know what is true of them."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import PERIOD, column, voice

from extraction.audio_glottal import GlottalDescriptor
from extraction.errors import InputError
from extraction.glottal import (
    closure_sedreams,
    dispersion,
    linear_prediction,
    peak_slope,
    pitch_srh,
    voice_quality,
    zero_phase,
)
from extraction.glottal import polarity as polarity_module
from extraction.glottal.analysis import analyse
from extraction.glottal.polarity import polarity
from extraction.glottal.rd_msp import lf_harmonics, pulse_shape
from extraction.types import Waveform


def describe(samples):
    return GlottalDescriptor().describe(Waveform(samples))


def assert_same(mine, other):
    np.testing.assert_array_equal(mine.observed, other.observed)
    np.testing.assert_allclose(mine.values, other.values, rtol=1e-3, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("period", [80, 128, 160])
def test_pitch_is_that_of_the_pulses(period):
    track = describe(voice(0.6, period)[0])
    inner = slice(6, -6)
    assert (column(track, "voiced")[inner] == 1).all()
    np.testing.assert_allclose(column(track, "F0 [Hz]")[inner], 16000 / period, atol=1)
    assert np.isnan(column(track, "F0 [Hz]")[:3]).all()  # a window of 100 ms does not fit


def test_closures_are_where_the_pulses_close():
    sound, closures = voice()
    found = analyse(sound).closures
    away = np.abs(found[:, None] - closures).min(axis=1)
    assert (away <= 8).mean() >= 0.98
    assert (np.diff(found) == PERIOD).mean() >= 0.9


@pytest.mark.slow
def test_amplitude_quotient_grows_with_the_open_quotient():
    naq = [np.nanmedian(column(describe(voice(0.4, quotient=quotient)[0]), "NAQ")) for quotient in (0.3, 0.5, 0.7, 0.9)]
    assert (np.diff(naq) > 0).all()


@pytest.mark.slow
def test_polarity_is_told_and_made_no_matter():
    sound, _ = voice(0.5)
    assert polarity(sound) == 1
    assert polarity(-sound) == -1
    assert describe(sound).values.shape == describe(-sound).values.shape
    source = slice(0, 8)
    np.testing.assert_array_equal(describe(sound).values[:, source], describe(-sound).values[:, source])


def test_level_matters_to_the_cepstra_alone():
    sound, _ = voice(0.4)
    loud, quiet = describe(sound), describe(sound / 8)
    source = [*range(8), -1]
    np.testing.assert_allclose(loud.values[:, source], quiet.values[:, source], rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_a_constant_offset_changes_little():
    sound, _ = voice(0.4)
    plain, offset = describe(sound), describe(sound + np.float32(0.05))
    np.testing.assert_array_equal(plain.observed, offset.observed)
    for name, tolerance in (("F0 [Hz]", 1), ("NAQ", 0.02), ("QOQ", 0.1)):
        away = np.abs(column(plain, name) - column(offset, name))
        assert np.nanmedian(away) <= tolerance


@pytest.mark.parametrize("offset", [0, 0.2])
def test_silence_is_not_observed(offset):
    track = describe(np.full(8000, offset, dtype=np.float32))
    assert len(track.times) == 49
    assert not track.observed.any()
    assert np.isnan(track.values).all()


@pytest.mark.slow
def test_silence_around_a_voice_is_not_observed():
    sound, _ = voice(0.4)
    pause = np.zeros(4800, dtype=np.float32)
    track = describe(np.concatenate([pause, sound, pause, sound, pause]))
    assert not track.observed[2:28].any()
    assert not track.observed[72:98].any()
    inside = track.observed & (column(track, "voiced") == 1)
    assert inside.sum() >= 60
    assert np.nanmax(np.abs(column(track, "F0 [Hz]")[inside] - 125)) <= 1


@pytest.mark.parametrize("samples", [0, 1, 2, 160, 320, 400, 401, 640, 1597, 1598, 1600])
def test_the_shortest_sounds_are_described(samples):
    track = describe(voice(0.2)[0][:samples])
    assert len(track.times) == max(0, (samples - 320) // 160 + 1)
    assert track.observed.all()
    assert np.isfinite(column(track, "MFCC 1")).all()


@pytest.mark.slow
def test_noise_clicks_and_tones_are_described():
    rng = np.random.default_rng(0)
    click = np.zeros(8000, dtype=np.float32)
    click[4000] = 1
    square = np.sign(np.sin(np.arange(8000) * 2 * np.pi * 100 / 16000)).astype(np.float32)
    tone = np.sin(np.arange(8000) * 2 * np.pi * 100 / 16000).astype(np.float32)
    for sound in (rng.normal(0, 0.1, 8000).astype(np.float32), click, square, tone, np.ones(8000, dtype=np.float32)):
        track = describe(sound)
        assert not np.isinf(track.values).any()
        quotients = column(track, "NAQ")
        assert (quotients[np.isfinite(quotients)] >= 0).all()


def test_what_needs_a_voice_is_missing_without_one():
    sound, _ = voice(0.5)
    hiss = np.random.default_rng(1).normal(0, 0.02, 8000).astype(np.float32)
    track = describe(np.concatenate([hiss, sound]))
    unvoiced = column(track, "voiced") == 0
    assert unvoiced[:40].mean() >= 0.8
    for name in ("F0 [Hz]", "NAQ", "QOQ", "H1-H2 [dB]", "HRF [dB]", "PSP", "MDQ"):
        assert np.isnan(column(track, name)[unvoiced]).all()
        assert np.isfinite(column(track, name)[60:90]).all()
    assert np.isfinite(column(track, "peak slope")[2:90]).all()


@pytest.mark.slow
def test_a_sound_in_blocks_is_the_same_as_whole(monkeypatch):
    sound = np.concatenate([voice(0.6, 128)[0], np.zeros(3000, dtype=np.float32), voice(0.9, 100, 0.5)[0]])
    whole = describe(sound)
    monkeypatch.setattr(pitch_srh, "_BLOCK", 16)
    monkeypatch.setattr(linear_prediction, "_BLOCK", 37)
    monkeypatch.setattr(peak_slope, "_BLOCK", 20 * 160)
    monkeypatch.setattr(voice_quality, "_CHUNK", 11)
    pieces = zero_phase.blocks
    for module in (closure_sedreams, dispersion, polarity_module):
        monkeypatch.setattr(module, "blocks", lambda samples, margin=16000: pieces(samples, 4000, margin))
    assert_same(describe(sound), whole)


def test_the_same_twice_and_the_sound_left_alone():
    sound, _ = voice(0.3)
    before = sound.copy()
    assert describe(sound).values.tobytes() == describe(sound).values.tobytes()
    np.testing.assert_array_equal(sound, before)


@pytest.mark.slow
def test_rd_is_a_column_of_another_set():
    sound, _ = voice(0.4)
    plain, more = GlottalDescriptor(), GlottalDescriptor(rd=True)
    assert plain.spec.difference(more.spec) is not None
    track = more.describe(Waveform(sound))
    shape = column(track, "Rd")
    assert np.isfinite(shape).mean() >= 0.5
    assert np.nanmin(shape) >= 0.3
    assert np.nanmax(shape) <= 2.5
    others = [track.spec.names.index(name) for name in plain.spec.names]
    np.testing.assert_array_equal(track.values[:, others], plain.describe(Waveform(sound)).values)
    assert not more.describe(Waveform(np.zeros(4000, dtype=np.float32))).observed.any()


@pytest.mark.parametrize("shape", [0.5, 1.2, 2.4])
def test_rd_of_lf_pulses_is_that_they_were_made_with(shape):
    harmonics = lf_harmonics(shape, 60)
    phase = 2j * np.pi * np.outer(np.arange(1, 61), np.arange(4800) / 128)
    pulses = np.real(harmonics @ np.exp(phase)).astype(np.float32)
    measured, confidence = pulse_shape(pulses, np.array([2000.0, 2037.0]), np.array([125.0, 125.0]))
    np.testing.assert_allclose(measured, shape, atol=0.05)
    assert (confidence > 0.9).all()


def test_other_rates_are_refused():
    with pytest.raises(InputError, match="44100 Hz"):
        GlottalDescriptor().describe(Waveform(np.zeros(4410, dtype=np.float32), 44100))


def test_rd_reads_no_more_of_a_long_sound_than_lies_around_its_positions():
    class Read:
        def __init__(self, samples):
            self.samples, self.most = samples, 0

        def __len__(self):
            return len(self.samples)

        def __getitem__(self, part):
            self.most = max(self.most, len(self.samples[part]))
            return self.samples[part]

    sound = Read(voice(3.0)[0])
    positions, f0 = np.array([40_000.0, 40_160.0]), np.array([125.0, 125.0])
    shape, _ = pulse_shape(sound, positions, f0)
    assert np.isfinite(shape).all()
    assert sound.most < 9_000
    np.testing.assert_array_equal(shape, pulse_shape(sound.samples, positions, f0)[0])
