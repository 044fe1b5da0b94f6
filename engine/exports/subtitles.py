"""The reading as subtitles, WebVTT and SubRip: cues one can read, each word in the colour of its sentiment.

WebVTT has a class for each step of the scale (`strongly-negative` to `strongly-positive`), drawn as the app draws
words: white on a background that carries the sentiment; and a time for each word, so that what is not yet said is
dimmed. A player that knows no style sheets shows the plain words. SubRip knows only the colour of letters: they are
white mixed with the hue, light enough for the dark or outlined ground that players put them on. It has no escapes
either: where a word looks like a tag, a word joiner (U+2060, of no width) after its `<` keeps players from hiding it.
Sources: w3.org/TR/webvtt1; SubRip has no standard, the common form is written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from engine import scale
from engine.exports.placed import MILLISECONDS, Placed, placed_words
from engine.exports.read_clip import ReadClip, headline, made_by, trust, untimed
from extraction.transcripts.subtitles import grouped

_LINE = 42  # characters, as `grouped` counts them
_DIM = 0.6  # opacity of what is not yet said
_STRONGEST = 0.7  # part of the hue in the letters of SubRip at the ends of the scale; the rest is white
_TAG = re.compile(r"<(?=[/a-zA-Z])")


def vtt_bytes(clip: ReadClip) -> bytes:
    """WebVTT. Raises InputError if no word has a time."""
    words = placed_words(clip, MILLISECONDS)
    said = [headline(clip), trust(clip), *filter(None, [untimed(clip)]), made_by(clip)]
    note = "\n".join(line.replace("-->", "->") for line in said)
    blocks = ["WEBVTT", f"NOTE\n{note}", f"STYLE\n{_style()}"]
    for cue in _cues(words):
        lines = [" ".join(_spoken(word, cue[0]) for word in line) for line in _lines(cue)]
        blocks.append("\n".join([f"{_clock(cue[0].start)} --> {_clock(cue[-1].end)}", *lines]))
    return ("\n\n".join(blocks) + "\n").encode()


def srt_bytes(clip: ReadClip) -> bytes:
    """SubRip. Raises InputError if no word has a time."""
    blocks = []
    for number, cue in enumerate(_cues(placed_words(clip, MILLISECONDS)), start=1):
        times = f"{_clock(cue[0].start)} --> {_clock(cue[-1].end)}".replace(".", ",")
        blocks.append("\n".join([str(number), times, *(" ".join(map(_coloured, line)) for line in _lines(cue))]))
    return ("\n\n".join(blocks) + "\n").encode()


def _cues(words: Sequence[Placed]) -> Iterator[list[Placed]]:
    first = 0
    for cue in grouped([word.word for word in words]):
        yield list(words[first : first + len(cue)])
        first += len(cue)


def _lines(cue: Sequence[Placed]) -> list[list[Placed]]:
    """The words of each line of a cue."""
    lines: list[list[Placed]] = [[]]
    room = _LINE
    for word in cue:
        length = len(word.word.text)
        if lines[-1] and length + 1 > room:
            lines.append([])
            room = _LINE
        room -= length + (1 if lines[-1] else 0)
        lines[-1].append(word)
    return lines


def _spoken(word: Placed, first: Placed) -> str:
    """A word of a WebVTT cue: the time at which it is said but for the cue's first, and its class."""
    time = "" if word is first else f"<{_clock(word.start)}>"
    return f"{time}<c.{_class(word.sentiment)}>{html.escape(word.word.text, quote=False)}</c>"


def _coloured(word: Placed) -> str:
    text = _TAG.sub("<\u2060", word.word.text).replace("-->", "->")
    return f'<font color="{letters(word.sentiment)}">{text}</font>'


def letters(sentiment: float) -> str:
    """The colour of a word's letters on a dark ground, by the step of the scale: `#FFFFFF` for neutral."""
    step = round(scale.clip(sentiment))
    hue = scale.NEGATIVE if step < 0 else scale.POSITIVE
    part = _STRONGEST * scale.strength(step)
    return "#" + "".join(f"{round(255 + part * (int(hue[i : i + 2], 16) - 255)):02X}" for i in (1, 3, 5))


def _style() -> str:
    rules = [f"::cue(:future) {{ opacity: {_DIM} }}"]
    for step, name in enumerate(scale.NAMES, start=-3):
        background = f"background-color: {scale.cover(step)}; " if step else ""
        rules.append(f"::cue(.{name.replace(' ', '-')}) {{ {background}color: #FFFFFF }}")
    return "\n".join(rules)


def _class(sentiment: float) -> str:
    return scale.name(sentiment).replace(" ", "-")


def _clock(time: float) -> str:
    seconds, milliseconds = divmod(round(time * MILLISECONDS), MILLISECONDS)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{milliseconds:03}"
