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

from extraction.audio_grid import centres_of, on_grid, samples_of
from extraction.mfcc import CEPSTRA, cepstra
from extraction.opensmile_rows import Column, OpenSmileRows, sixteen_bit
from extraction.types import FeatureSpec, Track, Waveform

_F0 = "F0semitoneFrom27.5Hz_sma3nz"


def _formant(k: int) -> tuple[Column, ...]:
    frequency, level = f"F{k}frequency_sma3nz", f"F{k}amplitudeLogRelF0_sma3nz"
    return (
        Column(frequency, f"F{k} frequency [Hz]", zero=True),
        Column(f"F{k}bandwidth_sma3nz", f"F{k} bandwidth [Hz]", zero=True),
        # 0 dB is a measurement here
        Column(level, f"F{k} level re F0 [dB]", long=True, voiced=True, rests_on=(frequency, _F0)),
    )


COLUMNS: tuple[Column, ...] = (
    Column("Loudness_sma3", "loudness"),
    Column("alphaRatio_sma3", "alpha ratio [dB]"),
    Column("hammarbergIndex_sma3", "Hammarberg index [dB]"),
    Column("slope0-500_sma3", "spectral slope 0-500 Hz [dB/Hz]"),
    Column("slope500-1500_sma3", "spectral slope 500-1500 Hz [dB/Hz]"),
    Column("spectralFlux_sma3", "spectral flux"),
    *(Column(f"mfcc{k}_sma3", f"MFCC {k} (openSMILE)") for k in (1, 2, 3, 4)),
    Column(_F0, "F0 [semitone re 27.5 Hz]", long=True, voiced=True, zero=True),
    Column("jitterLocal_sma3nz", "jitter [ratio]", voiced=True, zero=True),
    Column("shimmerLocaldB_sma3nz", "shimmer [dB]", voiced=True, zero=True),
    Column("HNRdBACF_sma3nz", "harmonics-to-noise ratio [dB]", long=True, voiced=True, zero=True),
    Column("logRelF0-H1-H2_sma3nz", "H1-H2 [dB]", long=True, voiced=True, zero=True),
    Column("logRelF0-H1-A3_sma3nz", "H1-A3 [dB]", long=True, voiced=True, zero=True),
    *_formant(1),
    *_formant(2),
    *_formant(3),
)
"""eGeMAPSv02's 25 low-level descriptors in openSMILE's order."""


class OpenSmileDescriptor:
    """The AudioDescriptor by default: 25 descriptors, MFCC 1 to 12, and `voiced` (1 or 0).

    One object may describe any number of clips, one after another.

    Raises:
        S2SError: openSMILE is not installed whole, or is a version with other columns.
    """

    def __init__(self) -> None:
        self._rows = OpenSmileRows("eGeMAPSv02", COLUMNS)
        self._spec = FeatureSpec(
            modality="A",
            name="egemaps-lld+mfcc12",
            version=f"{self._rows.version}+mfcc-1",
            names=(*(column.name for column in COLUMNS), *CEPSTRA, "voiced"),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 38 columns."""
        return self._spec

    def describe(self, waveform: Waveform) -> Track:
        """The rows of `audio_grid`. Raises InputError if the waveform is not at 16 kHz."""
        samples = sixteen_bit(samples_of(waveform))
        measured, voiced = self._rows.measure(samples)
        return on_grid(self._spec, samples, measured, cepstra(samples, centres_of(samples)), voiced)
