"""Peak slope: how the largest amplitude falls from octave to octave, which tells a breathy from a tense voice.

Source: Kane and Gobl (2011), Identifying regions of non-modal phonation using features of the wavelet transform,
Interspeech.
"""

from __future__ import annotations

import numpy as np

from extraction.glottal.linear_prediction import Doubles
from extraction.glottal.samples import Samples
from extraction.glottal.wavelets import octave_band, reach
from extraction.glottal.zero_phase import blocks

WINDOW = 640  # samples, 40 ms
HOP = 160  # samples, 10 ms
CENTRE = 319  # samples from the start of a window to its centre

_OCTAVES = 7  # 8 kHz to 125 Hz
_BLOCK = 6000 * HOP  # samples


def peak_slope(samples: Samples) -> tuple[Doubles, Doubles]:
    """The slope in every 40 ms window that lies whole in the sound, 10 ms apart.

    Source: Kane and Gobl (2011), Interspeech.

    Args:
        samples: (N,).

    Returns:
        Positions (F,) of the centres in samples, and slopes (F,) in log10 of amplitude an octave band, the highest
        last; NaN where a band is empty.
    """
    count = max(0, (len(samples) - WINDOW) // HOP + 1)
    peaks = np.zeros((_OCTAVES, count))
    for start, stop, origin, piece in blocks(samples, _BLOCK, WINDOW + reach(_OCTAVES - 1)):
        frames = slice(start // HOP, min(-(-stop // HOP), count))
        if frames.start >= frames.stop:
            continue
        span = slice(frames.start * HOP - origin, (frames.stop - 1) * HOP + WINDOW - origin)
        for octave in range(_OCTAVES):
            hops = np.abs(octave_band(piece, octave)[span]).reshape(-1, HOP).max(axis=1)
            windows = np.lib.stride_tricks.sliding_window_view(hops, WINDOW // HOP)
            peaks[octave, frames] = windows.max(axis=1)
    heard = (peaks > 0).all(axis=0)
    steps = (_OCTAVES - 1) / 2 - np.arange(_OCTAVES)
    slopes = steps @ np.log10(np.where(heard, peaks, 1)) / (steps @ steps)
    return np.arange(count, dtype=np.float64) * HOP + CENTRE, np.where(heard, slopes, np.nan)
