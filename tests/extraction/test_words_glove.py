"""GloVe: both kinds of file, the files refused, and the real vocabulary of MOSI."""

import csv
import tracemalloc

import numpy as np
import pytest
from glove_files import vectors, write_text

from extraction.errors import InputError
from extraction.transcripts.plain import words_of
from extraction.words_glove import GloveEmbedder

ROWS = vectors()


@pytest.fixture
def glove(tmp_path):
    return GloveEmbedder(write_text(tmp_path / "g.txt", ROWS))


def test_spec(glove, tmp_path):
    assert glove.spec.name == "glove-8"
    assert glove.spec.names == tuple(f"glove_{i}" for i in range(8))
    assert glove.spec.version.endswith("/spoken-mean-1")
    other = GloveEmbedder(write_text(tmp_path / "other.txt", vectors(["good"])))
    assert other.spec.version != glove.spec.version


def test_many_sequences_equal_one_by_one(glove):
    sequences = [["good", "bad"], [], ["xylograph", "one"]]
    many = glove.embed_many(sequences)
    for stream, words in zip(many, sequences, strict=True):
        np.testing.assert_array_equal(stream.values, glove.embed(words).values)
    assert glove.embed_many([]) == []


def test_text_with_a_header_and_npz_give_the_same_vectors(glove, tmp_path):
    arrays = tmp_path / "g.npz"
    np.savez(arrays, words=np.array(list(ROWS)), vectors=np.array(list(ROWS.values()), dtype=np.float32))
    headed = GloveEmbedder(write_text(tmp_path / "headed.txt", ROWS, header=True))
    words = ["I", "don't", "love", "xylograph", "$20"]
    for other in (GloveEmbedder(arrays), headed):
        assert other.spec.names == glove.spec.names
        np.testing.assert_allclose(other.embed(words).values, glove.embed(words).values, atol=1e-6)


def test_the_whole_table(glove, tmp_path):
    words, values = glove.table()
    assert words == tuple(ROWS)
    np.testing.assert_allclose(values, list(ROWS.values()), atol=1e-6)
    np.savez(tmp_path / "g.npz", words=np.array(["a", "b", "a"]), vectors=np.array([[1.0], [2.0], [3.0]]))
    words, values = GloveEmbedder(tmp_path / "g.npz").table()
    assert (words, values.tolist()) == (("a", "b"), [[1.0], [2.0]])


def test_published_oddities_of_text_files(tmp_path):
    """Spaces in a word, a space before the line's end, Windows line ends, a word twice, bytes that are not UTF-8."""
    path = tmp_path / "odd.txt"
    path.write_bytes(b"the 1 2 3 \r\n. . . 4 5 6\nthe 7 8 9\n\xff\xfe 1 1 1\ngood 1e-1 -2 .5")
    stream = GloveEmbedder(path).embed(["the", "good"])
    np.testing.assert_allclose(stream.values, [[1, 2, 3], [0.1, -2, 0.5]])


def test_a_large_text_file_is_not_held_in_memory(tmp_path):
    rows, numbers = 5000, " 0.12345" * 300
    path = tmp_path / "large.txt"
    path.write_text("".join(f"w{i}{numbers}\n" for i in range(rows)))
    tracemalloc.start()
    embedder = GloveEmbedder(path)
    embedder.embed(["w17"])
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < rows * 300 * 4 / 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no word vectors: give a GloVe text file"),
        (b"400 300\n", "holds no word vectors"),
        (b"no numbers here\n", "The vector of 'no' in g.txt is not made of numbers"),
        (b"word\n", "g.txt is not a GloVe text file"),
        (b"good 1 2 3\nbad 1 2\n", "Line 2 of g.txt has fewer than 3 numbers"),
        (b"good 1 2 nan\n", "The vector of 'good' in g.txt is not made of numbers"),
        (b"\x89HDF\r\n\x1a\n\x00\x01", "g.txt is not a GloVe text file"),
    ],
)
def test_bad_text_files_are_refused(tmp_path, content, sentence):
    path = tmp_path / "g.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        GloveEmbedder(path)


def test_a_bad_row_is_refused_when_it_is_read(tmp_path):
    path = tmp_path / "g.txt"
    path.write_text("good 1 2 3\nbad 1 two 3\n")
    with pytest.raises(InputError, match=r"The vector of 'bad' in g\.txt is not made of numbers"):
        GloveEmbedder(path).embed(["bad"])


def test_bad_arrays_are_refused(tmp_path):
    path = tmp_path / "g.npz"
    good = {"words": np.array(["a", "b"]), "vectors": np.ones((2, 3), np.float32)}
    for arrays, sentence in (
        ({"words": good["words"]}, "has no arrays `words` and `vectors`"),
        (good | {"vectors": np.ones((3, 3))}, "has not one row of `vectors` a word"),
        (good | {"words": np.array([1, 2])}, "has not one row of `vectors` a word"),
        (good | {"words": np.array(["a", "b"], dtype=object)}, "has no arrays `words` and `vectors`"),
        (good | {"vectors": np.full((2, 3), np.nan)}, "not all finite numbers"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(InputError, match=sentence):
            GloveEmbedder(path)
    path.write_bytes(b"no zip")
    with pytest.raises(InputError, match="has no arrays"):
        GloveEmbedder(path)
    with pytest.raises(InputError, match=r"none\.npz cannot be read \(No such file or directory\): check the path"):
        GloveEmbedder(tmp_path / "none.npz")
    with pytest.raises(InputError, match="cannot be read"):
        GloveEmbedder(tmp_path)


@pytest.mark.data
def test_mosi_vocabulary_covers_97_of_100_tokens(data_root):
    embedder = GloveEmbedder(data_root / "mosi" / "glove300_mosi_vocab.npz")
    assert embedder.spec.name == "glove-300"
    with (data_root / "mosi" / "label.csv").open(encoding="utf-8", newline="") as file:
        texts = [[word.text for word in words_of(row["text"])] for row in csv.DictReader(file)]
    observed = np.concatenate([stream.observed for stream in embedder.embed_many(texts)])
    assert len(observed) == 27540
    assert 0.970 < observed.mean() < 0.985
    a, b = embedder.embed(["DIDNT", "Didn't"]).values
    np.testing.assert_array_equal(a, b)
