"""The glottal source as COVAREP's own rows and rules give it, for results to be laid beside those of that program.

Row i is centred on sample `160 * i + 79`, as the program's are, and there is one for each such sample of the sound;
`audio_grid` says when one is observed. What is measured once a glottal cycle is taken linearly between cycles, and a
cycle that no voice could have, such as the first after a pause, counts as zero, which pulls its neighbours; the set
`glottal` leaves such cycles out. Rd is measured every 10 ms, where the pitch is, and taken linearly between, however
sure it is; its confidence has a column. All but peak slope and the cepstra is NaN in unvoiced rows, where the program
writes what it interpolates. Its MCEP, HMPD and creak are not measured; the cepstra are those of `extraction.mfcc`.

Source: Degottex et al. (2014), COVAREP: a collaborative voice analysis repository for speech technologies, ICASSP; each
file of `extraction.glottal` names its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from extraction.audio_glottal import centred
from extraction.audio_grid import FRAME, centres_of, on_grid, samples_over
from extraction.glottal.samples import Adjusted, Told
from extraction.mfcc import CEPSTRA, HOP, cepstra
from extraction.protocols import Audible, Progress, silent
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Track, Waveform

if TYPE_CHECKING:
    from extraction.glottal.analysis import Analysis
    from extraction.glottal.closure_sedreams import Positions
    from extraction.glottal.linear_prediction import Doubles
    from extraction.glottal.samples import Samples

_CYCLES = ("F0 [Hz]", "NAQ", "QOQ", "H1-H2 [dB]", "PSP", "MDQ")  # HRF is none of the program's columns
_SHAPE = ("Rd", "Rd confidence")
_FIRST = 79  # the sample that the first row is centred on
_BEFORE = FRAME // 2 - _FIRST  # samples of silence that bring `audio_grid` onto these rows


class CovarepDescriptor:
    """An AudioDescriptor: nine descriptors of the glottal source, MFCC 1 to 12, and `voiced` (1 or 0).

    One object may describe any number of clips, one after another.
    """

    def __init__(self) -> None:
        self._spec = FeatureSpec(
            modality="A",
            name="glottal-covarep+rd+mfcc12",
            version="glottal-covarep-2+mfcc-1",
            names=(*_CYCLES, "peak slope", *_SHAPE, *CEPSTRA, "voiced"),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 22 columns."""
        return self._spec

    def describe(self, waveform: Waveform) -> Track:
        """COVAREP's rows. Raises InputError if the waveform is not at 16 kHz."""
        return self.over(waveform)(0.0, waveform.duration)

    def over(self, sound: Audible, progress: Progress = silent) -> Callable[[float, float], Track]:
        """See `protocols.WholeSoundDescriptor`. Raises InputError if the sound is not at 16 kHz."""
        from extraction.glottal.analysis import READS, analyse

        whole = centred(samples_over(sound))
        found = analyse(Told(whole, progress, READS))

        def describe(start: float, end: float) -> Track:
            first = round(start * SAMPLE_RATE)
            samples = whole[first : round(end * SAMPLE_RATE)]
            rows = (len(samples) - _FIRST - 1) // HOP + 1
            around = np.pad(samples, (_BEFORE, (rows + 1) * HOP - _BEFORE - len(samples)))
            centres = centres_of(around)
            source, voiced = _source(found, whole, first + centres - _BEFORE)
            track = on_grid(self._spec, around, source, cepstra(around, centres), voiced)
            return replace(track, times=(centres - _BEFORE) / SAMPLE_RATE)

        return describe


def _source(found: Analysis, whole: Samples, centres: Positions) -> tuple[NDArray[np.float64], Bools]:
    """The nine columns of the glottal source at given samples (F,), and what is voiced (F,)."""
    from extraction.glottal.analysis import COLUMNS
    from extraction.glottal.pitch_srh import interpolated

    positions = centres.astype(np.float64)
    values = found.at(positions, gaps=True)
    voiced = values[:, COLUMNS.index("voiced")] > 0
    dated, *shape = _pulse_shape(found, whole, positions)
    needs_voice = np.column_stack(
        [
            *(values[:, COLUMNS.index(name)] for name in _CYCLES),
            *(interpolated(positions, dated, measured) for measured in shape),
        ]
    )
    needs_voice[~voiced] = np.nan
    slope = values[:, COLUMNS.index("peak slope")]
    return np.insert(needs_voice, len(_CYCLES), slope, axis=1), voiced


def _pulse_shape(found: Analysis, whole: Samples, around: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Where the pitch is measured around given samples, and there Rd and its confidence: (P,) each."""
    from extraction.glottal.rd_msp import pulse_shape

    pitch = found.pitch
    near = pitch.voiced.copy()  # what voiced rows lie between
    near[1:] |= pitch.voiced[:-1]
    near[:-1] |= pitch.voiced[1:]
    first, last = around.min(initial=np.inf) - HOP, around.max(initial=-np.inf) + HOP
    here = (pitch.positions >= first) & (pitch.positions <= last)
    positions = pitch.positions[here]
    f0 = np.where(near, pitch.f0, np.nan)[here]
    return positions, *pulse_shape(Adjusted(whole, sign=found.polarity), positions, f0)
