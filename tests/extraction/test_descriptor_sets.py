"""The list of descriptor sets: complete, and true of the tools behind it."""

from __future__ import annotations

import pytest

from extraction.descriptor_sets import SETS, audio_set, descriptor_set, face_set, set_of
from extraction.errors import InputError

FREE = ("librosa", "glottal", "glottal-rd", "glottal-covarep")


def check(one):
    columns = one.columns()
    spec = one.make().spec
    assert (spec.modality, spec.name) == (one.modality, one.spec)
    assert set_of(spec) is one
    assert tuple(column.name for column in columns) == spec.names
    assert all(column.family and column.source for column in columns)
    for column in columns:
        assert column.unit or not column.name.endswith("]"), column.name


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


def test_a_unit_that_no_name_says_is_that_of_the_family():
    units = {column.name: column.unit for column in SETS["glottal"].columns()}
    assert (units["peak slope"], units["MFCC 12"]) == ("log10/octave", "dB")
    assert (units["H1-H2 [dB]"], units["NAQ"], units["voiced"]) == ("dB", "", "")


@pytest.mark.parametrize("key", ["glottal", "glottal-rd"])
def test_whoever_lists_the_glottal_set_learns_where_it_is_not_covareps(key):
    notes = {column.name: column.note for column in SETS[key].columns()}
    assert set(SETS[key].notes()) - set(notes) == (set() if key == "glottal-rd" else {"Rd"})
    assert {name for name, note in notes.items() if "COVAREP" in note} == {
        *("NAQ", "QOQ", "H1-H2 [dB]", "HRF [dB]", "PSP", "MDQ")
    }
    assert notes["F0 [Hz]"] == notes["MFCC 1"] == ""


def test_whoever_lists_the_set_with_covareps_rules_learns_them():
    notes = {column.name: column.note for column in SETS["glottal-covarep"].columns()}
    assert set(SETS["glottal-covarep"].notes()) <= set(notes)
    ruled = {name for name, note in notes.items() if note.startswith("COVAREP's: a cycle that no voice has")}
    assert ruled == {"NAQ", "QOQ", "H1-H2 [dB]", "PSP", "MDQ"}
    assert "1.4.1" in notes["Rd"]


@pytest.mark.models
@pytest.mark.parametrize("key", ["blendshapes", "facs", "facs-baseline"])
def test_whoever_lists_a_facial_set_learns_what_is_weak_in_it(key):
    notes = {column.name: column.note for column in SETS[key].columns()}
    assert set(SETS[key].notes()) <= set(notes)  # every note is on a column
    weak = {name.split()[0] for name, note in notes.items() if note.startswith("weak") and name.startswith("AU")}
    if key == "blendshapes":
        assert weak == {"AU5", "AU6", "AU9", "AU14", "AU15", "AU20", "AU22"}
        assert all(notes[f"{name}Left"].startswith("weak") for name in ("cheekSquint", "noseSneer", "mouthFrown"))
        assert notes["mouthSmileLeft"] == notes["browInnerUp"] == ""
        assert notes["AU12 lip corner puller"] == notes["pitch [deg]"] == ""
        return
    assert weak == {"AU9", "AU14", "AU15", "AU20", "AU22", "AU23"}
    assert notes["fear (AU1+2+4+5+7+20+26) ~"] == "weak: needs AU20"
    assert notes["happiness (AU6+12)"] == ""


def test_an_unknown_set_is_named_with_those_there_are():
    with pytest.raises(InputError, match="no audio descriptor set 'covarep': choose from egemaps, compare, librosa"):
        audio_set("covarep")
    with pytest.raises(InputError, match="no face descriptor set 'egemaps': choose from blendshapes"):
        face_set("egemaps")
    with pytest.raises(InputError, match="no descriptor set 'x': choose from egemaps"):
        descriptor_set("x")
