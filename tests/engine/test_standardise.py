import tracemalloc

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine import standardise
from engine.standardise import CLIP, Standardiser


def test_statistics_are_over_finite_values():
    standardiser = Standardiser(3)
    standardiser.fit([np.array([[1, np.nan, 5], [3, np.nan, 5]], np.float32), np.array([[5, 7, 5]], np.float32)])
    np.testing.assert_allclose(standardiser.mean, [3, 7, 5])
    np.testing.assert_allclose(standardiser.scale, [np.sqrt(8 / 3), 1, 1], rtol=1e-6)


def test_statistics_of_many_words_are_taken_in_little_memory(monkeypatch):
    """Whole, so many numbers in double precision, some of them thrice, would take ten times the room they have."""
    monkeypatch.setattr(standardise, "WHOLE", 20_000)
    rng = np.random.default_rng(0)
    rows = [rng.normal(3, 2, (20, 50)).astype(np.float32) for _ in range(2000)]
    some, every = Standardiser(50), Standardiser(50)
    peaks = []
    for standardiser, part in ((some, rows[:1000]), (every, rows)):  # the first is taken at once
        tracemalloc.start()
        standardiser.fit(part)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] / 2
    together = np.concatenate(rows).astype(float)
    np.testing.assert_allclose(every.mean, together.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(every.scale, together.std(axis=0), rtol=1e-5)


def test_missing_is_the_mean_and_says_so():
    standardiser = Standardiser(2)
    standardiser.fit([np.array([[0, 10], [2, 30]], np.float32)])
    values = torch.tensor([[[2.0, np.nan], [np.nan, np.nan], [np.inf, 1e9]]])
    read = standardiser(values, torch.tensor([[True, False, True]]))
    np.testing.assert_allclose(read[0], [[1, 0, 1], [0, 0, 0], [0, CLIP, 1]])
    _, known = standardiser.standardise(values, torch.tensor([[True, False, True]]))
    assert known.tolist() == [[[True, False], [False, False], [False, True]]]


def test_a_row_marked_unobserved_is_never_read():
    standardiser = Standardiser(2)
    assert standardiser(torch.full((1, 1, 2), 5.0), torch.tensor([[False]])).tolist() == [[[0, 0, 0]]]


@settings(deadline=None, max_examples=30)
@given(arrays(np.float32, (7, 3), elements=st.floats(-1e6, 1e6, width=32) | st.just(np.nan) | st.just(np.inf)))
def test_anything_measured_becomes_a_small_number(values):
    standardiser = Standardiser(3)
    standardiser.fit([values])
    read = standardiser(torch.from_numpy(values)[None], torch.ones(1, 7, dtype=torch.bool))
    assert torch.isfinite(read).all()
    assert read.abs().max() <= CLIP


def test_scaled_as_a_whole_the_angles_between_rows_stay():
    rows = np.random.default_rng(0).normal(0, [1, 5, 0.1], (50, 3)).astype(np.float32)
    standardiser = Standardiser(3)
    standardiser.fit([rows], whole=True)
    scaled, _ = standardiser.standardise(torch.from_numpy(rows)[None], torch.ones(1, 50, dtype=torch.bool))
    centred = rows - rows.mean(axis=0)
    ratio = scaled[0].numpy() / centred
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-2)
    np.testing.assert_allclose((scaled**2).mean(), 1, rtol=1e-5)
