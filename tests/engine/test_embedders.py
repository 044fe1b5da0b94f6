"""Which embedder an option's value means."""

import numpy as np
import pytest
from glove_files import vectors, write_text
from spacy_files import needs_spacy, write_pipeline

from engine.embedders import MINILM, MPNET, find_embedder, make_embedder
from extraction.errors import InputError, WeightsError
from extraction.published import MINILM as MINILM_WEIGHTS
from extraction.published import MPNET as MPNET_WEIGHTS
from extraction.weights import locate
from extraction.words_glove import GloveEmbedder


@pytest.mark.models
def test_minilm_by_name_by_default_and_by_its_folder():
    assert make_embedder().spec == make_embedder(MINILM).spec
    folder = make_embedder(str(locate(MINILM_WEIGHTS)))
    assert folder.spec.dim == 384
    assert folder.spec.version == make_embedder().spec.version


def test_mpnet_by_name_is_looked_for_and_held_to_its_hash(tmp_path, monkeypatch):
    assert MPNET_WEIGHTS.name == MPNET
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"another")
    monkeypatch.setenv("S2S_MPNET", str(tmp_path))
    with pytest.raises(WeightsError, match=r"all-mpnet-base-v2\) at .* model.safetensors has SHA-256"):
        make_embedder(MPNET)


def test_a_file_is_glove(tmp_path):
    assert make_embedder(str(write_text(tmp_path / "g.txt", vectors()))).spec.name == "glove-8"


@needs_spacy
def test_a_folder_or_an_installed_package_with_a_vocabulary_is_spacy(tmp_path, monkeypatch):
    package = tmp_path / "made_pipeline_lg"
    folder = write_pipeline(package / "en_made_pipeline_lg-1", vectors())
    spec = make_embedder(str(folder)).spec
    assert spec.name == "spacy-8"
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert make_embedder("made_pipeline_lg").spec == make_embedder(str(package)).spec == spec


def test_any_other_folder_is_taken_for_a_sentence_transformer(tmp_path):
    with pytest.raises(InputError, match=r"holds no model\.safetensors: give the folder of a sentence-transformers"):
        make_embedder(str(tmp_path))


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_not_the_folder_that_is_open(name):
    with pytest.raises(InputError, match=f"^There is no embedder '{name}': give minilm, mpnet, "):
        make_embedder(name)


def test_an_embedder_is_found_without_being_loaded(tmp_path):
    path = write_text(tmp_path / "g.txt", vectors())
    path.write_bytes(path.read_bytes() + b"\nbroken 1 2\n")  # far behind what is looked at
    make = find_embedder(str(path))
    with pytest.raises(InputError, match=r"g\.txt has fewer than 8 numbers"):
        make()
    for name in ("model.safetensors", "config.json"):
        (tmp_path / name).touch()
    make = find_embedder(str(tmp_path))
    with pytest.raises(InputError, match="is not a sentence-transformers model"):
        make()


@needs_spacy
def test_a_pipeline_without_vectors_is_told_before_it_is_loaded(tmp_path):
    (tmp_path / "vocab").mkdir()
    with pytest.raises(InputError, match=r"holds no vocab/vectors: give the folder of a spaCy pipeline"):
        find_embedder(str(tmp_path))


def test_one_array_is_no_word_vectors(tmp_path):
    path = tmp_path / "one.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    for read in (find_embedder, GloveEmbedder):
        with pytest.raises(InputError, match=r"one\.npz has no arrays `words` and `vectors`"):
            read(str(path))


@pytest.mark.parametrize("name", ["elmo", "no/such/file.txt", "numpy"])
def test_what_is_no_embedder_is_told_all_that_are(name):
    with pytest.raises(
        InputError,
        match=rf"^There is no embedder {name}: give minilm, mpnet, the folder of a sentence-transformers model or a "
        r"spaCy pipeline, the name of an installed spaCy pipeline, or the path of a GloVe file\.$",
    ):
        make_embedder(name)
