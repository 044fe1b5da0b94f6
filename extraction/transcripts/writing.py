"""Words to a transcript file that other programs open: subtitles, Praat, ELAN, whisperX's JSON, plain text."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from extraction.errors import TranscriptError
from extraction.transcripts.elan import eaf_bytes
from extraction.transcripts.plain import plain_text
from extraction.transcripts.reading import SUFFIXES
from extraction.transcripts.subtitles import subtitles_text
from extraction.transcripts.textgrid import textgrid_text
from extraction.transcripts.word_json import json_text
from extraction.types import Word
from extraction.whole_file import write_whole
from extraction.word_times import filled

_TICKS = {".srt": 1000, ".vtt": 1000, ".eaf": 1000, ".textgrid": 1_000_000}  # a second, the format's resolution
_UNPRINTABLE = {"Cc", "Cs"}
_NO_TEXT = "\ufffe\uffff"
_SPREAD = 0.2  # seconds a word without a time is given after the last one that has it


def check_name(path: Path) -> None:
    """Raise TranscriptError if no transcript can be written under the name `path`."""
    if path.suffix.lower() not in {suffix.lower() for suffix in SUFFIXES}:
        raise TranscriptError(
            f"{path.name} is no transcript's name: end it in {', '.join(SUFFIXES[:-1])} or .json, which is the format."
        )


def write_transcript(
    words: Sequence[Word],
    path: Path,
    *,
    duration: float | None = None,
    clip: Path | None = None,
    language: str = "en",
) -> None:
    """Write words in the format that `path`'s suffix names, whole or not at all.

    Times are kept to the millisecond (TextGrid: the microsecond), in order and never overlapping. Subtitles group the
    words, so that only the times of a cue stay; plain text has none. A word without a time among words that have one
    is spread between its neighbours, but in JSON, which can leave it out.

    Args:
        words: in spoken order.
        path: ends in .txt, .srt, .vtt, .TextGrid, .eaf or .json.
        duration: seconds of the clip, where a TextGrid ends; the last word's end if None.
        clip: the media file that an EAF file names, relative to itself; none if None.
        language: a code such as `en`, for JSON.

    Raises:
        TranscriptError: the suffix is another, there are no words, none of them has a time but the format needs them,
            or the file cannot be written.
    """
    check_name(path)
    suffix = path.suffix.lower()
    words = [replace(word, text=text) for word in words if (text := _printable(word.text))]
    if not words:
        raise TranscriptError(f"There are no words to write to {path.name}: give a clip or a transcript with words.")
    if suffix in _TICKS:
        if not any(word.timed for word in words):
            raise TranscriptError(f"The words have no times, which {path.name} needs: write them as .txt or .json.")
        words = _placed(words, duration, _TICKS[suffix])
    if suffix == ".txt":
        content = plain_text(words).encode()
    elif suffix in {".srt", ".vtt"}:
        content = subtitles_text(words, web=suffix == ".vtt").encode()
    elif suffix == ".textgrid":
        content = textgrid_text(words, max(duration or 0.0, words[-1].end or 0.0)).encode()
    elif suffix == ".eaf":
        content = eaf_bytes(words, _beside(clip, path))
    else:
        content = json_text(words, language).encode()
    try:
        write_whole(path, lambda partial: partial.write_bytes(content))
    except OSError as error:
        raise TranscriptError(
            f"{path} cannot be written ({error.strerror}): make room, or choose another place."
        ) from error


def _printable(text: str) -> str:
    """The text without white space and characters that XML cannot hold."""
    return "".join(c for c in text if not (c.isspace() or unicodedata.category(c) in _UNPRINTABLE or c in _NO_TEXT))


def _placed(words: Sequence[Word], duration: float | None, ticks: int) -> list[Word]:
    """The words with times in whole ticks, each at least one long and none before the end of the one before."""
    times = [(word.start, word.end) if word.start is not None and word.end is not None else None for word in words]
    if None in times:
        known = max(time[1] for time in times if time is not None)
        times = list(filled(times, duration or known + _SPREAD * times.count(None)))
    bounds = [(round(start * ticks), round(end * ticks)) for start, end in (time for time in times if time is not None)]
    placed: list[Word] = []
    at = 0
    for i, (word, (start, end)) in enumerate(zip(words, bounds, strict=True)):
        begin = max(start, at)
        following = bounds[i + 1][0] if i + 1 < len(bounds) else end
        at = max(min(end, following), begin + 1)
        placed.append(replace(word, start=begin / ticks, end=at / ticks))
    return placed


def _beside(clip: Path | None, path: Path) -> str | None:
    """The clip as seen from the folder of `path`, with `/`; its name alone where no path leads there."""
    if clip is None:
        return None
    try:
        return Path(os.path.relpath(clip, path.parent)).as_posix()
    except ValueError:  # another drive
        return clip.name
