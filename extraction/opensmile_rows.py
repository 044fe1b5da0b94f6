"""openSMILE's low-level descriptors on the time grid of our audio tracks (`audio_grid`), its marks told from numbers.

openSMILE stamps every window by its start, so its rows of 20 ms windows and of 60 ms windows (pitch and what follows
from it) are dated 20 ms apart from one another; here each lands on the row whose time is its centre. The sound is
mirrored a little beyond both ends so that every frame is measured, the shortest clip being 20 ms; what openSMILE
filters without end (RASTA) begins with the mirrored sound.

Missing is never a zero: what openSMILE writes where it measured nothing becomes NaN, and so does every column that
needs a pitch in unvoiced frames. openSMILE's licence is for research and private use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

import numpy as np

from extraction.audio_grid import centres_of
from extraction.errors import S2SError
from extraction.mfcc import HOP
from extraction.types import SAMPLE_RATE, Bools, Floats

if TYPE_CHECKING:
    from opensmile import Smile

_LEAD, _TAIL = 320, 640  # samples mirrored before and after, so that rows `i` and `i + _LAG` exist for every frame i
_LAG = _LEAD // HOP  # rows from a 60 ms window to the 20 ms window with the same centre


@dataclass(frozen=True)
class Column:
    """One of openSMILE's columns.

    Attributes:
        opensmile: its name in the set.
        name: its name in our spec, with the unit in brackets.
        long: measured over 60 ms windows rather than 20 ms ones.
        voiced: means something in voiced frames alone.
        zero: 0 marks what could not be measured.
        rests_on: columns whose 0 leaves it nothing to measure. openSMILE then writes a level far below any sound and
            lets it into its smoothing over three frames, so that it counts only where they are there in all three.
    """

    opensmile: str
    name: str
    long: bool = False
    voiced: bool = False
    zero: bool = False
    rests_on: tuple[str, ...] = ()


class OpenSmileRows:
    """One of openSMILE's sets of low-level descriptors.

    Args:
        name: of the set, as openSMILE's `FeatureSet` spells it.
        columns: all D of it, in openSMILE's order; the first whose name begins with F0 is the pitch.

    Raises:
        S2SError: openSMILE is not installed whole, or is a version with other columns.
    """

    def __init__(self, name: Literal["eGeMAPSv02", "ComParE_2016"], columns: Sequence[Column]) -> None:
        try:
            from opensmile import FeatureLevel, FeatureSet, Smile
        except (ImportError, OSError) as error:
            raise S2SError(f"openSMILE could not be loaded ({error}): install opensmile again.") from error
        self._smile: Smile = Smile(FeatureSet[name], FeatureLevel.LowLevelDescriptors)
        names = [column.opensmile for column in columns]
        if self._smile.feature_names != names:
            raise S2SError(f"This version of openSMILE has other {name} columns: install opensmile 2.6.")
        self.version = f"opensmile-{version('opensmile')}/{name}"
        self._long, self._voiced, self._zero = (
            np.array([getattr(column, attribute) for column in columns]) for attribute in ("long", "voiced", "zero")
        )
        self._rests_on = {
            i: [names.index(other) for other in column.rests_on] for i, column in enumerate(columns) if column.rests_on
        }
        self._pitch = next(i for i, column in enumerate(columns) if column.name.startswith("F0 "))

    def measure(self, samples: Floats) -> tuple[Floats, Bools]:
        """Rows (F, D) of a sound within `sixteen_bit`, NaN where nothing was measured, and which are voiced (F,)."""
        frames = len(centres_of(samples))
        if frames == 0:
            return np.empty((0, len(self._long)), dtype=np.float32), np.empty(0, dtype=bool)
        mirrored = np.pad(samples, (_LEAD, _TAIL), mode="reflect")
        rows = self._smile.process_signal(mirrored, SAMPLE_RATE).to_numpy(dtype=np.float32)  # (>= F + _LAG, D)
        measured = np.where(self._missing(rows), np.float32(np.nan), rows)
        values = np.where(self._long, measured[:frames], measured[_LAG : frames + _LAG])
        voiced = np.isfinite(values[:, self._pitch])
        values[np.ix_(~voiced, self._voiced)] = np.nan
        return values, voiced

    def _missing(self, rows: Floats) -> Bools:
        """Where openSMILE's rows (R, D) hold a mark rather than a measurement."""
        missing: Bools = (rows == 0) & self._zero
        for column, others in self._rests_on.items():
            near = np.pad((rows[:, others] == 0).any(axis=1), 1, mode="edge")
            missing[:, column] = near[:-2] | near[1:-1] | near[2:]
        return missing


def sixteen_bit(samples: Floats) -> Floats:
    """The samples (N,) within what openSMILE's 16 bits hold: +1.0 would wrap around."""
    clipped: Floats = np.clip(samples, -1.0, 32767 / 32768)
    return clipped
