"""What the timeline's script is told: words, readings, families, and the numbers of the tracks as bytes."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from engine import scale
from engine.predict import Prediction, Utterance
from extraction.descriptor_sets import SETS
from extraction.types import Aligned, FeatureSpec, Track, Word
from ui.timeline import source
from ui.timeline.measured import FIRST, TITLES, measured
from ui.timeline.payload import Media, elsewhere, payload

WORDS = (Word("good", 0.0, 0.4, 0.9, fit=0.7), Word("uh"), Word("bad", 0.5, 1.0, None, True))


def prediction(sentiment=(1.5, 0.0, -2.0), attention=(0.5, 0.2, 0.3), variant="T"):
    s, a = np.array(sentiment, np.float32), np.array(attention, np.float32)
    score = float((s * a).sum())
    return Prediction(variant, WORDS, s, a, score, ("T",), (Utterance(0, 3, 0.0, 1.0, score),))


def track(values, names, *, modality="A", name="made up", period=0.1, observed=None):
    values = np.array(values, np.float32)
    observed = np.ones(len(values), bool) if observed is None else np.array(observed, bool)
    times = (np.arange(len(values)) + 0.5) * period
    return Track(FeatureSpec(modality, name, "1", tuple(names)), times, values, observed, period)


def aligned(**tracks):
    return Aligned("clip", WORDS, {}, 1.0, tracks)


def read(found, number, column):
    """Times and values of a column, decoded as the script decodes them."""
    frame = found.frames[number]
    row = next(r for f in found.families for r in f["rows"] if (r["track"], r["column"]) == (number, column))
    times = np.frombuffer(found.block, "<f4", frame["count"], frame["offset"])
    at = frame["offset"] + 4 * frame["count"] + 2 * frame["count"] * column
    steps = np.frombuffer(found.block, "<u2", frame["count"], at).astype(float)
    span = (row["high"] or 0) - (row["low"] or 0)
    return times, np.where(steps == 0, np.nan, (row["low"] or 0) + (steps - 1) / 65_534 * span)


def test_it_is_plain_json_with_every_word_and_what_is_felt():
    data = json.loads(json.dumps(payload(aligned(), prediction(), Media("/media/x.mp4", "video")), allow_nan=False))
    assert [word["text"] for word in data["clip"]["words"]] == ["good", "uh", "bad"]
    assert data["clip"]["words"][1]["start"] is None
    assert data["clip"]["words"][2]["interpolated"] is True
    good = data["reading"]["words"][0]
    assert good["signed"] == "+1.50"
    assert good["name"] == "positive"
    assert good["tint"] == scale.tint(1.5)
    assert good["contribution"] == pytest.approx(0.75)
    assert data["clip"]["media"] == {"url": "/media/x.mp4", "kind": "video"}


def test_the_interval_is_said_and_drawn_where_the_model_has_one():
    bare = payload(aligned(), prediction(), None)["reading"]
    assert (bare["interval"], bare["between"]) == ("", None)
    told = json.loads(json.dumps(payload(aligned(), replace(prediction(), interval=(-1.2, 1.5)), None)))["reading"]
    assert told["interval"] == "9 of 10 such clips lie between −1.20 and +1.50"
    assert told["between"] == [-1.2, 1.5]


def test_half_a_time_is_no_time():
    clip = Aligned("clip", (Word("good", 0.0, None), *WORDS[1:]), {}, 1.0)
    assert payload(clip, prediction(), None)["clip"]["words"][0]["start"] is None


def test_another_variant_is_the_same_clip_and_other_media_is_not():
    first = payload(aligned(), prediction(), Media("/media/x.mp4", "video"))
    other = payload(aligned(), prediction((-1, -1, -1), variant="A"), Media("/media/x.mp4", "video"))
    assert first["clip"] == other["clip"]
    assert first["reading"] != other["reading"]
    moved = payload(aligned(), prediction(), Media("/media/y.mp4", "video"))
    assert moved["clip"]["key"] != first["clip"]["key"]
    measured_again = payload(aligned(A=track([[1.0], [2.0]], ["loudness"])), prediction(), None)
    assert measured_again["clip"]["key"] != payload(aligned(), prediction(), None)["clip"]["key"]


def test_the_numbers_come_back_from_the_bytes():
    rng = np.random.default_rng(0)
    values = rng.normal(5, 40, (7, 3))
    found = measured({"A": track(values, "abc"), "V": track(values[:, :2] * 3, "de", modality="V", period=0.2)})
    for number, scaled in ((0, values), (1, values[:, :2] * 3)):
        for column in range(scaled.shape[1]):
            _, decoded = read(found, number, column)
            span = np.ptp(scaled[:, column])
            np.testing.assert_allclose(decoded, scaled[:, column], atol=span / 60_000)
    np.testing.assert_allclose(read(found, 1, 0)[0], (np.arange(7) + 0.5) * 0.2, rtol=1e-6)


def test_what_was_not_observed_is_missing_and_never_a_number():
    values = [[1.0, np.nan], [2.0, np.nan], [9.0, np.nan], [4.0, np.nan]]
    found = measured({"A": track(values, ["loudness", "F0 [Hz]"], observed=[True, True, False, True])})
    assert np.isnan(read(found, 0, 0)[1]).tolist() == [False, False, True, False]
    rows = [row for family in found.families for row in family["rows"]]
    loudness, pitch = sorted(rows, key=lambda row: row["column"])
    assert (loudness["low"], loudness["high"]) == (1.0, 4.0)  # the 9 was not observed
    assert (pitch["low"], pitch["high"], pitch["edges"]) == (None, None, None)
    assert np.isnan(read(found, 0, 1)[1]).all()


def test_of_a_track_beside_only_families_that_are_not_there_are_shown():
    names = ["AU12 left lip corner puller", "blink", "happiness (AU6+12)"]
    beside = track([[0.1, 0.0, 0.6], [0.2, 1.0, 0.8]], names, modality="V", name=SETS["facs"].spec)
    main = track(
        [[0.5, 0.1], [0.7, 0.2]], ["mouthSmileLeft", "browDownLeft"], modality="V", name=SETS["blendshapes"].spec
    )
    found = measured({"V": replace(main, beside=beside)})
    assert [family["title"] for family in found.families] == ["upper face", "lower face", "emotions"]
    assert [row["label"] for family in found.families for row in family["rows"]] == [
        "brow down left",
        "mouth smile left",
        "happiness (AU6+12)",
    ]
    np.testing.assert_allclose(read(found, 1, 0)[1], [0.6, 0.8], atol=1e-4)
    assert len(found.block) == found.frames[1]["offset"] + 2 * (4 + 2)  # of the track beside one column is sent


def test_fast_tracks_are_thinned_to_50_hz_by_the_mean_of_what_was_measured():
    values = [[1.0], [3.0], [np.nan], [5.0], [np.nan], [np.nan], [8.0]]
    found = measured({"A": track(values, ["loudness"], period=0.01)})
    assert found.frames[0]["count"] == 4
    assert found.frames[0]["period"] == 0.02
    times, decoded = read(found, 0, 0)
    np.testing.assert_allclose(decoded, [2.0, 5.0, np.nan, 8.0], atol=1e-3)
    np.testing.assert_allclose(times, [0.01, 0.03, 0.05, 0.065], rtol=1e-5)


def test_a_row_is_cut_at_its_edges_only_where_a_few_values_lie_far_out():
    even = np.linspace(0, 1, 400)[:, None]
    far = np.where(np.arange(400) == 7, 99.0, even[:, 0])[:, None]
    for values, top in ((even, 1.0), (far, 0.99)):
        (family,) = measured({"A": track(values, ["loudness"])}).families
        assert family["rows"][0]["edges"][1] == pytest.approx(top, abs=0.01)
        assert family["rows"][0]["high"] == pytest.approx(values.max())


def test_a_face_that_hardly_moves_is_not_drawn_as_if_it_did():
    values = [[1e-7, 0.0, 0.1, 2.0], [3e-6, 0.0, 0.9, 3.0]]
    names = ["AU6 cheek raiser", "AU9 nose wrinkler", "AU12 lip", "yaw [deg]"]
    still = measured({"V": track(values, names, modality="V", name=SETS["blendshapes"].spec)})
    edges = {row["label"]: row["edges"] for family in still.families for row in family["rows"]}
    assert edges["AU6 cheek raiser"] == pytest.approx((0, 0.05), abs=1e-6)
    assert edges["AU9 nose wrinkler"] == (0, 0.05)
    assert edges["AU12 lip"] == pytest.approx((0.1, 0.9))
    assert edges["yaw"] == pytest.approx((2, 7))
    (voice,) = measured({"A": track([[1e-7], [3e-6]], ["loudness"])}).families
    assert voice["rows"][0]["edges"] == pytest.approx((1e-7, 3e-6))  # of a voice no scale is known


@pytest.mark.parametrize("key", ["egemaps", "blendshapes"])
def test_rows_are_grouped_as_the_descriptor_set_groups_them(key):
    known = SETS[key]
    names = {
        "egemaps": ["MFCC 1", "F0 [semitone]", "loudness", "jitter [ratio]", "F1 frequency [Hz]", "H1-H2 [dB]"],
        "blendshapes": ["browDownLeft", "mouthSmileLeft", "eyeLookUpLeft", "AU12 lip", "AU4 brow", "yaw [deg]"],
    }[key]
    made = track(np.ones((2, 6)), names, modality=known.modality, name=known.spec)
    families = {f["title"]: [r["label"] for r in f["rows"]] for f in measured({known.modality: made}).families}
    expected = {
        "egemaps": {
            "pitch and voicing": ["F0"],
            "loudness": ["loudness"],
            "voice quality": ["jitter", "H1-H2"],
            "formants": ["F1 frequency"],
            "cepstra": ["MFCC 1"],
        },
        "blendshapes": {
            "upper face": ["AU4 brow", "brow down left"],
            "lower face": ["AU12 lip", "mouth smile left"],
            "head": ["yaw"],
            "gaze": ["eye look up left"],
        },
    }[key]
    assert families == expected
    assert list(families) == list(expected)  # in this order


def test_every_family_there_is_has_a_title():
    for known in SETS.values():
        for family in known.families:
            assert family.name in TITLES[known.modality] or family.name == "blendshapes"


def test_a_set_that_is_not_known_is_one_family_with_its_first_rows_shown():
    (family,) = measured({"V": track(np.ones((2, 30)), [f"c{i}" for i in range(30)], modality="V")}).families
    assert (family["title"], family["first"], len(family["rows"])) == ("face", FIRST, 30)
    (few,) = measured({"V": track(np.ones((2, 6)), "abcdef", modality="V")}).families
    assert few["first"] == 6


def test_tracks_are_inline_or_at_an_address():
    clip = aligned(A=track([[1.0], [2.0]], ["loudness"]))
    found = measured(clip.tracks)
    inline = payload(clip, prediction(), None)["clip"]["tracks"]
    assert base64.b64decode(inline["base64"]) == found.block
    served = payload(clip, prediction(), None, elsewhere(found, "/media/t.bin"))["clip"]["tracks"]
    assert (served["url"], served["base64"]) == ("/media/t.bin", None)
    assert served["key"] == inline["key"]


def test_a_track_without_frames_is_not_measured():
    (family,) = measured({"A": track(np.empty((0, 1)), ["loudness"], period=0.01)}).families
    assert family["rows"][0]["low"] is None


def test_the_script_is_one_module_whose_names_do_not_clash():
    text = source.script()
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert text.count("export default") == 1
    names = re.findall(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", text, re.MULTILINE)
    assert "mount" in names
    assert len(names) == len(set(names))
    assert "innerHTML" not in text


def test_every_class_of_the_style_is_the_timelines_own():
    classes = re.findall(r"\.([a-z][\w-]*)[^{}]*\{", re.sub(r"\{[^{}]*\}", "{}", source.style()))
    assert len(classes) > 40
    assert [name for name in classes if not name.startswith("tl-")] == []
