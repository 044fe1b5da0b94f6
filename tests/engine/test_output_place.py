"""A place where nothing may be written is told before a clip is read, by every command that writes what it read."""

from pathlib import Path

import pytest
from media_files import write
from permissions import allowed

from extraction.errors import InputError
from extraction.whole_file import check_place

COMMANDS = [("extract", ".parquet"), ("transcribe", ".srt"), ("predict", ".csv")]


@pytest.fixture(autouse=True)
def unread(monkeypatch):
    """Whoever reads a clip, or asks for a model, fails the test."""

    def read(*_, **__):
        pytest.fail("a clip was read")

    for place in ("clips.extract", "clips.run_corpus", "clips.load", "transcribe.transcribe"):
        monkeypatch.setattr(f"engine.commands.{place}", read)


def refused(s2s, command, source, output, why):
    code, out, err = s2s(command, source, "-o", output)
    assert (code, out) == (2, "")
    assert err.splitlines() == [f"s2s: {output} cannot be written ({why}): choose another place."]


@pytest.fixture(params=["a clip", "a folder of clips"])
def source(request, tmp_path):
    (tmp_path / "clips").mkdir()
    clip = write(tmp_path / "clips" / "talk.mp4", seconds=0.4)
    return clip if request.param == "a clip" else clip.parent


@pytest.mark.parametrize(("command", "suffix"), COMMANDS)
def test_a_folder_that_is_not_there(s2s, tmp_path, source, command, suffix):
    output = tmp_path / "missing" / f"words{suffix}"
    refused(s2s, command, source, output, f"there is no folder {output.parent}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clips"]


@pytest.mark.parametrize(("command", "suffix"), COMMANDS)
def test_a_folder_that_may_not_be_written(s2s, tmp_path, source, command, suffix):
    output = tmp_path / "shut" / f"words{suffix}"
    output.parent.mkdir()
    for mode in (0, 0o500):
        with allowed(output.parent, mode):
            refused(s2s, command, source, output, "Permission denied")
        assert not list(output.parent.iterdir())


@pytest.mark.parametrize(("command", "suffix"), COMMANDS)
def test_a_folder_a_file_and_a_name_in_the_way(s2s, tmp_path, source, command, suffix):
    (tmp_path / f"words{suffix}").mkdir()
    refused(s2s, command, source, tmp_path / f"words{suffix}", "Is a directory")
    (tmp_path / "file").touch()
    refused(s2s, command, source, tmp_path / "file" / f"words{suffix}", "Not a directory")
    refused(s2s, command, source, tmp_path / f"{'w' * 300}{suffix}", "File name too long")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="this system has no folder in which nobody can make a file")
@pytest.mark.parametrize(("command", "suffix"), COMMANDS)
def test_a_folder_in_which_no_file_can_be_made(s2s, source, command, suffix):
    refused(s2s, command, source, Path(f"/proc/words{suffix}"), "no file can be made in /proc")


def test_of_several_outputs_each_is_asked_for(s2s, tmp_path):
    output = tmp_path / "missing" / "b.vtt"
    code, out, err = s2s("predict", tmp_path / "none.mp4", "-o", tmp_path / "a.csv", "-o", output)
    assert (code, out) == (2, "")
    assert f"{output} cannot be written" in err
    assert not list(tmp_path.iterdir())


def test_a_place_that_will_do_is_left_as_it_was(tmp_path):
    (tmp_path / "older.csv").write_text("older")
    check_place(tmp_path / "older.csv")
    check_place(tmp_path / "new.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["older.csv"]
    assert (tmp_path / "older.csv").read_text() == "older"
    with (
        allowed(tmp_path, 0o500),
        pytest.raises(InputError, match=r"older\.csv cannot be written \(Permission denied\)"),
    ):
        check_place(tmp_path / "older.csv")
