"""Labels by a trained model: the best text model teaches what voice and face may learn, a large model a small one.

A weak label is the model's score, clipped to [-3, 3]; nothing tells it from a label later, so the table it comes in
should say so by its name. A model whose encoder of words is its own reads a clip's words whatever vectors the table
has, so that a large encoder labels a table for a small one.
Sources: Zhou (2018), A brief introduction to weakly supervised learning, section 4; Hinton, Vinyals and Dean (2015),
Distilling the knowledge in a neural network, arXiv 1503.02531, for labels that are mixed with a teacher's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine import scale
from engine.dataset import Segment
from engine.model import SentimentModel, scores
from engine.place import CPU, Place
from engine.predict import Predictor, segments_of
from extraction.errors import DataError
from extraction.store import Entry, WordTable, make_table
from extraction.types import Aligned, Stream


@dataclass(frozen=True, eq=False)
class WeaklyLabelled:
    """Attributes: table; given, how many of its labels the model gave; left_out, clips that it could not read."""

    table: WordTable
    given: int
    left_out: tuple[str, ...]


def weakly_labelled(
    table: WordTable, teacher: Predictor, *, every: bool = False, share: float = 1.0, place: Place = CPU
) -> WeaklyLabelled:
    """The clips of a table with the scores of `teacher` as labels.

    Args:
        table: of clips; those that are labelled keep their labels.
        teacher: the model.
        every: label those as well, validation and test clips apart.
        share: of the model's score in a label that was there, the rest is the label; 0 .. 1.
        place: precision of its reading.

    Raises:
        CheckpointError: the table's features are not those the model was trained on.
        DataError: there is no clip that the model can read.
    """
    asked, read, left = [], [], set()
    for number, entry in enumerate(table):
        if entry.label is not None and (not every or entry.split in ("valid", "test")):
            continue
        try:
            read.append(segments_of(teacher.model, _as_read(entry.aligned, teacher.model)))
        except DataError:
            left.add(number)
            continue
        asked.append(number)
    with place.autocast():
        given = dict(zip(asked, _means(teacher.model, read), strict=True))

    def entries() -> Iterator[Entry]:
        for number, entry in enumerate(table):
            if number in given:
                yield replace(entry, label=_mixed(entry.label, scale.clip(given[number]), share))
            elif number not in left:
                yield entry

    if len(left) == len(table):
        raise DataError(f"{teacher.card.variant} can read no clip of the table: give clips with what it reads.")
    names = tuple(entry.aligned.clip for number, entry in enumerate(table) if number in left)
    return WeaklyLabelled(make_table(entries()), len(given), names)


def _mixed(label: float | None, score: float, share: float) -> float:
    return score if label is None else share * score + (1 - share) * label


def _means(model: SentimentModel, clips: Sequence[Sequence[Segment]]) -> list[float]:
    """The score of each clip: that of its utterance, or the mean of several by their words."""
    answers = scores(model, [segment for clip in clips for segment in clip])
    found, first = [], 0
    for clip in clips:
        own = answers[first : first + len(clip)]
        found.append(float(np.average(own, weights=[len(segment) for segment in clip])))
        first += len(clip)
    return found


def _as_read(clip: Aligned, model: SentimentModel) -> Aligned:
    """The clip, its words without vectors where the model makes its own."""
    if model.words is None or "T" not in clip.streams:
        return clip
    spec, said = model.specs["T"], clip.streams["T"].observed
    empty = np.where(said[:, None], np.float32(0), np.float32(np.nan)) * np.ones((1, spec.dim), dtype=np.float32)
    return replace(clip, streams={**clip.streams, "T": Stream(spec, empty, said)})
