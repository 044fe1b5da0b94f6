"""Voice and sound every 10 ms: openSMILE's eGeMAPSv02 low-level descriptors and twelve cepstral coefficients.

One time grid. Frame i is centred on `0.01 * i + 0.01` s: the centre of openSMILE's 20 ms windows, which start at
`0.01 * i`. openSMILE stamps its 60 ms windows (pitch, harmonicity, harmonics) by their start as well, which would
date them 20 ms early; here each lands on the row whose time is its centre. Jitter and shimmer, which follow the wave at
the row's start to within 10 ms, stay on the row. The sound is mirrored a little beyond both ends so that every
frame is measured, the shortest clip being 20 ms.

Missing is never a zero. openSMILE writes 0 in the columns it calls `sma3nz` where there was nothing to measure, and
-201 dB for the level of a formant without pitch; both become NaN. It smooths over three frames and lets the -201 into
the mean, so a formant's level counts only where all three frames had pitch and formant. Every column that needs
a pitch is NaN in unvoiced frames. A frame whose level is below -80 dBFS, its mean taken off, is not observed.

Source: Eyben et al. (2016), The Geneva Minimalistic Acoustic Parameter Set, IEEE Trans. Affective Computing 7(2);
openSMILE's `egemaps/v02` configuration. openSMILE's licence is for research and private use.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from extraction.errors import InputError, S2SError
from extraction.mfcc import HOP, mfcc
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Floats, Track, Waveform

if TYPE_CHECKING:
    from opensmile import Smile

SILENCE_DBFS = -80.0
FRAME = 320  # samples, 20 ms: openSMILE's short window, and the span whose level decides whether a frame is observed
PERIOD = HOP / SAMPLE_RATE  # seconds

_LEAD, _TAIL = 320, 640  # samples mirrored before and after, so that rows `i` and `i + _LAG` exist for every frame i
_LAG = _LEAD // HOP  # rows from a 60 ms window to the 20 ms window with the same centre
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
        try:
            from opensmile import FeatureLevel, FeatureSet, Smile
        except (ImportError, OSError) as error:
            raise S2SError(f"openSMILE could not be loaded ({error}): install opensmile again.") from error
        self._smile: Smile = Smile(FeatureSet.eGeMAPSv02, FeatureLevel.LowLevelDescriptors)
        if tuple(self._smile.feature_names) != tuple(column.smoothed for column in COLUMNS):
            raise S2SError("This version of openSMILE has other eGeMAPSv02 columns: install opensmile 2.6.")
        cepstra = (f"MFCC {k}" for k in range(1, _CEPSTRA + 1))
        self._spec = FeatureSpec(
            modality="A",
            name="egemaps-lld+mfcc12",
            version=f"opensmile-{version('opensmile')}/eGeMAPSv02+mfcc-1",
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
        if waveform.rate != SAMPLE_RATE:
            raise InputError(f"The sound is at {waveform.rate} Hz: resample it to {SAMPLE_RATE} Hz first.")
        samples = np.clip(waveform.samples, -1.0, 32767 / 32768)  # +1.0 would wrap around in openSMILE's 16 bits
        frames = max(0, (len(samples) - FRAME) // HOP + 1)
        centres = np.arange(frames) * HOP + FRAME // 2
        voice, voiced = self._voice(samples, frames)
        cepstra = mfcc(samples, centres, _CEPSTRA + 1)[:, 1:]
        values = np.column_stack([voice, cepstra, voiced]).astype(np.float32)
        observed = _audible(samples, frames)
        values[~observed] = np.nan
        return Track(self._spec, centres / SAMPLE_RATE, values, observed, PERIOD)

    def _voice(self, samples: Floats, frames: int) -> tuple[Floats, Bools]:
        """OpenSMILE's columns on our grid (F, 25), NaN where it measured nothing, and whether each frame is voiced."""
        if frames == 0:
            return np.empty((0, len(COLUMNS)), dtype=np.float32), np.empty(0, dtype=bool)
        mirrored = np.pad(samples, (_LEAD, _TAIL), mode="reflect")
        rows = self._smile.process_signal(mirrored, SAMPLE_RATE).to_numpy(dtype=np.float32)  # (>= F + _LAG, 25)
        missing = _missing(rows)
        values = np.where(missing, np.float32(np.nan), rows)
        values = np.where(_LONG, values[:frames], values[_LAG : frames + _LAG])
        voiced = np.isfinite(values[:, _F0])
        values[np.ix_(~voiced, _VOICED)] = np.nan
        return values, voiced


def _missing(rows: Floats) -> Bools:
    """Where openSMILE's rows (R, 25) hold a mark rather than a measurement."""
    missing: Bools = (rows == 0) & _NZ
    for frequency, level in _FORMANTS:
        absent = (rows[:, frequency] == 0) | (rows[:, _F0] == 0)
        near = np.pad(absent, 1, mode="edge")
        missing[:, level] = near[:-2] | near[1:-1] | near[2:]
    return missing


def _audible(samples: Floats, frames: int) -> Bools:
    """Whether the 20 ms of each frame are louder than the threshold, any constant offset aside: (F,)."""
    if frames == 0:
        return np.empty(0, dtype=bool)
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP][:frames]
    loud: Bools = windows.std(axis=1, dtype=np.float64) > 10 ** (SILENCE_DBFS / 20)
    return loud
