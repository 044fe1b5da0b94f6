"""Our cepstra against librosa's own."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.fakes import fake_waveform
from extraction.mfcc import HOP, WINDOW, mfcc

pytestmark = [
    pytest.mark.slow,  # librosa compiles on its first call
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # in that compilation
]


def librosa_mfcc(samples, **options):
    import librosa

    return librosa.feature.mfcc(
        y=samples, sr=16000, n_mfcc=13, n_fft=512, win_length=WINDOW, hop_length=HOP, n_mels=40, **options
    ).T


def noise(seconds=1.0, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * 16000)).astype(np.float32)


@pytest.mark.parametrize("samples", [noise(), noise(0.3, 1) + fake_waveform(0.3).samples], ids=["noise", "tone"])
def test_equal_to_librosa(samples):
    theirs = librosa_mfcc(samples, center=True)
    ours = mfcc(samples, np.arange(len(theirs)) * HOP)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_equal_to_librosa_where_its_relative_floor_would_hide_the_quiet():
    import librosa

    samples = np.concatenate([noise(0.2) * 1e-6, noise(0.2), np.zeros(3200, dtype=np.float32)])
    mel = librosa.feature.melspectrogram(y=samples, sr=16000, n_fft=512, win_length=WINDOW, hop_length=HOP, n_mels=40)
    theirs = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=13).T
    np.testing.assert_allclose(mfcc(samples, np.arange(len(theirs)) * HOP), theirs, atol=1e-3)
