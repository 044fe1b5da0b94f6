"""Formats are told by what files hold, and each reaches its importer."""

import pickle

import h5py
import numpy as np
import pytest
from csd_files import dataset, write_csd
from glove_files import vectors, write_text

from engine.formats.detect import FORMATS, detect
from engine.formats.importing import import_files
from extraction.errors import DataError, InputError

MISA = ((np.zeros(3), np.zeros((3, 47)), np.zeros((3, 74)), ["a", "b", "c"]), np.zeros((1, 1)), "v[0]")
MMIM = (([], np.zeros((3, 20)), np.zeros((3, 5)), ["a"], (), ()), np.zeros((1, 1)), "v_1")
FIELDS = {"text": np.zeros((1, 2, 3)), "audio": np.zeros((1, 2, 3)), "vision": np.zeros((1, 2, 3))}


def pickled(path, value, protocol=4):
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({"train": FIELDS | {"regression_labels": np.zeros(1)}}, "mmsa"),
        ({"test": FIELDS | {"regression_labels_M": np.zeros(1)}, "config": {}}, "mmsa"),
        ({"train": FIELDS | {"labels": np.zeros((1, 1, 1)), "id": ["a"]}}, "mult"),
        ({"train": {}, "valid": FIELDS | {"labels": np.zeros((1, 1, 1)), "id": ["a"]}}, "mult"),
        ([MISA], "misa"),
        ({"train": [], "dev": [MISA]}, "misa"),
        ([MMIM], "mmim"),
        ({"test": [MMIM]}, "mmim"),
        (FIELDS | {"config": {}}, "fet"),
    ],
)
def test_pickles_are_told_by_their_keys(tmp_path, value, form):
    assert detect([pickled(tmp_path / "no_suffix", value)]) == form
    assert detect([pickled(tmp_path / "old.pkl", value, protocol=2)]) == form


def test_other_formats(tmp_path):
    dataset(tmp_path)
    assert detect([tmp_path / "labels.csd", tmp_path / "words.csd"]) == "csd"
    (tmp_path / "texts.txt").write_text("label,mode,text,video_id,clip_id,more\n")
    assert detect([tmp_path / "texts.txt"]) == "label-csv"
    folder = tmp_path / "mfn"
    folder.mkdir()
    with h5py.File(folder / "y_valid.h5", "w") as file:
        file["d1"] = [1.0]
    assert detect([folder]) == "mfn"
    with pytest.raises(InputError, match=r"y_valid\.h5 is one array of several: give MFN's folder"):
        detect([folder / "y_valid.h5"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"file,text\n",
        b"\xff\xfe\x00\x01",
        pickle.dumps(3),
        pickle.dumps([]),
        pickle.dumps({"a": 1}),
        pickle.dumps({"train": FIELDS}),
        pickle.dumps([1, 2]),
        pickle.dumps([(([],), 0, "a")]),
    ],
)
def test_what_is_in_no_known_format_is_told_the_known_ones(tmp_path, content):
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"file\.bin is in no format known here \(mmsa, mult, .*label-csv\)"):
        detect([path])


def test_paths_that_cannot_be_imported(tmp_path):
    dataset(tmp_path)
    (tmp_path / "table.parquet").write_bytes(b"PAR1....")
    with pytest.raises(InputError, match="a word table needs no import"):
        detect([tmp_path / "table.parquet"])
    with pytest.raises(InputError, match="2 files were given: give one, or the"):
        detect([tmp_path / "words.csd", pickled(tmp_path / "m.pkl", [MISA])])
    with pytest.raises(DataError, match=r"none cannot be read \(No such file"):
        detect([tmp_path / "none"])
    with pytest.raises(DataError, match="in no format known here"):
        detect([tmp_path])
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a"], file["b"] = [1.0], [2.0]
    with pytest.raises(DataError, match="in no format known here"):
        detect([tmp_path / "other.h5"])
    (tmp_path / "Raw").mkdir()
    (tmp_path / "label.csv").write_text("x\n")
    with pytest.raises(InputError, match="give it to `s2s extract`"):
        detect([tmp_path])


def test_a_pickle_that_would_run_something_is_refused(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(DataError, match=r"evil\.pkl asks to"):
        detect([path])


@pytest.fixture
def glove(tmp_path):
    return str(write_text(tmp_path / "glove.txt", vectors()))


def test_csd_files_may_come_in_any_order(tmp_path, glove):
    said = dataset(tmp_path)
    rows = {v: (np.ones((4, 2)), np.column_stack([np.arange(4), np.arange(1, 5)]) * 9.0) for v in said}
    write_csd(tmp_path / "v.csd", "FACET", rows)
    paths = [tmp_path / f"{name}.csd" for name in ("v", "labels", "words")]
    table = import_files(paths, "csd", glove).table
    assert set(table.specs) == {"T", "V"}
    with pytest.raises(DataError, match=r"0 of the \.csd files hold words"):
        import_files(paths[:2], "csd", glove)
    with pytest.raises(DataError, match=r"2 of the \.csd files hold opinion labels"):
        import_files([paths[1], *paths], "csd", glove)


def test_options_that_do_not_belong(tmp_path):
    with pytest.raises(InputError, match="--split belongs to misa and mmim"):
        import_files([tmp_path], "mfn", None, "valid")
    with pytest.raises(InputError, match="2 files were given and mfn is one"):
        import_files([tmp_path, tmp_path], "mfn", None)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_an_importer(tmp_path, glove, form):
    with pytest.raises((DataError, InputError)):
        import_files([tmp_path / "none"], form, glove)


@pytest.mark.data
def test_real_files(data_root):
    mosi = data_root / "mosi"
    assert detect([data_root / "mmmo"]) == "mfn"
    assert detect([mosi / "label.csv"]) == "label-csv"
    assert detect([mosi / "valid_word_aligned_misa.pkl"]) == "misa"
    assert detect([mosi / "valid_unaligned_mmim.pkl"]) == "mmim"
    assert detect(sorted(mosi.glob("*.csd"))) == "csd"
