import pickle

import numpy as np
import pytest

from engine.formats.mmsa import SPREAD
from engine.formats.mult import read_mult
from extraction.errors import DataError

WORDS = ("a", "good", "film", "no")
VECTORS = np.random.default_rng(0).normal(size=(4, 300)).astype(np.float32)
SAID = {"train": [[0, 1, 2], [1]], "valid": [[3, 2]], "test": [[0, 2, 1, 3]]}
L = 6


def pad(rows, length, side):
    blank = np.zeros((length - len(rows), rows.shape[1]))
    return np.concatenate([blank, rows] if side == "left" else [rows, blank])


def mosi(*, side="left", audio_side=None, frames=0):
    """MulT's layout; with `frames`, each clip's audio and video are that many rows, not aligned."""
    rng = np.random.default_rng(1)
    data = {}
    for split, said in SAID.items():
        fields = {"text": [], "audio": [], "vision": []}
        for words in said:
            fields["text"].append(pad(VECTORS[words], L, side))
            for key, dim in (("audio", 5), ("vision", 20)):
                rows = rng.normal(size=(frames or len(words), dim))
                padded = (audio_side or side) if key == "audio" else side
                fields[key].append(pad(rows, 3 * frames + 1 if frames else L, padded))
        data[split] = {key: np.array(value, dtype=np.float32) for key, value in fields.items()}
        names = [f"WKA5Oyg{split[:4]:_<4}_{i}" for i in range(len(said))]
        data[split]["id"] = np.array([[name.encode()] * 3 for name in names])
        data[split]["labels"] = np.linspace(-1.8, 3, len(said)).reshape(-1, 1, 1)
    return data


def written(tmp_path, data, protocol=2):
    path = tmp_path / "mosi_data.pkl"
    path.write_bytes(pickle.dumps(data, protocol=protocol))
    return path


SIDES = [("left", None), ("right", None), ("left", "right"), ("right", "left")]


@pytest.mark.parametrize(("side", "audio_side"), SIDES)
def test_aligned_rows_are_words(tmp_path, side, audio_side):
    data = mosi(side=side, audio_side=audio_side)
    imported = read_mult(written(tmp_path, data))
    assert [len(entry.aligned.words) for entry in imported.table] == [3, 1, 2, 4]
    first = imported.table.entries[0]
    assert (first.aligned.clip, first.speaker, first.label) == ("WKA5Oygtrai_0", "WKA5Oygtrai", -1.8)
    audio = data["train"]["audio"][0]
    rows = audio[:3] if (audio_side or side) == "right" else audio[-3:]
    np.testing.assert_array_equal(first.aligned.streams["A"].values, rows)
    np.testing.assert_array_equal(first.aligned.streams["T"].values, VECTORS[:3])
    assert [word.text for word in first.aligned.words] == ["w1", "w2", "w3"]
    assert "The file does not say which words were spoken, so they are called w1, w2 and so on." in imported.findings
    assert f"audio: padded on the {audio_side or side}." in imported.findings
    assert [(s.name, s.names[0]) for s in imported.table.specs.values()] == [
        ("mult-own-text-300", "glove_0"), ("mult-own-audio-5", "covarep_0"), ("mult-own-vision-20", "facet_0")
    ]  # fmt: skip


def test_words_are_named_by_their_vectors(tmp_path):
    data = mosi()
    imported = read_mult(written(tmp_path, data), (WORDS[:3], VECTORS[:3] + 1e-6))
    assert [[w.text for w in e.aligned.words] for e in imported.table] == [
        ["a", "good", "film"], ["good"], ["<unk>", "film"], ["a", "film", "good", "<unk>"]
    ]  # fmt: skip


def test_a_word_without_a_vector_at_the_padded_end_is_a_word(tmp_path):
    data = mosi()
    data["train"]["text"][0, -3] = 0  # the first word
    data["train"]["vision"][0, -1] = 0
    imported = read_mult(written(tmp_path, data))
    streams = imported.table.entries[0].aligned.streams
    assert streams["T"].observed.tolist() == [False, True, True]
    assert streams["V"].observed.tolist() == [True, True, False]


def test_infinities_count_as_not_measured(tmp_path):
    data = mosi()
    data["valid"]["audio"][0, -1, 3] = -np.inf
    data["train"]["audio"][1] = np.where(data["train"]["audio"][1] == 0, -np.inf, data["train"]["audio"][1])
    imported = read_mult(written(tmp_path, data))
    assert np.isnan(imported.table.entries[2].aligned.streams["A"].values[1]).tolist() == [False] * 3 + [True, False]
    assert len(imported.table.entries[1].aligned.words) == 1
    assert "Infinities in covarep_3 count as not measured (1 of 10 values)." in imported.findings


@pytest.mark.parametrize("side", ["left", "right"])
def test_frames_are_spread(tmp_path, side):
    data = mosi(side=side, frames=6)
    imported = read_mult(written(tmp_path, data))
    vision = data["train"]["vision"][0]
    rows = vision[:6] if side == "right" else vision[-6:]
    values = imported.table.entries[0].aligned.streams["V"].values
    np.testing.assert_allclose(values, rows.reshape(3, 2, 20).mean(axis=1), atol=1e-6)
    assert SPREAD.format("audio and vision") in imported.findings


def test_more_words_than_frames(tmp_path):
    data = mosi(frames=2)
    values = read_mult(written(tmp_path, data)).table.entries[3].aligned.streams["A"].values
    rows = data["test"]["audio"][0, -2:]
    np.testing.assert_array_equal(values, rows[[0, 0, 1, 1]])


def test_mosei_has_times_in_its_ids(tmp_path):
    data = mosi()
    for split, fields in data.items():
        fields["id"] = np.array([[f"-3g5yACwY{split[:2]}", f"{i}.5", f"{i + 4}.25"] for i in range(len(SAID[split]))])
    first = read_mult(written(tmp_path, data)).table.entries[0]
    assert (first.aligned.clip, first.speaker, first.aligned.duration) == ("-3g5yACwYtr_0.5_4.25", "-3g5yACwYtr", 3.75)


def test_multibench_counts_from_nought(tmp_path):
    data = mosi()
    for split, fields in data.items():
        fields["id"] = np.array([f"{split}[{i}]" for i in range(len(SAID[split]))], dtype=object)
        fields["labels"] = np.concatenate([fields["labels"].reshape(-1, 1), np.ones((len(SAID[split]), 6))], axis=1)
    imported = read_mult(written(tmp_path, data, protocol=4))
    assert [entry.aligned.clip for entry in imported.table] == ["train_1", "train_2", "valid_1", "test_1"]
    assert imported.table.entries[0].label == -1.8
    assert any("are called video_(k+1)" in sentence for sentence in imported.findings)


def test_a_clip_without_words_is_left_out(tmp_path):
    data = mosi()
    for key in ("text", "audio", "vision"):
        data["train"][key][1] = 0
    imported = read_mult(written(tmp_path, data))
    assert len(imported.table) == 3
    assert "Clips without a word in them are left out: 1." in imported.findings
    for fields in data.values():
        for key in ("text", "audio", "vision"):
            fields[key][:] = 0
    with pytest.raises(DataError, match="no clip with words"):
        read_mult(written(tmp_path, data))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d["train"].pop("labels"), "has no 'labels' in train"),
        (lambda d: d["train"].pop("audio"), "has no 'audio'"),
        (lambda d: d["train"].update(id=[3, 4]), "has an 'id' that is not text"),
        (lambda d: d["train"].update(labels=["good", "bad"]), "has a 'labels' that is not a number for each clip"),
        (lambda d: d["test"]["labels"].fill(9), "Clip 'WKA5Oygtest_0' has the label 9"),
        (lambda d: d.update({s: {} for s in d}), "has no clips in any split"),
    ],
)
def test_other_layouts_are_refused(tmp_path, change, sentence):
    data = mosi()
    change(data)
    with pytest.raises(DataError, match=sentence):
        read_mult(written(tmp_path, data))
