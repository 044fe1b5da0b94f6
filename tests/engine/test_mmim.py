import csv
import pickle

import numpy as np
import pytest

from engine.formats.mmim import read_mmim
from engine.formats.mmsa import SPREAD
from extraction.errors import DataError
from extraction.fakes import FakeEmbedder


class Embedder:
    def embed_many(self, sequences):
        return [FakeEmbedder().embed(words) for words in sequences]


def item(words, segment, label=1.8, *, seen=8, heard=6):
    rng = np.random.default_rng(0)
    visual, acoustic = rng.normal(size=(seen + 2, 20)), rng.normal(size=(heard, 5))
    features = ([], visual, acoustic, list(words), np.int64(seen), np.int64(heard))
    return features, np.array([[label]], dtype=np.float32), segment


def written(tmp_path, data):
    path = tmp_path / "valid.pkl"
    path.write_bytes(pickle.dumps(data, protocol=3))
    return path


def test_frames_are_spread_over_the_words(tmp_path):
    items = [item(["SO", "GOOD"], "abc_7"), item(["BAD"], "x_y_1", -3)]
    imported = read_mmim(written(tmp_path, items), Embedder(), "valid")
    first, second = imported.table
    assert (first.aligned.clip, first.speaker, first.split, first.label) == ("abc_7", "abc", "valid", 1.8)
    assert second.speaker == "x_y"
    _, visual, acoustic, *_ = items[0][0]
    np.testing.assert_allclose(first.aligned.streams["V"].values, visual[:8].reshape(2, 4, 20).mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(first.aligned.streams["A"].values, acoustic.reshape(2, 3, 5).mean(axis=1), atol=1e-6)
    assert imported.findings[0] == SPREAD.format("audio and vision")
    specs = imported.table.specs
    assert specs["A"].names == ("covarep_1", "covarep_3", "covarep_6", "covarep_25", "covarep_60")
    assert specs["V"].names[19] == "facet_19"


def test_splits(tmp_path):
    data = {"train": [item(["A"], "a_1")], "dev": [item(["B"], "b_1")], "test": [item(["C"], "c_1")]}
    assert [entry.split for entry in read_mmim(written(tmp_path, data), Embedder()).table] == ["train", "valid", "test"]
    (entry,) = read_mmim(written(tmp_path, data["train"]), Embedder()).table
    assert entry.split is None


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "holds no clips"),
        ([(item(["A"], "a_1")[0][:3], 1.0, "a_1")], "no words or no frames"),
        ([(([], np.zeros(3), np.zeros((2, 5)), ["A"]), 1.0, "a_1")], "no words or no frames"),
        ([item(["A"], "a_1", -3.5)], "Clip 'a_1' has the label -3.5"),
    ],
)
def test_other_layouts_are_refused(tmp_path, data, sentence):
    with pytest.raises(DataError, match=sentence):
        read_mmim(written(tmp_path, data), Embedder())


@pytest.mark.data
def test_the_validation_fold_of_mosi(data_root):
    imported = read_mmim(data_root / "mosi" / "valid_unaligned_mmim.pkl", Embedder(), "valid")
    assert {m: spec.dim for m, spec in imported.table.specs.items() if m != "T"} == {"A": 5, "V": 20}
    assert "valid: 229 clips, as in CMU-MOSI." in imported.findings
    with (data_root / "mosi" / "label.csv").open(encoding="utf-8", newline="") as file:
        rows = {f"{row['video_id']}_{row['clip_id']}": row for row in csv.DictReader(file)}
    for entry in imported.table:
        row = rows[entry.aligned.clip]
        assert (row["mode"], row["video_id"]) == ("valid", entry.speaker)
        assert entry.label == pytest.approx(float(row["label"]), abs=1e-6)
        assert row["text"].split() == [word.text for word in entry.aligned.words]
    assert len(imported.table) == 229
    assert sum(len(entry.aligned.words) for entry in imported.table) == 2557
