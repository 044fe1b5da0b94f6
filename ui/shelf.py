"""Clips being read and clips that were read, for every browser session, in one process.

One thread reads one clip at a time with the shared models; further clips wait in the order they came. A clip is known
by its content, so that the same file with the same transcript is read once: under another name it is a reading of its
own, which takes the analysis as soon as there is one, with what is played and without the other's name. What was
uploaded lies in a private folder of its own, which goes when no session looks at the clip any more, or an hour after it
came. Nobody is given a clip whose bytes they do not have.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from extraction.errors import S2SError
from extraction.pipeline import STAGES, Report, Stage, StageReport
from ui.clip import Analysis, Source, renamed

State = Literal["waiting", "reading", "read", "failed", "cancelled", "gone"]
_GIVEN_UP: tuple[State, ...] = ("cancelled", "gone")
KEPT = 3600.0  # seconds a clip stays, whoever looks at it
GRACE = 20.0  # seconds a session may be away (a reload, a lost connection) before its clips go
_SWEEP = 2.0  # seconds from one look for sessions that have gone to the next

_SHARES: dict[Stage, float] = {"sound": 0.3, "face": 4, "words": 3, "times": 1, "voice": 1, "vectors": 0.7}
"""How much of the whole each stage is, roughly: for the bar and the time left."""

_Read = Callable[[Source, Path, Report], Analysis]


class _Stopped(Exception):
    """Raised inside a reading that nobody wants any more."""


@dataclass(eq=False)
class Reading:
    """One clip on its way.

    Attributes:
        key, content: as of its `Source`.
        name: as the user calls it.
        source: what was uploaded, until it has been read or has failed.
        folder: private; holds the clip.
        came: clock seconds.
        state: `gone` is a clip whose hour is over.
        reports: the last of each stage that has begun.
        sentence: why it failed, for the user.
        analysis: once it is read.
    """

    key: str
    content: str
    name: str
    source: Source | None
    folder: Path
    came: float
    state: State = "waiting"
    reports: dict[Stage, StageReport] = field(default_factory=dict)
    sentence: str = ""
    analysis: Analysis | None = None
    began: float | None = None
    seen: dict[str, float] = field(default_factory=dict)

    @property
    def unfinished(self) -> bool:
        """Whether it waits or is being read."""
        return self.state in ("waiting", "reading")

    @property
    def fraction(self) -> float:
        """How much of it is done, in [0, 1]."""
        done = sum(_SHARES[stage] * report.fraction for stage, report in tuple(self.reports.items()))
        return done / sum(_SHARES[stage] for stage in STAGES)

    def left(self, now: float) -> float | None:
        """Seconds it will still take at its pace so far; None while that cannot be told."""
        if self.began is None or self.fraction < 0.05:
            return None
        return (now - self.began) * (1.0 - self.fraction) / self.fraction


class Shelf:
    """All readings of the process.

    Args:
        read: reads one clip whose files may be kept in the folder given; raises S2SError with a sentence.
        alive: whether a session is still connected.
        clock: seconds.
    """

    def __init__(
        self, read: _Read, alive: Callable[[str], bool], clock: Callable[[], float] = time.monotonic, kept: float = KEPT
    ) -> None:
        self._read, self._alive, self._clock, self._kept = read, alive, clock, kept
        self._readings: dict[str, Reading] = {}
        self._waiting: list[Reading] = []
        self._changed = threading.Condition()
        self._root = Path(tempfile.mkdtemp(prefix="s2s-clips-"))  # readable by this user alone
        for work in (self._go_on, self._look_after):
            threading.Thread(target=work, name=work.__name__, daemon=True).start()

    def put(self, source: Source, session: str) -> Reading:
        """The clip's reading, begun if it is new, or if it was new to this session when another had given it up."""
        with self._changed:
            reading = self._readings.get(source.key)
            if reading is None or (reading.state in _GIVEN_UP and session not in reading.seen):
                reading = self._begin(source)
            reading.seen[session] = self._clock()
            return reading

    def again(self, reading: Reading, session: str) -> None:
        """Begin a clip anew that was cancelled."""
        with self._changed:
            if reading.source is not None and not reading.unfinished:
                self._begin(reading.source).seen[session] = self._clock()

    def _begin(self, source: Source) -> Reading:
        folder = Path(tempfile.mkdtemp(dir=self._root))
        reading = Reading(source.key, source.content, source.name, source, folder, self._clock())
        self._readings[source.key] = reading
        if not self._known(reading):
            self._waiting.append(reading)
            self._changed.notify_all()
        return reading

    def _known(self, reading: Reading) -> bool:
        """Whether a clip of the same content was read, whose analysis this one then has."""
        for other in self._readings.values():
            if other.content == reading.content and other.analysis is not None and reading.source is not None:
                try:
                    analysis = renamed(other.analysis, reading.source, reading.folder)
                except OSError:  # its folder cannot be written, as reading it will say
                    return False
                self._end(reading, "read", analysis)
                return True
        return False

    def find(self, key: str, session: str) -> Reading | None:
        """A reading that this session has put here."""
        with self._changed:
            reading = self._readings.get(key)
            return reading if reading is not None and session in reading.seen else None

    def ahead(self, reading: Reading) -> int:
        """How many clips are read before this one; 0 for the one being read."""
        with self._changed:
            if reading not in self._waiting:
                return 0
            busy = any(other.state == "reading" for other in self._readings.values())
            return self._waiting.index(reading) + busy

    def cancel(self, reading: Reading, session: str) -> None:
        """This session wants the clip no more; another that waits for it keeps it going."""
        with self._changed:
            if reading.unfinished and set(reading.seen) <= {session}:
                self._stop(reading, "cancelled")

    def leave(self, reading: Reading, session: str) -> None:
        """This session lets go of the clip, which goes at once unless another has it too."""
        with self._changed:
            reading.seen.pop(session, None)
            if not reading.seen:
                self._let_go(reading)

    def sweep(self) -> None:
        """Let go of what nobody looks at, and of what has been here for too long."""
        now = self._clock()
        with self._changed:
            for reading in tuple(self._readings.values()):
                for session, last in tuple(reading.seen.items()):
                    if self._alive(session):
                        reading.seen[session] = now
                    elif now - last > GRACE:
                        del reading.seen[session]
                if not reading.seen:
                    self._let_go(reading)
                elif now - reading.came > self._kept and not reading.unfinished:
                    self._stop(reading, "gone")

    def close(self) -> None:
        """Remove every file."""
        with self._changed:
            for reading in self._readings.values():
                self._stop(reading, "gone")
        shutil.rmtree(self._root, ignore_errors=True)

    def _let_go(self, reading: Reading) -> None:
        self._readings.pop(reading.key, None)
        self._stop(reading, "gone")

    def _stop(self, reading: Reading, state: State) -> None:
        if reading in self._waiting:
            self._waiting.remove(reading)
        reading.state, reading.analysis = state, None
        if state == "gone":
            reading.source = None
        shutil.rmtree(reading.folder, ignore_errors=True)

    def _look_after(self) -> None:
        while True:
            time.sleep(_SWEEP)
            self.sweep()

    def _go_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                reading = self._waiting.pop(0)
                reading.state, reading.began = "reading", self._clock()
            self._work(reading)

    def _work(self, reading: Reading) -> None:
        """Read one clip; what goes wrong is said on the page, and the next one is read all the same."""

        def tell(report: StageReport) -> None:
            if reading.state != "reading":
                raise _Stopped
            reading.reports[report.stage] = report

        analysis, sentence = None, ""
        try:
            if reading.source is not None:
                analysis = self._read(reading.source, reading.folder, tell)
        except _Stopped:
            return
        except S2SError as error:
            sentence = str(error)
        except Exception:
            if reading.state != "reading":  # its files went while it was being read
                return
            logging.getLogger(__name__).exception("reading %s", reading.key)
            sentence = (
                f"{reading.name} could not be read because of a fault in this program: "
                "its messages are where the app was started."
            )
        with self._changed:
            if reading.state == "reading":
                self._end(reading, "failed" if analysis is None else "read", analysis, sentence)
                self._waiting = [other for other in self._waiting if not self._known(other)]

    @staticmethod
    def _end(reading: Reading, state: State, analysis: Analysis | None, sentence: str = "") -> None:
        reading.state, reading.analysis, reading.sentence, reading.source = state, analysis, sentence, None
