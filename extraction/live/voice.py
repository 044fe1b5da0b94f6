"""Pitch and loudness of the last moment, by the same eGeMAPS descriptors that an analysis has.

The last second is measured again at every call and the rows that are new are kept; the newest 50 ms wait for the
next call, since the descriptors smooth over their neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.audio_grid import PERIOD, audible, centres_of
from extraction.audio_opensmile import COLUMNS
from extraction.opensmile_rows import OpenSmileRows, sixteen_bit
from extraction.recording import Recording
from extraction.types import SAMPLE_RATE, Bools, Floats

_WINDOW = 1.0  # seconds measured
_EDGE = 0.05  # seconds at the end that are not final yet
_STEP = 4  # rows of 10 ms averaged to one
_LOWEST = 27.5  # Hz, where eGeMAPS counts its semitones from
_NAMES = [column.name for column in COLUMNS]
_LOUDNESS, _PITCH = _NAMES.index("loudness"), _NAMES.index("F0 [semitone re 27.5 Hz]")


@dataclass(frozen=True)
class Moment:
    """40 ms of voice, centred on `time`: pitch in Hz, None where unvoiced; eGeMAPS loudness, about 0 to 3."""

    time: float
    pitch: float | None
    loudness: float


class LiveVoice:
    """Follows a recording. Raises S2SError if openSMILE is not installed whole."""

    def __init__(self) -> None:
        self._rows = OpenSmileRows("eGeMAPSv02", COLUMNS)
        self._until = 0.0  # seconds measured so far

    def listen(self, sound: Recording) -> list[Moment]:
        """What has come since the last call, in order."""
        now = sound.duration
        start = round(max(now - _WINDOW, 0.0) / PERIOD) * PERIOD
        samples = sixteen_bit(sound.between(start, now).samples)
        centres = centres_of(samples)
        if not len(centres) or now - _EDGE - self._until < _STEP * PERIOD:
            return []
        values, voiced = self._rows.measure(samples)
        heard = audible(samples, len(centres))
        times = start + centres / SAMPLE_RATE
        fresh = np.flatnonzero((times > self._until) & (times <= now - _EDGE))
        groups = [fresh[i : i + _STEP] for i in range(0, len(fresh) - _STEP + 1, _STEP)]
        if groups:
            self._until = float(times[groups[-1][-1]])
        return [_moment(times[g], values[g], voiced[g] & heard[g], heard[g]) for g in groups]


def _moment(times: NDArray[np.float64], values: Floats, voiced: Bools, heard: Bools) -> Moment:
    pitch = values[voiced, _PITCH]
    pitch = pitch[np.isfinite(pitch)]
    loudness = values[heard, _LOUDNESS]
    return Moment(
        time=float(times.mean()),
        pitch=float(_LOWEST * 2 ** (pitch.mean() / 12)) if len(pitch) else None,
        loudness=float(loudness.mean()) if len(loudness) else 0.0,
    )
