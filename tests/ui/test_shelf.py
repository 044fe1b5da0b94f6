"""The shelf of clips: one at a time, in order, each content once, stopped, forgotten, never shown to others."""

import shutil
import threading
import time

import pytest

from extraction.errors import NoSpeech
from extraction.pipeline import StageReport
from extraction.types import Aligned
from ui.clip import Analysis, Source
from ui.player import Playable
from ui.shelf import GRACE, Shelf


class Reader:
    """Reads when it is told to; notes what it was given."""

    def __init__(self):
        self.begun, self.go = [], threading.Semaphore(0)
        self.ending = {}

    def __call__(self, source, folder, tell):
        (folder / source.name).write_bytes(source.data)
        self.begun.append((source.name, folder))
        while not self.go.acquire(timeout=0.005):
            tell(StageReport("words", 0.5, "2 words", 1.0))
        if source.name in self.ending:
            raise self.ending[source.name]
        aligned = Aligned(source.name, (), {}, 1.0, warnings=(f"{source.name} has no pictures.",))
        return Analysis(source.name, aligned, Playable(folder / source.name, "video/mp4", "video"))


class Full:
    """Writing a file to a full disk."""

    def __init__(self):
        self.asked = 0

    def __call__(self, *_):
        self.asked += 1
        raise OSError("no space left on the disk")


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def alive():
    return {"me", "you"}


@pytest.fixture
def shelf(reader, clock, alive):
    made = Shelf(reader, alive.__contains__, clock)
    yield made
    made.close()
    reader.go.release(10)


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def clip(name="a.mp4", data=b"a"):
    return Source(name, data)


def test_a_clip_is_read_and_its_file_stays(shelf, reader):
    reading = shelf.put(clip(), "me")
    reader.go.release()
    until(lambda: reading.state == "read")
    assert reading.analysis.name == "a.mp4"
    assert (reading.folder / "a.mp4").read_bytes() == b"a"
    assert reading.folder.stat().st_mode & 0o077 == 0
    assert reading.source is None


def test_clips_are_read_in_the_order_they_came_and_know_their_place(shelf, reader):
    readings = [shelf.put(clip(f"{i}.mp4", bytes([i])), "me") for i in range(3)]
    until(lambda: readings[0].state == "reading")
    assert [shelf.ahead(reading) for reading in readings] == [0, 1, 2]
    reader.go.release(3)
    until(lambda: readings[2].state == "read")
    assert [name for name, _ in reader.begun] == ["0.mp4", "1.mp4", "2.mp4"]


def test_the_same_content_is_read_once_for_two_sessions(shelf, reader):
    mine, yours = shelf.put(clip(), "me"), shelf.put(clip(), "you")
    assert mine is yours
    reader.go.release()
    until(lambda: mine.state == "read")
    assert len(reader.begun) == 1


def test_a_renamed_copy_takes_what_was_read_and_says_its_own_name(shelf, reader):
    mine = shelf.put(clip("my secret.mp4"), "me")
    early = shelf.put(clip("b.mp4"), "you")
    assert (early.state, shelf.ahead(early)) == ("waiting", 1)
    reader.go.release()
    until(lambda: early.state == "read")
    late = shelf.put(clip("c.mp4"), "you")
    assert late.state == "read"
    assert [name for name, _ in reader.begun] == ["my secret.mp4"]
    assert (mine.name, early.name, late.name) == ("my secret.mp4", "b.mp4", "c.mp4")
    assert mine.analysis.aligned.warnings == ("my secret.mp4 has no pictures.",)
    for copy in (early, late):
        assert copy.source is None
        assert copy.analysis.aligned.warnings == (f"{copy.name} has no pictures.",)
        assert copy.analysis.player.path == copy.folder / copy.name
        assert "secret" not in repr(copy)
        assert shelf.find(copy.key, "me") is None
    assert shelf.find(mine.key, "you") is None


def test_a_renamed_copy_outlasts_the_session_that_brought_the_first(shelf, reader):
    mine, yours = shelf.put(clip(), "me"), shelf.put(clip("b.mp4"), "you")
    reader.go.release()
    until(lambda: yours.state == "read")
    shelf.leave(mine, "me")
    assert not mine.folder.exists()
    assert yours.analysis.player.data == b"a"
    shelf.leave(yours, "you")
    assert not yours.folder.exists()


@pytest.mark.parametrize("end", ["failed", "cancelled", "gone"])
def test_a_renamed_copy_is_read_where_the_first_came_to_nothing(shelf, reader, end):
    if end == "failed":
        reader.ending = {"a.mp4": NoSpeech("a.mp4 has no words.")}
    mine, yours = shelf.put(clip(), "me"), shelf.put(clip("b.mp4"), "you")
    until(lambda: mine.reports)
    if end == "failed":
        reader.go.release()
    else:
        (shelf.cancel if end == "cancelled" else shelf.leave)(mine, "me")
    until(lambda: yours.state == "reading")
    assert mine.state == end
    reader.go.release()
    until(lambda: yours.state == "read")
    assert [name for name, _ in reader.begun] == ["a.mp4", "b.mp4"]
    assert yours.sentence == ""


def test_clips_that_wait_behind_a_renamed_copy_keep_their_turn(shelf, reader):
    names = ("a.mp4", "c.mp4", "b.mp4", "d.mp4")
    readings = [shelf.put(clip(name, b"a" if name in ("a.mp4", "b.mp4") else name.encode()), "me") for name in names]
    until(lambda: readings[0].state == "reading")
    reader.go.release()
    until(lambda: readings[2].state == "read")
    until(lambda: readings[1].state == "reading")
    assert [shelf.ahead(reading) for reading in readings] == [0, 0, 0, 1]
    reader.go.release(2)
    until(lambda: readings[3].state == "read")
    assert [name for name, _ in reader.begun] == ["a.mp4", "c.mp4", "d.mp4"]


def test_a_renamed_copy_whose_folder_takes_no_file_is_read(shelf, reader, monkeypatch):
    mine = shelf.put(clip(), "me")
    reader.go.release()
    until(lambda: mine.state == "read")
    monkeypatch.setattr("os.link", full := Full())
    monkeypatch.setattr(shutil, "copyfile", full)
    yours = shelf.put(clip("b.mp4"), "you")
    assert full.asked == 2
    reader.go.release()
    until(lambda: yours.state == "read")
    assert len(reader.begun) == 2


def test_a_session_finds_only_what_it_has_put_there(shelf):
    reading = shelf.put(clip(), "me")
    assert shelf.find(reading.key, "me") is reading
    assert shelf.find(reading.key, "you") is None


def test_how_far_it_is_and_how_long_it_takes_still(shelf, reader, clock):
    reading = shelf.put(clip(), "me")
    assert reading.left(clock()) is None
    until(lambda: reading.reports)
    clock.now = 30.0
    assert reading.fraction == pytest.approx(0.15)
    assert reading.left(clock()) == pytest.approx(170.0)


def test_a_failure_is_a_sentence_and_the_next_clip_is_read(shelf, reader, caplog):
    reader.ending = {"a.mp4": NoSpeech("No words."), "b.mp4": ValueError("a bug")}
    readings = [shelf.put(clip(name, name.encode()), "me") for name in ("a.mp4", "b.mp4", "c.mp4")]
    reader.go.release(3)
    until(lambda: readings[2].state == "read")
    assert [reading.state for reading in readings] == ["failed", "failed", "read"]
    assert readings[0].sentence == "No words."
    assert "fault in this program" in readings[1].sentence
    assert "a bug" in caplog.text


def test_a_cancelled_clip_stops_and_can_be_read_again(shelf, reader):
    reading = shelf.put(clip(), "me")
    until(lambda: reading.reports)
    shelf.cancel(reading, "me")
    assert reading.state == "cancelled"
    assert not reading.folder.exists()
    shelf.again(reading, "me")
    fresh = shelf.find(reading.key, "me")
    assert fresh is not reading
    until(lambda: len(reader.begun) == 2)
    reader.go.release()
    until(lambda: fresh.state == "read")


def test_a_clip_that_waits_is_cancelled_without_being_begun(shelf, reader):
    first, second = shelf.put(clip(), "me"), shelf.put(clip("b.mp4", b"b"), "me")
    shelf.cancel(second, "me")
    reader.go.release(2)
    until(lambda: first.state == "read")
    assert [name for name, _ in reader.begun] == ["a.mp4"]


def test_who_cancels_does_not_stop_it_for_another(shelf, reader):
    reading = shelf.put(clip(), "me")
    shelf.put(clip(), "you")
    shelf.cancel(reading, "me")
    reader.go.release()
    until(lambda: reading.state == "read")


def test_what_another_session_cancelled_is_read_for_one_that_brings_it(shelf, reader):
    mine = shelf.put(clip(), "me")
    until(lambda: mine.state == "reading")
    shelf.cancel(mine, "me")
    assert shelf.put(clip(), "me") is mine  # whoever cancelled it is not asked again
    yours = shelf.put(clip(), "you")
    assert (mine.state, yours.unfinished) == ("cancelled", True)
    until(lambda: yours.state == "reading")
    reader.go.release()
    until(lambda: yours.state == "read")
    assert shelf.find(yours.key, "me") is None


def test_a_clip_that_is_let_go_of_is_gone_unless_another_has_it(shelf, reader):
    reading = shelf.put(clip(), "me")
    shelf.put(clip(), "you")
    until(lambda: reading.reports)
    shelf.leave(reading, "me")
    assert shelf.find(reading.key, "me") is None
    assert reading.state == "reading"
    shelf.leave(reading, "you")
    assert reading.state == "gone"
    assert not reading.folder.exists()
    shelf.leave(reading, "you")
    fresh = shelf.put(clip(), "me")
    until(lambda: len(reader.begun) == 2)
    reader.go.release()
    until(lambda: fresh.state == "read")


def test_a_closed_tab_stops_its_clip_and_removes_it(shelf, reader, clock, alive):
    reading = shelf.put(clip(), "me")
    until(lambda: reading.reports)
    alive.discard("me")
    clock.now = GRACE - 1
    shelf.sweep()
    assert reading.state == "reading"
    clock.now = GRACE + 1
    shelf.sweep()
    assert reading.state == "gone"
    assert not reading.folder.exists()
    assert shelf.find(reading.key, "me") is None


def test_a_session_that_comes_back_in_time_keeps_its_clips(shelf, reader, clock, alive):
    reading = shelf.put(clip(), "me")
    alive.discard("me")
    clock.now = GRACE - 1
    shelf.sweep()
    alive.add("me")
    clock.now = GRACE + 1
    shelf.sweep()
    assert shelf.find(reading.key, "me") is reading


def test_after_an_hour_it_is_gone_whoever_looks(shelf, reader, clock):
    reading = shelf.put(clip(), "me")
    reader.go.release()
    until(lambda: reading.state == "read")
    clock.now = 3601.0
    shelf.sweep()
    assert (reading.state, reading.analysis) == ("gone", None)
    assert not reading.folder.exists()


def test_nothing_is_left_on_the_disk_at_the_end(reader, clock):
    shelf = Shelf(reader, lambda _: True, clock)
    reading = shelf.put(clip(), "me")
    until(lambda: reading.reports)
    shelf.close()
    assert not reading.folder.parent.exists()
