"""What flows through the package: a clip, its sound and pictures, timed words, tracks a frame, streams a word.

Conventions. Times are seconds from the start of the clip, intervals are `[start, end)`, values are float32.
Shape letters, everywhere: N samples, F frames, W words, D features. *Missing is never a number*: a row that was
not observed has `observed=False` and NaN values; a single column that could not be measured in an observed row
(pitch in an unvoiced word) is NaN alone. A *track* has one row a frame, a *stream* one row a word.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Modality = Literal["T", "A", "V"]
MODALITIES: tuple[Modality, ...] = ("T", "A", "V")
MODALITY_NAMES: Mapping[Modality, str] = {"T": "text", "A": "audio", "V": "video"}

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

SAMPLE_RATE = 16_000  # Hz, mono; what every audio tool here is given
SILENCE_PEAK = 1e-3  # of full scale, -60 dBFS


@dataclass(frozen=True)
class FeatureSpec:
    """Identity of a feature set: two streams can be compared or fed to one model only if their specs are equal.

    Attributes:
        modality: T, A or V.
        name: the set, e.g. `egemaps-lld+mfcc12`.
        version: changes whenever the numbers would; names the tools that made them.
        names: one name a column, in order; units where a column has one, e.g. `F0semitone [st]`.
    """

    modality: Modality
    name: str
    version: str
    names: tuple[str, ...]

    @property
    def dim(self) -> int:
        """D, the number of columns."""
        return len(self.names)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 over every attribute."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able dictionary; `from_dict` inverts it."""
        return {"modality": self.modality, "name": self.name, "version": self.version, "names": list(self.names)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FeatureSpec:
        """Rebuild a spec written by `to_dict`. Raises KeyError if an attribute is missing."""
        return cls(data["modality"], data["name"], data["version"], tuple(data["names"]))

    def difference(self, other: FeatureSpec) -> str | None:
        """The first difference from `other`, in words, or None when they are the same set."""
        for attribute in ("modality", "name", "version"):
            mine, theirs = getattr(self, attribute), getattr(other, attribute)
            if mine != theirs:
                return f"{attribute} {mine!r} against {theirs!r}"
        if self.dim != other.dim:
            return f"{self.dim} columns against {other.dim}"
        for i, (mine, theirs) in enumerate(zip(self.names, other.names, strict=True)):
            if mine != theirs:
                return f"column {i} {mine!r} against {theirs!r}"
        return None


@dataclass(frozen=True)
class Waveform:
    """Mono sound. `samples` (N,) float32 in [-1, 1] at `rate` Hz."""

    samples: Floats
    rate: int = SAMPLE_RATE

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate

    @property
    def silent(self) -> bool:
        """Whether nothing in it could be heard: no sample above -60 dBFS."""
        return not bool((np.abs(self.samples) > SILENCE_PEAK).any())

    def between(self, start: float, end: float) -> Waveform:
        """The sound from `start` to `end` seconds, as far as there is any."""
        return Waveform(self.samples[max(round(start * self.rate), 0) : max(round(end * self.rate), 0)], self.rate)


@dataclass(frozen=True)
class Frame:
    """One picture. `time` in seconds, from the container; `image` (height, width, 3) uint8 RGB, upright."""

    time: float
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Word:
    """A word as it is shown, and when it was spoken.

    Attributes:
        text: as recognised or as the user's transcript has it.
        start, end: seconds, or None where no time could be had.
        confidence: the recogniser's probability in [0, 1], or None where a given transcript has none.
        interpolated: the times are not measured but spread between the neighbours'.
        fit: how likely the sound there is this word, in [0, 1], by the aligner; None where nothing was measured.
    """

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    interpolated: bool = False
    fit: float | None = None

    @property
    def timed(self) -> bool:
        """Whether the word has an interval, measured or interpolated."""
        return self.start is not None and self.end is not None


@dataclass(frozen=True)
class Transcript:
    """Words in spoken order, where they came from, and warnings about them for the user.

    `recogniser` is what heard them, as a sentence names it; None for a given transcript. `language` is a code such as
    `fr`, `und` where it is not English and nothing says which it is; `sure` says whether it can be relied on.
    """

    words: tuple[Word, ...]
    source: Literal["recognised", "given"]
    language: str = "en"
    warnings: tuple[str, ...] = ()
    recogniser: str | None = None
    sure: bool = True


@dataclass(frozen=True)
class Track:
    """Measurements a frame: `times` (F,) float64 seconds at the centre of each frame, `period` seconds from one
    frame to the next, `values` (F, D), `observed` (F,); `notes` are sentences for the user about the measuring;
    `beside` is a track of other columns over the same frames, to be looked at and read by no model.
    """

    spec: FeatureSpec
    times: NDArray[np.float64]
    values: Floats
    observed: Bools
    period: float
    notes: tuple[str, ...] = ()
    beside: Track | None = None

    def __post_init__(self) -> None:
        frames = len(self.times)
        if self.values.shape != (frames, self.spec.dim) or self.observed.shape != (frames,):
            raise ValueError(f"track {self.spec.name}: values {self.values.shape} do not fit {frames} frames")


@dataclass(frozen=True)
class Stream:
    """Measurements a word: `values` (W, D), `observed` (W,); rows that were not observed are NaN."""

    spec: FeatureSpec
    values: Floats
    observed: Bools

    def __post_init__(self) -> None:
        words = len(self.observed)
        if self.values.shape != (words, self.spec.dim) or self.observed.shape != (words,):
            raise ValueError(f"stream {self.spec.name}: values {self.values.shape} do not fit {words} words")
        if not np.isnan(self.values[~self.observed]).all():
            raise ValueError(f"stream {self.spec.name}: a row that was not observed holds numbers")


@dataclass(frozen=True)
class Aligned:
    """A clip as the engine reads it: words and, for each modality, one vector a word.

    Attributes:
        clip: the clip's name (its file's stem, or what the caller chose).
        words: W words.
        streams: modality -> Stream over the same W words.
        duration: seconds of media.
        tracks: modality -> the Track a stream was pooled from, where there is one (not kept in a word table).
        warnings: sentences for the user about what could not be read.
        utterances: of a long recording, each the words `[first, stop)`; () where all words are one.
        language: of the words, see Transcript; `en` where it is not sure (not kept in a word table).
    """

    clip: str
    words: tuple[Word, ...]
    streams: Mapping[Modality, Stream]
    duration: float
    tracks: Mapping[Modality, Track] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    utterances: tuple[tuple[int, int], ...] = ()
    language: str = "en"

    def __post_init__(self) -> None:
        for modality, stream in self.streams.items():
            if len(stream.observed) != len(self.words):
                raise ValueError(f"{len(stream.observed)} {modality} rows for {len(self.words)} words")
        edges = [edge for span in self.utterances for edge in span]
        if edges and (edges[0] != 0 or edges[-1] != len(self.words) or edges[1:-1:2] != edges[2:-1:2]):
            raise ValueError(f"the utterances {self.utterances} do not hold {len(self.words)} words end to end")


@dataclass(frozen=True)
class ClipInfo:
    """What a media file says of itself before it is decoded. `duration` is None where the container does not know."""

    path: Path
    duration: float | None
    has_audio: bool
    has_video: bool
