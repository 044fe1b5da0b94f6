"""Words of a synthesiser put together, so that the true times are known to the sample."""

import io
import shutil
import subprocess

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from extraction.types import SAMPLE_RATE, Waveform

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def say(word, voice="en-us"):
    """One spoken word at 16 kHz, trimmed to what can be heard."""
    run = subprocess.run(["espeak-ng", "-v", voice, "--stdout", word], capture_output=True, check=True)
    samples, rate = soundfile.read(io.BytesIO(run.stdout), dtype="float32")
    samples = resample_poly(samples, SAMPLE_RATE, rate).astype(np.float32)
    heard = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    return samples[heard[0] : heard[-1] + 1] * 0.5


def put_together(words, pause=0.3, voice="en-us"):
    """The words with digital silence around them, and each one's true interval in seconds."""
    parts, times, at = [], [], 0
    silence = np.zeros(round(pause * SAMPLE_RATE), np.float32)
    for word in words:
        sound = say(word, voice)
        parts += [silence, sound]
        at += len(silence)
        times.append((at / SAMPLE_RATE, (at + len(sound)) / SAMPLE_RATE))
        at += len(sound)
    return Waveform(np.concatenate([*parts, silence])), times
