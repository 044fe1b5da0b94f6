"""A transcript the user has: plain text to words.

White space parts words; the spelling stays as it was written. A token without anything said in it, such as a dash
between two words, joins the word before it (the first one joins the word after).
"""

from __future__ import annotations

from pathlib import Path

from extraction.errors import TranscriptError
from extraction.spoken import spoken
from extraction.types import Transcript, Word

_LIMIT = 1 << 20  # bytes; ten hours of speech are less


def words_of(text: str) -> tuple[Word, ...]:
    """Words in order, as written, without times; empty where nothing in `text` is said."""
    words: list[str] = []
    waiting = ""  # opening punctuation that has no word before it
    for token in text.split():
        if spoken(token) or any(c.isalnum() for c in token):
            words.append(waiting + token)
            waiting = ""
        elif words:
            words[-1] += token
        else:
            waiting += token
    return tuple(Word(word) for word in words)


def read_transcript(path: Path) -> Transcript:
    """Read a `.txt` file in UTF-8, with or without a byte order mark.

    Raises:
        TranscriptError: the file is missing, has another suffix, is not UTF-8 text, or has no words in it.
    """
    if path.suffix.lower() != ".txt":
        raise TranscriptError(f"{path.name} is not a .txt file: give the transcript as plain text.")
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
    except OSError as error:
        raise TranscriptError(f"The transcript {path} cannot be read ({error.strerror}): check the path.") from error
    if len(data) > _LIMIT:
        raise TranscriptError(f"{path.name} is larger than a transcript can be (1 MB): give what is said in one clip.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{path.name} is not UTF-8 text: save the transcript as plain text in UTF-8.") from error
    if "\0" in text:
        raise TranscriptError(f"{path.name} is not UTF-8 text: save the transcript as plain text in UTF-8.")
    words = words_of(text)
    if not words:
        raise TranscriptError(f"{path.name} has no words in it: write down what is said in the clip.")
    return Transcript(words, source="given")
