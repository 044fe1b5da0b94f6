"""Word vectors from word pieces: against the model asked directly, in long texts, in batches, and what is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from extraction import words_sbert
from extraction.errors import InputError, WeightsError
from extraction.published import MPNET
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


@pytest.fixture(scope="module")
def tiny_mpnet(tmp_path_factory):
    """MPNet's architecture with two layers of random weights, and room for 30 pieces between <s> and </s>."""
    import torch
    from transformers import MPNetConfig, MPNetModel, MPNetTokenizer

    folder = tmp_path_factory.mktemp("models") / "tiny"
    pieces = sorted({word.lower() for word in SENTENCE} - {"ending"})
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", "<mask>", "end", "##ing", *pieces]
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = MPNetConfig(vocab_size=len(vocabulary), max_position_embeddings=34, initializer_range=0.5, **shape)
    MPNetModel(config).save_pretrained(folder)
    MPNetTokenizer({piece: i for i, piece in enumerate(vocabulary)}).save_pretrained(folder)
    return folder


def test_mpnet_in_batches_and_windows_equals_the_model_asked_directly(tiny_mpnet):
    import torch
    from transformers import AutoModel, AutoTokenizer

    embedder = SbertEmbedder(tiny_mpnet)
    tokenizer, model = AutoTokenizer.from_pretrained(tiny_mpnet), AutoModel.from_pretrained(tiny_mpnet).eval()
    encoded = tokenizer(" ".join(SENTENCE), return_tensors="pt")
    assert encoded["input_ids"][0, [0, -1]].tolist() == [0, 2]
    with torch.inference_mode():
        states = model(**encoded).last_hidden_state[0].numpy()
    owners = np.array([-1 if owner is None else owner for owner in encoded.word_ids()])
    assert (owners == SENTENCE.index("ending")).sum() == 2
    direct = [states[owners == word].mean(axis=0) for word in range(len(SENTENCE))]
    sequences = [SENTENCE, ["good"], ["the"] * 30, SENTENCE * 9, []]
    many = embedder.embed_many(sequences)
    np.testing.assert_allclose(many[0].values, direct, atol=1e-4)
    for stream, words in zip(many, sequences, strict=True):
        assert stream.observed.all()
        np.testing.assert_allclose(stream.values, embedder.embed(words).values, atol=1e-4)
    assert np.abs(many[0].values[0] - many[3].values[14]).max() > 1e-2  # context counts


def test_mpnet_is_the_published_one_and_knows_what_is_alike():
    try:
        embedder = SbertEmbedder(MPNET)
    except WeightsError as error:
        if "was not found:" not in str(error):
            raise
        pytest.skip("all-mpnet-base-v2 is optional, and there is no copy here")
    assert (embedder.spec.name, embedder.spec.dim) == ("mpnet-words", 768)
    assert embedder.spec.version == "78c0197b/pieces-mean-1"
    assert embedder.spec.names[0] == "mpnet_000"
    good, great, table = (embedder.embed([word]).values[0] for word in ("good", "great", "table"))
    assert cosine(good, great) > 0.7
    assert cosine(good, table) < 0.4
    many = embedder.embed_many([SENTENCE, ["good"]])
    np.testing.assert_allclose(many[0].values, embedder.embed(SENTENCE).values, atol=1e-4)
    np.testing.assert_allclose(many[1].values[0], good, atol=1e-4)


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no model\.safetensors: give the folder"):
        SbertEmbedder(tmp_path)


def test_a_broken_folder_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(InputError, match="is not a sentence-transformers model"):
        SbertEmbedder(tmp_path)
