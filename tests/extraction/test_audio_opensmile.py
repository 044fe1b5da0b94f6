"""openSMILE's descriptors on our time grid: what they say of sounds we know, and what they leave unsaid."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from sounds import column, joined, noise

from extraction.audio_grid import FRAME
from extraction.audio_opensmile import COLUMNS, OpenSmileDescriptor
from extraction.errors import InputError, S2SError
from extraction.fakes import fake_waveform
from extraction.types import Waveform

pytestmark = pytest.mark.models

NEEDS_PITCH = [column.name for column in COLUMNS if column.voiced]


@pytest.fixture(scope="module")
def descriptor():
    return OpenSmileDescriptor()


def test_the_columns_are_openSMILEs_and_the_rest(descriptor):  # noqa: N802
    assert descriptor.spec.dim == len(COLUMNS) + 12 + 1 == 38
    assert descriptor.spec.name == "egemaps-lld+mfcc12"
    assert "opensmile-2." in descriptor.spec.version
    assert "eGeMAPSv02" in descriptor.spec.version
    assert descriptor.spec.names[-1] == "voiced"


@pytest.mark.parametrize("hertz", [110.0, 220.0, 330.0])
def test_pitch_is_that_of_the_tone(descriptor, hertz):
    track = descriptor.describe(fake_waveform(0.6, hertz))
    semitones = column(track, "F0 [semitone re 27.5 Hz]")
    assert np.nanmedian(semitones) == pytest.approx(12 * np.log2(hertz / 27.5), abs=0.1)
    assert column(track, "voiced").mean() > 0.95


def test_louder_is_louder(descriptor):
    soft, loud = (descriptor.describe(fake_waveform(0.4, loudness=peak)) for peak in (0.05, 0.5))
    assert np.median(column(loud, "loudness")) > 2 * np.median(column(soft, "loudness"))


def test_what_needs_a_pitch_is_missing_without_one_and_the_rest_is_there(descriptor):
    track = descriptor.describe(noise(0.6))
    unvoiced = column(track, "voiced") == 0
    assert unvoiced.mean() > 0.8
    for name in track.spec.names:
        values = column(track, name)[unvoiced]
        assert np.isnan(values).all() if name in NEEDS_PITCH else np.isfinite(values).all(), name


def test_no_mark_of_the_missing_passes_for_a_measurement(descriptor):
    sounds = [noise(0.3), fake_waveform(0.4), noise(0.3, seed=1), fake_waveform(0.2, 330.0), noise(0.3, seed=2)]
    track = descriptor.describe(joined(*sounds))
    for entry in COLUMNS:
        values = column(track, entry.name)
        if "amplitudeLogRelF0" in entry.opensmile:
            assert np.nanmin(values) > -60, entry.name  # a third of -201 would be -67
        elif entry.zero:
            assert not (values == 0).any(), entry.name


def test_voice_is_where_the_tone_is(descriptor):
    track = descriptor.describe(joined(noise(0.5, 1e-3), fake_waveform(0.5), noise(0.5, 1e-3, seed=1)))
    voiced = track.times[column(track, "voiced") == 1]
    assert voiced.min() == pytest.approx(0.5, abs=0.025)
    assert voiced.max() == pytest.approx(1.0, abs=0.025)
    assert voiced.mean() == pytest.approx(0.75, abs=0.01)  # stamped by its window's start it would lie 20 ms early
    loud = track.times[column(track, "loudness") > 0.5 * np.max(column(track, "loudness"))]
    assert loud.min() == pytest.approx(0.5, abs=0.015)
    assert loud.max() == pytest.approx(1.0, abs=0.015)


def test_silence_is_not_observed(descriptor):
    silence = Waveform(np.zeros(8000, dtype=np.float32))
    track = descriptor.describe(joined(silence, fake_waveform(0.5), silence))
    inside = (track.times > 0.49) & (track.times < 1.01)
    np.testing.assert_array_equal(track.observed, inside)
    assert np.isnan(track.values[~inside]).all()


@pytest.mark.parametrize("level", [3e-5, 0.0])
def test_below_the_threshold_is_silence_even_with_an_offset(descriptor, level):
    quiet = noise(0.3, level)
    assert not descriptor.describe(Waveform(quiet.samples + np.float32(0.1))).observed.any()
    assert descriptor.describe(noise(0.3, 1e-3)).observed.all()


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 0), (319, 0), (320, 1), (479, 1), (480, 2), (960, 5)])
def test_short_sounds_have_as_many_frames_as_fit(descriptor, samples, frames):
    track = descriptor.describe(Waveform(fake_waveform(0.1).samples[:samples]))
    assert track.values.shape == (frames, 38)
    assert track.observed.all()


def test_full_scale_does_not_wrap_around(descriptor):
    tone = fake_waveform(0.4, loudness=1.0)
    clipped = descriptor.describe(Waveform(np.clip(tone.samples * 4, -4, 4)))
    reference = descriptor.describe(Waveform(np.clip(tone.samples * 4, -0.999, 0.999)))
    np.testing.assert_allclose(column(clipped, "loudness"), column(reference, "loudness"), rtol=0.01)


def test_inner_rows_are_openSMILEs_own(descriptor):  # noqa: N802
    import opensmile

    waveform = joined(noise(0.2), fake_waveform(0.5), noise(0.3))
    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors)
    theirs = smile.process_signal(waveform.samples, 16000)
    starts = theirs.index.get_level_values("start").total_seconds().to_numpy()
    np.testing.assert_allclose(starts, np.arange(len(theirs)) * 0.01, atol=1e-9)
    track = descriptor.describe(waveform)
    np.testing.assert_allclose(track.times[: len(starts)], starts + FRAME / 2 / 16000, atol=1e-9)
    inner = slice(3, 88)
    for entry in COLUMNS:
        ours, raw = column(track, entry.name), theirs[entry.opensmile].to_numpy()
        raw = np.roll(raw, 2) if entry.long else raw
        there = np.isfinite(ours[inner])
        np.testing.assert_allclose(ours[inner][there], raw[inner][there], rtol=1e-5, err_msg=entry.name)


def test_another_rate_is_refused(descriptor):
    with pytest.raises(InputError, match="at 44100 Hz: resample it to 16000 Hz"):
        descriptor.describe(Waveform(np.zeros(44100, dtype=np.float32), 44100))


def test_a_missing_openSMILE_is_said(monkeypatch):  # noqa: N802
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(S2SError, match=r"openSMILE could not be loaded .*install opensmile again"):
        OpenSmileDescriptor()


def test_another_openSMILE_is_refused(monkeypatch):  # noqa: N802
    import opensmile

    monkeypatch.setattr(opensmile, "Smile", lambda *_: SimpleNamespace(feature_names=["Loudness_sma3"]))
    with pytest.raises(S2SError, match=r"other eGeMAPSv02 columns: install opensmile 2\.6"):
        OpenSmileDescriptor()
