"""The reading as WebVTT and SubRip, read by webvtt-py, by FFmpeg and by our own readers."""

import html
import re
from itertools import pairwise

import av
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from read_clips import NASTY, WORDS, measured_r, nasty_words, read_clip

from engine import scale
from engine.exports.subtitles import letters, srt_bytes, vtt_bytes
from extraction.errors import InputError
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import read_transcript
from extraction.types import Word

TIMED = [word for word in WORDS if word.timed]
SPAN = re.compile(r"(?:<(\d\d:\d\d:\d\d\.\d{3})>)?<c\.([a-z-]+)>(.*?)</c>")
LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cf", "Cn", "Co", "Z"], exclude_characters="[]{}<>()\\♩♪♫♬")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("subtitles")


def cues(data):
    return list(webvtt.from_string(data.decode()))


def spans(data):
    """(time or empty, class, text) of every word of a WebVTT file."""
    return [span for cue in cues(data) for span in SPAN.findall(cue.raw_text)]


def shown_by_ffmpeg(path):
    with av.open(str(path)) as file:
        packets = [packet for packet in file.demux(file.streams.subtitles[0]) if packet.size]
        return [
            (float(packet.pts * packet.time_base), float(packet.duration * packet.time_base), line.ass.decode())
            for packet in packets
            for line in packet.decode()
        ]


def test_webvtt_has_readable_cues_whose_words_carry_their_class():
    data = vtt_bytes(read_clip())
    first, second = cues(data)
    assert (first.start, first.end, second.start, second.end) == (
        "00:00:00.500",
        "00:00:01.400",
        "00:00:02.400",
        "00:00:03.500",
    )
    assert spans(data) == [
        ("", "neutral", "I"),
        ("00:00:00.620", "strongly-positive", "loved"),
        ("00:00:01.100", "weakly-positive", "it,"),
        ("", "weakly-negative", "R&amp;B"),
        ("00:00:02.900", "strongly-negative", "awful"),
    ]
    text = data.decode()
    assert all(f"::cue(.{name.replace(' ', '-')}) " in text for name in scale.NAMES)


def test_webvtt_says_the_score_how_far_to_trust_it_and_what_is_left_out():
    note = vtt_bytes(read_clip()).decode().split("\n\n")[1].split("\n")
    assert note[:2] == ["NOTE", "a clip.mp4 read by T: weakly negative, −0.73 on a scale from −3 to +3."]
    assert f"On held-out clips: r {measured_r()} (floor 0). Beats every constant answer" in note[2]
    assert note[3] == "One word without a time is left out: naïve"
    assert note[4].startswith("Made by Seq2Seq2Sentiment ")


def test_a_clips_name_cannot_end_the_note():
    data = vtt_bytes(read_clip(media="a-->b\n\n00:00.000 --> 00:09.000\nspam.mp4"))
    assert len(cues(data)) == 2
    assert data.decode().count("-->") == 2


def test_subrip_colours_each_word_as_ffmpeg_shows_it(folder):
    (folder / "a.srt").write_bytes(srt_bytes(read_clip()))
    first, second = shown_by_ffmpeg(folder / "a.srt")
    assert first[:2] == pytest.approx((0.5, 0.9))
    assert second[:2] == pytest.approx((2.4, 1.1))
    swapped = letters(2.6)[5:7] + letters(2.6)[3:5] + letters(2.6)[1:3]  # ASS writes blue first
    assert f"{{\\c&H{swapped}&}}loved{{\\c}}" in first[2]
    assert "R&B" in second[2]


def test_letters_are_white_for_neutral_and_take_the_hue_of_the_sign():
    assert letters(0.3) == letters(-0.4) == "#FFFFFF"
    assert letters(3.0) == "#6494C5"
    assert letters(-9.0) == letters(-3.0) == "#CA8A51"


def test_a_word_that_looks_like_a_tag_is_shown_by_ffmpeg(folder):
    words = [Word("<b>bold</b>", 0.0, 0.5), Word("<cost", 0.5, 1.0), Word("1-->2", 1.0, 1.5)]
    (folder / "a.srt").write_bytes(srt_bytes(read_clip(words)))
    ((*_, text),) = shown_by_ffmpeg(folder / "a.srt")
    assert re.sub(r"\{[^}]*\}", "", text).split(",,", 1)[1].replace("\u2060", "").endswith("<b>bold</b> <cost 1->2")


@pytest.mark.parametrize("suffix", [".vtt", ".srt"])
def test_a_line_holds_42_characters_and_a_cue_two_lines(suffix):
    words = [Word("word", i * 0.1, (i + 1) * 0.1) for i in range(50)]
    make = vtt_bytes if suffix == ".vtt" else srt_bytes
    blocks = [block.split("\n") for block in make(read_clip(words)).decode().strip().split("\n\n") if "-->" in block]
    lines = [re.sub(r"<[^>]*>", "", line) for block in blocks for line in block if "word" in line]
    assert len(blocks) == 4
    assert len(lines) == 7
    assert max(map(len, lines)) == 39
    assert sum(line.count("word") for line in lines) == 50


@pytest.mark.slow
@given(words=nasty_words())
@settings(max_examples=60)
def test_any_word_and_any_time_gives_cues_in_order(folder, words):
    clip = read_clip(words)
    kept = [text for word, text in zip(words, clip.texts, strict=True) if word.timed and text]
    if not kept:
        with pytest.raises(InputError, match=r"has a time, which this format needs: export it as \.csv"):
            vtt_bytes(clip)
        return
    data = vtt_bytes(clip)
    assert [html.unescape(text) for *_, text in spans(data)] == kept
    times = [time for cue in cues(data) for time in (cue.start_in_seconds, cue.end_in_seconds)]
    assert times == sorted(times)
    for cue in cues(data):
        inner = [cue.start, *filter(None, (time for time, *_ in SPAN.findall(cue.raw_text))), cue.end]
        assert all(before < after for before, after in pairwise(inner))
    (folder / "b.srt").write_bytes(srt_bytes(clip))
    assert len(shown_by_ffmpeg(folder / "b.srt")) == len(cues(data))


@st.composite
def clean_words(draw):
    """Words whose texts every reader takes for a word, and times that touch or leave pauses."""
    texts = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: [w.text for w in words_of(text)] == [text])
    words, at = [], 0.0
    for text in draw(st.lists(texts, min_size=1, max_size=30, unique=True)):
        at += draw(st.sampled_from([0, 0.03, 0.6]))
        length = draw(st.integers(10, 3_000)) / 1000
        words.append(Word(text, at, at + length))
        at += length
    return words


@pytest.mark.slow
@given(words=clean_words())
@settings(max_examples=40)
@pytest.mark.parametrize("suffix", [".vtt", ".srt"])
def test_our_own_reader_finds_the_same_words(folder, suffix, words):
    path = folder / f"c{suffix}"
    path.write_bytes((vtt_bytes if suffix == ".vtt" else srt_bytes)(read_clip(words)))
    transcript = read_transcript(path)
    assert [word.text for word in transcript.words] == [word.text for word in words]
    assert transcript.warnings == ()
    if suffix == ".vtt":  # which has a time for each word
        assert [w.start for w in transcript.words] == pytest.approx([w.start for w in words], abs=1.1e-3)


def test_the_worst_words_are_text_in_webvtt():
    data = vtt_bytes(read_clip([Word(text, i, i + 0.4) for i, text in enumerate(NASTY)], duration=30.0))
    assert "<b>" not in data.decode()
    assert "<script" not in data.decode()
    assert len(spans(data)) == len(NASTY)
