"""Praat's TextGrid, as text, long or short: intervals with labels, in tiers.

Praat reads numbers, quoted strings and flags that stand by themselves and skips every other word as a comment; so does
this reader, which is why one serves both forms.
Source: fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from extraction.errors import TranscriptError
from extraction.transcripts.said import Reading, Said, without_noises
from extraction.transcripts.tiers import Tier, chosen
from extraction.types import Word

_TOKEN = re.compile(
    r"""(?P<comment>!.*)
    | "(?P<string>[^"]*(?:""[^"]*)*)"
    | (?P<flag><exists>|<absent>)(?!\S)
    | (?P<number>[-+]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][-+]?[0-9]{1,3})?)%?(?!\S)
    | (?P<open>")
    | (?P<other>[^\s"]+)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


class _Tokens:
    """The values of a file in order, asked for one by one by what should come next."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._values = self._read(text)
        self.line = 1

    def string(self, what: str) -> str:
        """The next value, a quoted string."""
        return self._next("string", what).text

    def number(self, what: str) -> float:
        """The next value, a number."""
        return float(self._next("number", what).text)

    def count(self, what: str) -> int:
        """The next value, a whole number."""
        number = self.number(what)
        if number < 0 or number != int(number):
            raise TranscriptError(f"{self.name}, line {self.line}: {number:g} is not {what}: correct the file.")
        return int(number)

    def flag(self) -> bool:
        """The next value, whether there are tiers."""
        return self._next("flag", "the flag <exists>").text == "<exists>"

    def _next(self, kind: str, what: str) -> _Token:
        token = next(self._values, None)
        if token is None:
            raise TranscriptError(f"{self.name} ends at line {self.line} before {what}: give the whole TextGrid.")
        self.line = token.line
        if token.kind != kind:
            shown = f"{token.text[:40]!r}" if token.kind == "string" else token.text
            raise TranscriptError(f"{self.name}, line {token.line}: {shown} is not {what}: correct the file.")
        return token

    def _read(self, text: str) -> Iterator[_Token]:
        line, at = 1, 0
        for match in _TOKEN.finditer(text):
            line += text.count("\n", at, match.start())
            at = match.start()
            kind = match.lastgroup or "other"
            if kind == "open":
                raise TranscriptError(f"{self.name}, line {line}: a quotation mark is not closed: close it.")
            if kind in {"string", "number", "flag"}:
                yield _Token(kind, match[kind].replace('""', '"') if kind == "string" else match[kind], line)


def read_textgrid(text: str, name: str) -> Reading:
    """Read the text of a TextGrid: the tier of words, else the one of a transcript, else the first of intervals.

    Raises:
        TranscriptError: it is no TextGrid in Praat's long or short text form, or is cut short; the line is named.
    """
    if text.startswith("ooBinaryFile"):
        raise TranscriptError(f"{name} is a binary TextGrid: save it in Praat with `Save as text file...`.")
    tokens = _Tokens(text, name)
    if text.lstrip().startswith('"Praat chronological'):
        raise TranscriptError(f"{name} is a chronological TextGrid: save it in Praat with `Save as text file...`.")
    if not tokens.string('"ooTextFile"').startswith("ooTextFile") or not tokens.string('"TextGrid"') == "TextGrid":
        raise TranscriptError(f"{name} is not a TextGrid: give one that Praat has saved as a text file.")
    tokens.number("the start in seconds")
    tokens.number("the end in seconds")
    tiers: list[Tier] = []
    if tokens.flag():
        for _ in range(tokens.count("a number of tiers")):
            tier = _tier(tokens)
            if tier is not None:
                tiers.append(tier)
    if not tiers:
        raise TranscriptError(f"{name} has no interval tier: give one whose intervals hold the words.")
    tier, told = chosen(tiers)
    return Reading(tier.items if tier else (), told)


def _tier(tokens: _Tokens) -> Tier | None:
    """The next tier, or None for one of points, which have no length."""
    kind = tokens.string("a tier's class")
    if kind not in {"IntervalTier", "TextTier"}:
        raise TranscriptError(f"{tokens.name}, line {tokens.line}: {kind[:40]!r} is no tier's class: correct the file.")
    name = tokens.string("a tier's name")
    tokens.number("a tier's start in seconds")
    tokens.number("a tier's end in seconds")
    items: list[Said] = []
    for _ in range(tokens.count("a number of intervals")):
        start = tokens.number("a time in seconds")
        end = tokens.number("a time in seconds") if kind == "IntervalTier" else start
        place = f"line {tokens.line}"
        text = tokens.string("a label in quotation marks")
        if text.strip():
            items.append(Said(without_noises(text), start, end, place))
    return Tier(name, items) if kind == "IntervalTier" else None


def textgrid_text(words: Sequence[Word], duration: float) -> str:
    """Timed words as a TextGrid in the long form: one tier `words` without gaps, empty where nothing is said."""
    return tiers_text({"words": [(word.start or 0.0, word.end or 0.0, word.text) for word in words]}, duration)


def tiers_text(tiers: Mapping[str, Sequence[tuple[float, float, str]]], duration: float) -> str:
    """Tiers of intervals `(start, end, text)` in order, as a TextGrid in the long form; gaps become empty intervals."""
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {_figure(duration)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, items) in enumerate(tiers.items(), start=1):
        lines += _tier_lines(number, name, _without_gaps(items, duration), duration)
    return "\n".join(lines) + "\n"


def _without_gaps(items: Iterable[tuple[float, float, str]], duration: float) -> list[tuple[float, float, str]]:
    intervals: list[tuple[float, float, str]] = []
    at = 0.0
    for start, end, text in items:
        if start > at:
            intervals.append((at, start, ""))
        intervals.append((start, end, text))
        at = end
    if duration > at:
        intervals.append((at, duration, ""))
    return intervals


def _tier_lines(
    number: int, name: str, intervals: Sequence[tuple[float, float, str]], duration: float
) -> Iterator[str]:
    yield f"    item [{number}]:"
    yield '        class = "IntervalTier"'
    yield f'        name = "{name}"'
    yield "        xmin = 0"
    yield f"        xmax = {_figure(duration)}"
    yield f"        intervals: size = {len(intervals)}"
    for place, (start, end, text) in enumerate(intervals, start=1):
        label = text.replace('"', '""')
        yield f"        intervals [{place}]:"
        yield f"            xmin = {_figure(start)}"
        yield f"            xmax = {_figure(end)}"
        yield f'            text = "{label}"'


def _figure(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
