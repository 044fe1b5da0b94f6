"""The list of descriptor sets: complete, and true of the tools behind it."""

from __future__ import annotations

import pytest

from extraction.descriptor_sets import SETS, audio_set, descriptor_set, face_set, set_of
from extraction.errors import InputError

FREE = ("librosa", "glottal", "glottal-rd")


def check(one):
    columns = one.columns()
    spec = one.make().spec
    assert (spec.modality, spec.name) == (one.modality, one.spec)
    assert set_of(spec) is one
    assert tuple(column.name for column in columns) == spec.names
    assert all(column.family and column.source for column in columns)
    for column in columns:
        assert bool(column.unit) == column.name.endswith("]"), column.name


@pytest.mark.parametrize("key", FREE)
def test_the_free_sets_describe_themselves(key):
    check(SETS[key])
    assert SETS[key].terms == "free"


@pytest.mark.models
@pytest.mark.parametrize("key", [key for key in SETS if key not in FREE])
def test_the_other_sets_describe_themselves(key):
    check(SETS[key])


def test_columns_fall_into_their_families():
    found = {column.name: column for column in SETS["glottal"].columns()}
    assert found["NAQ"].family == "glottal source"
    assert found["F0 [Hz]"].unit == "Hz"
    assert found["F0 [Hz]"].family == "pitch"
    assert found["MFCC 3"].family == "cepstrum"


def test_an_unknown_set_is_named_with_those_there_are():
    with pytest.raises(InputError, match="no audio descriptor set 'covarep': choose from egemaps, compare, librosa"):
        audio_set("covarep")
    with pytest.raises(InputError, match="no face descriptor set 'egemaps': choose from blendshapes"):
        face_set("egemaps")
    with pytest.raises(InputError, match="no descriptor set 'x': choose from egemaps"):
        descriptor_set("x")
