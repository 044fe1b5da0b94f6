"""The set with COVAREP's rows and rules, on voices we made ourselves; its own values are held in tests/oracle."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import column, voice

from extraction.audio_covarep import CovarepDescriptor
from extraction.audio_glottal import GlottalDescriptor
from extraction.descriptor_sets import SETS
from extraction.errors import InputError
from extraction.types import Waveform


def describe(samples):
    return CovarepDescriptor().describe(Waveform(samples))


def with_a_pause():
    """Half a second of voice, a fifth of a second of hiss, and the voice again."""
    sound, _ = voice(0.5)
    hiss = np.random.default_rng(1).normal(0, 1e-3, 3200).astype(np.float32)
    return np.concatenate([sound, hiss, sound])


@pytest.mark.slow
@pytest.mark.parametrize("samples", [0, 79, 80, 239, 240, 1600, 1679, 1680, 4000])
def test_its_rows_are_at_covareps_samples(samples):
    track = describe(voice(0.3)[0][:samples])
    np.testing.assert_allclose(track.times * 16000 + 1, np.arange(80, samples + 1, 160))
    assert track.observed.all()
    assert np.isfinite(column(track, "MFCC 1")).all()


@pytest.mark.slow
def test_cepstra_are_of_the_samples_the_rows_say():
    sound, _ = voice(0.3)
    mine, other = describe(sound[81:]), GlottalDescriptor().describe(Waveform(sound))
    np.testing.assert_allclose(mine.times[1:-1] + 81 / 16000, other.times[1 : len(mine.times) - 1])
    here = slice(2, -2)  # their windows lie whole in the shorter sound
    np.testing.assert_allclose(
        column(mine, "MFCC 3")[here], column(other, "MFCC 3")[: len(mine.times)][here], rtol=1e-3, atol=1e-3
    )


@pytest.mark.slow
def test_the_first_cycle_after_a_pause_pulls_its_neighbours():
    sound = with_a_pause()
    mine, other = describe(sound), GlottalDescriptor().describe(Waveform(sound))
    steady = []
    for track, least, most in ((mine, 0.0, 0.5), (other, 0.7, 1.2)):
        voiced, naq = column(track, "voiced") == 1, column(track, "NAQ")
        after = np.flatnonzero(voiced & (track.times > 0.6))[0]
        steady.append(np.median(naq[(track.times > 0.2) & (track.times < 0.4)]))
        assert least <= naq[after] / steady[-1] < most
    np.testing.assert_allclose(steady[0], steady[1], rtol=0.01)


@pytest.mark.slow
def test_what_needs_a_voice_is_missing_without_one():
    track = describe(with_a_pause())
    unvoiced = column(track, "voiced") == 0
    assert unvoiced[55:65].all()
    for name in ("F0 [Hz]", "NAQ", "QOQ", "H1-H2 [dB]", "PSP", "MDQ", "Rd", "Rd confidence"):
        assert np.isnan(column(track, name)[unvoiced]).all()
        assert np.isfinite(column(track, name)[15:40]).all()
    assert np.isfinite(column(track, "peak slope")[2:-3]).all()


def test_silence_is_not_observed_and_other_rates_are_refused():
    for offset in (0, 0.2):
        track = describe(np.full(8000, offset, dtype=np.float32))
        assert len(track.times) == 50
        assert not track.observed.any()
    with pytest.raises(InputError, match="44100 Hz"):
        CovarepDescriptor().describe(Waveform(np.zeros(4410, dtype=np.float32), 44100))


def test_no_set_is_taken_for_another():
    specs = [SETS[key].make().spec for key in ("glottal", "glottal-rd", "glottal-covarep")]
    assert len({spec.fingerprint for spec in specs}) == len({spec.name for spec in specs}) == 3
    assert specs[0].version == specs[1].version == "glottal-2+mfcc-1"
    assert specs[2].version == "glottal-covarep-2+mfcc-1"
