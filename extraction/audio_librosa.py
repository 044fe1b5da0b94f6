"""Voice and sound every 10 ms without openSMILE: librosa's spectral features, MFCC, and pitch by residual harmonics.

For users whom openSMILE's licence (research and private use) excludes: librosa is ISC-licensed, the pitch is our own
(`glottal.pitch_srh`). One time grid with the other descriptors: frame i is centred on `0.01 * i + 0.01` s. Spectra are
of 25 ms Hann windows, zero-padded to 512 points; silence is assumed around the sound. librosa's probabilistic pitch
tracker takes half of real time and its first call compiles for seconds; neither is used. The levels that a contrast
tells apart lie within 80 dB of the loudest of the 40 s around them.

Missing is never a zero: pitch is NaN in unvoiced frames and in the first and last 50 ms, and a frame whose level is
below -80 dBFS, its mean taken off, is not observed.

Source: McFee et al. (2015), librosa: Audio and music signal analysis in Python, SciPy; its documentation names a paper
a feature. Contrast: Jiang et al. (2002), Music type classification by spectral contrast feature, ICME.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from extraction.audio_grid import centres_of, on_grid, samples_over
from extraction.glottal.samples import Told
from extraction.mfcc import CEPSTRA, WINDOW, cepstra
from extraction.protocols import Audible, Progress, silent
from extraction.types import SAMPLE_RATE, Bools, FeatureSpec, Floats, Track, Waveform

if TYPE_CHECKING:
    from extraction.glottal.pitch_srh import Pitch

_POINTS = 512  # of the FFT
_BANDS = 6  # of the contrast, octaves from 200 Hz, and one below
_FLOOR = 1e-5  # of full scale, -100 dBFS: the lowest level that is told apart
_BLOCK = 4096  # frames transformed at once, so that an hour of sound takes little memory
_SPECTRAL = (
    *("level [dBFS]", "zero crossings [1/sample]"),
    *("spectral centroid [Hz]", "spectral bandwidth [Hz]", "spectral roll-off 85 % [Hz]", "spectral flatness [dB]"),
    *(f"spectral contrast {k} [dB]" for k in range(_BANDS + 1)),
    "spectral flux",
)


class LibrosaDescriptor:
    """An AudioDescriptor: 14 spectral features, MFCC 1 to 12, pitch, and `voiced` (1 or 0).

    One object may describe any number of clips, one after another.
    """

    def __init__(self) -> None:
        release = ".".join(version("librosa").split(".")[:2])
        self._spec = FeatureSpec(
            modality="A",
            name="librosa+mfcc12+pitch",
            version=f"librosa-{release}/spectral-1+mfcc-1+srh-2",
            names=(*_SPECTRAL, *CEPSTRA, "F0 [semitone re 27.5 Hz]", "voiced"),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the 28 columns."""
        return self._spec

    def describe(self, waveform: Waveform) -> Track:
        """The rows of `audio_grid`. Raises InputError if the waveform is not at 16 kHz."""
        return self.over(waveform)(0.0, waveform.duration)

    def over(self, sound: Audible, progress: Progress = silent) -> Callable[[float, float], Track]:
        """See `protocols.WholeSoundDescriptor`. Raises InputError if the sound is not at 16 kHz."""
        from extraction.glottal.pitch_srh import READS, track_pitch

        pitch = track_pitch(Told(samples_over(sound), progress, READS))

        def describe(start: float, end: float) -> Track:
            samples = sound.between(start, end).samples
            centres = centres_of(samples)
            semitones, voiced = _pitch(pitch, round(start * SAMPLE_RATE) + centres)
            spectra = _spectra(samples, centres)
            return on_grid(self._spec, samples, spectra, cepstra(samples, centres), semitones, voiced)

        return describe


def _pitch(pitch: Pitch, centres: NDArray[np.intp]) -> tuple[NDArray[np.float64], Bools]:
    """Semitones above 27.5 Hz (F,), NaN in unvoiced frames, and whether each frame is voiced (F,)."""
    positions = centres.astype(np.float64)
    voiced = pitch.voiced_at(positions) >= 0.5
    hertz = np.where(voiced, pitch.f0_at(positions), np.nan)
    return 12 * np.log2(hertz / 27.5), voiced


def _spectra(samples: Floats, centres: NDArray[np.intp]) -> Floats:
    """The columns of `_SPECTRAL` (F, 14)."""
    blocks = list(_blocks(samples, centres))
    return np.concatenate(blocks) if blocks else np.empty((0, len(_SPECTRAL)), dtype=np.float32)


def _blocks(samples: Floats, centres: NDArray[np.intp]) -> Iterator[Floats]:
    """The same (f, 14), a block of frames at a time."""
    from librosa import feature
    from scipy.fft import rfft
    from scipy.signal import get_window

    hann = get_window("hann", WINDOW, fftbins=True).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(samples, WINDOW // 2), WINDOW)
    before: Floats | None = None  # the spectrum of the frame before
    for first in range(0, len(centres), _BLOCK):
        framed = windows[centres[first : first + _BLOCK]]  # (f, 400)
        magnitude = np.abs(rfft(framed * hann, n=_POINTS, axis=1)).T.astype(np.float32)  # (257, f)
        earlier = magnitude[:, :1] if before is None else before
        steps = np.diff(np.concatenate([earlier, magnitude], axis=1), axis=1)
        before = magnitude[:, -1:]
        spectrum = {"S": magnitude, "sr": SAMPLE_RATE, "n_fft": _POINTS}
        flatness = feature.spectral_flatness(S=magnitude)[0]
        columns = [
            20 * np.log10(np.maximum(np.sqrt((framed**2).mean(axis=1)), _FLOOR)),
            np.abs(np.diff(np.signbit(framed), axis=1)).mean(axis=1),
            feature.spectral_centroid(**spectrum)[0],
            feature.spectral_bandwidth(**spectrum)[0],
            feature.spectral_rolloff(**spectrum, roll_percent=0.85)[0],
            10 * np.log10(flatness),
            *feature.spectral_contrast(**spectrum, n_bands=_BANDS),
            np.sqrt((np.maximum(steps, 0) ** 2).mean(axis=0)),
        ]
        yield np.column_stack(columns).astype(np.float32)
