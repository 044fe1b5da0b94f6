"""The reading as a Praat TextGrid in the long text form: tiers of words, sentiment, attention and utterances.

Tiers: `words`; `sentiment`, the name of the scale's nearest step; `sentiment number`, in label units with two decimals
and a plain minus, for `number (label$)` in a script; `attention`, which sums to 1; `utterances`, name and number of
each one's score. Intervals leave no gap, as Praat requires, and are empty where nothing is said. What the file leaves
out and how it was made stands in comments at its end, which Praat skips.
Source: fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine import scale
from engine.exports.placed import MICROSECONDS, placed_utterances, placed_words
from engine.exports.read_clip import ReadClip, headline, made_by, trust, untimed

Interval = tuple[float, float, str]


def textgrid_bytes(clip: ReadClip) -> bytes:
    """A TextGrid in UTF-8. Raises InputError if no word has a time."""
    words = placed_words(clip, MICROSECONDS)
    end = max(clip.aligned.duration, words[-1].end)
    tiers = {
        "words": [(w.start, w.end, w.word.text) for w in words],
        "sentiment": [(w.start, w.end, scale.name(w.sentiment)) for w in words],
        "sentiment number": [(w.start, w.end, plain_number(w.sentiment)) for w in words],
        "attention": [(w.start, w.end, f"{w.attention:.4f}") for w in words],
        "utterances": [
            (s.start, s.end, f"{scale.name(s.score)} {plain_number(s.score)}") for s in placed_utterances(clip, words)
        ],
    }
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {_figure(end)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, items) in enumerate(tiers.items(), start=1):
        lines += _tier(number, name, _without_gaps(items, end), end)
    said = [headline(clip), trust(clip), *filter(None, [untimed(clip)]), made_by(clip)]
    return ("\n".join([*lines, *(f"! {line}" for line in said)]) + "\n").encode()


def plain_number(value: float) -> str:
    """Two decimals with an ASCII minus and no plus, which programs read as a number."""
    return f"{value:.2f}".replace("-0.00", "0.00")


def _without_gaps(items: Iterable[Interval], end: float) -> list[Interval]:
    intervals: list[Interval] = []
    at = 0.0
    for start, stop, text in items:
        if start > at:
            intervals.append((at, start, ""))
        intervals.append((start, stop, text))
        at = stop
    if end > at:
        intervals.append((at, end, ""))
    return intervals


def _tier(number: int, name: str, intervals: list[Interval], end: float) -> list[str]:
    lines = [
        f"    item [{number}]:",
        '        class = "IntervalTier"',
        f'        name = "{name}"',
        "        xmin = 0",
        f"        xmax = {_figure(end)}",
        f"        intervals: size = {len(intervals)}",
    ]
    for place, (start, stop, text) in enumerate(intervals, start=1):
        label = text.replace('"', '""')
        lines += [
            f"        intervals [{place}]:",
            f"            xmin = {_figure(start)}",
            f"            xmax = {_figure(stop)}",
            f'            text = "{label}"',
        ]
    return lines


def _figure(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
