"""`s2s import` and `s2s export`, from foreign files to a table's summary and back."""

import json

import numpy as np
import pytest
from csd_files import dataset
from glove_files import vectors, write_text
from synthetic import table

from engine.labelled_tables import table_path
from extraction.errors import InputError
from extraction.store import read_table, write_table


@pytest.fixture
def glove(tmp_path):
    return write_text(tmp_path / "glove.txt", vectors())


LABELS = "video_id,clip_id,text,label,annotation,mode\na,1,GOOD MOVIE,2,P,train\nb,1,BAD xylograph,-1.5,N,test\n"


def test_a_label_csv_is_embedded_by_glove(s2s, tmp_path, glove):
    (tmp_path / "label.csv").write_text(LABELS)
    target = tmp_path / "t.parquet"
    code, out, err = s2s("import", tmp_path / "label.csv", "-o", target, "--embedder", glove)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("t.parquet, from label-csv; under each feature set")
    assert "glove-8 (8)" in lines[1]
    assert [line.split() for line in lines[2:]] == [
        ["train", "1", "2", "+2.00", "to", "+2.00", "100.0%"],
        ["test", "1", "2", "-1.50", "to", "-1.50", "50.0%"],
        ["all", "2", "4", "-1.50", "to", "+2.00", "75.0%"],
    ]
    assert [e.aligned.clip for e in read_table(target)] == ["a_1", "b_1"]


@pytest.mark.slow
def test_findings_go_to_stderr_and_json_to_stdout(s2s, tmp_path, glove):
    dataset(tmp_path, moved=True)
    files = [tmp_path / "labels.csd", tmp_path / "words.csd"]
    code, out, err = s2s("import", *files, "-o", tmp_path / "t.parquet", "--embedder", glove, "--json")
    assert code == 0
    said = json.loads(out)
    assert said["format"] == "csd"
    assert said["features"] == {"T": "glove-8"}
    (part,) = said["splits"]
    assert (part["split"], part["clips"], part["labelled"], part["labels"]) == ("none", 16, 16, [-0.5, 1.2])
    assert set(part["observed"]) == {"T"}
    assert [line.removeprefix("s2s: ") for line in err.splitlines()] == said["findings"]
    assert any("was moved" in sentence for sentence in said["findings"])


def test_a_table_goes_to_mmsa_and_comes_back(s2s, tmp_path):
    write_table(table(clips=8), tmp_path / "t.parquet")
    code, out, err = s2s("export", tmp_path / "t.parquet", "--mmsa", "-o", tmp_path / "m.pkl")
    assert (code, out) == (0, "")
    assert "t.parquet written to" in err
    code, out, _ = s2s("import", tmp_path / "m.pkl", "-o", tmp_path / "back.parquet", "--json")
    assert code == 0
    assert json.loads(out)["format"] == "mmsa"
    before, after = read_table(tmp_path / "t.parquet"), read_table(tmp_path / "back.parquet")
    assert sorted(e.label for e in before) == pytest.approx(sorted(e.label for e in after))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "{text}", "-o", "{folder}/t.parquet"), "text.bin is in no format known here (mmsa, mult,"),
        (("import", "{folder}/none", "-o", "{folder}/t.parquet"), "none cannot be read (No such file or directory)"),
        (("import", "{labels}", "-o", "{folder}/t.csv"), "t.csv does not end in .parquet"),
        (("import", "{labels}", "-o", "{folder}/t.parquet", "--embedder", "elmo"), "There is no embedder elmo: give"),
        (("import", "{labels}", "-o", "{folder}/t.parquet", "--split", "test"), "--split belongs to misa and mmim"),
        (("import", "{labels}", "-o", "{folder}/t.parquet", "--format", "mmsa"), "label.csv"),
        (("import", "{evil}", "-o", "{folder}/t.parquet"), "evil.pkl asks to"),
        (("export", "{table}", "-o", "{folder}/m.pkl"), "No format was named: say --mmsa."),
        (("export", "{folder}/none.parquet", "--mmsa", "-o", "{folder}/m.pkl"), "There is no word table"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(s2s, tmp_path, arguments, sentence):
    contents = {"text.bin": b"words " * 99, "label.csv": LABELS.encode(), "evil.pkl": b"cos\nsystem\n(S'true'\ntR."}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    write_table(table(clips=8), tmp_path / "table.parquet")
    places = {"folder": tmp_path, "text": tmp_path / "text.bin", "labels": tmp_path / "label.csv"}
    places |= {"evil": tmp_path / "evil.pkl", "table": tmp_path / "table.parquet"}
    code, out, err = s2s(*(argument.format(**places) for argument in arguments))
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert sentence in line
    assert line.startswith("s2s: ")


def test_data_for_training_may_be_embedded_by_glove(tmp_path, glove, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "label.csv").write_text(LABELS)
    made = read_table(table_path(tmp_path / "label.csv", str(glove)))
    assert made.specs["T"].name == "glove-8"
    np.testing.assert_array_equal(made.entries[1].aligned.streams["T"].observed, [True, False])
    write_table(table(clips=8), tmp_path / "t.parquet")
    assert table_path(tmp_path / "t.parquet") == tmp_path / "t.parquet"
    with pytest.raises(InputError, match=r"The words of t\.parquet are embedded already"):
        table_path(tmp_path / "t.parquet", str(glove))


@pytest.mark.data
@pytest.mark.slow
def test_real_files(s2s, data_root, tmp_path):
    mosi, target = data_root / "mosi", tmp_path / "t.parquet"
    glove = ("--embedder", mosi / "glove300_mosi_vocab.npz")
    for files, options, form, clips in (
        ([data_root / "mmmo"], (), "mfn", [220, 40, 80, 340]),
        ([mosi / "label.csv"], glove, "label-csv", [1284, 229, 686, 2199]),
        (sorted(mosi.glob("*.csd")), glove, "csd", [1282, 229, 686, 2197]),
        ([mosi / "valid_word_aligned_misa.pkl"], (*glove, "--split", "valid"), "misa", [229]),
        ([mosi / "valid_unaligned_mmim.pkl"], (*glove, "--split", "valid"), "mmim", [229]),
    ):
        code, out, _ = s2s("import", *files, "-o", target, *options, "--json")
        assert code == 0
        said = json.loads(out)
        assert said["format"] == form
        assert [part["clips"] for part in said["splits"]] == clips
        assert len(read_table(target)) == clips[-1]
