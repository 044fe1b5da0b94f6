"""Mel-frequency cepstral coefficients by scipy, without the compilation that librosa's own first call costs.

Recipe, equal to `librosa.feature.mfcc`: periodic Hann windows of 25 ms every 10 ms at 16 kHz, zero-padded to 512
points; power spectrum; 40 triangular mel bands on Slaney's scale, each of unit area, 0-8 kHz; decibels with a floor
of 1e-10; orthonormal DCT-II. The level floor is absolute (librosa's `top_db=None`), so a frame's cepstra depend on that
frame alone. Source: Davis and Mermelstein (1980), IEEE Trans. ASSP 28(4); Slaney (1998), Auditory Toolbox.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from extraction.types import SAMPLE_RATE, Floats

WINDOW = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
BANDS = 40
CEPSTRA = tuple(f"MFCC {k}" for k in range(1, 13))  # the columns of `cepstra`
_POINTS = 512  # of the FFT
_FLOOR = 1e-10  # of the power in a band
_BLOCK = 4096  # frames transformed at once, so that an hour of sound takes little memory


def mfcc(samples: Floats, centres: NDArray[np.intp], coefficients: int = 13) -> Floats:
    """Mel-frequency cepstra of the windows centred on given samples.

    Source: Davis and Mermelstein (1980), IEEE Trans. ASSP 28(4).

    Args:
        samples: (N,) at 16 kHz; silence is assumed around them.
        centres: (F,) sample positions; window f covers `[centres[f] - 200, centres[f] + 200)`.
        coefficients: how many, from the zeroth on, at most 40.

    Returns:
        (F, coefficients) float32, in dB (an orthonormal transform of levels in dB re full scale).
    """
    from scipy.fft import dct, rfft
    from scipy.signal import get_window

    if len(centres) == 0:
        return np.empty((0, coefficients), dtype=np.float32)
    window = get_window("hann", WINDOW, fftbins=True).astype(np.float32)
    padded = np.pad(samples, WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    blocks: list[Floats] = []
    for first in range(0, len(centres), _BLOCK):
        framed = windows[centres[first : first + _BLOCK]] * window  # (f, 400)
        power = np.abs(rfft(framed, n=_POINTS, axis=1)) ** 2  # (f, 257)
        decibels = 10 * np.log10(np.maximum(power @ _mel_bands().T, _FLOOR))  # (f, 40)
        cepstra: Floats = dct(decibels, type=2, norm="ortho", axis=1)
        blocks.append(cepstra[:, :coefficients].astype(np.float32))
    return np.concatenate(blocks)


def cepstra(samples: Floats, centres: NDArray[np.intp]) -> Floats:
    """The coefficients named in `CEPSTRA` alone, without the zeroth, as `mfcc` gives them: (F, 12), in dB.

    Source: Davis and Mermelstein (1980), IEEE Trans. ASSP 28(4).
    """
    return mfcc(samples, centres, len(CEPSTRA) + 1)[:, 1:]


@cache
def _mel_bands() -> Floats:
    """(40, 257): the weight of each frequency in each mel band."""
    from librosa.filters import mel

    bands: Floats = mel(sr=SAMPLE_RATE, n_fft=_POINTS, n_mels=BANDS)
    return bands
