"""What a run over a corpus needs of the processes that read clips, whoever starts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from extraction.corpus.work import Outcome

Task = Callable[[], Outcome]
"""Reads one clip; picklable."""


class Lost(Exception):
    """At least one worker was killed; the clips that did not come back are unfinished."""


class Pool(Protocol):
    """Processes that read clips."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Outcomes as they come. Raises Lost at the end if some tasks have none, or whatever a task raises."""
        ...
