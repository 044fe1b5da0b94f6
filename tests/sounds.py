"""Sounds that tests make, and columns of tracks by name."""

import numpy as np
from scipy.signal import lfilter

from extraction.types import SAMPLE_RATE, Waveform

PERIOD = 128  # samples, 125 Hz of `voice`


def column(track, name):
    return track.values[:, track.spec.names.index(name)]


def joined(*waveforms):
    return Waveform(np.concatenate([waveform.samples for waveform in waveforms]))


def noise(seconds, level=0.02, seed=0):
    rng = np.random.default_rng(seed)
    return Waveform(rng.normal(0, level, round(seconds * SAMPLE_RATE)).astype(np.float32))


def voice(seconds=1.0, period=PERIOD, quotient=0.6, seed=0):
    """Pulses of flow that open slowly and close at once (Klatt and Klatt 1990) through four formants: the sound and
    where it closes.
    """
    count = round(seconds * 16000)
    phase = (np.arange(count) % period) / period / quotient
    pulse = np.where(phase < 1, 2 * phase - 3 * phase**2, 0)
    sound = pulse + np.random.default_rng(seed).normal(0, 1e-3, count)
    for centre, width in ((700, 80), (1220, 100), (2600, 150), (3500, 200)):
        radius = np.exp(-np.pi * width / 16000)
        sound = lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * centre / 16000), radius**2], sound)
    closures = np.arange(0, count - period, period) + round(quotient * period)
    return (sound / np.abs(sound).max() * 0.3).astype(np.float32), closures
