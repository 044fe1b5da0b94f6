"""The descriptor sets there are: what to call each, what its columns mean, where they come from.

A set is an AudioDescriptor or a FacialDescriptor under a short name. Its columns fall into families, each with the
paper or manual that defines it; a column's unit stands in brackets at the end of its name, else it is its family's, and
most families have none. What to know before reading a column, such as that it hardly answers, is its note
(`column_notes`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from extraction.column_families import ACTION, CHANNELS, COMPARE, GEMAPS, LIBROSA, SOURCE, Family, smile
from extraction.column_notes import notes_on_blendshapes, notes_on_covarep, notes_on_facs, notes_on_glottal
from extraction.errors import InputError
from extraction.protocols import AudioDescriptor, FacialDescriptor
from extraction.types import FeatureSpec, Modality

EGEMAPS: Final = "egemaps"
BLENDSHAPES: Final = "blendshapes"

Tool = TypeVar("Tool", AudioDescriptor, FacialDescriptor)


@dataclass(frozen=True)
class Column:
    """One column of a set: its name in the spec, its unit, family, source and note; empty where it has none."""

    name: str
    unit: str
    family: str
    source: str
    note: str = ""


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
        notes: the notes of columns by their names.
    """

    key: str
    spec: str
    modality: Modality
    about: str
    terms: str
    families: tuple[Family, ...]
    make: Callable[[], Tool]
    notes: Callable[[], Mapping[str, str]] = dict

    def columns(self) -> tuple[Column, ...]:
        """What the set measures, in order. Loads its tool, and raises what that raises."""
        notes = self.notes()
        return tuple(self._column(name, notes.get(name, "")) for name in self.make().spec.names)

    def _column(self, name: str, note: str) -> Column:
        unit = re.search(r"\[([^\]]+)\]$", name)
        family = next(family for family in self.families if re.match(family.pattern, name))
        return Column(name, unit[1] if unit else family.unit, family.name, family.source, note)


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


def _covarep() -> AudioDescriptor:
    from extraction.audio_covarep import CovarepDescriptor

    return CovarepDescriptor()


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
        smile(GEMAPS),
        _egemaps,
    ),
    DescriptorSet(
        "compare",
        "compare-lld",
        "A",
        "openSMILE's ComParE 2016 low-level descriptors, the larger of its two sets",
        "openSMILE: research and private use",
        smile(COMPARE),
        _compare,
    ),
    DescriptorSet(
        "librosa",
        "librosa+mfcc12+pitch",
        "A",
        "librosa's spectral features, twelve cepstral coefficients and pitch by residual harmonics; without openSMILE",
        "free",
        LIBROSA,
        _librosa,
    ),
    DescriptorSet(
        "glottal",
        "glottal+mfcc12",
        "A",
        "the paper's acoustic set: pitch, the glottal source by inverse filtering, and twelve cepstral coefficients",
        "free",
        SOURCE,
        _glottal,
        notes_on_glottal,
    ),
    DescriptorSet(
        "glottal-rd",
        "glottal+rd+mfcc12",
        "A",
        "the same with Rd, the shape of the glottal pulse, where it is reliable",
        "free",
        SOURCE,
        lambda: _glottal(rd=True),
        notes_on_glottal,
    ),
    DescriptorSet(
        "glottal-covarep",
        "glottal-covarep+rd+mfcc12",
        "A",
        "the glottal source in COVAREP's rows and by its rules, beside Rd the confidence in it, and the same cepstra",
        "free",
        SOURCE,
        _covarep,
        notes_on_covarep,
    ),
)
_FACE: tuple[DescriptorSet[FacialDescriptor], ...] = (
    DescriptorSet(
        BLENDSHAPES,
        "blendshapes51+pose+action-units",
        "V",
        "MediaPipe's blendshapes and head pose, and action units derived from them; what the shipped models read",
        "free",
        CHANNELS,
        _blendshapes,
        notes_on_blendshapes,
    ),
    DescriptorSet(
        "facs",
        "facs",
        "V",
        "action units by side, head pose, gaze, blinks and emotion patterns, from MediaPipe's channels and landmarks",
        "free",
        ACTION,
        _facs,
        notes_on_facs,
    ),
    DescriptorSet(
        "facs-baseline",
        "facs-baseline",
        "V",
        "the same less the speaker's own face at rest, estimated from the clip",
        "free",
        ACTION,
        lambda: _facs(baseline=True),
        notes_on_facs,
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
