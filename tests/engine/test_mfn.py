"""MFN's HDF5 folders: made ones with every trap, and the real ICT-MMMO, whose published figures come out again."""

import h5py
import numpy as np
import pytest

from engine.formats.mfn import read_mfn
from extraction.errors import DataError


def write(folder, name, values, dataset="data"):
    with h5py.File(folder / f"{name}.h5", "w") as file:
        file[dataset] = np.asarray(values, dtype=np.float64)


def padded(rng, words, dim, steps=6):
    x = np.zeros((len(words), steps, dim))
    for i, n in enumerate(words):
        x[i, steps - n :] = rng.normal(size=(n, dim))
    return x


def new_data(folder, *, text=("valid", "test"), labels=(1, 4.5, 5)):
    """Three clips a split, with 1, 3 and 6 words; text for some splits only."""
    rng = np.random.default_rng(0)
    arrays = {}
    for split in ("train", "valid", "test"):
        arrays[f"audio_{split}"] = padded(rng, (1, 3, 6), 4)
        arrays[f"video_{split}"] = padded(rng, (1, 3, 6), 3)
        if split in text:
            arrays[f"text_{split}_emb"] = padded(rng, (1, 3, 6), 5)
        arrays[f"y_{split}"] = np.array(labels)
    for name, values in arrays.items():
        write(folder, name, values, "d1")
    return arrays


def test_clips_lose_their_padding_and_keep_their_numbers(tmp_path):
    arrays = new_data(tmp_path)
    table = read_mfn(tmp_path).table
    assert [e.aligned.clip for e in table] == [f"{s}_{i:04d}" for s in ("train", "valid", "test") for i in range(3)]
    assert [e.split for e in table] == ["train"] * 3 + ["valid"] * 3 + ["test"] * 3
    assert [len(e.aligned.words) for e in table] == [1, 3, 6] * 3
    assert [w.text for w in table.entries[1].aligned.words] == ["w1", "w2", "w3"]
    assert not table.entries[1].aligned.words[0].timed
    for m, name in (("A", "audio_valid"), ("V", "video_valid"), ("T", "text_valid_emb")):
        stream = table.entries[4].aligned.streams[m]
        np.testing.assert_allclose(stream.values, arrays[name][1, 3:], rtol=1e-6)
        assert stream.observed.all()
    assert {m: s.dim for m, s in table.specs.items()} == {"T": 5, "A": 4, "V": 3}


def test_a_modality_without_a_split_is_not_observed_there(tmp_path):
    new_data(tmp_path)
    table, findings = (imported := read_mfn(tmp_path)).table, imported.findings
    assert not table.entries[0].aligned.streams["T"].observed.any()
    assert "There is no text for train: it is not observed in these clips." in findings
    assert any("neither words nor speakers" in sentence for sentence in findings)
    assert set(read_mfn(tmp_path, modalities=("A",)).table.specs) == {"A"}


def test_labels_are_shifted_to_a_neutral_zero(tmp_path):
    new_data(tmp_path)
    imported = read_mfn(tmp_path)
    assert [e.label for e in imported.table][:3] == [-2, 1.5, 2]
    assert any("[1, 5]: 3 is taken off, to [-2, 2]" in sentence for sentence in imported.findings)
    new_data(tmp_path, labels=(-3, 0, 2.4))
    imported = read_mfn(tmp_path)
    assert [e.label for e in imported.table][:3] == [-3, 0, 2.4]
    assert not any("taken off" in sentence for sentence in imported.findings)
    new_data(tmp_path, labels=(1, 6.5, 7))
    assert [e.label for e in read_mfn(tmp_path).table][:3] == [-3, 2.5, 3]
    new_data(tmp_path, labels=(0, 50, 100))
    with pytest.raises(DataError, match=r"lie in \[0, 100\]: sentiment in"):
        read_mfn(tmp_path)


def test_zero_rows_sentinels_and_infinities_are_missing(tmp_path):
    arrays = new_data(tmp_path)
    audio, video = arrays["audio_train"], arrays["video_train"]
    audio[2, 1] = 0  # a word without audio
    video[2, 5] = audio[2, 5] = 0  # the last step holds nothing in any modality
    audio[2, 2, 0], audio[2, 3, 1] = -255, -np.inf
    audio[0] = video[0] = 0
    write(tmp_path, "audio_train", audio, "d1")
    write(tmp_path, "video_train", video, "d1")
    imported = read_mfn(tmp_path)
    assert imported.table.entries[0].aligned.clip == "train_0001"
    clip = imported.table.entries[1].aligned
    assert len(clip.words) == 5
    a = clip.streams["A"]
    assert a.observed.tolist() == [True, False, True, True, True]
    assert np.argwhere(np.isnan(a.values) & a.observed[:, None]).tolist() == [[2, 0], [3, 1]]
    for column in ("audio_0", "audio_1"):
        assert any(column in sentence and "not measured" in sentence for sentence in imported.findings)
    assert "Clips of train that are zero throughout and left out: 1." in imported.findings


def test_the_layout_with_all_modalities_in_one_file(tmp_path):
    x = padded(np.random.default_rng(0), (2, 4), 325)
    write(tmp_path, "X_train", x)
    write(tmp_path, "y_train", [0.5, -1])
    table = read_mfn(tmp_path).table
    assert {m: s.dim for m, s in table.specs.items()} == {"T": 300, "A": 5, "V": 20}
    np.testing.assert_allclose(table.entries[1].aligned.streams["A"].values, x[1, 2:, 300:305], rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("audio_train", np.ones((2, 6, 4)), "The train files of .* do not fit each other"),
        ("audio_train", np.ones((3, 5, 4)), "do not fit each other"),
        ("audio_train", np.ones((3, 6, 9)), "The audio of valid has 4 columns and that of another split 9"),
        ("audio_train", np.ones((3, 6)), r"audio_train.h5 is of shape \(3, 6\)"),
        ("y_train", np.ones((3, 4)), r"y_train.h5 has \(4,\) numbers a clip"),
        ("X_train", np.ones((3, 6, 9)), "X_train.h5 is of shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, name, values, sentence):
    new_data(tmp_path)
    write(tmp_path, name, values)
    with pytest.raises(DataError, match=sentence):
        read_mfn(tmp_path)


def test_other_folders_and_files_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"has no split with labels and measurements"):
        read_mfn(tmp_path)
    write(tmp_path, "y_train", [1.0])
    with pytest.raises(DataError, match="has no split with labels and measurements"):
        read_mfn(tmp_path)
    write(tmp_path, "audio_train", np.ones((1, 2, 3)))
    with pytest.raises(DataError, match="has no file for any modality asked for"):
        read_mfn(tmp_path, modalities=("V",))
    (tmp_path / "audio_train.h5").write_bytes(b"no HDF5")
    with pytest.raises(DataError, match=r"audio_train\.h5 is not a readable HDF5 file"):
        read_mfn(tmp_path)
    with h5py.File(tmp_path / "audio_train.h5", "w") as file:
        file["a"], file["b"] = [1.0], [2.0]
    with pytest.raises(DataError, match=r"audio_train\.h5 does not hold one array of numbers"):
        read_mfn(tmp_path)


def pooled(entries, modality):
    """Mean over each clip's observed words (N, D); a column never observed in a clip takes the mean over clips."""
    rows = np.full((len(entries), entries[0].aligned.streams[modality].spec.dim), np.nan)
    for i, entry in enumerate(entries):
        values = entry.aligned.streams[modality].values.astype(np.float64)
        count = (~np.isnan(values)).sum(axis=0)
        rows[i] = np.divide(np.nansum(values, axis=0), count, out=rows[i], where=count > 0)
    return rows


@pytest.mark.data
def test_ict_mmmo(data_root):
    """Counts, the constant's error, and how well a ridge on mean-pooled modalities does: the file's known figures."""
    from sklearn.linear_model import Ridge

    imported = read_mfn(data_root / "mmmo")
    part = {s: [e for e in imported.table if e.split == s] for s in ("train", "valid", "test")}
    assert {s: len(entries) for s, entries in part.items()} == {"train": 220, "valid": 40, "test": 80}
    assert {m: s.dim for m, s in imported.table.specs.items()} == {"T": 300, "A": 74, "V": 36}
    y = {s: np.array([e.label for e in entries]) for s, entries in part.items()}
    assert min(map(np.min, y.values())) == -2
    assert max(map(np.max, y.values())) == 2
    assert np.abs(y["test"] - np.median(y["train"])).mean() == pytest.approx(1.181, abs=5e-4)
    reached = {}
    for modality, fitted in (("A", "train"), ("V", "train"), ("T", "valid")):
        x, other = pooled(part[fitted], modality), pooled(part["test"], modality)
        mean = np.nanmean(x, axis=0)
        x, other = np.where(np.isnan(x), mean, x), np.where(np.isnan(other), mean, other)
        guess = Ridge(alpha=30).fit(x, y[fitted]).predict(other)
        reached[modality] = np.corrcoef(guess, y["test"])[0, 1]
    assert reached == pytest.approx({"A": 0.367, "V": 0.128, "T": 0.377}, abs=0.02)
    assert any("no text for train" in sentence for sentence in imported.findings)
    assert any("[1, 5]" in sentence for sentence in imported.findings)
