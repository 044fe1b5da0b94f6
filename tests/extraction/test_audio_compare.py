"""ComParE's descriptors on our time grid: what they say of sounds we know, and what they leave unsaid."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import column, joined, noise

from extraction.audio_compare import COLUMNS, CompareDescriptor
from extraction.audio_opensmile import OpenSmileDescriptor
from extraction.errors import InputError
from extraction.fakes import fake_waveform
from extraction.types import Waveform

pytestmark = pytest.mark.models

NEEDS_PITCH = [column.name for column in COLUMNS if column.voiced]


@pytest.fixture(scope="module")
def descriptor():
    return CompareDescriptor()


def test_the_columns_are_openSMILEs_and_voiced(descriptor):  # noqa: N802
    assert descriptor.spec.dim == len(COLUMNS) + 1 == 66
    assert "ComParE_2016" in descriptor.spec.version


def test_pitch_is_that_of_the_tone(descriptor):
    track = descriptor.describe(fake_waveform(0.6, 200.0))
    assert np.nanmedian(column(track, "F0 [Hz]")) == pytest.approx(200.0, abs=1.0)
    assert column(track, "voiced").mean() > 0.95


def test_what_needs_a_pitch_is_missing_without_one_and_the_rest_is_there(descriptor):
    track = descriptor.describe(noise(0.6))
    unvoiced = column(track, "voiced") == 0
    assert unvoiced.mean() > 0.8
    for name in track.spec.names:
        values = column(track, name)[unvoiced]
        assert np.isnan(values).all() if name in NEEDS_PITCH else np.isfinite(values).all(), name


def test_no_mark_of_the_missing_passes_for_a_measurement(descriptor):
    track = descriptor.describe(joined(noise(0.3), fake_waveform(0.4), noise(0.3, seed=1)))
    for name in NEEDS_PITCH[:-1]:
        assert not (column(track, name) == 0).any(), name
    assert np.nanmin(column(track, "harmonics-to-noise ratio [dB]")) > -30  # a third of -100 would be -33


def test_its_times_are_those_of_the_other_set(descriptor):
    sound = joined(noise(0.4), fake_waveform(0.5), noise(0.4, seed=1))
    ours, other = descriptor.describe(sound), OpenSmileDescriptor().describe(sound)
    np.testing.assert_array_equal(ours.times, other.times)
    agree = column(ours, "voiced") == column(other, "voiced")
    assert agree.mean() > 0.95
    rms = column(ours, "RMS [full scale]")
    onset = ours.times[np.flatnonzero(rms > rms.max() / 2)[0]]
    assert onset == pytest.approx(0.4, abs=0.015)


def test_another_rate_is_refused(descriptor):
    with pytest.raises(InputError, match="8000 Hz: resample it to 16000 Hz first"):
        descriptor.describe(Waveform(np.zeros(8000, dtype=np.float32), 8000))
