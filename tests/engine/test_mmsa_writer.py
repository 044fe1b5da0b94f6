import pickle
from dataclasses import replace

import numpy as np
import pytest
from synthetic import table

from engine.formats.mmsa import read_mmsa
from engine.formats.mmsa_writer import write_mmsa
from engine.formats.restricted_pickle import load
from engine.formats.word_pieces import word_pieces
from extraction.errors import DataError
from extraction.store import WordTable, make_table
from extraction.types import Word


def ours(**options):
    """A word table whose clips are called after their speakers, with words of one piece and of several."""
    made = table(clips=8, missing=0.2, **options)
    entries = []
    for entry in made:
        aligned = entry.aligned
        said = tuple(Word(f"{w.text} {i}".replace(" ", "")) for i, w in enumerate(aligned.words))
        said = (Word("PHILLYD"), *said[1:])
        entries.append(replace(entry, aligned=replace(aligned, clip=f"{entry.speaker}_{aligned.clip}", words=said)))
    return make_table(entries)


@pytest.mark.slow
@pytest.mark.parametrize("aligned", [True, False])
def test_what_was_written_is_read_back(tmp_path, aligned):
    before = ours()
    write_mmsa(before, tmp_path / "ours.pkl", aligned=aligned)
    after = {entry.aligned.clip: entry for entry in read_mmsa(tmp_path / "ours.pkl").table}
    assert len(after) == len(before)
    for entry in before:
        read = after[entry.aligned.clip]
        assert (read.split, read.speaker, read.label) == (entry.split, entry.speaker, entry.label)
        assert [w.text for w in read.aligned.words] == [w.text for w in entry.aligned.words]
        for m, stream in entry.aligned.streams.items():
            np.testing.assert_allclose(read.aligned.streams[m].values, stream.values, atol=1e-6)
            assert read.aligned.streams[m].observed.tolist() == stream.observed.tolist()


@pytest.mark.parametrize("aligned", [True, False])
def test_the_file_is_what_mmsa_reads(tmp_path, aligned):
    path = tmp_path / "ours.pkl"
    write_mmsa(ours(), path, aligned=aligned)
    data = pickle.loads(path.read_bytes())  # noqa: S301
    assert list(data) == ["train", "valid", "test"]
    for split, fields in load(path).items():
        for key, value in fields.items():
            np.testing.assert_array_equal(data[split][key], value)
    train = data["train"]
    count, length = len(train["id"]), train["text"].shape[1]
    assert {key for key in train if key.endswith("_lengths")} == (
        set() if aligned else {"audio_lengths", "vision_lengths"}
    )
    assert train["text_bert"].shape == (count, 3, length)
    assert train["text"].dtype == train["audio"].dtype == train["regression_labels"].dtype == np.float32
    assert (train["audio"].shape[1] == length) is aligned
    assert train["id"][0].count("$_$") == 1
    bert = train["text_bert"][0]
    used = bert[1].sum()
    assert (bert[0, 0], bert[0, used - 1], bert[0, used:].any()) == (101, 102, False)
    assert word_pieces().tokens(bert[0, 1:4]) == ["phil", "##ly", "##d"]
    assert not np.isnan(train["audio"]).any()
    labels = train["regression_labels"]
    assert train["classification_labels"].tolist() == [int(np.sign(x)) + 1 for x in labels]
    assert train["annotations"] == [("Negative", "Neutral", "Positive")[int(np.sign(x)) + 1] for x in labels]
    assert isinstance(train["raw_text"][0], str)
    if not aligned:
        assert train["audio_lengths"] == [len(text.split()) for text in train["raw_text"]]


def test_it_asks_for_numpy_by_the_old_name(tmp_path):
    path = tmp_path / "ours.pkl"
    write_mmsa(ours(), path)
    assert b"numpy._core" not in path.read_bytes()
    assert b"numpy.core.multiarray" in path.read_bytes()


def test_longer_clips_are_cut(tmp_path):
    path = tmp_path / "ours.pkl"
    write_mmsa(ours(), path, length=5)
    data = load(path)
    assert data["train"]["text"].shape[1] == 5
    assert (data["train"]["text_bert"][:, 0, -1] == 102).any()
    assert [w.text for w in read_mmsa(path).table.entries[0].aligned.words] == ["PHILLYD"]
    with pytest.raises(DataError, match="2 word pieces have no place for a word"):
        write_mmsa(ours(), path, length=2)


def test_what_the_format_needs_is_asked_for(tmp_path):
    path = tmp_path / "ours.pkl"
    whole = ours()
    with pytest.raises(DataError, match="has no video features, which MMSA's file needs"):
        write_mmsa(ours(modalities="TA"), path)
    with pytest.raises(DataError, match="has no train and no valid and no test split"):
        write_mmsa(ours(splits=False), path)
    unlabelled = tuple(replace(entry, label=None) for entry in whole)
    with pytest.raises(DataError, match="has no label, which MMSA's file needs"):
        write_mmsa(WordTable(whole.specs, unlabelled), path)
    assert not path.exists()


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written .*: choose another place"):
        write_mmsa(ours(), tmp_path / "file" / "ours.pkl")


def test_names_without_a_speaker(tmp_path):
    entries = [
        replace(entry, speaker=None, aligned=replace(entry.aligned, clip=name))
        for entry, name in zip(ours(), ["abc_7", "film", "a_b_3", "_8", "e", "f", "g", "h"], strict=True)
    ]
    write_mmsa(make_table(entries), tmp_path / "ours.pkl")
    data = load(tmp_path / "ours.pkl")
    found = {name for fields in data.values() for name in fields["id"]}
    assert {"abc$_$7", "film$_$film", "a_b$_$3", "_8$_$_8"} <= found
