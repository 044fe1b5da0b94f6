"""Whose mouth moves with the voice, on made mouths and a made voice."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.speaking_face import Seen, speaker
from extraction.types import SAMPLE_RATE, Waveform

PERIOD, FRAMES = 0.1, 80
TIMES = np.arange(FRAMES) * PERIOD
TALKS = (TIMES % 2.0) < 1.0  # a second of speech, a second of pause


def voice(loud=TALKS):
    level = np.repeat(np.where(loud, 0.3, 0.003), round(PERIOD * SAMPLE_RATE))
    noise = np.random.default_rng(0).standard_normal(len(level))
    return Waveform((noise * level / 3).astype(np.float32))


def mouth(moves, how_much=0.1, rest=0.05):
    return rest + how_much * np.random.default_rng(1).random(FRAMES) * moves


def face(opening, size=100.0):
    return Seen(np.asarray(opening, dtype=np.float64), np.where(np.isfinite(opening), size, np.nan))


SPEAKER = face(mouth(TALKS))
LISTENER = face(mouth(np.ones(FRAMES), how_much=0.005), size=900.0)
OTHER_TALKER = face(mouth(~TALKS), size=900.0)


@pytest.mark.parametrize("other", [LISTENER, OTHER_TALKER], ids=["listener", "talker"])
def test_the_speaker_is_found_although_the_other_is_larger(other):
    assert speaker([other, SPEAKER], PERIOD, TIMES, voice()) == (1, "voice")
    assert speaker([SPEAKER, other], PERIOD, TIMES, voice()) == (0, "voice")


def test_the_other_talker_is_found_by_the_other_voice():
    assert speaker([SPEAKER, OTHER_TALKER], PERIOD, TIMES, voice(~TALKS)) == (1, "voice")


@pytest.mark.parametrize("sound", [None, Waveform(np.zeros(SAMPLE_RATE * 8, np.float32))], ids=["none", "silence"])
def test_without_a_voice_the_largest_counts(sound):
    assert speaker([SPEAKER, LISTENER], PERIOD, TIMES, sound) == (1, "size")


def test_mouths_that_move_alike_leave_it_to_size():
    assert speaker([SPEAKER, face(SPEAKER.mouth, size=400.0)], PERIOD, TIMES, voice()) == (1, "size")


def test_a_face_seen_for_a_moment_is_not_compared_with_the_voice():
    glimpse = np.where(np.arange(FRAMES) < 10, mouth(np.ones(FRAMES), how_much=0.5), np.nan)
    assert speaker([face(glimpse, 900.0), SPEAKER], PERIOD, TIMES, voice()) == (1, "voice")
    assert speaker([face(glimpse), face(glimpse, 900.0)], PERIOD, TIMES, voice()) == (1, "size")


def test_a_speaker_who_leaves_the_picture_is_judged_by_where_they_were_seen():
    gone = np.where(TIMES < 5, SPEAKER.mouth, np.nan)
    assert speaker([LISTENER, face(gone)], PERIOD, TIMES, voice()) == (1, "voice")


@pytest.mark.parametrize("asked", [0.04, 1 / 60, 0.5])
def test_the_rate_asked_for_does_not_count_where_pictures_come_at_another(asked):
    in_view = np.where(TIMES < 3, SPEAKER.mouth, np.nan)  # for 3 s, which is enough
    assert speaker([LISTENER, face(in_view)], asked, TIMES, voice()) == (1, "voice")
    glimpse = np.where(TIMES < 1, mouth(np.ones(FRAMES), how_much=0.5), np.nan)  # for 1 s, which is not
    assert speaker([face(glimpse, 900.0), SPEAKER], asked, TIMES, voice()) == (1, "voice")
