"""The glottal set against values that the original COVAREP computed of the same sounds, in ../shared/covarep.

Its table is on samples 80, 240, ... counted from 1; its intermediate values let every stage be held alone.
"""

from __future__ import annotations

import csv
import wave
from functools import cache

import numpy as np
import pytest

from extraction.audio_glottal import GlottalDescriptor
from extraction.glottal.analysis import COLUMNS, analyse
from extraction.glottal.closure_sedreams import closure_instants
from extraction.glottal.dispersion import dispersion_quotient
from extraction.glottal.inverse_iaif import glottal_flow, periods
from extraction.glottal.linear_prediction import residual
from extraction.glottal.peak_slope import peak_slope
from extraction.glottal.pitch_srh import track_pitch
from extraction.glottal.polarity import polarity
from extraction.glottal.rd_msp import pulse_shape
from extraction.glottal.voice_quality import harmonic_levels, of_a_voice, voice_quality
from extraction.types import Waveform

pytestmark = pytest.mark.data

SPEECH = ["grid_lbbc2a", "katiehill", "obama_speech"]
VOWELS = {"synth_vowel120_rdsteps": 120, "synth_vowel150_rd1p2": 150}
EDGES = ["noise_white", "silence_digital", "silence_dither"]
STAGES = ["grid_lbbc2a", "katiehill", *VOWELS]  # with intermediate values


@pytest.fixture(scope="module")
def folder(data_root):
    found = data_root.parent / "covarep"
    if not (found / "README.md").is_file():
        pytest.skip(f"COVAREP's values are not at {found}: see the developers' notes on how they were made")
    return found


@cache
def sound(folder, name):
    with wave.open(str(folder / f"{name}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32768


@cache
def table(folder, name):
    with (folder / f"{name}.csv").open(newline="") as file:
        names, *rows = csv.reader(file)
    values = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    return dict(zip(names, values.T, strict=True))


@cache
def stages(folder, name):
    with np.load(folder / "intermediate" / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


@cache
def ours(folder, name):
    """Our columns where the table's rows are, the reference's way with gaps."""
    positions = table(folder, name)["sample_1based"] - 1
    return dict(zip(COLUMNS, analyse(sound(folder, name)).at(positions, gaps=True).T, strict=True))


def upright(folder, name):
    return sound(folder, name) * np.float32(stages(folder, name)["polarity"].item())


def voiced_in_both(folder, name):
    return (ours(folder, name)["voiced"] == 1) & (table(folder, name)["VUV"] == 1)


def pairs(folder, name, column, theirs):
    """Values of frames voiced in both, where the reference has one; we must have it too."""
    here = voiced_in_both(folder, name) & np.isfinite(table(folder, name)[theirs])
    mine, other = ours(folder, name)[column][here], table(folder, name)[theirs][here]
    measured = np.isfinite(mine)
    assert measured.mean() >= 0.99
    return mine[measured], other[measured]


@pytest.mark.parametrize("name", [*SPEECH, *VOWELS])
def test_pitch_and_voicing(folder, name):
    mine, theirs = pairs(folder, name, "F0 [Hz]", "F0")
    assert (np.abs(mine - theirs) <= 1).mean() >= 0.98
    assert (np.abs(mine - theirs) <= 2).mean() >= 0.99
    assert (ours(folder, name)["voiced"] == table(folder, name)["VUV"]).mean() >= 0.98
    if name in VOWELS:
        assert np.median(mine) == VOWELS[name]
        assert (mine == VOWELS[name]).mean() >= 0.95  # the reference's own share where the vowel changes


@pytest.mark.parametrize("name", EDGES)
def test_voicing_where_there_is_no_voice(folder, name):
    assert (ours(folder, name)["voiced"] == table(folder, name)["VUV"]).mean() >= 0.98


@pytest.mark.parametrize("name", [*SPEECH, *VOWELS])
@pytest.mark.parametrize(
    ("column", "demand"),  # the reference's name, least correlation, largest median difference
    [
        ("NAQ", ("NAQ", 0.95, 0.002)),
        ("QOQ", ("QOQ", 0.95, 0.005)),
        ("H1-H2 [dB]", ("H1H2", 0.90, 0.3)),
        ("PSP", ("PSP", 0.90, 0.02)),
        ("MDQ", ("MDQ", 0.85, 0.003)),
    ],
)
def test_columns_from_end_to_end(folder, name, column, demand):
    theirs, correlation, median = demand
    mine, other = pairs(folder, name, column, theirs)
    assert np.corrcoef(mine, other)[0, 1] >= correlation
    assert np.median(np.abs(mine - other)) <= median


@pytest.mark.parametrize("name", [*SPEECH, *VOWELS])
def test_peak_slope_from_end_to_end(folder, name):
    mine, other = pairs(folder, name, "peak slope", "peakSlope")
    assert np.corrcoef(mine, other)[0, 1] >= 0.999
    assert np.percentile(np.abs(mine - other), 95) <= 0.002


@pytest.mark.parametrize("name", STAGES)
def test_polarity_and_residual(folder, name):
    expected = stages(folder, name)
    assert polarity(sound(folder, name)) == expected["polarity"].item()
    assert polarity(-sound(folder, name)) == -expected["polarity"].item()
    left = residual(upright(folder, name), 18)
    np.testing.assert_allclose(left / np.abs(left).max(), expected["lp_residual"], atol=1e-6)


@pytest.mark.parametrize("name", STAGES)
def test_summation_of_residual_harmonics(folder, name):
    pitch, expected = track_pitch(sound(folder, name)), stages(folder, name)
    np.testing.assert_allclose(pitch.positions + 1, expected["srh_time_s"] * 16000)
    np.testing.assert_allclose(pitch.score, expected["srh_val"], atol=1e-5)
    assert (pitch.f0 == expected["srh_f0"]).mean() >= 0.99
    np.testing.assert_array_equal(pitch.voiced, expected["srh_vuv"])


@pytest.mark.parametrize("name", STAGES)
def test_closure_instants(folder, name):
    expected = stages(folder, name)
    found = closure_instants(
        upright(folder, name), expected["lp_residual"].astype(np.float32), expected["F0med"].item()
    )
    for theirs in (expected["gci_all_before_vuv"], expected["gci"]):
        away = np.abs(found[:, None] - theirs).min(axis=0)
        assert (away <= 8).mean() >= 0.99
    voiced = analyse(sound(folder, name)).closures
    assert (np.abs(voiced[:, None] - expected["gci"]).min(axis=0) <= 8).mean() >= 0.99
    assert abs(len(voiced) - len(expected["gci"])) <= 0.01 * len(voiced)


@pytest.mark.parametrize("name", STAGES)
def test_flow_given_the_closures(folder, name):
    expected = stages(folder, name)
    closures = expected["gci"].astype(np.intp)
    flow = glottal_flow(upright(folder, name), closures, 0, len(sound(folder, name)))
    np.testing.assert_allclose(flow.derivative, expected["iaif_dg"], atol=1e-9)
    np.testing.assert_allclose(flow.flow, expected["iaif_g"], atol=1e-8)


@pytest.mark.parametrize("name", STAGES)
def test_voice_quality_given_the_closures(folder, name):
    expected = stages(folder, name)
    closures = expected["gci"].astype(np.intp)
    values = voice_quality(upright(folder, name), closures)
    usable = of_a_voice(closures)
    usable[0] = False  # the reference's first cycle has no pulse: its PSP is 0
    for column, theirs in ((0, "NAQ"), (1, "QOQ"), (4, "PSP")):
        mine, other = values[usable, column], expected[f"gci_{theirs}"][usable, 1]
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-9)
    away = np.abs(values[usable, 2] - expected["gci_H1H2"][usable, 1])
    assert (away <= 1e-6).mean() >= 0.99
    assert np.isnan(values[~of_a_voice(closures)]).all()


@pytest.mark.parametrize("name", STAGES)
def test_levels_of_the_harmonics_give_the_references_own_richness(folder, name):
    """It divides sums of decibels re 1/32768; ours is the sum of amplitudes, as the paper has it."""
    expected = stages(folder, name)
    closures = expected["gci"].astype(np.intp)
    usable = np.flatnonzero(of_a_voice(closures))[1:]
    period = periods(closures)[usable]
    levels = harmonic_levels(expected["iaif_dg"], closures[usable], period, 156) + 20 * np.log10(32768)
    within = np.arange(1, 157) * (16000 / period[:, None]) <= 5000
    mine = np.where(within, levels, 0)[:, 1:].sum(axis=1) / levels[:, 0]
    assert np.corrcoef(mine, expected["gci_HRF"][usable, 1])[0, 1] >= 0.98
    assert (np.abs(mine / expected["gci_HRF"][usable, 1] - 1) <= 1e-6).mean() >= 0.85


@pytest.mark.parametrize("name", STAGES)
def test_wavelet_measures_given_their_inputs(folder, name):
    expected = stages(folder, name)
    closures = expected["gci"].astype(np.intp)
    quotient = dispersion_quotient(expected["lp_residual"].astype(np.float32), closures)
    np.testing.assert_allclose(quotient, expected["mdq"][:, 1], atol=1e-6)
    positions, slopes = peak_slope(upright(folder, name))
    np.testing.assert_allclose(positions + 1, expected["peakslope"][:, 0] * 16000)
    np.testing.assert_allclose(slopes, expected["peakslope"][:, 1], atol=1e-6)


@pytest.mark.parametrize("name", STAGES)
def test_pulse_shape(folder, name):
    """Held to the values of version 1.4.1; the later ones rest on a conjugated spectrum."""
    with np.load(folder / "intermediate" / f"{name}_rd_v141.npz") as file:
        times, theirs, confidence = file["rd_msp"].T
    pitch = track_pitch(sound(folder, name))
    mine, sure = pulse_shape(upright(folder, name), times * 16000 - 1, np.where(pitch.voiced, pitch.f0, np.nan))
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


def test_naq_of_lf_pulses_is_that_of_the_model(folder):
    """The Liljencrants-Fant model's NAQ is 0.11 Rd; the steps of Rd are 0.5, 1.2 and 2.4."""
    values = GlottalDescriptor().describe(Waveform(sound(folder, "synth_vowel120_rdsteps")))
    naq = values.values[:, values.spec.names.index("NAQ")]
    steps = [np.nanmedian(naq[(values.times > a) & (values.times < a + 0.8)]) for a in (0.2, 1.6, 3.0)]
    np.testing.assert_allclose(steps, [0.055, 0.132, 0.264], atol=0.025)


@pytest.mark.parametrize("name", [*SPEECH, *EDGES])
def test_descriptor_of_every_sound(folder, name):
    track = GlottalDescriptor().describe(Waveform(sound(folder, name)))
    voiced = track.values[:, -1] == 1
    assert np.isnan(track.values[~voiced][:, track.spec.names.index("F0 [Hz]")]).all()
    assert track.observed.any() == (name in (*SPEECH, "noise_white"))
