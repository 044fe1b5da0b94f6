"""When a frame of a live stream was taken, on one clock for sound and pictures.

Each stream stamps its frames on a clock of its own that begins anywhere; what the two have in common is when their
frames arrive. A frame cannot arrive before it was taken, so the least delay seen so far tells how far the two clocks
lie apart, and single frames that were held up on the way do not matter.
"""

from __future__ import annotations

import math


class StreamClock:
    """The clock of one stream against that of the receiver; both in seconds."""

    def __init__(self) -> None:
        self._apart = math.inf

    def taken(self, stamp: float, arrival: float) -> float:
        """When a frame stamped `stamp`, which came at `arrival`, was taken, on the receiver's clock."""
        self._apart = min(self._apart, arrival - stamp)
        return stamp + self._apart
