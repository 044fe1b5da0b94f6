"""The octave-spaced wavelets that peak slope and maxima dispersion are measured with.

Source: d'Alessandro and Sturmel (2011), Glottal closure instant and voice source analysis using time-scale lines of
maximum amplitude, Sadhana 36(5).
"""

from __future__ import annotations

import numpy as np
from scipy.signal import oaconvolve

from extraction.glottal.linear_prediction import Doubles


def reach(octave: int) -> int:
    """Samples from the middle of a wavelet to where it is nothing."""
    return 9 << octave


def octave_band(signal: Doubles, octave: int) -> Doubles:
    """A signal (n,) under the cosine-modulated Gaussian centred `octave` octaves below 8 kHz, as long, not shifted.

    In the unit of the signal. Source: d'Alessandro and Sturmel (2011), Sadhana 36(5).
    """
    half = reach(octave)
    time = np.arange(-half, half + 1) / 2**octave
    wavelet = -np.cos(np.pi * time) * np.exp(-(time**2) / 2)
    filtered: Doubles = oaconvolve(signal, wavelet, mode="full")[half : half + len(signal)]
    return filtered
