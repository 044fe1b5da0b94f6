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

from extraction.audio_grid import on_grid, samples_of
from extraction.opensmile_rows import Column, OpenSmileRows, sixteen_bit
from extraction.types import FeatureSpec, Track, Waveform


def _spectral(opensmile: str, name: str) -> Column:
    return Column(f"pcm_fftMag_{opensmile}_sma", name)


COLUMNS: tuple[Column, ...] = (
    Column("F0final_sma", "F0 [Hz]", long=True, voiced=True, zero=True),
    Column("voicingFinalUnclipped_sma", "voicing probability", long=True),
    Column("jitterLocal_sma", "jitter [ratio]", voiced=True, zero=True),
    Column("jitterDDP_sma", "jitter of jitter [ratio]", voiced=True, zero=True),
    Column("shimmerLocal_sma", "shimmer [ratio]", voiced=True, zero=True),
    Column("logHNR_sma", "harmonics-to-noise ratio [dB]", long=True, voiced=True, rests_on=("F0final_sma",)),
    Column("audspec_lengthL1norm_sma", "loudness (auditory spectrum)"),
    Column("audspecRasta_lengthL1norm_sma", "loudness (RASTA)"),
    Column("pcm_RMSenergy_sma", "RMS [full scale]"),
    Column("pcm_zcr_sma", "zero crossings [1/sample]", long=True),
    *(Column(f"audSpec_Rfilt_sma[{k}]", f"auditory band {k + 1} (RASTA)") for k in range(26)),
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
    *(Column(f"mfcc_sma[{k}]", f"MFCC {k} (openSMILE)") for k in range(1, 15)),
)
"""ComParE 2016's 65 low-level descriptors in openSMILE's order."""


class CompareDescriptor:
    """An AudioDescriptor: 65 descriptors and `voiced` (1 or 0).

    One object may describe any number of clips, one after another.

    Raises:
        S2SError: openSMILE is not installed whole, or is a version with other columns.
    """

    def __init__(self) -> None:
        self._rows = OpenSmileRows("ComParE_2016", COLUMNS)
        names = (*(column.name for column in COLUMNS), "voiced")
        self._spec = FeatureSpec(modality="A", name="compare-lld", version=self._rows.version, names=names)

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 66 columns."""
        return self._spec

    def describe(self, waveform: Waveform) -> Track:
        """The rows of `audio_grid`. Raises InputError if the waveform is not at 16 kHz."""
        samples = sixteen_bit(samples_of(waveform))
        return on_grid(self._spec, samples, *self._rows.measure(samples))
