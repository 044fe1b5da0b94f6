"""Which transcript belongs to which clip, how clips are told apart, and user text in Markdown."""

from pathlib import Path

import pytest

from ui.reading import labels, plain
from ui.screens.analyse import paired
from ui.shelf import Reading


@pytest.mark.parametrize(
    ("clips", "transcripts", "pairs", "lost"),
    [
        (["a.mp4"], ["said.srt"], [0], []),
        (["a.mp4"], [], [None], []),
        (["a.mp4", "b.mov"], ["B.vtt", "a.TextGrid"], [1, 0], []),
        (["a.mp4", "b.mov"], ["c.txt"], [None, None], ["c.txt"]),
        (["a.mp4"], ["a.srt", "b.srt"], [0], ["b.srt"]),
        (["a.mp4", "a.wav"], ["a.srt"], [0, 0], []),
    ],
)
def test_a_transcript_belongs_to_the_clip_it_is_named_after(clips, transcripts, pairs, lost):
    assert paired(clips, transcripts) == (pairs, lost)


def test_a_name_is_text_where_markdown_is_read():
    assert plain("*a*_b_ [c](d) :red[e]") == r"\*a\*\_b\_ \[c\]\(d\) \:red\[e\]"


def test_every_pill_says_its_clip_and_no_two_say_the_same():
    names = [("a.mp4", "read"), ("*b*.mp4", "reading"), ("a.mp4", "read"), ("a.mp4 · 2", "read"), ("a.mp4", "failed")]
    readings = [
        Reading(str(number), "", name, None, Path("none"), 0.0, state) for number, (name, state) in enumerate(names)
    ]
    said = labels(readings)
    assert said[0] == r"a\.mp4"
    assert said[1] == r"\*b\*\.mp4 \(being read\)"
    assert said[4] == r"a\.mp4 · 3 \(could not be read\)"
    assert len(set(said)) == len(names)
