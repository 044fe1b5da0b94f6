"""The shelf of clips: one at a time, in order, each content once, stopped, forgotten, never shown to others."""

import pytest
from shelves import clip, until

from extraction.errors import NoSpeech
from ui.shelf import GRACE, Shelf


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
