import numpy as np
import pytest
from mmsa_files import TEXTS, aligned, pad, written

from engine.formats import checks, mmsa
from engine.formats.mmsa import read_mmsa
from extraction.errors import DataError


@pytest.mark.parametrize(
    ("side", "audio_side"), [("right", None), ("left", None), ("right", "left"), ("left", "right")]
)
def test_pieces_become_words(tmp_path, side, audio_side):
    data, truth = aligned(side=side, audio_side=audio_side)
    imported = read_mmsa(written(tmp_path, data))
    first = next(iter(imported.table))
    assert first.aligned.clip == "videotrain_1"
    assert (first.speaker, first.split, first.label) == ("videotrain", "train", 1.8)
    assert [word.text for word in first.aligned.words] == TEXTS["train"][0].split()
    assert not first.aligned.words[0].timed
    for entry in imported.table:
        split, i = entry.split, int(entry.aligned.clip.split("_")[1]) - 1
        for m, key in (("A", "audio"), ("V", "vision")):
            np.testing.assert_allclose(entry.aligned.streams[m].values, truth[split, i, key], atol=1e-5)
            assert entry.aligned.streams[m].observed.all()
    assert f"audio: padded on the {audio_side or side}." in imported.findings
    assert f"text: padded on the {side}." in imported.findings


def test_specs_say_whose_features_they_are(tmp_path):
    specs = read_mmsa(written(tmp_path, aligned()[0])).table.specs
    assert [(m, s.name, s.dim) for m, s in specs.items()] == [
        ("T", "mmsa-own-text-768", 768), ("A", "mmsa-own-audio-5", 5), ("V", "mmsa-own-vision-20", 20)
    ]  # fmt: skip
    assert [s.names[0] for s in specs.values()] == ["bert_0", "covarep_0", "facet_0"]
    assert specs["T"].version == "mmsa-aligned/words-1"
    assert mmsa.corpus_of({"train": 1284, "valid": 229, "test": 686}) == "mosi"
    assert mmsa.corpus_of({"valid": 1869}) == "mosei"


def test_the_text_of_a_word_is_the_mean_of_its_pieces(tmp_path):
    data, _ = aligned()
    whole = read_mmsa(written(tmp_path, data)).table.entries[0].aligned
    pieces = read_mmsa(written(tmp_path, data), merge_pieces=False).table.entries[0].aligned
    assert [word.text for word in pieces.words] == ["a", "lot", "of", "phil", "##ly", "##d", "parts"]
    np.testing.assert_allclose(whole.streams["T"].values[3], pieces.streams["T"].values[3:6].mean(axis=0), atol=1e-6)
    assert whole.streams["T"].spec != pieces.streams["T"].spec


def test_a_text_that_is_not_in_the_file_is_spelt_from_its_pieces(tmp_path):
    data, _ = aligned()
    for fields in data.values():
        del fields["raw_text"]
    words = read_mmsa(written(tmp_path, data)).table.entries[0].aligned.words
    assert [word.text for word in words] == ["a", "lot", "of", "phillyd", "parts"]


def test_pieces_of_another_vocabulary_are_named_by_count(tmp_path):
    data, _ = aligned(texts={"train": ["我很喜欢", "A FILM THAT I LIKE"]})
    fields = data["train"]
    fields["text_bert"][:, 0] = 0
    fields["text_bert"][:, 1] = 0
    fields["text_bert"][0, 0, :6] = [101, 2769, 2523, 1599, 3614, 102]
    fields["text_bert"][1, 0, :5] = [101, 2769, 2523, 1599, 102]
    fields["text_bert"][:, 1] = fields["text_bert"][:, 0] > 0
    first, second = read_mmsa(written(tmp_path, data)).table
    assert [word.text for word in first.aligned.words] == ["我", "很", "喜", "欢"]
    assert [word.text for word in second.aligned.words] == ["w1", "w2", "w3"]
    assert mmsa.SPREAD not in read_mmsa(written(tmp_path, data)).findings


def test_missing_values_and_rows(tmp_path):
    data, _ = aligned()
    audio = data["train"]["audio"]
    audio[0, 1, 2] = -np.inf
    audio[0, 2] = np.nan
    data["train"]["vision"][0, 3] = 0
    imported = read_mmsa(written(tmp_path, data))
    streams = imported.table.entries[0].aligned.streams
    assert np.isnan(streams["A"].values[0]).tolist() == [False, False, True, False, False]
    assert streams["A"].observed.tolist() == [True, False, True, True, True]
    assert streams["V"].observed.tolist() == [True, True, False, True, True]
    assert any(s.startswith("Infinities in covarep_2 count as not measured") for s in imported.findings)


def test_without_pieces_a_row_is_a_word(tmp_path):
    data, _ = aligned(with_bert=False)
    imported = read_mmsa(written(tmp_path, data))
    assert [word.text for word in imported.table.entries[3].aligned.words] == ["w1", "w2", "w3"]  # [CLS] NO [SEP]
    for fields in data.values():
        for key in ("text", "audio", "vision"):
            fields[key] = fields[key][:, 1:]
    data["test"]["text"][0, 1:] = 0
    said = read_mmsa(written(tmp_path, data)).table.entries[3].aligned.words
    assert [word.text for word in said] == ["NO"]


def unaligned(*, side="right", lengths=True):
    data, _ = aligned()
    for fields in data.values():
        count = len(fields["id"])
        for key, dim, rows in (("audio", 5, 30), ("vision", 20, 40)):
            frames = np.random.default_rng(3).normal(size=(count, 20, dim)) + 5
            fields[key] = np.array([pad(f, rows, side) for f in frames], dtype=np.float32)
            if lengths:
                fields[f"{key}_lengths"] = [20] * count
    return data


@pytest.mark.parametrize(("side", "lengths"), [("right", True), ("right", False), ("left", True), ("left", False)])
def test_unaligned_frames_are_spread_over_the_words(tmp_path, side, lengths):
    data = unaligned(side=side, lengths=lengths)
    imported = read_mmsa(written(tmp_path, data))
    streams = imported.table.entries[0].aligned.streams
    audio = data["train"]["audio"][0]
    frames = audio[:20] if side == "right" else audio[-20:]
    np.testing.assert_allclose(streams["A"].values, frames.reshape(5, 4, 5).mean(axis=1), atol=1e-5)
    assert mmsa.SPREAD.format("audio and vision") in imported.findings
    assert streams["A"].spec.version == "mmsa-unaligned/words-1"


def test_lengths_hold_where_they_can_be_true(tmp_path):
    data = unaligned()
    data["train"]["audio"][0, 18:20] = 0  # the end of the clip, not measured
    data["train"]["vision_lengths"] = [3, 20]  # less than there is
    imported = read_mmsa(written(tmp_path, data))
    first = imported.table.entries[0].aligned.streams
    frames = data["train"]["audio"][0, :18]
    np.testing.assert_allclose(first["A"].values[4], frames[16:18].mean(axis=0), atol=1e-5)
    assert any("lengths in the file do not fit" in sentence for sentence in imported.findings)
    assert first["V"].observed.all()


def test_leaks_and_sizes_are_told(tmp_path):
    data, _ = aligned()
    data["test"]["id"] = np.array(["videotrain$_$1"])
    imported = read_mmsa(written(tmp_path, data))
    assert [e.aligned.clip for e in imported.table] == ["videotrain_2", "videovalid_1", "videotrain_1"]
    assert any(s.startswith("Error: 1 clip lies in two splits (videotrain_1)") for s in imported.findings)
    assert any(s.startswith("Leak: 1 speaker or video") for s in imported.findings)
    assert "train, valid, test: 2/1/1 clips, which are the sizes of no corpus known here." in imported.findings


def test_the_published_file_is_known(tmp_path, monkeypatch):
    path = written(tmp_path, aligned()[0])
    monkeypatch.setattr(mmsa, "published", lambda _: "This is the file.")
    assert read_mmsa(path).findings[0] == "This is the file."
    assert checks.published(path) is None


def without(key):
    def change(data):
        del data["train"][key]

    return change


def label(value):
    def change(data):
        data["train"]["regression_labels"][1] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without("regression_labels"), "has no 'regression_labels' in train"),
        (without("id"), "has no 'id' in train"),
        (without("text"), "has no text features"),
        (label(5), r"Clip 'videotrain_2' has the label 5, which does not lie in \[-3, 3\]"),
        (label(np.nan), "Clip 'videotrain_2' has the label nan"),
        (lambda d: d["train"].update(id=["one"]), r"parts of different lengths \(id 1, raw_text 2"),
        (lambda d: d["train"].update(audio=np.zeros((2, 3))), "has a 'audio' that is not one array of numbers"),
        (lambda d: d["train"].update(raw_text=[1, 2]), "has a 'raw_text' that is not text"),
        (lambda d: d.update(test=[1]), "has a split 'test' that is not a dictionary"),
        (lambda d: d.clear(), "is not a dictionary with train, valid and test"),
        (lambda d: [d.pop("train"), d.update(text=np.zeros((2, 3)))], "holds a single clip: import it as MMSA-FET"),
    ],
)
def test_other_layouts_are_refused(tmp_path, change, sentence):
    data, _ = aligned()
    change(data)
    with pytest.raises(DataError, match=sentence):
        read_mmsa(written(tmp_path, data))
