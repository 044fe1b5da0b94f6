"""Computational sequences: words, labels and features against brute force, the moved intervals, and the real MOSI."""

import csv
import json

import h5py
import numpy as np
import pytest
from csd_files import dataset, speech, write_csd

from engine.formats.csd import modality_of, read_clips, read_csd
from engine.formats.csd_pool import word_means
from engine.formats.findings import Findings
from extraction.errors import DataError
from extraction.fakes import FakeEmbedder


class Embedder(FakeEmbedder):
    def embed_many(self, sequences):
        return [self.embed(words) for words in sequences]


def frames(rng, intervals, dim, period=0.05):
    """Rows every `period` seconds over all of `intervals`, touching each other."""
    times = np.arange(0, intervals.max() + 1, period)
    return rng.normal(size=(len(times), dim)).astype(np.float32), np.column_stack([times, times + period])


def read(folder, features=(), **options):
    return read_csd(folder / "words.csd", folder / "labels.csd", features, Embedder(), **options)


def test_words_lie_in_the_label_that_holds_their_middle(tmp_path):
    said = dataset(tmp_path)
    table = read(tmp_path).table
    assert [e.aligned.clip for e in table][:3] == ["v00_1", "v00_2", "v01_1"]
    for e in table:
        texts, intervals = said[e.speaker]
        first, last = (5, 20) if e.aligned.clip.endswith("_1") else (21, 40)
        start = intervals[first, 0]
        kept = [i for i in range(first, last + 1) if texts[i, 0] != "sp"]
        assert [w.text for w in e.aligned.words] == [texts[i, 0] for i in kept]
        times = [(w.start + start, w.end + start) for w in e.aligned.words]
        np.testing.assert_allclose(times, intervals[kept], atol=1e-9)
        assert e.aligned.duration == pytest.approx(intervals[last, 1] - start)
        assert e.label == (1.2 if first == 5 else -0.5)
        assert e.aligned.streams["T"].observed.all()


@pytest.mark.slow
def test_intervals_one_entry_off_are_moved_back(tmp_path):
    straight, moved = tmp_path / "straight", tmp_path / "moved"
    for folder, off in ((straight, False), (moved, True)):
        folder.mkdir()
        dataset(folder, moved=off)
    expected, found = read(straight), read(moved)
    for a, b in zip(expected.table, found.table, strict=True):
        assert [w.text for w in a.aligned.words] == [w.text for w in b.aligned.words]
        np.testing.assert_allclose([w.start for w in a.aligned.words], [w.start for w in b.aligned.words])
    assert not any("moved" in sentence for sentence in expected.findings)
    (sentence,) = [s for s in found.findings if "was moved" in s]
    assert "In words.csd every interval lay on the entry before its word and was moved" in sentence
    assert "as stored and 0.9" in sentence
    assert any("left out: 8." in s for s in found.findings)


def test_intervals_that_tell_nothing_are_left_and_said(tmp_path):
    rng = np.random.default_rng(3)
    dataset(tmp_path)
    videos = {}
    for v in range(8):
        texts, intervals = speech(rng)
        videos[f"v{v:02d}"] = (rng.permutation(texts), intervals)
    write_csd(tmp_path / "words.csd", "some_words", videos)
    assert any("hardly take longer for more letters" in sentence for sentence in read(tmp_path).findings)


@pytest.mark.parametrize("shuffled", [False, True])
def test_means_over_words_equal_brute_force(shuffled):
    rng = np.random.default_rng(1)
    for _ in range(20):
        rows, words = int(rng.integers(0, 40)), int(rng.integers(1, 12))
        starts = np.sort(rng.uniform(0, 10, rows))
        intervals = np.column_stack([starts, starts + rng.uniform(0, 1.5, rows)])
        if shuffled:
            intervals = rng.permutation(intervals)
        features = rng.normal(size=(rows, 3)).astype(np.float32)
        usable = rng.random((rows, 3)) < 0.7
        spans = np.sort(rng.uniform(0, 10, (words, 2)), axis=1)
        got = word_means(features, intervals, spans, usable)
        for w, (a, b) in enumerate(spans):
            for d in range(3):
                taken = [
                    float(features[f, d])
                    for f in range(rows)
                    if usable[f, d] and intervals[f, 0] < b and intervals[f, 1] > a
                ]
                if taken:
                    assert got[w, d] == pytest.approx(np.mean(taken), abs=1e-5)
                else:
                    assert np.isnan(got[w, d])


def test_features_are_averaged_over_words(tmp_path):
    rng = np.random.default_rng(2)
    said = dataset(tmp_path)
    audio = {v: frames(rng, iv, 4, 0.01) for v, (_, iv) in said.items()}
    video = {v: frames(rng, iv, 3) for v, (_, iv) in said.items() if v != "v03"}
    audio["v00"][0][:, 1] = -np.inf
    video["v01"][0][:] = 0
    write_csd(tmp_path / "a.csd", "COVAREP", audio, dimension_names=["F0", "VUV", "NAQ", "QOQ"])
    write_csd(tmp_path / "v.csd", "FACET 4.2", video)
    imported = read(tmp_path, [tmp_path / "v.csd", tmp_path / "a.csd"])
    specs = imported.table.specs
    assert specs["A"].names == ("F0", "VUV", "NAQ", "QOQ")
    assert (specs["A"].name, specs["V"].name) == ("COVAREP", "FACET 4.2")
    assert specs["V"].names == ("FACET 4.2_0", "FACET 4.2_1", "FACET 4.2_2")
    for e in imported.table:
        a, v = e.aligned.streams["A"], e.aligned.streams["V"]
        assert a.observed.all()
        assert np.isnan(a.values[:, 1]).all() == (e.speaker == "v00")
        assert v.observed.any() == v.observed.all() == (e.speaker not in {"v01", "v03"})
    texts, intervals = said["v02"]
    word = next(i for i in range(5, 21) if texts[i, 0] != "sp")
    rows, times = audio["v02"]
    inside = (times[:, 0] < intervals[word, 1]) & (times[:, 1] > intervals[word, 0])
    clip = next(e for e in imported.table if e.aligned.clip == "v02_1").aligned
    np.testing.assert_allclose(clip.streams["A"].values[0], rows[inside].mean(axis=0), atol=1e-5)
    assert any("v.csd lacks 1 of the labelled videos: v03" in sentence for sentence in imported.findings)
    assert any("FACET 4.2 (3 columns) is observed in 7" in sentence for sentence in imported.findings)


def test_failed_frames_of_openface_are_not_seen(tmp_path):
    said = dataset(tmp_path)
    rng = np.random.default_rng(0)
    video = {v: frames(rng, iv, 3) for v, (_, iv) in said.items()}
    for v, (rows, _) in video.items():
        rows[:, 1] = v != "v02"
    write_csd(tmp_path / "v.csd", "OpenFace_2", video, dimension_names=["confidence", "success", "gaze"])
    table = read(tmp_path, [tmp_path / "v.csd"]).table
    assert {e.speaker for e in table if not e.aligned.streams["V"].observed.any()} == {"v02"}


@pytest.mark.slow
def test_files_of_one_modality_are_joined_and_any_root_can_be_placed(tmp_path):
    rng = np.random.default_rng(0)
    said = dataset(tmp_path)
    for name, root, dim in (("a", "COVAREP", 2), ("b", "OpenSMILE", 3), ("c", "mystery", 4)):
        write_csd(tmp_path / f"{name}.csd", root, {v: frames(rng, iv, dim) for v, (_, iv) in said.items()})
    table = read(tmp_path, [tmp_path / "a.csd", tmp_path / "b.csd"], video=[tmp_path / "c.csd"]).table
    assert table.specs["A"].name == "COVAREP+OpenSMILE"
    assert table.specs["A"].names[1:3] == ("COVAREP/COVAREP_1", "OpenSMILE/OpenSMILE_0")
    assert table.specs["V"].dim == 4
    with pytest.raises(DataError, match=r"The root 'mystery' of c\.csd does not tell audio from video"):
        read(tmp_path, [tmp_path / "c.csd"])
    with pytest.raises(DataError, match="Two files of features are called 'COVAREP'"):
        read(tmp_path, [tmp_path / "a.csd"] * 2)


def test_roots():
    roots = ("COVAREP", "OpenSmile_emobase2010", "FACET_4.1", "CMU_MOSI_Visual_OpenFace_2", "Opinion Segment Labels")
    assert [modality_of(root) for root in roots] == ["A", "A", "V", "V", None]


def test_no_split_without_mosis_counts_and_clips_without_words_are_left_out(tmp_path):
    said = dataset(tmp_path)
    labels = {v: ([[1.0], [1.0]], [[500, 501], [iv[0, 0], iv[9, 1]]]) for v, (_, iv) in said.items()}
    labels["elsewhere"] = ([[2.0]], [[0, 9]])
    write_csd(tmp_path / "labels.csd", "Opinion Segment Labels", labels)
    imported = read(tmp_path)
    assert {e.split for e in imported.table} == {None}
    assert {e.aligned.clip[-1] for e in imported.table} == {"2"}
    said_of = "\n".join(imported.findings)
    assert "not the 93 videos and 2199 segments of CMU-MOSI (9 and 17)" in said_of
    assert "without words, left out: elsewhere." in said_of
    assert "no word lies, left out: v00_1, v01_1, v02_1, v03_1, v04_1 and 3 more." in said_of


@pytest.mark.parametrize(
    ("file", "root", "videos", "sentence"),
    [
        ("words", "w", {"v00": ([[1.0]], [[0, 1]])}, r"words.csd \('w'\) holds numbers and not words"),
        ("labels", "l", {"v00": ([["good"]], [[0, 1]])}, r"labels.csd \('l'\) holds words and not numbers"),
        ("labels", "l", {"v00": ([[1.0]], [[0, 99], [1, 2]])}, "has 1 features for 2 intervals"),
        ("labels", "l", {"v00": ([[1.0]], [[0, 99, 2]])}, r"intervals of shape \(1, 3\)"),
        ("labels", "l", {"v00": ([[1.0]], [[0, np.nan]])}, "intervals that are not finite"),
        ("labels", "l", {"v00": ([[3.5]], [[0, 99]])}, "gives clip 'v00_1' the label 3.5"),
        ("labels", "l", {"v00": ([[np.nan]], [[0, 99]])}, "gives clip 'v00_1' the label nan"),
        ("labels", "l", {"v99": ([[1.0]], [[0, 99]])}, "No word of words.csd lies in a label of labels.csd"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, file, root, videos, sentence):
    dataset(tmp_path)
    write_csd(tmp_path / f"{file}.csd", root, videos)
    with pytest.raises(DataError, match=sentence):
        read(tmp_path)


@pytest.mark.slow
def test_other_files_are_refused(tmp_path):
    said = dataset(tmp_path)
    with pytest.raises(DataError, match="There is no file"):
        read(tmp_path, [tmp_path / "none.csd"])
    (tmp_path / "text.csd").write_text("no HDF5")
    with pytest.raises(DataError, match=r"text\.csd is not a readable HDF5 file"):
        read(tmp_path, [tmp_path / "text.csd"])
    for name, keys in (("flat", ["data"]), ("odd", ["COVAREP/data/v00/features"]), ("empty", [])):
        with h5py.File(tmp_path / f"{name}.csd", "w") as file:
            for key in keys:
                file[key] = np.ones((2, 2))
    for name, sentence in (
        ("flat", "flat.csd holds no computational sequence"),
        ("empty", "empty.csd holds no computational sequence"),
        ("odd", "Video 'v00' of odd.csd has no intervals"),
    ):
        with pytest.raises(DataError, match=sentence):
            read(tmp_path, [tmp_path / f"{name}.csd"])
    rows = {v: (np.ones((3, 2 + (v == "v01"))), np.ones((3, 2))) for v in said}
    write_csd(tmp_path / "ragged.csd", "FACET", rows)
    with pytest.raises(DataError, match=r"Video 'v01' of ragged\.csd has 3 columns and others 2"):
        read(tmp_path, [tmp_path / "ragged.csd"])
    write_csd(tmp_path / "other.csd", "FACET", {"x": (np.ones((3, 2)), np.ones((3, 2)))})
    with pytest.raises(DataError, match=r"other\.csd has none of the videos"):
        read(tmp_path, [tmp_path / "other.csd"])
    with pytest.raises(DataError, match="There is nothing to measure words by"):
        read_csd(tmp_path / "words.csd", tmp_path / "labels.csd")


@pytest.mark.data
def test_mosi_agrees_with_its_label_csv_and_corrected_times(data_root):
    mosi = data_root / "mosi"
    words, labels = mosi / "CMU_MOSI_ModifiedTimestampedWords.csd", mosi / "CMU_MOSI_Opinion_Labels.csd"
    imported = read_csd(words, labels, embedder=Embedder())
    with (mosi / "label.csv").open(encoding="utf-8", newline="") as file:
        published = {f"{row['video_id']}_{row['clip_id']}": row for row in csv.DictReader(file)}
    assert len(imported.table) == 2197
    for e in imported.table:
        row = published[e.aligned.clip]
        assert e.label == pytest.approx(float(row["label"]), abs=1e-6)
        assert (e.split, e.speaker) == (row["mode"], row["video_id"])
    sentences = "\n".join(imported.findings)
    assert "0.00 as stored and 0.52 moved" in sentences
    assert "left out: 2WGyTLYerpo_44, VCslbP0mgZI_1." in sentences

    corrected = json.loads((mosi / "segment_words.json").read_text())
    near = total = same = 0
    for clip in read_clips(words, labels, Findings()):
        reference = [(w, a, b) for w, a, b in corrected[clip.name]["words"] if a is not None]
        same += [w for w, _, _ in reference] == list(clip.words)
        found = list(zip(clip.words, clip.spans.tolist(), strict=True))
        total += len(reference)
        for w, a, b in reference:
            near += any(w == text and max(abs(a - c), abs(b - d)) <= 0.02 for text, (c, d) in found)
    assert total == 27453
    assert near / total > 0.995
    assert same / 2197 > 0.87
