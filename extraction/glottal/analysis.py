"""The whole glottal analysis of a sound, and its values at any sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extraction.glottal import voice_quality as quality
from extraction.glottal.closure_sedreams import Positions, closure_instants
from extraction.glottal.dispersion import dispersion_quotient
from extraction.glottal.linear_prediction import Doubles, residual
from extraction.glottal.peak_slope import peak_slope
from extraction.glottal.pitch_srh import Pitch, interpolated, track_pitch
from extraction.glottal.polarity import polarity
from extraction.glottal.samples import BLOCK, Adjusted, Residual, Samples

CYCLE_COLUMNS = (*quality.COLUMNS, "MDQ")
COLUMNS = ("F0 [Hz]", *CYCLE_COLUMNS, "peak slope", "voiced")

READS = 9  # how often `analyse` reads each sample, about

_ORDER = 18  # of the prediction whose residual closures and dispersion are read from


@dataclass(frozen=True)
class Analysis:
    """What the glottal source of one sound is like.

    Attributes:
        polarity: 1, or -1 if the sound was upside down.
        pitch: every 10 ms.
        closures: (G,) samples, in the voiced parts.
        cycles: (G, 6), in the order of `CYCLE_COLUMNS`; NaN where there was nothing to measure.
        slope_positions, slopes: (S,), peak slope and the samples it is centred on.
    """

    polarity: int
    pitch: Pitch
    closures: Positions
    cycles: Doubles
    slope_positions: Doubles
    slopes: Doubles

    def at(self, positions: Doubles, gaps: bool = False) -> Doubles:
        """Values at given samples, linear between those measured, also across unvoiced gaps.

        Args:
            positions: (F,) samples, rising.
            gaps: keep cycles that are too long or too short for a voice, such as the first after an unvoiced gap, with
                zero for what was not measured. The reference implementation does; then these pull their neighbours.

        Returns:
            (F, 9), in the order of `COLUMNS`, whose units they name (peak slope: log10 of amplitude an octave band; the
            quotients and PSP have none); NaN before the first and after the last measured value of a column.
        """
        columns = [self.pitch.f0_at(positions)]
        voice = quality.of_a_voice(self.closures)
        for name, values in zip(CYCLE_COLUMNS, self.cycles.T, strict=True):
            filled = np.where(~voice & ~np.isfinite(values), 0, values) if gaps else values
            known = np.isfinite(filled) & (voice | gaps)
            dated = self.closures[known] - float(name == "MDQ")  # measured from the sample before
            columns.append(interpolated(positions, dated, filled[known]))
        known = np.isfinite(self.slopes)
        columns.append(interpolated(positions, self.slope_positions[known], self.slopes[known]))
        columns.append((self.pitch.voiced_at(positions) >= 0.5).astype(np.float64))
        return np.column_stack(columns)


def analyse(samples: Samples) -> Analysis:
    """Analyse a sound (N,) at 16 kHz, of any length and level, either way up; positions are in samples.

    Source: Degottex et al. (2014), COVAREP, ICASSP, for the chain; each step names its own.
    """
    sign = polarity(samples)
    upright = samples if sign > 0 else Adjusted(samples, sign=sign)
    left: Samples = Residual(upright, _ORDER) if len(upright) > BLOCK else residual(upright[:], _ORDER)
    pitch = track_pitch(upright)
    closures = closure_instants(upright, left, pitch.median)
    closures = closures[pitch.voiced_at(closures.astype(np.float64)) > 0.5]
    cycles = np.column_stack([quality.voice_quality(upright, closures), dispersion_quotient(left, closures)])
    positions, slopes = peak_slope(upright)
    return Analysis(sign, pitch, closures, cycles, positions, slopes)
