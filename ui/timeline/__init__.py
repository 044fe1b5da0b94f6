"""The timeline: the clip's player, and under it on one time axis its words, how they feel, and what was measured."""

from __future__ import annotations

from ui.timeline.component import timeline

__all__ = ["timeline"]
