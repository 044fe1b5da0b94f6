"""The descriptor sets there are: what to call each, what its columns mean, where they come from.

A set is an AudioDescriptor or a FacialDescriptor under a short name. Its columns fall into families, each with the
paper or manual that defines it; a column's unit stands in brackets at the end of its name, one without has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from extraction.errors import InputError
from extraction.protocols import AudioDescriptor, FacialDescriptor
from extraction.types import FeatureSpec, Modality

EGEMAPS: Final = "egemaps"
BLENDSHAPES: Final = "blendshapes"

Tool = TypeVar("Tool", AudioDescriptor, FacialDescriptor)


@dataclass(frozen=True)
class Family:
    """Columns of one kind: those whose name matches `pattern`, and the source that defines them."""

    name: str
    pattern: str
    source: str


@dataclass(frozen=True)
class Column:
    """One column of a set: its name in the spec, its unit (empty where it has none), family, and that one's source."""

    name: str
    unit: str
    family: str
    source: str


@dataclass(frozen=True)
class DescriptorSet(Generic[Tool]):
    """One set of descriptors.

    Attributes:
        key: what options call it.
        spec: the name its FeatureSpec has.
        modality: A or V.
        about: what it measures and with what, in a sentence.
        terms: of use, in a phrase.
        families: of its columns; the first that matches counts.
        make: loads the tool that measures it.
    """

    key: str
    spec: str
    modality: Modality
    about: str
    terms: str
    families: tuple[Family, ...]
    make: Callable[[], Tool]

    def columns(self) -> tuple[Column, ...]:
        """What the set measures, in order. Loads its tool, and raises what that raises."""
        return tuple(self._column(name) for name in self.make().spec.names)

    def _column(self, name: str) -> Column:
        unit = re.search(r"\[([^\]]+)\]$", name)
        family = next(family for family in self.families if re.match(family.pattern, name))
        return Column(name, unit[1] if unit else "", family.name, family.source)


_GEMAPS = "Eyben et al. 2016, GeMAPS"
_COMPARE = "Schuller et al. 2016, ComParE"
_CEPSTRUM = Family("cepstrum", r"MFCC", "Davis and Mermelstein 1980; Slaney 1998")
_SRH = Family("pitch", r"F0|voiced", "Drugman and Alwan 2011, SRH")
_FACS_TABLE = (
    "derived from blendshapes and landmarks by the table in extraction/facs.py; FACS: Ekman, Friesen and Hager 2002"
)
_FACS = "derived from blendshapes by the table in extraction/action_units.py; FACS: Ekman, Friesen and Hager 2002"


_ACTION = (
    Family("head pose", r"(pitch|yaw|roll) ", "MediaPipe's facial transformation matrix"),
    Family("gaze", r"gaze ", "iris landmarks, gain by the vestibulo-ocular reflex; extraction/gaze.py"),
    Family("blinks", r"blink", "eyeBlink scores; Stern, Walrath and Goldstein 1984"),
    Family("upper face action units", r"AU([124567]|45) ", _FACS_TABLE),
    Family("lower face action units", r"AU", _FACS_TABLE),
    Family("emotion patterns", r"", "derived from the units; Friesen and Ekman 1983, EMFACS-7"),
)
_SOURCE = (
    _SRH,
    _CEPSTRUM,
    Family("glottal source", r"NAQ", "Alku et al. 2002"),
    Family("glottal source", r"QOQ", "Hacki 1989"),
    Family("glottal source", r"H1-H2", "Titze and Sundberg 1992"),
    Family("glottal source", r"HRF", "Childers and Lee 1991"),
    Family("glottal source", r"PSP", "Alku et al. 1997"),
    Family("glottal source", r"MDQ", "Kane and Gobl 2013"),
    Family("glottal source", r"Rd", "Degottex et al. 2011, MSP"),
    Family("voice quality", r"peak slope", "Kane and Gobl 2011"),
)


def _smile(source: str) -> tuple[Family, ...]:
    """The families of openSMILE's sets."""
    return (
        Family("pitch", r"F0|voic", source),
        Family("perturbation", r"jitter|shimmer|harmonics-to-noise", source),
        Family("harmonics", r"H1-", source),
        Family("formants", r"F[123] ", source),
        Family("level", r"loudness|RMS", source),
        Family("cepstrum", r"MFCC .*openSMILE", source),
        _CEPSTRUM,
        Family("spectrum", r"", source),
    )


def _egemaps() -> AudioDescriptor:
    from extraction.audio_opensmile import OpenSmileDescriptor

    return OpenSmileDescriptor()


def _compare() -> AudioDescriptor:
    from extraction.audio_compare import CompareDescriptor

    return CompareDescriptor()


def _librosa() -> AudioDescriptor:
    from extraction.audio_librosa import LibrosaDescriptor

    return LibrosaDescriptor()


def _glottal(rd: bool = False) -> AudioDescriptor:
    from extraction.audio_glottal import GlottalDescriptor

    return GlottalDescriptor(rd=rd)


def _blendshapes() -> FacialDescriptor:
    from extraction.face_mediapipe import MediaPipeFace

    return MediaPipeFace()


def _facs(baseline: bool = False) -> FacialDescriptor:
    from extraction.face_facs import FacsFace

    return FacsFace(baseline)


_VOICE: tuple[DescriptorSet[AudioDescriptor], ...] = (
    DescriptorSet(
        EGEMAPS,
        "egemaps-lld+mfcc12",
        "A",
        "openSMILE's eGeMAPSv02 low-level descriptors and twelve cepstral coefficients; what the shipped models read",
        "openSMILE: research and private use",
        _smile(_GEMAPS),
        _egemaps,
    ),
    DescriptorSet(
        "compare",
        "compare-lld",
        "A",
        "openSMILE's ComParE 2016 low-level descriptors, the larger of its two sets",
        "openSMILE: research and private use",
        _smile(_COMPARE),
        _compare,
    ),
    DescriptorSet(
        "librosa",
        "librosa+mfcc12+pitch",
        "A",
        "librosa's spectral features, twelve cepstral coefficients and pitch by residual harmonics; without openSMILE",
        "free",
        (
            _SRH,
            _CEPSTRUM,
            Family("level", r"level", "root mean square"),
            Family("spectrum", r"spectral contrast", "Jiang et al. 2002"),
            Family("spectrum", r"", "McFee et al. 2015, librosa"),
        ),
        _librosa,
    ),
    DescriptorSet(
        "glottal",
        "glottal+mfcc12",
        "A",
        "the paper's acoustic set: pitch, the glottal source by inverse filtering, and twelve cepstral coefficients",
        "free",
        _SOURCE,
        _glottal,
    ),
    DescriptorSet(
        "glottal-rd",
        "glottal+rd+mfcc12",
        "A",
        "the same with Rd, the shape of the glottal pulse, where it is reliable",
        "free",
        _SOURCE,
        lambda: _glottal(rd=True),
    ),
)
_FACE: tuple[DescriptorSet[FacialDescriptor], ...] = (
    DescriptorSet(
        BLENDSHAPES,
        "blendshapes51+pose+action-units",
        "V",
        "MediaPipe's blendshapes and head pose, and action units derived from them; what the shipped models read",
        "free",
        (
            Family("head pose", r"pitch|yaw|roll", "MediaPipe's facial transformation matrix"),
            Family("upper face action units", r"AU([124567]|45) ", _FACS),
            Family("lower face action units", r"AU", _FACS),
            Family("blendshapes", r"", "MediaPipe Blendshape V2; Apple, ARFaceAnchor.BlendShapeLocation"),
        ),
        _blendshapes,
    ),
    DescriptorSet(
        "facs",
        "facs",
        "V",
        "action units by side, head pose, gaze, blinks and emotion patterns, from MediaPipe's channels and landmarks",
        "free",
        _ACTION,
        _facs,
    ),
    DescriptorSet(
        "facs-baseline",
        "facs-baseline",
        "V",
        "the same less the speaker's own face at rest, estimated from the clip",
        "free",
        _ACTION,
        lambda: _facs(baseline=True),
    ),
)
_ALL: tuple[DescriptorSet[Any], ...] = (*_VOICE, *_FACE)
SETS: Mapping[str, DescriptorSet[Any]] = {one.key: one for one in _ALL}


def descriptor_set(key: str) -> DescriptorSet[Any]:
    """The set called `key`. Raises InputError naming those there are."""
    if key not in SETS:
        raise InputError(f"There is no descriptor set {key!r}: choose from {', '.join(SETS)}.")
    return SETS[key]


def audio_set(key: str) -> DescriptorSet[AudioDescriptor]:
    """The set of voice and sound called `key`. Raises InputError naming those there are."""
    return _named(key, _VOICE, "audio")


def face_set(key: str) -> DescriptorSet[FacialDescriptor]:
    """The set of the face called `key`. Raises InputError naming those there are."""
    return _named(key, _FACE, "face")


def set_of(spec: FeatureSpec) -> DescriptorSet[Any] | None:
    """The set that measures what `spec` names, or None if there is none of that name."""
    return next((one for one in SETS.values() if one.spec == spec.name), None)


def _named(key: str, sets: tuple[DescriptorSet[Tool], ...], what: str) -> DescriptorSet[Tool]:
    found = next((one for one in sets if one.key == key), None)
    if found is None:
        known = ", ".join(one.key for one in sets)
        raise InputError(f"There is no {what} descriptor set {key!r}: choose from {known}.")
    return found
