"""Voice and sound every 10 ms: openSMILE's eGeMAPSv02 low-level descriptors and twelve cepstral coefficients.

One time grid (`opensmile_rows`): frame i is centred on `0.01 * i + 0.01` s. Jitter and shimmer, which follow the wave
at the start of openSMILE's row to within 10 ms, are taken from the 20 ms row.

Missing is never a zero. openSMILE writes 0 in the columns it calls `sma3nz` where there was nothing to measure, and
-201 dB for the level of a formant without pitch; both become NaN. It smooths over three frames and lets the -201 into
the mean, so a formant's level counts only where all three frames had pitch and formant. Every column that needs
a pitch is NaN in unvoiced frames. A frame whose level is below -80 dBFS, its mean taken off, is not observed.

Source: Eyben et al. (2016), The Geneva Minimalistic Acoustic Parameter Set, IEEE Trans. Affective Computing 7(2);
openSMILE's `egemaps/v02` configuration. openSMILE's licence is for research and private use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extraction.audible import FRAME, audible
from extraction.mfcc import HOP, mfcc
from extraction.opensmile_rows import OpenSmileRows, samples_of
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Floats, Track, Waveform

PERIOD = HOP / SAMPLE_RATE  # seconds

_CEPSTRA = 12


@dataclass(frozen=True)
class Column:
    """One of openSMILE's columns.

    Attributes:
        opensmile: its name in eGeMAPSv02, without the suffix of the smoothing.
        name: its name in the spec, with the unit in brackets.
        long: measured over 60 ms windows rather than 20 ms ones.
        voiced: means something in voiced frames alone.
        nz: openSMILE leaves zeros out of the smoothing (suffix `sma3nz`, else `sma3`): there 0 marks what could not be
            measured, but for the levels of formants, where 0 dB is a measurement and -201 dB the mark.
    """

    opensmile: str
    name: str
    long: bool = False
    voiced: bool = False
    nz: bool = False

    @property
    def smoothed(self) -> str:
        """The whole name openSMILE gives the column."""
        return f"{self.opensmile}_{'sma3nz' if self.nz else 'sma3'}"


def _formant(k: int) -> tuple[Column, ...]:
    return (
        Column(f"F{k}frequency", f"F{k} frequency [Hz]", nz=True),
        Column(f"F{k}bandwidth", f"F{k} bandwidth [Hz]", nz=True),
        Column(f"F{k}amplitudeLogRelF0", f"F{k} level re F0 [dB]", long=True, voiced=True, nz=True),
    )


COLUMNS: tuple[Column, ...] = (
    Column("Loudness", "loudness"),
    Column("alphaRatio", "alpha ratio [dB]"),
    Column("hammarbergIndex", "Hammarberg index [dB]"),
    Column("slope0-500", "spectral slope 0-500 Hz [dB/Hz]"),
    Column("slope500-1500", "spectral slope 500-1500 Hz [dB/Hz]"),
    Column("spectralFlux", "spectral flux"),
    *(Column(f"mfcc{k}", f"MFCC {k} (openSMILE)") for k in (1, 2, 3, 4)),
    Column("F0semitoneFrom27.5Hz", "F0 [semitone re 27.5 Hz]", long=True, voiced=True, nz=True),
    Column("jitterLocal", "jitter [ratio]", voiced=True, nz=True),
    Column("shimmerLocaldB", "shimmer [dB]", voiced=True, nz=True),
    Column("HNRdBACF", "harmonics-to-noise ratio [dB]", long=True, voiced=True, nz=True),
    Column("logRelF0-H1-H2", "H1-H2 [dB]", long=True, voiced=True, nz=True),
    Column("logRelF0-H1-A3", "H1-A3 [dB]", long=True, voiced=True, nz=True),
    *_formant(1),
    *_formant(2),
    *_formant(3),
)
"""eGeMAPSv02's 25 low-level descriptors in openSMILE's order."""

_LONG = np.array([column.long for column in COLUMNS])
_VOICED = np.array([column.voiced for column in COLUMNS])
_NZ = np.array([column.nz for column in COLUMNS])
_F0 = next(i for i, column in enumerate(COLUMNS) if column.opensmile.startswith("F0"))
_FORMANTS = tuple((i, i + 2) for i, column in enumerate(COLUMNS) if column.opensmile.endswith("frequency"))


class OpenSmileDescriptor:
    """The AudioDescriptor by default: 25 descriptors, MFCC 1 to 12, and `voiced` (1 or 0).

    One object may describe any number of clips, one after another.

    Raises:
        S2SError: openSMILE is not installed whole, or is a version with other columns.
    """

    def __init__(self) -> None:
        self._rows = OpenSmileRows("eGeMAPSv02", [column.smoothed for column in COLUMNS], _LONG, _missing)
        cepstra = (f"MFCC {k}" for k in range(1, _CEPSTRA + 1))
        self._spec = FeatureSpec(
            modality="A",
            name="egemaps-lld+mfcc12",
            version=f"{self._rows.version}+mfcc-1",
            names=(*(column.name for column in COLUMNS), *cepstra, "voiced"),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 38 columns."""
        return self._spec

    def describe(self, waveform: Waveform) -> Track:
        """One row every 10 ms, for each 20 ms window that lies whole in the waveform.

        Raises:
            InputError: the waveform is not at 16 kHz.
        """
        samples = samples_of(waveform)
        voice = self._rows.measure(samples)  # (F, 25)
        voiced = np.isfinite(voice[:, _F0])
        voice[np.ix_(~voiced, _VOICED)] = np.nan
        centres = np.arange(len(voice)) * HOP + FRAME // 2
        cepstra = mfcc(samples, centres, _CEPSTRA + 1)[:, 1:]
        values = np.column_stack([voice, cepstra, voiced]).astype(np.float32)
        observed = audible(samples, len(voice))
        values[~observed] = np.nan
        return Track(self._spec, centres / SAMPLE_RATE, values, observed, PERIOD)


def _missing(rows: Floats) -> Bools:
    """Where openSMILE's rows (R, 25) hold a mark rather than a measurement."""
    missing: Bools = (rows == 0) & _NZ
    for frequency, level in _FORMANTS:
        absent = (rows[:, frequency] == 0) | (rows[:, _F0] == 0)
        near = np.pad(absent, 1, mode="edge")
        missing[:, level] = near[:-2] | near[1:-1] | near[2:]
    return missing
