"""Which transcript belongs to which clip, and user text in Markdown."""

import pytest

from ui.reading import plain
from ui.screens.analyse import paired


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
