"""Labels by a trained model for clips that have none: the best text model teaches what voice and face may learn.

A weak label is the model's score, clipped to [-3, 3]; nothing tells it from a label later, so the table it comes in
should say so by its name. Source: Zhou (2018), A brief introduction to weakly supervised learning, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine import scale
from engine.predict import Predictor
from extraction.errors import DataError
from extraction.store import Entry, WordTable, make_table


@dataclass(frozen=True, eq=False)
class WeaklyLabelled:
    """Attributes: table; given, how many of its labels the model gave; left_out, clips that it could not read."""

    table: WordTable
    given: int
    left_out: tuple[str, ...]


def weakly_labelled(table: WordTable, teacher: Predictor, *, every: bool = False) -> WeaklyLabelled:
    """The clips of a table with the scores of `teacher` as labels, where they have none, or with `every` all of them.

    Raises:
        CheckpointError: the table's features are not those the model was trained on.
        DataError: there is no clip that the model can read.
    """
    left: list[str] = []
    given = 0

    def entries() -> Iterator[Entry]:
        nonlocal given
        for entry in table:
            if entry.label is not None and not every:
                yield entry
                continue
            try:
                score = teacher.predict(entry.aligned).score
            except DataError:
                left.append(entry.aligned.clip)
                continue
            given += 1
            yield replace(entry, label=scale.clip(score))

    kept = list(entries())
    if not kept:
        raise DataError(f"{teacher.card.variant} can read no clip of the table: give clips with what it reads.")
    return WeaklyLabelled(make_table(kept), given, tuple(left))
