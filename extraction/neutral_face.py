"""A speaker's own face at rest, estimated from the clip, and taken away.

Every column that has a neutral is lessened by a quantile of its own finite values over the clip:

    action units    `FacsUnit.neutral`: the tenth percentile for units read off blendshapes, which answer to one side
                    only, so that low values are rest; the first quartile where a distance on the face is the source,
                    whose noise has two sides; the median for AU5, which a blink or a glance down leads below rest.
                    Pictures in which the eyes are shut by a blink do not count for the units around the eyes.
    pose and gaze   the median: people look to either side of where they look most.

What is left is 0 for a face at rest, may fall below it, and is cut to [-1, 1] for a unit. A person who smiles through
the whole clip has a smile for their neutral: nothing in one clip tells that apart. So has one in a clip too short to
show a rest, see `SHORT`.
Source: Baltrusaitis, Mahmoud, Robinson (2015), Cross-dataset learning and person-specific normalisation for automatic
action unit detection, which takes the median away from each person's features.
"""

from __future__ import annotations

import numpy as np

from extraction.face_seconds import at_least
from extraction.facs import COLUMNS
from extraction.types import Bools, Floats

SHORT = 5.0  # seconds in view; with less the neutral is a guess, and a note says so
_AROUND_THE_EYES = (5, 6, 7, 9, 45)
_MIDDLE = 0.5


def less_neutral_units(units: Floats, blinking: Bools) -> Floats:
    """Action units (F, C) in the order of `facs.COLUMNS` less the speaker's own; `blinking` (F,) marks shut eyes."""
    open_eyes = ~blinking if (~blinking).any() else np.ones_like(blinking)
    quantiles = [unit.neutral for unit, _ in COLUMNS]
    rest = [
        _quantile(units[open_eyes, i] if unit.number in _AROUND_THE_EYES else units[:, i], quantiles[i])
        for i, (unit, _) in enumerate(COLUMNS)
    ]
    return np.asarray(np.clip(units - np.array(rest, dtype=np.float32), -1.0, 1.0))


def less_median(angles: Floats) -> Floats:
    """Angles (F, K) less each column's median."""
    rest = [_quantile(angles[:, i], _MIDDLE) for i in range(angles.shape[1])]
    return np.asarray(angles - np.array(rest, dtype=np.float32))


def note_on(seconds: float) -> str | None:
    """What to tell the user of a neutral estimated from `seconds` of face, or None where that is enough."""
    if at_least(seconds, SHORT) or seconds == 0.0:
        return None
    return (
        f"The face is in view for {seconds:.1f} s: its neutral is estimated from less than {SHORT:.0f} s, "
        "so a movement held for most of that time is missed."
    )


def _quantile(values: Floats, quantile: float) -> float:
    finite = values[np.isfinite(values)]
    return float(np.quantile(finite, quantile)) if len(finite) else 0.0
