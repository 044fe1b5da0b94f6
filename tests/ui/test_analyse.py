"""Which transcript belongs to which clip, how clips are told apart, text in Markdown, and clips without a score."""

from pathlib import Path

import pytest
from app_runs import markup
from media_files import write
from streamlit.testing.v1 import AppTest

from extraction.types import Aligned, Word
from ui.clip import Analysis
from ui.player import playable
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


def draw_unscored(analysis):
    from ui.screens import analyse

    analyse.unscored(analysis)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [("clip.mp4", "video"), ("voice.wav", "audio"), ("gone.mp4", None)])
def test_a_clip_without_a_score_has_its_player_and_its_words(tmp_path, name, kind):
    codec = {"audio": "pcm_s16le", "video": False} if kind == "audio" else {"codec": "libx264"}
    path = write(tmp_path / name, seconds=0.5, **codec)
    aligned = Aligned(path.stem, (Word("<i>saya</i>"), Word("suka")), {}, 0.5)
    analysis = Analysis(name, aligned, playable(path, tmp_path))
    if kind is None:
        path.unlink()  # its hour is over
    app = AppTest.from_function(draw_unscored, args=(analysis,)).run()
    assert not app.exception
    assert "&lt;i&gt;saya&lt;/i&gt; suka</p>" in markup(app)
    found = {one: app.get(one) for one in ("video", "audio")}
    assert [one for one, players in found.items() if players] == ([kind] if kind else [])
    if kind:
        assert found[kind][0].proto.alt == f"The clip {path.stem}"
