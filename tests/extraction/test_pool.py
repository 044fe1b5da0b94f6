"""Pooling: the rules one by one, then all of them against a loop over frames."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.pool import pool
from extraction.types import FeatureSpec, Track, Word

PERIOD = 0.1


def make_track(values, observed=None, times=None, period=PERIOD):
    values = np.array(values, dtype=np.float32)
    frames, dim = values.shape
    times = (np.arange(frames) + 0.5) * period if times is None else np.array(times, dtype=np.float64)
    observed = np.ones(frames, dtype=bool) if observed is None else np.array(observed, dtype=bool)
    spec = FeatureSpec("A", "some", "1", tuple(f"c{i}" for i in range(dim)))
    return Track(spec, times, values, observed, period)


def test_word_is_the_mean_of_the_frames_whose_centre_it_holds():
    track = make_track([[1.0], [2.0], [4.0], [8.0]])  # centres .05 .15 .25 .35
    stream = pool(track, [Word("a", 0.05, 0.25), Word("b", 0.2, 0.4)])
    np.testing.assert_array_equal(stream.values, [[1.5], [6.0]])
    assert stream.observed.all()
    assert stream.spec == track.spec


def test_unobserved_frames_and_nan_take_no_part():
    track = make_track([[1.0, np.nan], [3.0, np.nan], [100.0, 7.0]], observed=[True, True, False])
    stream = pool(track, [Word("a", 0.0, 0.3)])
    np.testing.assert_array_equal(stream.values, [[2.0, np.nan]])
    assert stream.observed.all()


def test_word_without_an_observed_frame_is_not_observed():
    track = make_track([[1.0], [3.0]], observed=[False, True])
    stream = pool(track, [Word("a", 0.0, 0.1), Word("b", 5.0, 6.0), Word("c"), Word("d", 0.1, 0.2)])
    assert stream.observed.tolist() == [False, False, False, True]
    np.testing.assert_array_equal(stream.values, [[np.nan], [np.nan], [np.nan], [3.0]])


def test_a_word_shorter_than_a_period_takes_the_frame_around_its_midpoint():
    track = make_track([[1.0], [2.0], [4.0]], observed=[True, True, False])
    words = [Word("a", 0.06, 0.14), Word("b", 0.1, 0.1), Word("c", 0.26, 0.29), Word("d", 0.31, 0.34)]
    stream = pool(track, words)  # midpoint .1 lies in [.1, .2); c's frame is not observed; d lies past the end
    np.testing.assert_array_equal(stream.values[:, 0], [2.0, 2.0, np.nan, np.nan])


def test_a_long_word_in_a_gap_between_frames_is_not_observed():
    track = make_track([[1.0], [2.0]], times=[0.05, 0.95])
    assert not pool(track, [Word("a", 0.2, 0.8)]).observed.any()


@pytest.mark.parametrize("frames", [0, 3])
def test_nothing_in_gives_nothing_out(frames):
    track = make_track(np.ones((frames, 2)))
    assert pool(track, []).values.shape == (0, 2)
    stream = pool(track, [Word("a", 7.0, 8.0)])
    assert stream.values.shape == (1, 2)
    assert not stream.observed.any()


def by_loop(track, words):
    """The definition, frame by frame."""
    values = np.full((len(words), track.spec.dim), np.nan)
    observed = [False] * len(words)
    half = track.period / 2
    for w, word in enumerate(words):
        if word.start is None or word.end is None:
            continue
        mine = [f for f, t in enumerate(track.times) if word.start <= t < word.end]
        if not mine and word.end - word.start < track.period:
            middle = (word.start + word.end) / 2
            mine = [f for f, t in enumerate(track.times) if t - half <= middle + 1e-9 and middle < t + half][:1]
        mine = [f for f in mine if track.observed[f]]
        observed[w] = bool(mine)
        for d in range(track.spec.dim):
            column = [float(track.values[f, d]) for f in mine if math.isfinite(track.values[f, d])]
            if column:
                values[w, d] = math.fsum(column) / len(column)
    return values.astype(np.float32), observed


numbers = st.one_of(st.just(math.nan), st.just(math.inf), st.floats(-1e4, 1e4, width=32))
seconds = st.floats(0, 1.5)


@st.composite
def tracks(draw):
    frames, dim = draw(st.integers(0, 12)), draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(numbers, min_size=dim, max_size=dim), min_size=frames, max_size=frames))
    observed = draw(st.lists(st.booleans(), min_size=frames, max_size=frames))
    times = sorted(draw(st.lists(seconds, min_size=frames, max_size=frames, unique=True)))
    regular = draw(st.booleans())
    return make_track(np.reshape(rows, (frames, dim)), observed, None if regular else times)


words_lists = st.lists(
    st.one_of(
        st.just(Word("untimed")),
        st.tuples(seconds, seconds).map(lambda span: Word("timed", min(span), max(span))),
        st.tuples(seconds, st.floats(0, 0.2)).map(lambda span: Word("short", span[0], span[0] + span[1])),
    ),
    max_size=8,
)


@pytest.mark.slow
@given(tracks(), words_lists)
def test_pool_equals_the_loop(track, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stream = pool(track, words)
    values, observed = by_loop(track, words)
    assert stream.observed.tolist() == observed
    np.testing.assert_allclose(stream.values, values, rtol=1e-5, atol=1e-6)
    assert stream.values.dtype == np.float32
