"""A transcript the user has, in any of the field's formats, to words.

The file's suffix says which format it is. Nothing but the file is read, and whatever is wrong with it is one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from extraction.errors import TranscriptError
from extraction.transcripts.elan import read_eaf
from extraction.transcripts.plain import words_of
from extraction.transcripts.said import Reading, words_from
from extraction.transcripts.subtitles import read_subtitles
from extraction.transcripts.textgrid import read_textgrid
from extraction.transcripts.word_json import read_json
from extraction.types import Transcript

SUFFIXES = (".txt", ".srt", ".vtt", ".TextGrid", ".eaf", ".json")
_LIMIT = 1 << 20  # bytes of plain text; ten hours of speech are less
_LIMIT_TIMED = 1 << 24  # bytes of a format with times
_MOST_WORDS = 500_000

_READERS: Mapping[str, Callable[[bytes, str], Reading]] = {
    ".srt": lambda data, name: read_subtitles(_decoded(data, name), name, web=False),
    ".vtt": lambda data, name: read_subtitles(_decoded(data, name), name, web=True),
    ".textgrid": lambda data, name: read_textgrid(_decoded(data, name), name),
    ".eaf": read_eaf,
    ".json": lambda data, name: read_json(_decoded(data, name), name),
}


def read_transcript(path: Path) -> Transcript:
    """Read a transcript: `.txt`, `.srt`, `.vtt`, Praat's `.TextGrid`, ELAN's `.eaf`, or whisperX's `.json`.

    Words have times in seconds where the format has them; those spread over an utterance are `interpolated`, and so is
    a word that shares its interval with others. Text is UTF-8, with or without a byte order mark, or UTF-16 with one
    where the format has times. Whatever had to be repaired is in `warnings`.

    Raises:
        TranscriptError: the file is missing, too large, has another suffix, is not what its suffix says, or has no
            words in it; one sentence says where and what to do.
    """
    suffix = path.suffix.lower()
    if suffix != ".txt" and suffix not in _READERS:
        raise TranscriptError(
            f"{path.name} is not a transcript this program can read: give a {', '.join(SUFFIXES[:-1])} or .json file."
        )
    data = _content(path, _LIMIT if suffix == ".txt" else _LIMIT_TIMED)
    if suffix == ".txt":
        transcript = Transcript(words_of(_decoded(data, path.name, sixteen=False)), source="given")
    else:
        reading = _READERS[suffix](data, path.name)
        words, warnings = words_from(reading, path.name)
        transcript = Transcript(words, source="given", language=reading.language, warnings=warnings)
    if len(transcript.words) > _MOST_WORDS:
        raise TranscriptError(f"{path.name} has over {_MOST_WORDS:,} words: give what is said in one clip.")
    if not transcript.words:
        raise TranscriptError(f"{path.name} has no words in it: write down what is said in the clip.")
    return transcript


def _content(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise TranscriptError(f"The transcript {path} cannot be read ({error.strerror}): check the path.") from error
    if len(data) > limit:
        raise TranscriptError(
            f"{path.name} is larger than a transcript can be ({limit >> 20} MB): give what is said in one clip."
        )
    return data


def _decoded(data: bytes, name: str, sixteen: bool = True) -> str:
    """The text with one kind of line end."""
    wide = sixteen and data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{name} is not UTF-8 text: save the transcript as plain text in UTF-8.") from error
    if "\0" in text:
        raise TranscriptError(f"{name} is not UTF-8 text: save the transcript as plain text in UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
