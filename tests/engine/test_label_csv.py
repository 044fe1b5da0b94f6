import numpy as np
import pytest
from synthetic import SPECS, stream

from engine.formats.label_csv import read_label_csv
from extraction.errors import DataError, TableError

HEADER = "video_id,clip_id,text,label,annotation,mode\n"


class LengthEmbedder:
    """Says how long each word is, in every column."""

    def embed_many(self, sequences):
        return [stream("T", np.array([[len(word)] * 6 for word in words])) for words in sequences]


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "label.csv"
    path.write_bytes((HEADER + text).encode(encoding))
    return path


def test_rows_become_clips(tmp_path):
    path = write(tmp_path, 'abc,007,"SO GOOD, REALLY",2.4,Positive,train\nabc,8,BAD,-3.0,Negative,test\n', "utf-8-sig")
    table = read_label_csv(path, LengthEmbedder())
    assert table.specs == {"T": SPECS["T"]}
    first, second = table
    assert [word.text for word in first.aligned.words] == ["SO", "GOOD,", "REALLY"]
    assert not first.aligned.words[0].timed
    assert first.aligned.streams["T"].values[:, 0].tolist() == [2, 5, 6]
    assert (first.aligned.clip, first.label, first.split, first.speaker) == ("abc_007", 2.4, "train", "abc")
    assert (second.aligned.clip, second.label, second.split) == ("abc_8", -3.0, "test")


def test_a_row_without_words_is_left_out(tmp_path):
    assert len(read_label_csv(write(tmp_path, "a,1,,0,N,train\na,2,WORD,0,N,train\n"), LengthEmbedder())) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no row with words in it"),
        ("a,1,WORD,much,P,train\n", "label.csv, line 2: the label 'much' is not a number: write one in .-3, 3."),
        ("a,1,WORD,4,P,train\n", r"line 2: the label 4.0 does not lie in \[-3, 3\]: bring it to that scale"),
        (
            "a,1,WORD,1,P,train\na,2,WORD,1,P,dev\n",
            "line 3: the mode 'dev' is not one of train, valid, test: write one of them",
        ),
        ("a,1,WORD\n", "line 2: the label '' is not a number"),
    ],
)
def test_bad_rows_are_refused(tmp_path, text, sentence):
    with pytest.raises(DataError, match=sentence):
        read_label_csv(write(tmp_path, text), LengthEmbedder())


def test_bad_files_are_refused(tmp_path):
    path = tmp_path / "other.csv"
    with pytest.raises(DataError, match=r"other.csv cannot be read \(No such file or directory\)"):
        read_label_csv(path, LengthEmbedder())
    path.write_text("video_id,text\n")
    with pytest.raises(DataError, match=r"other.csv has no column clip_id, label, mode"):
        read_label_csv(path, LengthEmbedder())
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not a CSV file in UTF-8"):
        read_label_csv(path, LengthEmbedder())
    with pytest.raises(TableError, match="Two clips are called 'a_1'"):
        read_label_csv(write(tmp_path, "a,1,X,0,N,train\na,1,Y,0,N,train\n"), LengthEmbedder())
