"""A list of clips to a word table."""

import pytest
from media_files import write

from extraction.corpus import extract_all, read_list
from extraction.errors import InputError, TableError
from extraction.fakes import FakeAligner, FakeAudio, FakeEmbedder, FakeFace, FakeTranscriber
from extraction.tools import Tools


@pytest.fixture
def tools():
    return Tools(FakeTranscriber, FakeAligner, FakeAudio, FakeFace, FakeEmbedder)


def listing(folder, text):
    path = folder / "list.csv"
    path.write_text(text)
    return path


def test_clips_keep_their_labels_and_a_bad_one_costs_only_itself(tmp_path, tools):
    (tmp_path / "clips").mkdir()
    write(tmp_path / "clips" / "one.mp4", seconds=1.0)
    (tmp_path / "clips" / "two.mp4").write_bytes(b"no media")
    path = listing(
        tmp_path, "file,text,label,fold,video_id\none.mp4,so good,1.5,train,ann\ntwo.mp4,,-1,train,bob\nthree.mp4,,,,\n"
    )
    seen = []
    corpus = extract_all(read_list(path), tools=tools, max_seconds=60, progress=lambda done, name: seen.append(name))
    (entry,) = corpus.table
    assert [w.text for w in entry.aligned.words] == ["so", "good"]
    assert (entry.label, entry.split, entry.speaker) == (1.5, "train", "ann")
    assert entry.aligned.tracks == {}
    assert [f.path.name for f in corpus.failures] == ["two.mp4", "three.mp4"]
    assert "neither audio nor video" in corpus.failures[0].sentence
    assert seen == ["one.mp4", "two.mp4", "three.mp4"]


def test_nothing_readable_is_an_error_with_the_first_reason(tmp_path, tools):
    path = listing(tmp_path, "file\nmissing.mp4\n")
    with pytest.raises(TableError, match=r"None of 1 clips could be read; the first failed so: There is no file"):
        extract_all(read_list(path), tools=tools, max_seconds=60)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\na.mp4\n", "Line 2 of the list names no clip"),
        ("file,label\na.mp4,high\n", "Line 2 of the list has the label 'high'"),
        ("file\n", "lists no clips"),
    ],
)
def test_a_bad_list_is_one_sentence(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_list(listing(tmp_path, text))


def test_a_line_may_name_a_transcript_file_in_place_of_a_text(tmp_path, tools):
    (tmp_path / "clips").mkdir()
    for name in ("one", "two", "three", "four"):
        write(tmp_path / "clips" / f"{name}.mp4", seconds=1.0)
    (tmp_path / "one.srt").write_text("00:00,100 --> 00:00,900\nso good\n")
    (tmp_path / "clips" / "two.TXT").write_text("not bad")
    path = listing(
        tmp_path,
        "file,text,transcript\none.mp4,other,one.srt\ntwo.mp4,,two.TXT\nthree.mp4,,it is so\nfour.mp4,,none.eaf\n",
    )
    items = read_list(path)
    assert [item.text for item in items] == [
        tmp_path / "one.srt",
        tmp_path / "clips" / "two.TXT",
        "it is so",
        tmp_path / "clips" / "none.eaf",
    ]
    corpus = extract_all(items, modalities=("T",), tools=tools, max_seconds=60)
    said = [[w.text for w in entry.aligned.words] for entry in corpus.table]
    assert said == [["so", "good"], ["not", "bad"], ["it", "is", "so"]]
    assert "none.eaf cannot be read" in corpus.failures[0].sentence


def test_a_missing_list_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="There is no list of clips"):
        read_list(tmp_path / "none.csv")
