"""Each stage of the glottal analysis alone, given COVAREP's own intermediate values of the stages before it."""

from __future__ import annotations

import numpy as np
import pytest
from covarep_files import STAGES, VOWELS, sound, stages

from extraction.glottal.analysis import analyse
from extraction.glottal.closure_sedreams import closure_instants
from extraction.glottal.dispersion import dispersion_quotient
from extraction.glottal.inverse_iaif import glottal_flow, periods
from extraction.glottal.linear_prediction import residual
from extraction.glottal.peak_slope import peak_slope
from extraction.glottal.pitch_srh import track_pitch
from extraction.glottal.polarity import polarity
from extraction.glottal.rd_msp import pulse_shape
from extraction.glottal.voice_quality import harmonic_levels, of_a_voice, voice_quality

pytestmark = pytest.mark.data


def upright(covarep, name):
    return sound(covarep, name) * np.float32(stages(covarep, name)["polarity"].item())


@pytest.mark.parametrize("name", STAGES)
def test_polarity_and_residual(covarep, name):
    expected = stages(covarep, name)
    assert polarity(sound(covarep, name)) == expected["polarity"].item()
    assert polarity(-sound(covarep, name)) == -expected["polarity"].item()
    left = residual(upright(covarep, name), 18)
    np.testing.assert_allclose(left / np.abs(left).max(), expected["lp_residual"], atol=1e-6)


@pytest.mark.parametrize("name", STAGES)
def test_summation_of_residual_harmonics(covarep, name):
    pitch, expected = track_pitch(sound(covarep, name)), stages(covarep, name)
    np.testing.assert_allclose(pitch.positions + 1, expected["srh_time_s"] * 16000)
    np.testing.assert_allclose(pitch.score, expected["srh_val"], atol=1e-5)
    assert (pitch.f0 == expected["srh_f0"]).mean() >= 0.99
    np.testing.assert_array_equal(pitch.voiced, expected["srh_vuv"])


@pytest.mark.parametrize("name", STAGES)
def test_closure_instants(covarep, name):
    expected = stages(covarep, name)
    found = closure_instants(
        upright(covarep, name), expected["lp_residual"].astype(np.float32), expected["F0med"].item()
    )
    for theirs in (expected["gci_all_before_vuv"], expected["gci"]):
        away = np.abs(found[:, None] - theirs).min(axis=0)
        assert (away <= 8).mean() >= 0.99
    voiced = analyse(sound(covarep, name)).closures
    assert (np.abs(voiced[:, None] - expected["gci"]).min(axis=0) <= 8).mean() >= 0.99
    assert abs(len(voiced) - len(expected["gci"])) <= 0.01 * len(voiced)


@pytest.mark.parametrize("name", STAGES)
def test_flow_given_the_closures(covarep, name):
    expected = stages(covarep, name)
    closures = expected["gci"].astype(np.intp)
    flow = glottal_flow(upright(covarep, name), closures, 0, len(sound(covarep, name)))
    np.testing.assert_allclose(flow.derivative, expected["iaif_dg"], atol=1e-9)
    np.testing.assert_allclose(flow.flow, expected["iaif_g"], atol=1e-8)


@pytest.mark.parametrize("name", STAGES)
def test_voice_quality_given_the_closures(covarep, name):
    expected = stages(covarep, name)
    closures = expected["gci"].astype(np.intp)
    values = voice_quality(upright(covarep, name), closures)
    usable = of_a_voice(closures)
    usable[0] = False  # the reference's first cycle has no pulse: its PSP is 0
    for column, theirs in ((0, "NAQ"), (1, "QOQ"), (4, "PSP")):
        mine, other = values[usable, column], expected[f"gci_{theirs}"][usable, 1]
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-9)
    away = np.abs(values[usable, 2] - expected["gci_H1H2"][usable, 1])
    assert (away <= 1e-6).mean() >= 0.99
    assert np.isnan(values[~of_a_voice(closures)]).all()


@pytest.mark.parametrize("name", STAGES)
def test_levels_of_the_harmonics_give_the_references_own_richness(covarep, name):
    """It divides sums of decibels re 1/32768; ours is the sum of amplitudes, as the paper has it."""
    expected = stages(covarep, name)
    closures = expected["gci"].astype(np.intp)
    usable = np.flatnonzero(of_a_voice(closures))[1:]
    period = periods(closures)[usable]
    levels = harmonic_levels(expected["iaif_dg"], closures[usable], period, 156) + 20 * np.log10(32768)
    within = np.arange(1, 157) * (16000 / period[:, None]) <= 5000
    mine = np.where(within, levels, 0)[:, 1:].sum(axis=1) / levels[:, 0]
    assert np.corrcoef(mine, expected["gci_HRF"][usable, 1])[0, 1] >= 0.98
    assert (np.abs(mine / expected["gci_HRF"][usable, 1] - 1) <= 1e-6).mean() >= 0.85


@pytest.mark.parametrize("name", STAGES)
def test_wavelet_measures_given_their_inputs(covarep, name):
    expected = stages(covarep, name)
    closures = expected["gci"].astype(np.intp)
    quotient = dispersion_quotient(expected["lp_residual"].astype(np.float32), closures)
    np.testing.assert_allclose(quotient, expected["mdq"][:, 1], atol=1e-6)
    positions, slopes = peak_slope(upright(covarep, name))
    np.testing.assert_allclose(positions + 1, expected["peakslope"][:, 0] * 16000)
    np.testing.assert_allclose(slopes, expected["peakslope"][:, 1], atol=1e-6)


@pytest.mark.parametrize("name", STAGES)
def test_pulse_shape(covarep, name):
    """Held to the values of version 1.4.1; the later ones rest on a conjugated spectrum."""
    with np.load(covarep / "intermediate" / f"{name}_rd_v141.npz") as file:
        times, theirs, confidence = file["rd_msp"].T
    pitch = track_pitch(sound(covarep, name))
    mine, sure = pulse_shape(upright(covarep, name), times * 16000 - 1, np.where(pitch.voiced, pitch.f0, np.nan))
    voiced = pitch.voiced
    away = np.abs(mine - theirs)[voiced]
    assert (away <= 0.05).mean() >= 0.95
    np.testing.assert_allclose(np.median(sure[voiced]), np.median(confidence[voiced]), atol=0.02)
    if name in VOWELS:
        assert np.median(away) <= 0.01
    else:
        assert np.corrcoef(mine[voiced], theirs[voiced])[0, 1] >= 0.95
    for start, truth in zip((0.2, 1.6, 3.0), (0.5, 1.2, 2.4) if "steps" in name else (1.2,) * 3, strict=True):
        if name in VOWELS:
            np.testing.assert_allclose(np.nanmedian(mine[(times > start) & (times < start + 0.8)]), truth, atol=0.1)
