"""What to know before reading a column of a descriptor set: notes by names of columns, empty where there is nothing.

Whoever lists a set (`s2s descriptors SET`) sees them beside units and sources.
"""

from __future__ import annotations

from typing import Final

_OF_CYCLES: Final = ("NAQ", "QOQ", "H1-H2 [dB]", "PSP", "MDQ")
_AS_COVAREP = "without COVAREP's zeros beside unvoiced gaps: r .75 to .99 with it on speech, `glottal-covarep` .9996"
_LIKE_COVAREP = "COVAREP's: a cycle that no voice has, as after an unvoiced gap, is 0 and pulls its neighbours"


def notes_on_glottal() -> dict[str, str]:
    """Of the sets `glottal` and `glottal-rd`."""
    return {
        **dict.fromkeys(_OF_CYCLES, _AS_COVAREP),
        "HRF [dB]": "a sum of amplitudes, as its source has it; COVAREP divides sums of decibels",
        "peak slope": "given in unvoiced frames too",
        "Rd": "0.3 tense to 2.5 breathy; missing where the phases do not tell it",
    }


def notes_on_covarep() -> dict[str, str]:
    """Of the set `glottal-covarep`."""
    return {
        **dict.fromkeys(_OF_CYCLES, _LIKE_COVAREP),
        "peak slope": "given in unvoiced frames too",
        "Rd": "0.3 tense to 2.5 breathy, sure or not; COVAREP 1.4.1's, as later versions conjugate a spectrum",
        "Rd confidence": "1 sure; 0.42 where phases are random",
    }


def notes_on_blendshapes() -> dict[str, str]:
    """Of the set `blendshapes`: channels that hardly answer, and action units."""
    from extraction.action_units import ACTION_UNITS, WEAK_CHANNELS

    return {**WEAK_CHANNELS, **{unit.label: unit.note for unit in ACTION_UNITS}}


def notes_on_facs() -> dict[str, str]:
    """Of the sets `facs` and `facs-baseline`: action units by side, and the emotion patterns that rest on weak ones."""
    from extraction.emotion_prototypes import PROTOTYPES
    from extraction.facs import COLUMNS

    notes = {unit.label(side): unit.note for unit, side in COLUMNS}
    for one in PROTOTYPES:
        notes[one.label] = f"weak: needs {', '.join(f'AU{number}' for number in one.weak)}" if one.weak else ""
    return notes
