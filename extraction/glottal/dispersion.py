"""Maxima dispersion quotient: how far apart the octaves of the residual peak around a closure, in periods.

A tense voice closes sharply and all octaves peak at the closure; a breathy one disperses them. The distance is taken
from the sample before the closure, as in the reference implementation.

Source: Kane and Gobl (2013), Wavelet maxima dispersion for breathy to tense voice discrimination, IEEE TASLP 21(6).
"""

from __future__ import annotations

import numpy as np

from extraction.glottal.closure_sedreams import Positions
from extraction.glottal.inverse_iaif import LONGEST, batches, periods
from extraction.glottal.linear_prediction import Doubles
from extraction.glottal.samples import Samples
from extraction.glottal.wavelets import octave_band, reach
from extraction.glottal.zero_phase import blocks

_OCTAVES = range(2, 7)  # 2 kHz to 125 Hz
_SEARCHED = 0.2  # of the period, on each side of the closure
_MARGIN = reach(_OCTAVES[-1]) + LONGEST // 4  # samples


def dispersion_quotient(left: Samples, closures: Positions) -> Doubles:
    """The quotient at each closure.

    Source: Kane and Gobl (2013), IEEE TASLP 21(6).

    Args:
        left: (N,), the residual of linear prediction of the sound the right way up.
        closures: (G,) samples, rising.

    Returns:
        (G,), a share of the period, without unit; NaN where the closure before is more than 10 s away, or a period to
        each side is not in the sound.
    """
    values = np.full(len(closures), np.nan)
    spans = periods(closures)
    usable = (spans > 0) & (spans <= LONGEST) & (closures >= spans) & (closures + spans <= len(left))
    for start, stop, origin, piece in blocks(left, margin=_MARGIN):
        chosen = np.flatnonzero(usable & (closures >= start) & (closures < stop))
        if len(chosen) == 0:
            continue
        chosen = chosen[np.argsort(spans[chosen], kind="stable")]
        distances = np.zeros(len(chosen))
        for octave in _OCTAVES:
            band = octave_band(piece, octave)
            for part in batches(spans[chosen]):
                rows = chosen[part]
                distances[part] += _distances(band, closures[rows] - origin, spans[rows])
        values[chosen] = distances / len(_OCTAVES) / spans[chosen]
    return values


def _distances(band: Doubles, closures: Positions, spans: Positions) -> Doubles:
    """How many samples lie from the band's maximum near each closure to the sample before the closure: (c,).

    Source: Kane and Gobl (2013), IEEE TASLP 21(6).
    """
    width = np.floor(_SEARCHED * spans + 0.5).astype(np.intp)
    offsets = np.arange(-width.max(), width.max() + 1)
    places = closures[:, None] + offsets
    inside = (np.abs(offsets) <= width[:, None]) & (places >= 0) & (places < len(band))
    near = np.where(inside, band[np.clip(places, 0, len(band) - 1)], -np.inf)
    distances: Doubles = np.abs(offsets[near.argmax(axis=1)] + 1).astype(np.float64)
    return distances
