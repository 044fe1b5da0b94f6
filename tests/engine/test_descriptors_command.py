"""`s2s descriptors`, and the sets it lists wherever a clip is measured."""

import json
import shutil

import pytest
from glove_files import vectors as small_vectors
from glove_files import write_text

from extraction.store import read_table

SAID = "I loved this film so much and the ending made me smile but the middle was slow and so boring"


def test_the_columns_of_a_set_are_listed(s2s):
    code, out, _ = s2s("descriptors", "glottal", "--json")
    assert code == 0
    (listed,) = json.loads(out)["sets"]
    assert (listed["set"], listed["modality"], listed["terms"]) == ("glottal", "A", "free")
    columns = {column["name"]: column for column in listed["columns"]}
    assert columns["H1-H2 [dB]"].pop("note").startswith("without COVAREP's zeros beside unvoiced gaps")
    assert columns["H1-H2 [dB]"] == {
        **{"name": "H1-H2 [dB]", "unit": "dB"},
        **{"family": "glottal source", "source": "Titze and Sundberg 1992"},
    }
    assert "note" not in columns["F0 [Hz]"]
    code, out, _ = s2s("descriptors", "librosa")
    assert code == 0
    assert "spectral centroid" in out
    assert "[Hz]" not in out  # the unit has a column of its own
    assert "note" not in out  # nor is there one for notes where there are none
    plain = s2s("descriptors", "glottal")[1]
    assert "note" in plain.splitlines()[2]
    assert plain.count("Davis and Mermelstein 1980") == 1  # a ditto mark in the eleven rows after it
    code, out, _ = s2s("descriptors", "glottal-covarep")
    assert code == 0
    assert "Rd confidence" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("descriptors", "covarep"), "no descriptor set 'covarep': choose from egemaps, compare, librosa, glottal"),
        (("extract", "a.mp4", "-o", "a.parquet", "--audio", "covarep"), "no audio descriptor set 'covarep'"),
        (("extract", "a.mp4", "-o", "a.parquet", "--face", "egemaps"), "no face descriptor set 'egemaps'"),
    ],
)
def test_an_unknown_set_is_a_sentence(s2s, arguments, sentence):
    code, _, err = s2s(*arguments)
    assert code == 2
    assert sentence in err.replace("\n", " ")


@pytest.mark.slow
def test_words_are_embedded_as_one_option_says(s2s, tmp_path):
    vectors = write_text(tmp_path / "glove.txt", small_vectors())
    rows = ["video_id,clip_id,text,label,annotation,mode"]
    for i, split in enumerate(("train", "train", "valid", "valid", "test", "test")):
        rows.append(f"v{i},1,good fine day,{(-1) ** i * 2},,{split}")
    (tmp_path / "label.csv").write_text("\n".join(rows) + "\n")
    where = ("--data", tmp_path / "label.csv", "--embedder", vectors, "--runs", tmp_path / "runs")
    tiny = ("--regression", "hidden=3", "--regression", "epochs=1", "--seeds", "1")
    assert s2s("train", "T", *where, *tiny)[0] == 0
    (card,) = (tmp_path / "runs").rglob("card.json")
    assert json.loads(card.read_text())["specs"]["T"]["name"].startswith("glove-")
    assert s2s("evaluate", "T", *where)[0] == 0
    code, _, err = s2s("evaluate", "T", *where[:2], "--embedder", tmp_path / "none", *where[4:])
    assert code == 2
    assert "There is no embedder" in err


@pytest.mark.models
def test_a_clip_is_measured_as_the_model_that_reads_it_wants(s2s, sample_clip, tmp_path):
    rows = ["file,text,label,split,speaker"]
    for i, split in enumerate(("train", "train", "valid", "valid", "test", "test")):
        shutil.copy(sample_clip, tmp_path / f"clip{i}.mp4")
        rows.append(f"clip{i}.mp4,{SAID},{(-1) ** i * 2},{split},s{i}")
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    made = s2s(
        "extract", tmp_path / "list.csv", "-o", tmp_path / "t.parquet", "--modalities", "A", "--audio", "librosa"
    )
    assert made[0] == 0, made[2]
    table = read_table(tmp_path / "t.parquet")
    assert table.specs["A"].name == "librosa+mfcc12+pitch"
    tiny = ("--regression", "hidden=3", "--regression", "epochs=1", "--seeds", "1", "--runs", tmp_path / "runs")
    trained = s2s("train", "A", "--data", tmp_path / "t.parquet", *tiny)
    assert trained[0] == 0, trained[2]
    (tmp_path / "said.txt").write_text(SAID)
    (folder,) = (card.parent for card in (tmp_path / "runs").rglob("card.json"))
    read = s2s("predict", sample_clip, "--checkpoint", folder, "--transcript", tmp_path / "said.txt")
    assert read[0] == 0, read[2]
    assert "on a scale from -3 to +3" in read[1]
