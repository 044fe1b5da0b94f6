"""What a model's words weigh and what they do, for many clips at once: attention beside the checks on it.

An utterance is a clip here: of a long recording every utterance counts alone. Shape letters: W words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from engine.batch import collate, plan
from engine.dataset import Segment
from engine.integrated_gradients import attributions
from engine.model import SentimentModel, scores
from engine.occlusion import blanked
from engine.predict import segments_of
from extraction.store import Entry
from extraction.types import Floats

_CLIPS = 64  # that are read at a time: each word's blanked clip is held for so many
_BATCH = 256  # blanked clips in a batch

Progress = Callable[[int], None]
"""Told how many further clips are done."""


@dataclass(frozen=True, eq=False)
class WordEffects:
    """One clip as a model reads it, each array (W,).

    Attributes:
        clip, speaker, words: of the table.
        sentiment: in label units.
        attention: not negative, sums to 1.
        change: what the score loses when the word is blanked (`engine.occlusion`), in label units.
        gradients: what the word adds by integrated gradients (`engine.integrated_gradients`), in label units.
        missing: what `gradients` lack to the whole way from a clip without words.
    """

    clip: str
    speaker: str | None
    words: tuple[str, ...]
    sentiment: Floats
    attention: Floats
    change: Floats
    gradients: Floats
    missing: float

    @property
    def contribution(self) -> Floats:
        """(W,): attention times sentiment."""
        return self.attention * self.sentiment


def readable(model: SentimentModel, entries: Iterable[Entry]) -> tuple[Segment, ...]:
    """The utterances of a table's clips that have words and something of what the model reads.

    Raises CheckpointError if the features are not those the model was trained on.
    """
    found = []
    for entry in entries:
        streams = [entry.aligned.streams[m] for m in model.inputs if m in entry.aligned.streams]
        if entry.aligned.words and any(stream.observed.any() for stream in streams):
            found += [replace(s, speaker=entry.speaker) for s in segments_of(model, entry.aligned)]
    return tuple(found)


def word_effects(
    model: SentimentModel, segments: Sequence[Segment], progress: Progress = lambda _clips: None
) -> tuple[WordEffects, ...]:
    """The words of each segment, in their order; the model is put in evaluation mode."""
    model.eval()
    found: dict[int, WordEffects] = {}
    for indices in plan([len(s) for s in segments], _CLIPS):
        some = [segments[i] for i in indices]
        found.update(zip(indices.tolist(), _read(model, some), strict=True))
        progress(len(some))
    return tuple(found[i] for i in range(len(segments)))


def _read(model: SentimentModel, segments: Sequence[Segment]) -> list[WordEffects]:
    with torch.no_grad():
        output = model(collate(segments, model.inputs).to(model.device))
    score, sentiment, attention = (part.cpu().numpy() for part in (output.score, output.sentiment, output.attention))
    without = scores(model, [blanked(s, [word]) for s in segments for word in range(len(s))], _BATCH)
    ends = np.cumsum([len(s) for s in segments])
    by_clip = np.split(without, ends[:-1])
    return [
        WordEffects(
            segment.clip,
            segment.speaker,
            segment.words,
            sentiment[row, : len(segment)],
            attention[row, : len(segment)],
            score[row] - by_clip[row],
            found.words,
            found.missing,
        )
        for row, (segment, found) in enumerate(zip(segments, attributions(model, segments), strict=True))
    ]
