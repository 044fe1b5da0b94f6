import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.errors import TranscriptError
from extraction.spoken import spoken
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import read_transcript
from extraction.types import Word


def test_spelling_is_kept_and_times_are_unknown():
    assert words_of("Well,  it cost\n$20!") == (Word("Well,"), Word("it"), Word("cost"), Word("$20!"))


def test_lone_punctuation_joins_a_neighbour():
    assert [w.text for w in words_of("“ Hello — there ... & you ?")] == ["“Hello—", "there...", "&", "you?"]


def test_words_in_another_script_stay_words():
    assert [w.text for w in words_of("привет ♪ you")] == ["привет♪", "you"]


@given(st.text())
def test_joining_punctuation_changes_nothing_but_white_space(text):
    words = words_of(text)
    joined = "".join(w.text for w in words)
    assert joined == "".join(text.split()) or not words
    assert all(spoken(w.text) or any(c.isalnum() for c in w.text) for w in words)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_text_file_with_or_without_a_mark(tmp_path, encoding):
    path = tmp_path / "said.TXT"
    path.write_text("It’s fine.\r\nReally.", encoding=encoding)
    transcript = read_transcript(path)
    assert [w.text for w in transcript.words] == ["It’s", "fine.", "Really."]
    assert transcript.source == "given"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "has no words in it: write down"),
        ("a.txt", "— … ?".encode(), "has no words in it: write down"),
        ("a.txt", b"\x89PNG\r\n\x1a\n", "is not UTF-8 text: save"),
        ("a.txt", b"one\0two", "is not UTF-8 text: save"),
        ("a.txt", "sixteen bits".encode("utf-16"), "is not UTF-8 text: save"),
        ("a.txt", b"word " * 300_000, r"is larger than a transcript can be \(1 MB\)"),
        ("a.docx", b"one two", r"is not a transcript this program can read: give a \.txt, \.srt, .* or \.json file"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TranscriptError, match=message):
        read_transcript(tmp_path / name)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(TranscriptError, match=r"cannot be read .*: check the path"):
        read_transcript(tmp_path / "none.txt")
