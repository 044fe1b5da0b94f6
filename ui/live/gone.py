"""Live sessions whose browser has gone, or whose hour is over: their recording is removed from the disk.

A page says when it is left; a tab that is closed says nothing. Streamlit keeps the state of a closed tab until it needs
the room, so nobody else would remove it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ui.shelf import GRACE, KEPT

_SWEEP = 2.0  # seconds from one look to the next


class Removable(Protocol):
    """What holds a recording."""

    @property
    def removed(self) -> bool:
        """Whether its recording is gone."""

    @property
    def age(self) -> float:
        """Seconds since it began, 0 before."""

    def remove(self) -> None:
        """Stop it, and remove every file."""


@dataclass
class _Kept:
    held: Removable
    session: str
    seen: float


class Recordings:
    """The recordings of all live sessions of the process.

    Args:
        alive: whether a browser session is still connected.
        clock: seconds.
    """

    def __init__(self, alive: Callable[[str], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._alive, self._clock = alive, clock
        self._kept: list[_Kept] = []
        self._changing = threading.Lock()
        threading.Thread(target=self._look_after, name="recordings", daemon=True).start()

    def add(self, held: Removable, session: str) -> None:
        """Look after the recording of a browser session from now on."""
        with self._changing:
            self._kept.append(_Kept(held, session, self._clock()))

    def sweep(self) -> None:
        """Remove those whose session has been away for GRACE seconds, and those that began KEPT seconds ago."""
        with self._changing:
            now = self._clock()
            kept = [one for one in self._kept if not one.held.removed]
            for one in kept:
                if self._alive(one.session):
                    one.seen = now
            over = [one for one in kept if now - one.seen > GRACE or one.held.age > KEPT]
            self._kept = [one for one in kept if one not in over]
        for one in over:
            one.held.remove()

    def _look_after(self) -> None:
        while True:
            time.sleep(_SWEEP)
            self.sweep()
