import csv
import pickle

import numpy as np
import pytest

from engine.formats.misa import read_misa
from extraction.errors import DataError
from extraction.fakes import FakeEmbedder


class Embedder:
    def embed_many(self, sequences):
        return [FakeEmbedder().embed(words) for words in sequences]


def item(words, segment, label=1.8, offset=5.0):
    rng = np.random.default_rng(len(words))
    visual, acoustic = (rng.normal(size=(len(words), dim)).astype(np.float32) + offset for dim in (47, 74))
    return (np.arange(len(words)), visual, acoustic, list(words)), np.array([[label]], dtype=np.float32), segment


def written(tmp_path, data):
    path = tmp_path / "mosi.pkl"
    path.write_bytes(pickle.dumps(data, protocol=3))
    return path


@pytest.mark.parametrize("split", ["valid", None])
def test_a_bare_list(tmp_path, split):
    items = [item(["so", "good"], "abc[6]"), item(["bad"], "x_y[0]", -3)]
    imported = read_misa(written(tmp_path, items), Embedder(), split)
    first, second = imported.table
    assert (first.aligned.clip, first.speaker, first.split, first.label) == ("abc_7", "abc", split, 1.8)
    assert (second.aligned.clip, second.speaker) == ("x_y_1", "x_y")
    assert [word.text for word in first.aligned.words] == ["so", "good"]
    np.testing.assert_array_equal(first.aligned.streams["V"].values, items[0][0][1])
    np.testing.assert_array_equal(first.aligned.streams["A"].values, items[0][0][2])
    np.testing.assert_array_equal(first.aligned.streams["T"].values, FakeEmbedder().embed(["so", "good"]).values)
    specs = imported.table.specs
    assert list(specs) == ["T", "A", "V"]
    assert (specs["A"].names[73], specs["V"].names[46]) == ("covarep_73", "facet_46")
    assert any("are called video_(k+1)" in sentence for sentence in imported.findings)
    assert not any("normalised" in sentence for sentence in imported.findings)


def test_lists_under_train_dev_and_test(tmp_path):
    data = {
        "train": [item(["a", "b"], "one[0]")],
        "dev": [item(["c", "d"], "two[0]")],
        "test": [item(["e", "f"], "one[1]")],
    }
    imported = read_misa(written(tmp_path, data), Embedder())
    assert [entry.split for entry in imported.table] == ["train", "valid", "test"]
    assert "Leak: 1 speaker or video lies in two splits (one)." in imported.findings


def test_normalisation_within_clips_is_told(tmp_path):
    (ids, visual, acoustic, words), label, segment = item(["a", "b", "c"], "one[0]")
    visual, acoustic = visual - visual.mean(axis=0), acoustic - acoustic.mean(axis=0)
    imported = read_misa(written(tmp_path, [((ids, visual, acoustic, words), label, segment)]), Embedder())
    assert any("normalised within each clip" in sentence for sentence in imported.findings)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"a": 1}, "is not a list of clips"),
        ([], "holds no clips"),
        ([1], r"clip 1 is not \(features, label, segment\)"),
        ([(item(["a"], "x[0]")[0][:3], 1.0, "x[0]")], "holds word numbers and no words"),
        ([((*item(["a"], "x[0]")[0][:3], ["a", "b"]), 1.0, "x[0]")], "words and features differ in number"),
        ([item(["a"], "x[0]", 4)], "Clip 'x_1' has the label 4"),
        ([item(["a"], 7)], "has a 'segment' that is not text"),
    ],
)
def test_other_layouts_are_refused(tmp_path, data, sentence):
    with pytest.raises(DataError, match=sentence):
        read_misa(written(tmp_path, data), Embedder())


def test_an_unknown_split_is_refused(tmp_path):
    with pytest.raises(DataError, match="'dev' is not a split: say train, valid or test"):
        read_misa(written(tmp_path, [item(["a"], "x[0]")]), Embedder(), "dev")


@pytest.mark.data
def test_the_validation_fold_of_mosi(data_root):
    imported = read_misa(data_root / "mosi" / "valid_word_aligned_misa.pkl", Embedder(), "valid")
    assert {m: spec.dim for m, spec in imported.table.specs.items() if m != "T"} == {"A": 74, "V": 47}
    assert imported.table.specs["A"].name == "misa-mosi-audio-74"
    assert "valid: 229 clips, as in CMU-MOSI." in imported.findings
    assert any("normalised within each clip" in sentence for sentence in imported.findings)
    with (data_root / "mosi" / "label.csv").open(encoding="utf-8", newline="") as file:
        rows = {f"{row['video_id']}_{row['clip_id']}": row for row in csv.DictReader(file)}
    differing = 0
    for entry in imported.table:
        row = rows[entry.aligned.clip]
        assert (row["mode"], row["video_id"]) == ("valid", entry.speaker)
        assert entry.label == pytest.approx(float(row["label"]), abs=1e-6)
        differing += row["text"].lower().split() != [word.text for word in entry.aligned.words]
    assert differing == 40  # clips whose words without a GloVe vector are left out
    assert len(imported.table) == 229
    assert sum(len(entry.aligned.words) for entry in imported.table) == 2524
