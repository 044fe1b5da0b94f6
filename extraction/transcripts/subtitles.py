"""SubRip (.srt) and WebVTT (.vtt): cues of text with a start and an end.

A cue's time is its utterance's, so its words get rough times, but where a cue carries a time for each word, as the
captions of YouTube do (`<00:00:01.200>`). Formatting, speakers' tags, settings of place, notes and style sheets are
left out, and so are noises in brackets and lines that are a remark in parentheses.
Sources: w3.org/TR/webvtt1; SubRip has no standard, the common form is read.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from extraction.errors import TranscriptError
from extraction.transcripts.said import Reading, Said, without_noises
from extraction.types import Word

_CLOCK = r"(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?")
_INLINE = re.compile(r"<((?:\d+:)?\d{1,2}:\d{2}\.\d{3})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|\{\\[^{}]*\}|\{/?[biuyaBIUY](?::[^{}]*)?\}")
_REMARK = re.compile(r"\s*\([^()]*\)\s*")
_TURN = re.compile(r"^\s*(?:[-\u2010-\u2015]|>{1,3})\s+")  # a dash or >> where the speaker changes
_ESCAPE = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|lrm|rlm|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")
_BLOCKS = ("NOTE", "STYLE", "REGION")
_TOUCH = 0.05  # seconds between two captions that roll

_LINE, _LINES = 42, 2  # characters, lines: what broadcasters allow a cue
_PAUSE = 0.5  # seconds of silence that end a cue
_LONGEST = 7.0  # seconds of a cue


@dataclass
class _Cue:
    start: float
    end: float
    line: int
    text: list[str] = field(default_factory=list)


def read_subtitles(text: str, name: str, web: bool) -> Reading:
    """Read the text of a .srt file, or with `web` of a .vtt file.

    Raises:
        TranscriptError: it is no such file, or a line of times cannot be read; the line is named.
    """
    lines = text.split("\n")
    if web and not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise TranscriptError(f"{name} does not begin with WEBVTT: give a WebVTT file, or name a SubRip file .srt.")
    cues = list(_cues(lines, name, web))
    if not cues:
        raise TranscriptError(f"{name} has no cues in it: give lines such as 00:00:01,000 --> 00:00:02,500 with text.")
    timed = web and any(_INLINE.search(line) for cue in cues for line in cue.text)
    if timed:
        _unroll(cues)
    return Reading([item for cue in cues for item in (_timed(cue, name) if timed else _whole(cue))])


def _cues(lines: Sequence[str], name: str, web: bool) -> Iterator[_Cue]:
    cue: _Cue | None = None
    skipping = web  # the header, a note or a style sheet: up to the next blank line
    blank = True
    for number, line in enumerate(lines, start=1):
        if "-->" in line:
            if cue is not None:
                yield cue
            cue, skipping = _Cue(*_timing(line, number, name), number), False
        elif not line.strip():
            skipping = False
        elif blank and web and line.split(maxsplit=1)[0] in _BLOCKS:
            skipping = True
        elif not skipping and not _names_a_cue(lines, number, blank and web):
            if cue is None:
                raise TranscriptError(
                    f"{name}, line {number}: this is no cue, which begins with times such as "
                    "00:00:01,000 --> 00:00:02,500: correct the file."
                )
            cue.text.append(line)
        blank = not line.strip()
    if cue is not None:
        yield cue


def _names_a_cue(lines: Sequence[str], number: int, any_name: bool) -> bool:
    """Whether line `number` (from 1) is a cue's number, or with `any_name` its name: times follow at once."""
    follows = number < len(lines) and "-->" in lines[number]
    return follows and (any_name or lines[number - 1].strip().isdecimal())


def _timing(line: str, number: int, name: str) -> tuple[float, float]:
    match = _TIMING.fullmatch(line)
    if match is None:
        raise TranscriptError(
            f"{name}, line {number}: {line.strip()[:60]!r} are no times of a cue: write 00:00:01,000 --> 00:00:02,500."
        )
    return _seconds(*match.groups()[:5]), _seconds(*match.groups()[5:])


def _seconds(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    milliseconds = (
        int(hours or 0) * 3_600_000 + int(minutes) * 60_000 + int(seconds) * 1000 + int(fraction.ljust(3, "0"))
    )
    return (-milliseconds if sign else milliseconds) / 1000


def _whole(cue: _Cue) -> Iterator[Said]:
    yield Said(" ".join(map(_cleaned, cue.text)), cue.start, cue.end, f"line {cue.line}", rough=True)


def _timed(cue: _Cue, name: str) -> Iterator[Said]:
    """The stretches between a cue's own times, each rough: such times say when a word is shown."""
    parts = _INLINE.split("\n".join(cue.text))
    times = [cue.start, *(_timing(f"{t} --> {t}", cue.line, name)[0] for t in parts[1::2]), cue.end]
    for text, start, end in zip(parts[::2], times, times[1:], strict=False):
        yield Said(" ".join(map(_cleaned, text.split("\n"))), start, max(start, end), f"line {cue.line}", rough=True)


def _unroll(cues: Sequence[_Cue]) -> None:
    """Take out lines that a rolling caption shows again from the caption before it."""
    shown: list[str] = []
    until = -1.0
    for cue in cues:
        plain = [_cleaned(line).strip() for line in cue.text]
        cue.text = [
            line
            for line, text in zip(cue.text, plain, strict=True)
            if _INLINE.search(line) or text not in shown or cue.start > until + _TOUCH
        ]
        shown, until = plain, cue.end


def _cleaned(line: str) -> str:
    """The line without its marks; what it escapes is written out last, so that no text is taken for a mark."""
    line = _TAG.sub("", _INLINE.sub("", line))
    if _REMARK.fullmatch(line):
        return ""
    return _ESCAPE.sub(lambda match: html.unescape(match[0]), without_noises(_TURN.sub("", line)))


def grouped(words: Sequence[Word]) -> list[list[Word]]:
    """Timed words as cues: a new one after a pause, when two lines of 42 characters are full, and after 7 seconds."""
    cues: list[list[Word]] = []
    for word in words:
        start, end = word.start or 0.0, word.end or 0.0
        if cues:
            last = cues[-1]
            paused = start - (last[-1].end or 0.0) >= _PAUSE
            fits = len(_wrapped([*last, word])) <= _LINES and end - (last[0].start or 0.0) <= _LONGEST
            if fits and not paused:
                last.append(word)
                continue
        cues.append([word])
    return cues


def subtitles_text(words: Sequence[Word], web: bool) -> str:
    """Timed words as the text of a .srt file, or with `web` of a .vtt file."""
    blocks = ["WEBVTT\n"] if web else []
    for number, cue in enumerate(grouped(words), start=1):
        times = f"{_clock(cue[0].start, web)} --> {_clock(cue[-1].end, web)}"
        lines = _wrapped(cue)
        if web:
            lines = [html.escape(line, quote=False) for line in lines]
        else:
            lines = [str(number), *(line.replace("-->", "->") for line in lines)]
        blocks.append("\n".join([times, *lines] if web else [lines[0], times, *lines[1:]]) + "\n")
    return "\n".join(blocks)


def _wrapped(words: Sequence[Word]) -> list[str]:
    return textwrap.wrap(" ".join(w.text for w in words), _LINE, break_long_words=False, break_on_hyphens=False)


def _clock(time: float | None, web: bool) -> str:
    seconds, milliseconds = divmod(round((time or 0.0) * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{'.' if web else ','}{milliseconds:03}"
