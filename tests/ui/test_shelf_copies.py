"""A clip that is here already, under another name: what was read is taken, the other's name is not."""

import shutil

import pytest
from shelves import Full, clip, until

from extraction.errors import NoSpeech


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
