"""Where the values lie that the original COVAREP computed, and how to read them: ../shared/covarep, README.md there.

A table is on samples 80, 240, ... counted from 1; intermediate values let every stage be held alone.
"""

from __future__ import annotations

import csv
import wave
from functools import cache

import numpy as np

SPEECH = ["grid_lbbc2a", "katiehill", "obama_speech"]
VOWELS = {"synth_vowel120_rdsteps": 120, "synth_vowel150_rd1p2": 150}
EDGES = ["noise_white", "silence_digital", "silence_dither"]
STAGES = ["grid_lbbc2a", "katiehill", *VOWELS]  # with intermediate values


@cache
def sound(folder, name):
    with wave.open(str(folder / f"{name}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32768


@cache
def table(folder, name):
    with (folder / f"{name}.csv").open(newline="") as file:
        names, *rows = csv.reader(file)
    values = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    return dict(zip(names, values.T, strict=True))


@cache
def stages(folder, name):
    with np.load(folder / "intermediate" / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
