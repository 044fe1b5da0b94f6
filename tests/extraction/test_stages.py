"""Two lines of work beside each other: one voice to the caller, and one end for both."""

import threading
import time
from contextlib import closing

import pytest

from extraction.stages import StageReport, Timed, ahead, side_by_side

TICK = StageReport("face", 0.5, "half", 0.0)


def test_reports_come_in_the_callers_thread_in_each_lines_order():
    heard, both = [], threading.Barrier(2, timeout=10)

    def line(stage):
        def work(report):
            both.wait()  # fails if the other does not run at the same time
            with Timed(report, stage) as timed:
                timed.tell(0.5, "half")
                timed.found = "all"

        return work

    def report(stage):
        heard.append((stage.stage, stage.fraction, stage.found, stage.done, threading.current_thread()))

    side_by_side(report, line("face"), line("voice"))
    for stage in ("face", "voice"):
        mine = [told[1:] for told in heard if told[0] == stage]
        here = threading.current_thread()
        assert mine == [(0.0, "", False, here), (0.5, "half", False, here), (1.0, "all", True, here)]


def test_the_failure_of_one_ends_the_other():
    ended = threading.Event()

    def fails(report):
        raise ValueError("lost")

    def goes_on(report):
        try:
            while True:
                report(TICK)
        finally:
            ended.set()

    with pytest.raises(ValueError, match="lost"):
        side_by_side(lambda _: None, goes_on, fails)
    assert ended.is_set()


def test_a_caller_who_has_enough_ends_both():
    ended = []

    def goes_on(report):
        try:
            while True:
                report(TICK)
        finally:
            ended.append(threading.current_thread())

    def enough(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(enough, goes_on, goes_on)
    assert len(ended) == 2


@pytest.mark.slow
def test_of_two_failures_the_first_lines_is_raised():
    both = threading.Barrier(2, timeout=10)

    def fails(error):
        def work(report):
            both.wait()
            raise error

        return work

    with pytest.raises(KeyError):
        side_by_side(lambda _: None, fails(KeyError("a")), fails(ValueError("b")))


def test_items_are_made_ahead_in_order_and_a_failure_comes_in_its_place():
    made = []

    def items():
        for i in range(20):
            if i == 15:
                raise ValueError("fifteen")
            made.append(threading.current_thread())
            yield i

    used = []

    def use():
        for item in ahead(items()):
            used.append(item)
            assert len(made) <= item + 6  # few are held at once

    with pytest.raises(ValueError, match="fifteen"):
        use()
    assert used == list(range(15))
    assert threading.current_thread() not in made


def test_what_is_not_used_up_is_not_all_made():
    made = []
    for item in ahead(made.append(i) or i for i in range(1000)):
        if item == 10:
            break
    assert len(made) < 20


def test_nothing_is_made_once_it_is_closed():
    made = []

    def items():
        for i in range(1000):
            time.sleep(0.001)
            made.append(i)
            yield i

    with closing(ahead(items())) as coming:
        next(coming)
    count = len(made)
    time.sleep(0.05)
    assert len(made) == count
