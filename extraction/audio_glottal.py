"""The glottal source and twelve cepstral coefficients every 10 ms: the acoustic features of the paper's set.

One time grid with the other descriptors: frame i is centred on `0.01 * i + 0.01` s. What is measured once a glottal
cycle is taken linearly between cycles. All that needs a voice is NaN in unvoiced frames, and a frame whose level is
below -80 dBFS, its mean taken off, is not observed.

Source: Degottex et al. (2014), COVAREP: a collaborative voice analysis repository for speech technologies, ICASSP; each
file of `extraction.glottal` names its own. The cepstra are those of `extraction.mfcc`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from extraction.audio_grid import centres_of, on_grid, samples_over
from extraction.glottal.samples import Adjusted, Samples, Told, parts
from extraction.mfcc import CEPSTRA, cepstra
from extraction.protocols import Audible, Progress, silent
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Track, Waveform

if TYPE_CHECKING:
    from extraction.glottal.analysis import Analysis
    from extraction.glottal.closure_sedreams import Positions

_SOURCE = ("F0 [Hz]", "NAQ", "QOQ", "H1-H2 [dB]", "HRF [dB]", "PSP", "MDQ", "peak slope")
_UNVOICED = ("peak slope",)  # measured in unvoiced frames too
_CONFIDENT = 0.5  # of Rd; phases that are random leave 0.42
_OFFSET = 0.1  # of the sound's spread: a mean beyond it is a fault of the recording


class GlottalDescriptor:
    """An AudioDescriptor: eight descriptors of the glottal source, MFCC 1 to 12, and `voiced` (1 or 0).

    One object may describe any number of clips, one after another.

    Args:
        rd: a further column `Rd`, the shape of the glottal pulse from 0.3 (tense) to 2.5 (breathy), NaN where its
            phases do not speak clearly. Such a set has another spec.
    """

    def __init__(self, rd: bool = False) -> None:
        self._rd = rd
        self._spec = FeatureSpec(
            modality="A",
            name="glottal+rd+mfcc12" if rd else "glottal+mfcc12",
            version="glottal-2+mfcc-1",
            names=(*_SOURCE, *(("Rd",) if rd else ()), *CEPSTRA, "voiced"),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 21 columns, 22 with Rd."""
        return self._spec

    def describe(self, waveform: Waveform) -> Track:
        """The rows of `audio_grid`. Raises InputError if the waveform is not at 16 kHz."""
        return self.over(waveform)(0.0, waveform.duration)

    def over(self, sound: Audible, progress: Progress = silent) -> Callable[[float, float], Track]:
        """See `protocols.WholeSoundDescriptor`. Raises InputError if the sound is not at 16 kHz."""
        from extraction.glottal.analysis import READS, analyse

        whole = centred(samples_over(sound))
        found = analyse(Told(whole, progress, READS))

        def describe(start: float, end: float) -> Track:
            samples, first = sound.between(start, end).samples, round(start * SAMPLE_RATE)
            centres = centres_of(samples)
            source, voiced = _source(found, whole, first + centres, self._rd)
            return on_grid(self._spec, samples, source, cepstra(samples, centres), voiced)

        return describe


def _source(found: Analysis, whole: Samples, centres: Positions, rd: bool) -> tuple[NDArray[np.float64], Bools]:
    """The columns of the glottal source at given samples (F,), NaN where they mean nothing, and what is voiced (F,)."""
    positions = centres.astype(np.float64)
    source = found.at(positions)
    source, voiced = source[:, :-1], source[:, -1] > 0
    early = centres < found.closures[1] if len(found.closures) > 1 else np.ones(len(centres), dtype=bool)
    source[early, 1:-1] = np.nan  # no cycle is whole yet
    source[np.ix_(~voiced, np.array([name not in _UNVOICED for name in _SOURCE]))] = np.nan
    if rd:
        from extraction.glottal.rd_msp import pulse_shape

        shape, confidence = pulse_shape(Adjusted(whole, sign=found.polarity), positions, source[:, 0])
        source = np.column_stack([source, np.where(confidence >= _CONFIDENT, shape, np.nan)])
    return source, voiced


def centred(samples: Samples) -> Samples:
    """The sound (N,) without a constant offset. A slight one stays, so that digital silence stays zero."""
    count, total, energy = 0, 0.0, 0.0
    for _, part in parts(samples):
        count, total, energy = count + len(part), total + float(part.sum(dtype=np.float64)), energy + float(part @ part)
    mean = total / max(count, 1)
    variance = energy / max(count, 1) - mean**2
    return Adjusted(samples, mean) if mean**2 > _OFFSET**2 * max(variance, 0) else samples
