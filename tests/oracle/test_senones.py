"""Our senone likelihoods against those that pocketsphinx itself writes to a file, on speech of a synthesiser."""

from pathlib import Path

import numpy as np
import pocketsphinx
import pytest

from extraction.alignment.acoustic_model import AcousticModel
from extraction.alignment.senones import STEP
from extraction.media import Reader

pytestmark = pytest.mark.models
_MAGIC = b"\x44\x33\x22\x11"


def written_scores(samples, folder):
    """(F, senones) steps below the best senone of the frame."""
    noise = 1e-3 * np.random.default_rng(0).standard_normal(len(samples), dtype=np.float32)
    decoder = pocketsphinx.Decoder(lm=None, loglevel="FATAL", bestpath=False, compallsen=True, senlogdir=str(folder))
    decoder.add_fsg("any", decoder.create_fsg("any", 0, 0, [(0, 0, 0.5, "a")]))
    decoder.activate_search("any")
    decoder.start_utt()
    decoder.process_raw((np.clip(samples + noise, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    (path,) = Path(folder).iterdir()
    data = path.read_bytes()
    start = data.index(_MAGIC) + len(_MAGIC)
    width = 1 + int(np.frombuffer(data, "<i2", 1, start)[0])
    return np.frombuffer(data, "<i2", offset=start).reshape(-1, width)[:, 1:].astype(float)


def test_likelihoods_are_those_pocketsphinx_writes(sample_clip, tmp_path):
    samples = Reader(sample_clip, None).finish().waveform.samples
    model = AcousticModel()
    theirs = written_scores(samples, tmp_path)
    ours = -model.likelihoods(model.hear(samples), np.arange(theirs.shape[1])) / STEP
    assert ours.shape == theirs.shape
    away = ours - theirs
    away -= np.median(away, axis=1, keepdims=True)  # each by a constant of its own a frame
    assert np.median(np.abs(away)) < 1  # theirs are whole numbers, of a sum of rounded logarithms
    assert np.mean(np.abs(away) > 3) < 0.08
    assert np.corrcoef(away.ravel() + theirs.ravel(), theirs.ravel())[0, 1] > 0.995
    best = ours.argmin(axis=1)
    assert np.median(theirs[np.arange(len(best)), best]) <= 1
    assert np.mean(theirs[np.arange(len(best)), best] > 3) < 0.02


def test_likelihoods_are_the_mixtures_written_out(sample_clip):
    """A frame's likelihood from the formula, all Gaussians of the codebook sorted."""
    samples = Reader(sample_clip, None).finish().waveform.samples
    model = AcousticModel()
    features = model._cepstra.features(samples)[100:103]
    mixtures = model._mixtures
    log = mixtures._gaussians.constant - np.einsum("tsd,csdg->tcsg", features**2, mixtures._gaussians.precision).astype(
        float
    )
    log += 2 * np.einsum("tsd,csdg,csdg->tcsg", features, mixtures._gaussians.mean, mixtures._gaussians.precision)
    log -= np.einsum("csdg,csdg->csg", mixtures._gaussians.mean**2, mixtures._gaussians.precision)
    log -= log.max(axis=(1, 3), keepdims=True)
    fourth = np.sort(log, axis=3)[..., -4:-3]
    nearest = np.where(log >= fourth, np.exp(np.maximum(log, -96 * STEP)), 0.0)
    senones = np.array([0, 17, 400, 2500, 5125])
    weights = np.exp(-STEP * mixtures._costs[:, :, senones].astype(float))  # (3, 128, S)
    by_hand = np.log(np.einsum("tnsg,sgn->tns", nearest[:, mixtures._codebook[senones]], weights)).sum(axis=2)
    assert model.likelihoods(mixtures.densities(features), senones) == pytest.approx(by_hand, abs=2e-3)


def test_the_same_sound_is_heard_the_same_whatever_was_heard_before(sample_clip):
    samples = Reader(sample_clip, None).finish().waveform.samples
    model = AcousticModel()
    first = model.hear(samples[:32000])
    model.hear(samples[40000:] * 0.1)
    assert (model.hear(samples[:32000]).likelihood == first.likelihood).all()
