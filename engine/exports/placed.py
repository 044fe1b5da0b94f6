"""Words on a format's clock: in order, none empty, none over another, times in whole ticks.

A word whose times overlap the next one's is cut short; one that lasts no time is given one tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.exports.read_clip import ReadClip
from extraction.errors import InputError
from extraction.types import Word

MILLISECONDS, MICROSECONDS = 1000, 1_000_000  # ticks a second


@dataclass(frozen=True)
class Placed:
    """A word of the clip that has a time.

    Attributes:
        index: its position among the clip's words.
        word: with printable text, and times in whole ticks.
        sentiment, attention, contribution: as in the prediction.
    """

    index: int
    word: Word
    sentiment: float
    attention: float
    contribution: float

    @property
    def start(self) -> float:
        """Seconds."""
        return self.word.start or 0.0

    @property
    def end(self) -> float:
        """Seconds, after `start`."""
        return self.word.end or 0.0


@dataclass(frozen=True)
class Span:
    """An utterance from its first placed word to its last, in seconds."""

    start: float
    end: float
    score: float


def placed_words(clip: ReadClip, ticks: int) -> list[Placed]:
    """The words with a time, on a clock of `ticks` a second, in spoken order.

    Raises:
        InputError: no word has a time.
    """
    prediction, texts = clip.prediction, clip.texts
    timed = [i for i, word in enumerate(prediction.words) if word.timed and texts[i]]
    if not timed:
        raise InputError(
            f"No word of {clip.name} has a time, which this format needs: export it as .csv, .json or .parquet."
        )
    bounds = _in_order([prediction.words[i] for i in timed], ticks)
    return [
        Placed(
            i,
            replace(prediction.words[i], text=texts[i], start=begin / ticks, end=end / ticks),
            float(prediction.sentiment[i]),
            float(prediction.attention[i]),
            float(prediction.contribution[i]),
        )
        for i, (begin, end) in zip(timed, bounds, strict=True)
    ]


def placed_utterances(clip: ReadClip, words: Sequence[Placed]) -> list[Span]:
    """The utterances that hold any of `words`."""
    spans = []
    for said in clip.prediction.utterances:
        inside = [word for word in words if said.first <= word.index < said.stop]
        if inside:
            spans.append(Span(inside[0].start, inside[-1].end, said.score))
    return spans


def _in_order(words: Sequence[Word], ticks: int) -> list[tuple[int, int]]:
    """Start and end of each word in ticks: from 0 on, each at least one tick long and after the one before."""
    bounds = [(round((word.start or 0.0) * ticks), round((word.end or 0.0) * ticks)) for word in words]
    ordered: list[tuple[int, int]] = []
    at = 0
    for i, (start, end) in enumerate(bounds):
        begin = max(start, at)
        following = bounds[i + 1][0] if i + 1 < len(bounds) else end
        at = max(min(end, following), begin + 1)
        ordered.append((begin, at))
    return ordered
