"""How long pictures last, by their own times: cameras that are slower than asked for, faster, or uneven."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.face_seconds import at_least, lasting, usual_step

ASKED = [0.1, 0.04, 1 / 60]


@pytest.mark.parametrize("period", ASKED)
@pytest.mark.parametrize("step", [1.0, 0.5, 0.08, 0.02])
def test_pictures_last_as_long_as_they_are_apart_whatever_was_asked_for(step, period):
    times = 3.0 + np.arange(50) * step
    np.testing.assert_allclose(lasting(times, period), step)
    assert usual_step(times, period) == pytest.approx(step, rel=0.05)


@pytest.mark.parametrize("period", ASKED)
def test_uneven_pictures_last_until_the_next(period):
    times = np.cumsum(np.random.default_rng(0).choice([1 / 30, 1 / 15, 0.4], 300))
    seconds = lasting(times, period)
    np.testing.assert_allclose(seconds[:-1], np.diff(times))
    assert seconds[-1] == pytest.approx(np.diff(times).mean())


def test_a_hole_is_no_time_in_view():
    times = np.concatenate([np.arange(20) * 0.1, 60 + np.arange(20) * 0.1])
    assert lasting(times, 0.1).sum() == pytest.approx(4.0)
    assert usual_step(times, 0.04) == pytest.approx(0.1)


def test_few_pictures():
    assert lasting(np.array([]), 0.1).shape == (0,)
    assert lasting(np.array([5.0]), 0.1).tolist() == [0.1]
    assert usual_step(np.array([]), 0.1) == 0.1
    np.testing.assert_allclose(lasting(np.array([5.0, 5.3]), 0.1), 0.3)


@pytest.mark.parametrize("camera", [23.976, 25.0, 29.97, 30.0, 60.0])
def test_a_camera_that_keeps_up_gives_the_rate_asked_for_to_the_bit(camera):
    taken = np.ceil(np.arange(200) * 0.1 * camera - 1e-6) / camera  # the first picture of each tenth
    assert usual_step(taken, 0.1) == 0.1
    seconds = lasting(taken, 0.1)
    for first in range(190):
        assert at_least(seconds[first : first + 5].sum(), 0.5)
        assert not at_least(seconds[first : first + 4].sum(), 0.5)
