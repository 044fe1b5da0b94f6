"""Which clips a list names and which lie in a tree."""

import os

import pytest
from permissions import allowed

from extraction.corpus.clip_list import Item, read_list, read_tree
from extraction.errors import InputError


def listing(folder, text):
    path = folder / "list.csv"
    path.write_text(text)
    return path


@pytest.fixture
def tree(tmp_path):
    """Makes empty files; gives their folder."""

    def make(*names):
        for name in names:
            path = tmp_path / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path / "tree"

    return make


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\na.mp4\n", "Line 2 of the list names no clip"),
        ("file,label\na.mp4,high\n", "Line 2 of the list has the label 'high'"),
        ("file,label\na.mp4,3\nb.mp4,17\n", r"^Line 3 of the list has the label '17': give a number in \[-3, 3\]\.$"),
        ("file,label\na.mp4,-3.01\n", "Line 2 of the list has the label '-3.01'"),
        ("file,label\na.mp4,nan\n", "Line 2 of the list has the label 'nan'"),
        ("file\n", "lists no clips"),
    ],
)
def test_a_bad_list_is_one_sentence(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_list(listing(tmp_path, text))


def test_a_missing_list_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="There is no list of clips"):
        read_list(tmp_path / "none.csv")


def test_a_line_may_name_a_transcript_file_in_place_of_a_text(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "one.srt").touch()
    (tmp_path / "clips" / "two.TXT").touch()
    path = listing(
        tmp_path,
        "file,text,transcript\none.mp4,other,one.srt\ntwo.mp4,,two.TXT\nthree.mp4,,it is so\nfour.mp4,,none.eaf\n",
    )
    assert [item.text for item in read_list(path)] == [
        tmp_path / "one.srt",
        tmp_path / "clips" / "two.TXT",
        "it is so",
        tmp_path / "clips" / "none.eaf",
    ]


def named(folder, *files):
    return [item.clip for item in read_list(listing(folder, "\n".join(["file", *map(str, files)])))]


def test_clips_of_a_list_are_called_after_their_files_and_by_their_paths_where_two_share_a_name(tmp_path):
    assert named(tmp_path, "ann/01.mp4", "bob/02.mp4") == ["01", "02"]
    assert named(tmp_path, "ann/01.mp4", "bob/01.mp4", "03.mp4") == ["ann/01", "bob/01", "03"]
    assert named(tmp_path, "./ann/01.mp4", "ann/../bob/01.mp4") == ["ann/01", "bob/01"]
    assert named(tmp_path, "a.mp4", "a.wav", "b.wav", "a") == ["a.mp4", "a.wav", "b", "a"]
    assert named(tmp_path, "/data/x/ann/01.mp4", "/data/x/bob/01.mp4") == ["ann/01", "bob/01"]
    assert named(tmp_path, tmp_path / "ann" / "01.mp4", "bob/01.mp4") == ["ann/01", "bob/01"]


def test_a_list_calls_its_clips_as_a_tree_of_the_same_files_does(tree, tmp_path):
    root = tree("ann/01.mp4", "ann/01.wav", "bob/01.mp4", "c.d.mp4")
    items = read_tree(root)
    given = read_list(listing(tmp_path, "\n".join(["file", *(str(item.path) for item in items)])), root)
    assert [item.clip for item in given] == [item.clip for item in items]


def test_a_file_that_is_listed_twice_has_one_name_twice(tmp_path):
    assert named(tmp_path, "ann/01.mp4", "ann/01.mp4") == ["ann/01.mp4", "ann/01.mp4"]


def test_every_visible_media_file_of_a_tree_is_a_clip_named_by_its_path(tree):
    root = tree("b.wav", "ann/clip02.MP4", "ann/clip01.mp4", "ann/deep/er/x.y.opus", "notes.md", "cover.jpg", "mp4")
    tree(".hidden.mp4", ".parts/a.mp4", "ann/.b.wav.77.partial", "ann/._clip01.mp4")
    items = read_tree(root)
    assert [item.clip for item in items] == ["ann/clip01", "ann/clip02", "ann/deep/er/x.y", "b"]
    assert [item.path.name for item in items] == ["clip01.mp4", "clip02.MP4", "x.y.opus", "b.wav"]
    assert {(item.text, item.label, item.split, item.speaker) for item in items} == {(None, None, None, None)}


def test_files_that_differ_in_nothing_else_keep_their_suffix(tree):
    root = tree("a.mp4", "a.wav", "b.mp4", "ann/a.mp4", "a.mp4.mkv")
    assert [item.clip for item in read_tree(root)] == ["a.mp4", "a.mp4.mkv", "a.wav", "ann/a", "b"]


def test_a_transcript_beside_a_clip_is_what_is_said_in_it(tree):
    root = tree("a.mp4", "a.TXT", "b.mp4", "b.textgrid", "b.json", "c.mp4", "ann/c.txt", "d.mp4", "d.mp4.txt", ".c.txt")
    said = {item.clip: item.text and item.text.name for item in read_tree(root)}
    assert said == {"a": "a.TXT", "b": "b.textgrid", "c": None, "d": None}


def test_a_tree_without_media_and_a_missing_one_are_one_sentence(tree, tmp_path):
    with pytest.raises(InputError, match=r"No media file is below .*: give a folder with recordings"):
        read_tree(tree("a.txt", ".a.mp4"))
    with pytest.raises(InputError, match="There is no folder"):
        read_tree(tmp_path / "none")


def test_a_folder_that_may_not_be_read_is_one_sentence(tree):
    root = tree("a.mp4", "shut/b.mp4")
    with (
        allowed(root / "shut", 0),
        pytest.raises(InputError, match=r"shut may not be read .*: change its permissions"),
    ):
        read_tree(root)


def test_bytes_of_a_name_that_are_no_text_are_escaped():
    assert Item("x", name=os.fsdecode(b"caf\xe9")).clip == "caf\\udce9"
