"""Sound that grows, is read in parts, and is cut into passages where it is quiet."""

import errno
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction import recording
from extraction.errors import InputError
from extraction.recording import Recording, passages
from extraction.types import SAMPLE_RATE, Waveform


def noise(seconds, seed=0):
    samples = 0.3 * np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    return np.clip(samples, -1, 1).astype(np.float32)


def test_what_was_added_is_read_back_in_any_part():
    sound = Recording()
    samples = noise(1.0)
    for first in range(0, len(samples), 1000):
        sound.add(samples[first : first + 1000])
    assert (len(sound), sound.duration, sound.silent) == (SAMPLE_RATE, 1.0, False)
    np.testing.assert_array_equal(sound.between(0.25, 0.5).samples, samples[4000:8000])
    np.testing.assert_array_equal(sound.between(-1.0, 9.0).samples, samples)
    assert len(sound.between(2.0, 3.0).samples) == 0


def test_a_long_recording_lies_in_a_file_and_reads_the_same(monkeypatch):
    monkeypatch.setattr(recording, "_IN_MEMORY", 1000)
    sound, samples = Recording(), noise(0.5)
    sound.add(samples[:4000])
    before = sound.between(0.0, 0.25).samples
    sound.add(samples[4000:])
    np.testing.assert_array_equal(sound.between(0.0, 0.5).samples, samples)
    np.testing.assert_array_equal(before, samples[:4000])


def test_a_full_temporary_folder_is_one_sentence(monkeypatch):
    sound = Recording()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sound, "_file", type("Full", (), {"seek": full, "write": full}))
    with pytest.raises(InputError, match=r"cannot be kept in .* \(No space left on device\): free space there"):
        sound.add(noise(0.1))


def test_nothing_and_what_cannot_be_heard_are_silent():
    sound = Recording()
    assert sound.silent
    sound.add(np.full(100, 5e-4, np.float32))
    assert sound.silent
    sound.add(np.full(1, 2e-3, np.float32))
    assert not sound.silent


def test_a_short_sound_is_one_passage():
    assert list(passages(Waveform(noise(1.0)), longest=1.0, shortest=0.5)) == [(0.0, 1.0)]
    assert list(passages(Waveform(np.empty(0, np.float32)))) == [(0.0, 0.0)]


def test_a_long_sound_is_cut_in_its_pauses():
    samples = noise(10.0)
    for at in (2.5, 5.0, 7.2):
        samples[round((at - 0.2) * SAMPLE_RATE) : round((at + 0.2) * SAMPLE_RATE)] *= 0.01
    cuts = [end for _, end in passages(Waveform(samples), longest=3.0, shortest=1.5)]
    assert cuts[:3] == pytest.approx([2.5, 5.0, 7.2], abs=0.1)
    assert cuts[-1] == 10.0


@pytest.mark.slow
@given(st.floats(0.1, 30.0), st.integers(0, 5))
def test_passages_cover_the_sound_and_begin_on_the_grid_of_frames(seconds, seed):
    sound = Waveform(np.repeat(noise(0.02 * round(seconds / 0.02), seed)[::160], 160))
    cut = list(passages(sound, longest=4.0, shortest=2.0))
    assert (cut[0][0], cut[-1][1]) == (0.0, sound.duration)
    assert all(before[1] == after[0] for before, after in pairwise(cut))
    assert all(1.5 <= end - start <= 4.0 for start, end in cut[:-1])
    assert all(start * 100 == pytest.approx(round(start * 100), abs=1e-6) for start, _ in cut)
    assert cut[-1][1] - cut[-1][0] <= 4.0
