"""The stages a clip goes through, how each tells of its progress, and how two lines of work go on side by side."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Literal, TypeVar

Stage = Literal["sound", "face", "words", "times", "voice", "vectors"]
STAGES: dict[Stage, str] = {
    "sound": "Reading the sound",
    "face": "Reading the pictures, measuring the face",
    "words": "Recognising the words",
    "times": "Finding when each word was spoken",
    "voice": "Measuring the voice",
    "vectors": "Turning words into vectors",
}


@dataclass(frozen=True)
class StageReport:
    """How far one stage is: `fraction` in [0, 1], `found` so far in words, `seconds` spent; `done` once a stage."""

    stage: Stage
    fraction: float
    found: str
    seconds: float
    done: bool = False


Report = Callable[[StageReport], None]


class Timed:
    """Reports one stage: its progress while inside, what it found and how long it took at the end."""

    def __init__(self, report: Report, stage: Stage) -> None:
        self.report, self.stage = report, stage
        self.found, self.fraction = "", 0.0

    def __enter__(self) -> Timed:
        self.started = time.perf_counter()
        self.tell(0.0, "")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._send(1.0, self.found, done=True)

    def tell(self, fraction: float, found: str) -> None:
        """Progress within the stage."""
        self._send(min(max(fraction, 0.0), 1.0), found)

    def _send(self, fraction: float, found: str, done: bool = False) -> None:
        self.report(StageReport(self.stage, fraction, found, time.perf_counter() - self.started, done))


_T = TypeVar("_T")
_AHEAD = 4  # items made before they are asked for


class _End:
    """What comes after the last item."""


def ahead(items: Iterable[_T]) -> Generator[_T, None, None]:
    """The same items, a few of them made in a thread of their own while the last one is being used.

    Close it before whatever `items` reads from: until then the thread goes on.
    """
    source, end = iter(items), _End()
    with ThreadPoolExecutor(1) as pool:
        coming = deque(pool.submit(next, source, end) for _ in range(_AHEAD))
        while not isinstance(item := coming.popleft().result(), _End):
            coming.append(pool.submit(next, source, end))
            yield item


class _Stopped(Exception):
    """Raised in a line of work at its next report, once another has failed or the caller has gone."""


def side_by_side(report: Report, *lines: Callable[[Report], None]) -> None:
    """Run each line of work in a thread of its own, handing what they report to `report` in the caller's thread.

    Raises whatever a line raises (the first of them, where several do), after the others have stopped.
    """
    told: SimpleQueue[StageReport | None] = SimpleQueue()
    stop = threading.Event()

    def tell(stage: StageReport) -> None:
        if stop.is_set():
            raise _Stopped
        told.put(stage)

    def run(line: Callable[[Report], None]) -> None:
        try:
            line(tell)
        except BaseException:
            stop.set()
            raise
        finally:
            told.put(None)

    with ThreadPoolExecutor(len(lines)) as pool:
        running = [pool.submit(run, line) for line in lines]
        try:
            ended = 0
            while ended < len(lines):
                stage = told.get()
                if stage is None:
                    ended += 1
                elif not stop.is_set():
                    report(stage)
        finally:
            stop.set()
    errors = [error for line in running if (error := line.exception()) is not None]
    for error in errors:
        if not isinstance(error, _Stopped):
            raise error
