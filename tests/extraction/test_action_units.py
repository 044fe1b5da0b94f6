"""The table of action units and what is derived from it."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.action_units import ACTION_UNITS, BLENDSHAPES, WEAK_CHANNELS, action_units
from extraction.facs import FACS

NUMBERS = [unit.number for unit in ACTION_UNITS]


def face(**moved):
    """One frame (1, 51) in which only the named blendshapes differ from 0."""
    row = np.zeros((1, len(BLENDSHAPES)), dtype=np.float32)
    for name, value in moved.items():
        row[0, BLENDSHAPES.index(name)] = value
    return row


def unit(number, blendshapes):
    return float(action_units(blendshapes)[0, NUMBERS.index(number)])


def test_the_table_is_in_order_and_names_real_blendshapes():
    assert len(BLENDSHAPES) == len(set(BLENDSHAPES)) == 51
    assert sorted(set(NUMBERS)) == NUMBERS
    assert all(name in BLENDSHAPES for row in ACTION_UNITS for name in row.blendshapes)
    assert len({row.label for row in ACTION_UNITS}) == len(ACTION_UNITS)


def test_units_on_channels_that_hardly_answer_say_so():
    assert set(WEAK_CHANNELS) <= set(BLENDSHAPES)
    for row in ACTION_UNITS:
        assert row.weak == row.note.startswith("weak") == (set(row.blendshapes) <= set(WEAK_CHANNELS)), row.label
    assert [row.number for row in ACTION_UNITS if row.weak] == [5, 6, 9, 14, 15, 20, 22]
    assert {row.number: row.note for row in ACTION_UNITS}[14].endswith(
        "; the stronger side: it is often on one side alone"
    )


def test_a_channel_is_as_weak_in_one_facial_set_as_in_the_other():
    notes = {row.number: row.note.split(";")[0] for row in ACTION_UNITS if row.weak}
    for row in FACS:
        if row.blendshapes and not row.distances:
            assert (row.note.split(";")[0] if row.weak else None) == notes.get(row.number), row.number


def test_a_rest_face_moves_nothing():
    np.testing.assert_array_equal(action_units(face()), np.zeros((1, len(ACTION_UNITS))))


@pytest.mark.parametrize("row", ACTION_UNITS, ids=lambda row: row.label)
def test_every_unit_answers_its_first_blendshape_in_full_when_both_sides_move(row):
    moved = face(**dict.fromkeys(row.blendshapes[:1] if row.combination == "difference" else row.blendshapes, 1.0))
    assert unit(row.number, moved) == 1.0


def test_sides_are_averaged_but_the_dimpler_takes_the_stronger():
    assert unit(12, face(mouthSmileLeft=0.8, mouthSmileRight=0.4)) == pytest.approx(0.6)
    assert unit(14, face(mouthDimpleLeft=0.8, mouthDimpleRight=0.4)) == pytest.approx(0.8)


def test_lips_part_only_as_far_as_they_are_not_closed_over_an_open_jaw():
    assert unit(25, face(jawOpen=0.7, mouthClose=0.2)) == pytest.approx(0.5)
    assert unit(25, face(jawOpen=0.2, mouthClose=0.7)) == 0.0
    assert unit(26, face(jawOpen=0.7, mouthClose=0.2)) == pytest.approx(0.7)


def test_missing_stays_missing():
    frames = np.vstack([face(), np.full((1, len(BLENDSHAPES)), np.nan, dtype=np.float32)])
    derived = action_units(frames)
    assert derived.dtype == np.float32
    assert np.isfinite(derived[0]).all()
    assert np.isnan(derived[1]).all()
    assert action_units(frames[:0]).shape == (0, len(ACTION_UNITS))
