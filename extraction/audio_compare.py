"""Voice and sound every 10 ms: openSMILE's ComParE 2016 low-level descriptors, the larger set of the two.

One time grid (`opensmile_rows`): frame i is centred on `0.01 * i + 0.01` s. Pitch, voicing, harmonicity and zero
crossings are measured over 60 ms, the rest over 20 ms; jitter and shimmer are taken from the 20 ms row, as in
`audio_opensmile`.

Missing is never a zero. openSMILE writes 0 for the pitch of an unvoiced frame and for a jitter or shimmer it could not
measure, and -100 dB for the harmonicity of an unvoiced frame, which its smoothing over three frames lets into the
neighbours: there harmonicity counts only where all three are voiced. The voicing probability is a measurement
everywhere, 0 where no candidate was found. A frame whose level is below -80 dBFS, its mean taken off, is not observed.

Source: Schuller et al. (2016), The INTERSPEECH 2016 Computational Paralinguistics Challenge; openSMILE's
`compare16` configuration. openSMILE's licence is for research and private use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extraction.audible import FRAME, audible
from extraction.mfcc import HOP
from extraction.opensmile_rows import OpenSmileRows, samples_of
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Floats, Track, Waveform

PERIOD = HOP / SAMPLE_RATE  # seconds


@dataclass(frozen=True)
class Column:
    """One of openSMILE's columns.

    Attributes:
        opensmile: its name in ComParE_2016, without the suffix of the smoothing; in brackets the index of a band.
        name: its name in the spec, with the unit in brackets.
        long: measured over 60 ms windows rather than 20 ms ones.
        voiced: means something in voiced frames alone, and is 0 where it could not be measured.
    """

    opensmile: str
    name: str
    long: bool = False
    voiced: bool = False

    @property
    def smoothed(self) -> str:
        """The whole name openSMILE gives the column."""
        stem, bracket, index = self.opensmile.partition("[")
        return f"{stem}_sma{bracket}{index}"


def _spectral(opensmile: str, name: str) -> Column:
    return Column(f"pcm_fftMag_{opensmile}", name)


COLUMNS: tuple[Column, ...] = (
    Column("F0final", "F0 [Hz]", long=True, voiced=True),
    Column("voicingFinalUnclipped", "voicing probability", long=True),
    Column("jitterLocal", "jitter [ratio]", voiced=True),
    Column("jitterDDP", "jitter of jitter [ratio]", voiced=True),
    Column("shimmerLocal", "shimmer [ratio]", voiced=True),
    Column("logHNR", "harmonics-to-noise ratio [dB]", long=True, voiced=True),
    Column("audspec_lengthL1norm", "loudness (auditory spectrum)"),
    Column("audspecRasta_lengthL1norm", "loudness (RASTA)"),
    Column("pcm_RMSenergy", "RMS [full scale]"),
    Column("pcm_zcr", "zero crossings [1/sample]", long=True),
    *(Column(f"audSpec_Rfilt[{k}]", f"auditory band {k + 1} (RASTA)") for k in range(26)),
    _spectral("fband250-650", "energy 250-650 Hz"),
    _spectral("fband1000-4000", "energy 1-4 kHz"),
    *(_spectral(f"spectralRollOff{p}.0", f"spectral roll-off {p} % [Hz]") for p in (25, 50, 75, 90)),
    _spectral("spectralFlux", "spectral flux"),
    _spectral("spectralCentroid", "spectral centroid [Hz]"),
    _spectral("spectralEntropy", "spectral entropy"),
    _spectral("spectralVariance", "spectral variance [Hz^2]"),
    _spectral("spectralSkewness", "spectral skewness"),
    _spectral("spectralKurtosis", "spectral kurtosis"),
    _spectral("spectralSlope", "spectral slope"),
    _spectral("psySharpness", "psychoacoustic sharpness"),
    _spectral("spectralHarmonicity", "spectral harmonicity"),
    *(Column(f"mfcc[{k}]", f"MFCC {k} (openSMILE)") for k in range(1, 15)),
)
"""ComParE 2016's 65 low-level descriptors in openSMILE's order."""

_LONG = np.array([column.long for column in COLUMNS])
_VOICED = np.array([column.voiced for column in COLUMNS])
_F0, _HNR = (next(i for i, c in enumerate(COLUMNS) if c.opensmile == name) for name in ("F0final", "logHNR"))


class CompareDescriptor:
    """An AudioDescriptor: 65 descriptors and `voiced` (1 or 0).

    One object may describe any number of clips, one after another.

    Raises:
        S2SError: openSMILE is not installed whole, or is a version with other columns.
    """

    def __init__(self) -> None:
        self._rows = OpenSmileRows("ComParE_2016", [column.smoothed for column in COLUMNS], _LONG, _missing)
        self._spec = FeatureSpec(
            modality="A",
            name="compare-lld",
            version=self._rows.version,
            names=(*(column.name for column in COLUMNS), "voiced"),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 66 columns."""
        return self._spec

    def describe(self, waveform: Waveform) -> Track:
        """One row every 10 ms, for each 20 ms window that lies whole in the waveform.

        Raises:
            InputError: the waveform is not at 16 kHz.
        """
        samples = samples_of(waveform)
        measured = self._rows.measure(samples)  # (F, 65)
        voiced = np.isfinite(measured[:, _F0])
        measured[np.ix_(~voiced, _VOICED)] = np.nan
        values = np.column_stack([measured, voiced]).astype(np.float32)
        observed = audible(samples, len(values))
        values[~observed] = np.nan
        centres = np.arange(len(values)) * HOP + FRAME // 2
        return Track(self._spec, centres / SAMPLE_RATE, values, observed, PERIOD)


def _missing(rows: Floats) -> Bools:
    """Where openSMILE's rows (R, 65) hold a mark rather than a measurement."""
    missing: Bools = (rows == 0) & _VOICED
    near = np.pad(rows[:, _F0] == 0, 1, mode="edge")
    missing[:, _HNR] = near[:-2] | near[1:-1] | near[2:]
    return missing
