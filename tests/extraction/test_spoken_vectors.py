"""Which rows of a table of vectors a token is read from."""

import numpy as np
import pytest
from glove_files import vectors

from extraction.spoken_vectors import SpokenVectors

ROWS = vectors()


class DictRows:
    digest = "0123456789abcdef"

    def __init__(self, rows):
        self.rows = {word: np.asarray(row, dtype=np.float32) for word, row in rows.items()}
        self.dim = len(next(iter(self.rows.values())))
        self.asked = []

    def __contains__(self, word):
        return word in self.rows

    def read(self, words):
        self.asked.append(sorted(words))
        return {word: self.rows[word] for word in words}


def test_the_spec_names_the_table_and_its_hash():
    spec = SpokenVectors(DictRows(ROWS), "table").spec
    assert (spec.modality, spec.name, spec.version) == ("T", "table-8", "01234567/spoken-mean-1")
    assert spec.names == tuple(f"table_{i}" for i in range(8))


@pytest.mark.parametrize(
    ("token", "rows"),
    [
        ("GOOD", ["good"]),
        ("movie,", ["movie"]),
        ("café", ["cafe"]),
        ("$20", ["twenty", "dollars"]),
        ("good-xylograph", ["good"]),
        ("DONT", ["do", "n't"]),
        ("don’t", ["do", "n't"]),
        ("...", None),
        (".", ["."]),
        ("xylograph", None),
        ("movie's", None),
        ("<unk>", None),
        ("", None),
    ],
)
def test_the_rows_of_a_token(token, rows):
    stream = SpokenVectors(DictRows(ROWS), "table").embed([token])
    assert stream.observed.tolist() == [rows is not None]
    if rows is not None:
        np.testing.assert_allclose(stream.values[0], np.mean([ROWS[row] for row in rows], axis=0), atol=1e-6)


def test_a_row_without_the_apostrophe_comes_before_its_parts():
    rows = vectors(["did", "n't", "didnt"])
    stream = SpokenVectors(DictRows(rows), "table").embed(["DIDN'T", "didnt"])
    np.testing.assert_allclose(stream.values, [rows["didnt"]] * 2, atol=1e-6)


def test_many_sequences_equal_one_by_one_and_the_table_is_read_once():
    table = DictRows(ROWS)
    embedder = SpokenVectors(table, "table")
    sequences = [["good", "bad"], [], ["xylograph", "one", "good"]]
    many = embedder.embed_many(sequences)
    assert table.asked == [["bad", "good", "one"]]
    for stream, words in zip(many, sequences, strict=True):
        np.testing.assert_array_equal(stream.values, embedder.embed(words).values)
    assert embedder.embed_many([]) == []
