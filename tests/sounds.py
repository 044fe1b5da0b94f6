"""Sounds that tests make, and columns of tracks by name."""

import numpy as np

from extraction.types import SAMPLE_RATE, Waveform


def column(track, name):
    return track.values[:, track.spec.names.index(name)]


def joined(*waveforms):
    return Waveform(np.concatenate([waveform.samples for waveform in waveforms]))


def noise(seconds, level=0.02, seed=0):
    rng = np.random.default_rng(seed)
    return Waveform(rng.normal(0, level, round(seconds * SAMPLE_RATE)).astype(np.float32))
