import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formats import checks
from engine.formats.checks import (
    ClipId,
    blank_rows,
    check_label,
    leaks,
    padding_side,
    published,
    real_rows,
    sentinels,
    split_sizes,
    without_missing,
)
from engine.formats.findings import Findings
from extraction.errors import DataError


def padded(lengths, side, rows=9, fill=0.0):
    rng = np.random.default_rng(0)
    clips = []
    for length in lengths:
        clip = np.full((rows, 3), fill)
        clip[slice(rows - length, rows) if side == "left" else slice(length)] = rng.normal(size=(length, 3))
        clips.append(clip)
    return clips


@pytest.mark.parametrize("fill", [0.0, -np.inf, np.nan])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_is_found_on_either_side(side, fill):
    clips = padded([4, 9, 6], side, fill=fill)
    assert padding_side(clips) == side
    for clip, length in zip(clips, [4, 9, 6], strict=True):
        where = real_rows(clip, side)
        assert where.stop - where.start == length
        assert not blank_rows(clip[where]).any()


@given(st.lists(st.integers(1, 9), min_size=1), st.sampled_from(["left", "right"]))
def test_lengths_are_those_that_were_padded(lengths, side):
    clips = padded(lengths, side)
    assert padding_side(clips) == (side if min(lengths) < 9 else "none")
    assert [real_rows(c, side).stop - real_rows(c, side).start for c in clips] == lengths


def test_blank_rows_inside_and_at_the_other_end_are_no_padding():
    clips = padded([5, 6, 7], "right")
    clips[0][2] = 0
    clips[1][0] = -np.inf  # a face that was not seen yet
    assert padding_side(clips) == "right"
    assert real_rows(clips[0], "right") == slice(0, 5)
    assert real_rows(clips[1], "right") == slice(0, 6)


def test_a_wholly_blank_clip_has_no_rows_and_no_say():
    blank = np.zeros((9, 3))
    assert padding_side([blank, *padded([4], "left")]) == "left"
    assert padding_side([blank]) == "none"
    assert real_rows(blank, "none") == slice(0, 0)
    assert real_rows(np.ones((4, 2)), "none") == slice(0, 4)


def test_what_was_not_measured_becomes_nan_and_is_told():
    findings = Findings()
    rows = np.array([[1.0, -np.inf, 0.5], [np.nan, 2.0, 0.7], [0.0, 0.0, 0.0], [0.2, 1.0, -255.0]])
    first, second = without_missing([rows[:2], rows[2:]], ("covarep_0", "covarep_1", "covarep_2"), findings)
    nan = np.nan
    np.testing.assert_array_equal(first, np.float32([[1, nan, 0.5], [nan, 2, 0.7]]))
    np.testing.assert_array_equal(second, np.float32([[nan, nan, nan], [0.2, 1, nan]]))
    assert first.dtype == np.float32
    assert findings.sentences == [
        "Infinities in covarep_1 count as not measured (1 of 4 values).",
        "NaN in covarep_0 count as not measured (1 of 4 values).",
        "Markers such as 255 in covarep_2 count as not measured (1 of 4 values).",
        "1 of 4 rows of covarep are all zero: not observed.",
    ]


def test_numbers_beyond_float32_are_infinite():
    findings = Findings()
    (clean,) = without_missing([np.array([[1e300, 1.0], [2.0, 3.0]])], ("a_0", "a_1"), findings)
    assert np.isnan(clean[0, 0])
    assert findings.sentences == ["Infinities in a_0 count as not measured (1 of 2 values)."]
    assert without_missing([], ("a_0",), Findings()) == []


@pytest.mark.parametrize(
    ("column", "marked"),
    [
        ([0.1, -0.4, -255.0, 0.2], [False, False, True, False]),  # far from every other value
        ([120.5, 254.9, 255.0, 255.0], [False, False, True, True]),  # a bound reached twice
        ([120.5, 254.9, 255.0, 100.1], [False] * 4),  # a value like others
        ([300.5, 255.0, 255.0, 1.0], [False] * 4),  # no extreme
        ([3.0, 250.0, 255.0, 255.0], [False] * 4),  # whole numbers, such as pixels
        ([0.1, np.nan, 999.0, 0.2], [False, False, True, False]),
        ([0.1, 12.0, 13.0, 0.2], [False] * 4),
    ],
)
def test_sentinels(column, marked):
    assert sentinels(np.array(column)[:, None])[:, 0].tolist() == marked


def test_labels():
    assert [check_label(label, "c") for label in (-3.0, 0.0, 3.0)] == [-3, 0, 3]
    for label in (3.2, -4.0, float("nan"), float("inf")):
        with pytest.raises(DataError, match=r"Clip 'abc_7' has the label .* does not lie in \[-3, 3\]"):
            check_label(label, "abc_7")


@pytest.mark.parametrize(
    ("counts", "corpus", "sentence"),
    [
        ({"train": 1284, "valid": 229, "test": 686}, "CMU-MOSI", "test: 1284/229/686 clips, as in CMU-MOSI."),
        ({"train": 16326, "valid": 1871, "test": 4659}, "CMU-MOSEI", "as in CMU-MOSEI."),
        ({"train": 16265, "valid": 1869, "test": 4643}, "CMU-MOSEI as MulT counts it", "as MulT counts it."),
        ({"valid": 229}, "CMU-MOSI", "valid: 229 clips, as in CMU-MOSI."),
        (
            {"train": 1283, "valid": 214, "test": 686},
            None,
            "The splits are not the published ones: train has 1283 clips where CMU-MOSI has 1284, "
            "valid has 214 clips where CMU-MOSI has 229.",
        ),
        ({"train": 10, "test": 4}, None, "train, test: 10/4 clips, which are the sizes of no corpus known here."),
    ],
)  # fmt: skip
def test_split_sizes(counts, corpus, sentence):
    findings = Findings()
    assert split_sizes(counts, findings) == corpus
    assert findings.sentences[0].endswith(sentence)


def clip(name, split, speaker=None, text=""):
    return ClipId(name, speaker, split, tuple(text.split()))


def test_a_clip_in_two_splits_is_left_out_of_train():
    findings = Findings()
    clips = [clip("a", "train"), clip("b", "train"), clip("a", "test"), clip("b", "valid"), clip("c", "valid")]
    assert leaks(clips, findings) == [2, 3, 4]
    assert findings.sentences == [
        "Error: 2 clips lie in two splits (a, b), kept in test, else in valid, and left out of the others."
    ]


def test_a_clip_that_comes_twice_is_kept_once():
    findings = Findings()
    assert leaks([clip("a", "train"), clip("a", "train"), clip("b", None)], findings) == [0, 2]
    assert findings.sentences == ["Some clips come twice in one split: each is kept once."]


def test_speakers_and_texts_on_both_sides_are_told_and_kept():
    findings = Findings()
    same = "it was a very good film"
    clips = [
        clip("a", "train", "x", same),
        clip("b", "test", "x", same),
        clip("c", "valid", "y", "so good"),
        clip("d", "train", "z", "so good"),
    ]
    assert leaks(clips, findings) == [0, 1, 2, 3]
    assert findings.sentences == [
        "Leak: 1 speaker or video lies in two splits (x).",
        f"Leak: 1 text of five words or more lies in two splits ({same}).",
    ]


def test_published_files_are_known_by_their_digest(tmp_path, monkeypatch):
    path = tmp_path / "aligned_50.pkl"
    path.write_bytes(b"the published file")
    assert published(path) is None
    for kind in ("sha256", "sha1"):
        digest = hashlib.new(kind, b"the published file").hexdigest()[:8]
        monkeypatch.setattr(checks, "_PUBLISHED", {"sha256": {}, "sha1": {}, kind: {digest: "somebody's file"}})
        assert published(path) == f"This is somebody's file ({kind.upper()} {digest}...)."


def test_the_published_digests():
    names = {prefix: what for known in checks._PUBLISHED.values() for prefix, what in known.items()}
    assert names["d3994fd2"] == "MMSA's published aligned_50.pkl of CMU-MOSI"
    assert names["78e0f8b5"] == "MMSA's published unaligned_50.pkl of CMU-MOSI"
