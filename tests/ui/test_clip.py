"""Clips as they are uploaded: which are the same, and what a renamed copy takes from the first."""

import os

import numpy as np
import pytest

from extraction.errors import NotMedia
from extraction.tools import Tools
from extraction.types import Aligned, FeatureSpec, Stream, Word
from ui.clip import Analysis, Source, TranscriptFile, analyse, renamed
from ui.player import Playable


@pytest.fixture
def first(tmp_path):
    """A clip that somebody read: as it was played, and everything that names it."""
    played = tmp_path / "first" / "played.mp4"
    played.parent.mkdir()
    played.write_bytes(b"moving pictures")
    said = ("Holidays.avi has no pictures.", "Times of ours.srt before Holidays.avi's start were read as 0.", "Other.")
    stream = Stream(FeatureSpec("T", "made", "1", ("one",)), np.ones((1, 1), np.float32), np.ones(1, bool))
    aligned = Aligned("Holidays", (Word("hello"),), {"T": stream}, 1.0, warnings=said)
    return Analysis("Holidays.avi", aligned, Playable(played, "video/mp4", "video"), "ours.srt")


def test_names_are_no_content_but_how_they_end_is():
    clip = Source("a.mp4", b"bytes")
    assert Source("b.MP4", b"bytes").content == clip.content
    assert Source("b.MP4", b"bytes").key != clip.key
    assert Source("a.mp4", b"bytes").key == clip.key
    others = [Source("a.avi", b"bytes"), Source("a.mp4", b"byte", "s"), Source("a.mp4", b"bytes", "said")]
    others += [Source("a.mp4", b"bytes", TranscriptFile(name, b"said")) for name in ("a.txt", "a.srt")]
    assert len({other.content for other in (clip, *others)}) == 6


def test_the_name_of_the_transcript_is_no_content_either():
    one, two = (Source("a.mp4", b"bytes", TranscriptFile(name, b"said")) for name in ("a.srt", "b.srt"))
    assert one.content == two.content
    assert one.key != two.key


def test_a_renamed_copy_has_the_same_words_and_its_own_names(first, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    copy = renamed(first, Source("../my <clip>.avi", b"", TranscriptFile("mine.srt", b"")), mine)
    assert (copy.name, copy.transcript, copy.aligned.clip) == ("../my <clip>.avi", "mine.srt", "my <clip>")
    assert copy.aligned.words == first.aligned.words
    assert copy.aligned.streams is first.aligned.streams
    assert copy.aligned.warnings == (
        "my _clip_.avi has no pictures.",
        "Times of mine.srt before my _clip_.avi's start were read as 0.",
        "Other.",
    )
    assert copy.player == Playable(mine / "my _clip_.mp4", "video/mp4", "video")
    assert "olidays" not in repr(copy)
    assert "ours" not in repr(copy)


def test_a_name_that_is_part_of_the_other_stays_whole(first, tmp_path):
    copy = renamed(first, Source("ours.srt Holidays.avi", b"", TranscriptFile("Holidays.avi.srt", b"")), tmp_path)
    assert copy.aligned.warnings[1] == "Times of Holidays.avi.srt before ours.srt Holidays.avi's start were read as 0."


@pytest.mark.parametrize("links", [True, False])
def test_what_is_played_outlasts_the_first(first, tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    mine = tmp_path / "mine"
    mine.mkdir()
    copy = renamed(first, Source("b.avi", b""), mine)
    assert (copy.player.path.stat().st_nlink == 2) is links
    first.player.path.unlink()
    assert copy.player.data == b"moving pictures"


def test_a_clip_that_nothing_plays_needs_no_file(first, tmp_path):
    copy = renamed(Analysis(first.name, first.aligned, None), Source("b.avi", b""), tmp_path / "nowhere")
    assert copy.player is None


@pytest.mark.parametrize("letter", ["a", "é", "語", "😀"])
def test_a_name_of_any_length_can_be_a_file(tmp_path, letter):
    source = Source(letter * 240 + ".mp4", b"no media")
    with pytest.raises(NotMedia, match=r"\.mp4 is neither audio nor video"):
        analyse(source, tmp_path, Tools(), lambda _: None)
    (file,) = tmp_path.iterdir()
    assert 8 < len(file.name.encode()) <= 200
    assert file.read_bytes() == b"no media"
