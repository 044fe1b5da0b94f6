"""A folder of clips in MMSA-FET's layout, up to the word table that `s2s extract` would write."""

import pytest
from fake_tools import FakeMaker
from media_files import write

from engine.formats.folder import is_folder_of_clips, read_folder
from extraction.corpus.run import extract_all
from extraction.corpus.work import Settings
from extraction.errors import DataError
from extraction.store import read_table

HEADER = "video_id,clip_id,text,label,label_T,annotation,mode\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "Raw" / "ann").mkdir(parents=True)
    (tmp_path / "Raw" / "bob").mkdir()
    write(tmp_path / "Raw" / "ann" / "0001.mp4", seconds=1.0)
    write(tmp_path / "Raw" / "bob" / "0001.mkv", seconds=1.0)
    rows = "ann,0001,SO GOOD,1.5,,Positive,train\nbob,0001,,-1,,Negative,valid\nbob,2,GONE,0,,Neutral,test\n"
    (tmp_path / "label.csv").write_text(HEADER + rows)
    return tmp_path


def test_clips_are_found_whatever_their_suffix(root):
    items = read_folder(root)
    assert [item.path.relative_to(root).as_posix() for item in items] == [
        "Raw/ann/0001.mp4",
        "Raw/bob/0001.mkv",
        "Raw/bob/2.mp4",
    ]
    assert [item.name for item in items] == ["ann_0001", "bob_0001", "bob_2"]
    assert [item.text for item in items] == ["SO GOOD", None, "GONE"]
    assert (items[0].label, items[0].split, items[0].speaker) == (1.5, "train", "ann")


@pytest.mark.slow
def test_a_folder_becomes_a_table_and_missing_files_are_named(root):
    corpus = extract_all(read_folder(root), root / "words.parquet", Settings(FakeMaker()))
    table = read_table(root / "words.parquet")
    assert [e.aligned.clip for e in table] == ["ann_0001", "bob_0001"]
    assert [len(e.aligned.words) for e in table] == [2, 5]
    (failure,) = corpus.failures
    assert "bob/2.mp4" in failure.path.as_posix()
    assert "There is no file" in failure.sentence


def test_other_folders_are_refused(root, tmp_path):
    assert is_folder_of_clips(root)
    assert not is_folder_of_clips(root / "Raw")
    with pytest.raises(DataError, match=r"is not a folder of clips: it needs label\.csv and Raw/"):
        read_folder(root / "Raw")
    (root / "label.csv").write_text(HEADER + "eve,1,HI,0,,Neutral,train\n")
    with pytest.raises(DataError, match=r"is there, such as Raw/eve/1\.mp4: put the clips into Raw/"):
        read_folder(root)
    for bad in ("../eve", "a/b", ""):
        (root / "label.csv").write_text(HEADER + f"{bad},1,HI,0,,Neutral,train\n")
        with pytest.raises(DataError, match="which cannot name a file"):
            read_folder(root)
    (root / "label.csv").write_text(HEADER + "eve,1,HI,9,,Neutral,train\n")
    with pytest.raises(DataError, match="does not lie in"):
        read_folder(root)
