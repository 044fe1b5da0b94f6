"""How long pictures last, by their own times: cameras may be slower than the rate asked for, or vary.

A picture stands for the time to the next one. Where more than `_HOLE` seconds and three times the usual passes,
pictures are missing: the one before the hole, like the last of all, stands for the usual time. Pictures picked out of
more lie on the grid asked for only to within the camera's own step, so seconds count to a tenth (`at_least`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_HOLE = 1.0  # seconds
_NEAR = 0.05  # of the period: pictures as far apart as that on average came as they were asked for


def lasting(times: NDArray[np.float64], period: float) -> NDArray[np.float64]:
    """Seconds that each picture stands for (F,), of rising `times` (F,); `period` where there is only one."""
    if len(times) < 2:
        return np.full(len(times), period)
    gaps = np.diff(times)
    whole = gaps <= max(_HOLE, 3.0 * float(np.median(gaps)))
    usual = float(gaps[whole].mean())
    return np.append(np.where(whole, gaps, usual), usual)


def usual_step(times: NDArray[np.float64], period: float) -> float:
    """Seconds from one picture to the next, on average: `period`, unless they came at another rate than asked for."""
    step = float(lasting(times, period).mean()) if len(times) else period
    return period if abs(step - period) <= _NEAR * period else step


def at_least(seconds: float, least: float) -> bool:
    """Whether `seconds`, counted to a tenth, are as many as `least`."""
    return round(seconds, 1) >= least
