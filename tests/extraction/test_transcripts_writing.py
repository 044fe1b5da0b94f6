"""Words to transcript files and back."""

import json
import stat
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.errors import TranscriptError
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import SUFFIXES, read_transcript
from extraction.transcripts.subtitles import grouped
from extraction.transcripts.writing import write_transcript
from extraction.types import Word

WORDS = (
    Word("Well,", 0.1, 0.4, 0.93),
    Word('"it"', 0.4, 0.52, 0.5),
    Word("<cost", 1.25, 1.6, 0.25, interpolated=True),
    Word("R&B", 1.6, 2.0, 1.0),
)
TIMED = tuple(suffix for suffix in SUFFIXES if suffix != ".txt")

# What formats without escapes cannot hold is left out: brackets and tags, which are read as noises, and music notes.
LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cf", "Cn", "Co", "Z"], exclude_characters="[]{}<>()&\\♩♪♫♬")
SILENT = {"sil", "sp", "spn"}  # marks of a tier of words


def said(text):
    words = words_of(text)
    return len(words) == 1 and words[0].text == text and text.lower() not in SILENT


@st.composite
def timed_words(draw):
    words, at = [], 0
    for text in draw(st.lists(st.text(LETTERS, min_size=1, max_size=12).filter(said), min_size=1, max_size=30)):
        at += draw(st.sampled_from([0, 0, 30, 499, 500, 2_000]))
        length = draw(st.integers(10, 3_000))
        score = draw(st.none() | st.integers(0, 10_000))
        words.append(
            Word(text, at / 1000, (at + length) / 1000, None if score is None else score / 10_000, draw(st.booleans()))
        )
        at += length
    return words


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


@pytest.mark.slow
@given(words=timed_words())
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_again(folder, suffix, words):
    path = folder / f"a{suffix}"
    write_transcript(words, path, duration=words[-1].end + 0.25)
    transcript = read_transcript(path)
    again = transcript.words
    assert [word.text for word in again] == [word.text for word in words]
    assert transcript.warnings == ()
    if suffix == ".txt":
        assert not any(word.timed for word in again)
    elif suffix == ".json":
        assert list(again) == words
    elif suffix in {".TextGrid", ".eaf"}:
        assert [(word.start, word.end) for word in again] == [(word.start, word.end) for word in words]
    else:  # the times of cues are kept
        first = 0
        for cue in grouped(words):
            last = first + len(cue) - 1
            assert (again[first].start, again[last].end) == (cue[0].start, cue[-1].end)
            first = last + 1


@pytest.mark.slow
@given(words=timed_words())
@settings(max_examples=20, deadline=None)
def test_cues_are_short_enough_to_read(words):
    for cue in grouped(words):
        assert len(cue) == 1 or cue[-1].end - cue[0].start <= 7.0
        assert all(after.start - before.end < 0.5 for before, after in pairwise(cue))
        assert len(" ".join(word.text for word in cue)) <= 85 or len(cue) == 1


@pytest.mark.parametrize(
    ("suffix", "times"),
    [(".srt", "00:00:00,100 --> 00:00:00,520"), (".vtt", "00:00:00.100 --> 00:00:00.520")],
)
def test_subtitles_begin_a_cue_after_a_pause(tmp_path, suffix, times):
    write_transcript(WORDS, tmp_path / f"a{suffix}")
    text = (tmp_path / f"a{suffix}").read_text()
    assert times in text
    assert text.count("-->") == 2
    assert ("&lt;cost R&amp;B" if suffix == ".vtt" else "<cost R&B") in text
    assert text.startswith("WEBVTT\n\n" if suffix == ".vtt" else "1\n")


def test_a_line_holds_42_characters_and_a_cue_two_lines(tmp_path):
    words = [Word("word", i * 0.1, (i + 1) * 0.1) for i in range(50)]
    write_transcript(words, tmp_path / "a.srt")
    cues = [block.split("\n")[2:] for block in (tmp_path / "a.srt").read_text().strip().split("\n\n")]
    assert all(len(lines) <= 2 and all(len(line) <= 42 for line in lines) for lines in cues)
    assert len(cues) == 4


def test_a_textgrid_has_no_gaps(tmp_path):
    write_transcript(WORDS, tmp_path / "a.TextGrid", duration=3.5)
    lines = [line.strip() for line in (tmp_path / "a.TextGrid").read_text().splitlines()]
    starts = [line[7:] for line in lines if line.startswith("xmin")][2:]
    ends = [line[7:] for line in lines if line.startswith("xmax")][2:]
    assert starts[0] == "0"
    assert starts[1:] == ends[:-1]
    assert ends[-1] == "3.5"
    assert lines.count('text = ""') == 3
    assert 'text = """it"""' in lines


def test_an_eaf_names_its_clip_and_counts_milliseconds(tmp_path):
    write_transcript(WORDS, tmp_path / "out" / "a.eaf", clip=tmp_path / "my clip.mp4")
    root = ElementTree.fromstring((tmp_path / "out" / "a.eaf").read_bytes())  # noqa: S314 (our own)
    assert root.get("FORMAT") == "3.0"
    assert [child.tag for child in root] == ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE"]
    assert root.find("HEADER/MEDIA_DESCRIPTOR").get("MEDIA_URL") == "../my%20clip.mp4"
    assert root.find("HEADER/MEDIA_DESCRIPTOR").get("MIME_TYPE") == "video/mp4"
    values = [int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")]
    assert values == sorted(values) == [100, 400, 400, 520, 1250, 1600, 1600, 2000]
    assert root.find("TIER").get("LINGUISTIC_TYPE_REF") == root.find("LINGUISTIC_TYPE").get("LINGUISTIC_TYPE_ID")
    write_transcript(WORDS, tmp_path / "b.eaf")
    assert b"MEDIA_DESCRIPTOR" not in (tmp_path / "b.eaf").read_bytes()


def test_json_says_what_is_known_and_no_more(tmp_path):
    words = (Word("It", 0.10049, 0.4, 0.93), Word("cost"), Word("20", 0.9, 1.0, interpolated=True))
    write_transcript(words, tmp_path / "a.json", language="de")
    data = json.loads((tmp_path / "a.json").read_text())
    written = [
        {"word": "It", "start": 0.1, "end": 0.4, "score": 0.93},
        {"word": "cost"},
        {"word": "20", "start": 0.9, "end": 1.0, "interpolated": True},
    ]
    assert data["word_segments"] == written
    assert [word for segment in data["segments"] for word in segment["words"]] == written
    assert data["language"] == "de"
    assert read_transcript(tmp_path / "a.json").language == "de"


@pytest.mark.parametrize("suffix", [".srt", ".TextGrid", ".eaf"])
def test_words_without_times_are_spread_between_those_that_have_them(tmp_path, suffix):
    words = [Word("a", 0.0, 1.0), Word("b"), Word("c"), Word("d", 2.0, 3.0), Word("e")]
    write_transcript(words, tmp_path / f"a{suffix}")
    again = read_transcript(tmp_path / f"a{suffix}").words
    assert [word.text for word in again] == list("abcde")
    assert again[-1].end == pytest.approx(3.2)
    if suffix != ".srt":
        assert [word.start for word in again] == pytest.approx([0.0, 1.0, 1.5, 2.0, 3.0])


def test_words_that_overlap_or_last_no_time_are_put_in_order(tmp_path):
    words = [Word("a", 0.5, 2.0), Word("b", 1.0, 1.0), Word("c", 1.0, 1.5)]
    write_transcript(words, tmp_path / "a.eaf")
    again = read_transcript(tmp_path / "a.eaf")
    assert [(word.start, word.end) for word in again.words] == [(0.5, 1.0), (1.0, 1.001), (1.001, 1.5)]
    assert again.warnings == ()


@pytest.mark.parametrize("suffix", TIMED)
def test_characters_that_no_file_can_hold_are_left_out(tmp_path, suffix):
    write_transcript([Word("o\x00n\x1fe\ud800\uffff two", 0.0, 1.0)], tmp_path / f"a{suffix}")
    assert read_transcript(tmp_path / f"a{suffix}").words[0].text == "onetwo"


def test_an_arrow_in_a_word_begins_no_cue(tmp_path):
    write_transcript([Word("1-->2", 0.0, 1.0)], tmp_path / "a.srt")
    assert read_transcript(tmp_path / "a.srt").words[0].text == "1->2"


@pytest.mark.parametrize(
    ("words", "name", "message"),
    [
        (
            WORDS,
            "a.docx",
            r"a\.docx is no transcript's name: end it in \.txt, \.srt, .* or \.json, which is the format",
        ),
        ((), "a.srt", r"There are no words to write to a\.srt: give a clip or a transcript with words"),
        ((Word("a"),), "a.eaf", r"The words have no times, which a\.eaf needs: write them as \.txt or \.json"),
        (WORDS, "file/a.srt", r"a\.srt cannot be written \(.*\): make room, or choose another place"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(tmp_path, words, name, message):
    (tmp_path / "file").write_text("")
    with pytest.raises(TranscriptError, match=message):
        write_transcript(words, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_older_file_stays_if_writing_fails(tmp_path, monkeypatch):
    write_transcript(WORDS[:1], tmp_path / "a.txt")

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TranscriptError, match=r"\(No space left on device\): make room, or choose another place\.$"):
        write_transcript([replace(word, text="other") for word in WORDS], tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "Well,\n"
    assert stat.S_ISREG((tmp_path / "a.txt").stat().st_mode)
    assert len(list(tmp_path.iterdir())) == 1
