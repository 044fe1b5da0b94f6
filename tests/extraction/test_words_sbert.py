"""Word vectors from word pieces: against the model asked directly, in long texts, in batches, and what is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from extraction import words_sbert
from extraction.errors import InputError
from extraction.weights import MINILM, locate
from extraction.words_sbert import SbertEmbedder

SENTENCE = ["this", "is", "the", "best", "movie", "I", "have", "seen", "but", "the", "ending", "was", "too", "slow"]


pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def embedder():
    return SbertEmbedder()


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_spec(embedder):
    assert embedder.spec.dim == 384
    assert embedder.spec.names[0] == "minilm_000"
    assert embedder.spec.version == "53aa5117/pieces-mean-1"


def test_equal_to_the_model_asked_directly(embedder):
    """The mean of a sentence's word vectors, weighted by their pieces, is the mean of its token vectors."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = str(locate(MINILM))
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    text = "they watched unbelievably boring reruns"
    encoded = tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        states = model(**encoded).last_hidden_state[0].numpy()
    owners = [-1 if owner is None else owner for owner in encoded.word_ids()]
    stream = embedder.embed(text.split())
    for word in range(5):
        pieces = [states[i] for i, owner in enumerate(owners) if owner == word]
        np.testing.assert_allclose(stream.values[word], np.mean(pieces, axis=0), atol=1e-5)
    assert max(owners.count(word) for word in range(5)) > 1


def test_a_number_is_read_as_it_is_said(embedder):
    said = embedder.embed(["it", "cost", "twenty", "dollars"]).values
    written = embedder.embed(["It", "cost", "$20."]).values
    np.testing.assert_allclose(written[:2], said[:2], atol=1e-5)
    np.testing.assert_allclose(written[2], said[2:].mean(axis=0), atol=1e-5)


def test_context_is_read(embedder):
    river = embedder.embed(["we", "sat", "on", "the", "bank", "of", "the", "river"]).values[4]
    money = embedder.embed(["he", "put", "money", "in", "the", "bank"]).values[5]
    savings = embedder.embed(["she", "keeps", "her", "savings", "at", "a", "bank"]).values[6]
    assert cosine(money, savings) > cosine(money, river)


def test_punctuation_alone_is_read_as_written_and_nothing_is_not_observed(embedder):
    stream = embedder.embed(["well", "...", "", "\u200b", "yes"])
    assert stream.observed.tolist() == [True, True, False, False, True]


def test_many_sequences_equal_one_by_one(embedder, monkeypatch):
    monkeypatch.setattr(words_sbert, "BATCH", 4)
    rng = np.random.default_rng(0)
    sequences = [list(rng.choice(SENTENCE, size=n)) for n in [3, 0, 12, 1, 250, 7, *rng.integers(1, 20, 12)]]
    many = embedder.embed_many(sequences)
    assert [len(stream.observed) for stream in many] == [len(words) for words in sequences]
    for stream, words in zip(many, sequences, strict=True):
        np.testing.assert_allclose(stream.values, embedder.embed(words).values, atol=1e-5)
    assert embedder.embed_many([]) == []


def test_words_of_a_long_text_keep_their_meaning(embedder):
    """Across all windows, each word lies nearer to itself in a short text than to any other word of it."""
    long, short = embedder.embed(SENTENCE * 30), embedder.embed(SENTENCE * 3)
    assert long.observed.all()
    middle = short.values[len(SENTENCE) : 2 * len(SENTENCE)]
    similar = np.array([[cosine(vector, other) for other in middle] for vector in long.values])
    inner = similar[len(SENTENCE) : -len(SENTENCE)]
    np.testing.assert_array_equal(inner.argmax(axis=1), np.tile(np.arange(len(SENTENCE)), 28))


def test_any_folder_of_a_sentence_transformer_will_do(embedder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(locate(MINILM), folder)
    copy = SbertEmbedder(folder)
    assert copy.spec.names[0] == "copy_000"
    np.testing.assert_array_equal(copy.embed(SENTENCE).values, embedder.embed(SENTENCE).values)


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no model\.safetensors: give the folder"):
        SbertEmbedder(tmp_path)


def test_a_broken_folder_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(InputError, match="is not a sentence-transformers model"):
        SbertEmbedder(tmp_path)
