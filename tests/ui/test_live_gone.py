"""Recordings of live sessions whose tab was closed, or whose hour is over."""

import threading
import time

import pytest

from ui.live import gone
from ui.live.gone import Recordings
from ui.shelf import GRACE, KEPT


class Held:
    def __init__(self):
        self.removed, self.age = False, 0.0

    def remove(self):
        self.removed = True


@pytest.fixture
def recordings(alive, clock):
    return Recordings(alive.__contains__, clock)


def test_a_closed_tabs_recording_goes_after_a_while_and_nobody_elses(recordings, alive, clock):
    mine, yours = Held(), Held()
    recordings.add(mine, "me")
    recordings.add(yours, "you")
    clock.now = 1000.0
    recordings.sweep()
    alive.discard("me")
    clock.now += GRACE - 1
    recordings.sweep()
    assert not mine.removed
    clock.now += 2
    recordings.sweep()
    assert (mine.removed, yours.removed) == (True, False)


def test_a_session_that_comes_back_in_time_keeps_its_recording(recordings, alive, clock):
    mine = Held()
    recordings.add(mine, "me")
    alive.discard("me")
    clock.now = GRACE - 1
    recordings.sweep()
    alive.add("me")
    clock.now = GRACE + 1
    recordings.sweep()
    assert not mine.removed


def test_after_an_hour_it_goes_whoever_looks(recordings):
    mine = Held()
    recordings.add(mine, "me")
    mine.age = KEPT
    recordings.sweep()
    assert not mine.removed
    mine.age = KEPT + 1
    recordings.sweep()
    assert mine.removed


def test_what_was_removed_already_is_not_removed_again(recordings, alive, clock):
    mine = Held()
    recordings.add(mine, "me")
    mine.removed = True
    mine.remove = lambda: pytest.fail("removed twice")
    alive.clear()
    clock.now = GRACE + 1
    recordings.sweep()


def test_it_is_looked_at_again_and_again(monkeypatch, alive, clock):
    monkeypatch.setattr(gone, "_SWEEP", 0.01)
    recordings, mine = Recordings(alive.__contains__, clock), Held()
    recordings.add(mine, "me")
    mine.age = KEPT + 1
    for _ in range(200):
        if mine.removed:
            break
        time.sleep(0.01)
    assert mine.removed
    assert any(thread.name == "recordings" for thread in threading.enumerate())
