"""MMSA's layout made from known texts and vectors: its dictionaries as its files hold them, and what went into them."""

import pickle

import numpy as np

from engine.formats.word_pieces import CLS, SEP, word_pieces

TEXTS = {
    "train": ["A LOT OF PHILLYD PARTS", "IT'S GOOD"],
    "valid": ["WELL I REALLY ENJOYED THE FILM"],
    "test": ["NO"],
}
L = 14


def pieces_of(text):
    ids, owners = word_pieces().split(text.split())
    return [CLS, *ids, SEP], owners


def vectors(owners, dim, seed):
    """One vector a word, repeated at its pieces, zeros at [CLS] and [SEP]."""
    words = np.random.default_rng(seed).normal(size=(max(owners) + 1, dim))
    zero = np.zeros((1, dim))
    return words, np.concatenate([zero, words[list(owners)], zero])


def pad(rows, length, side):
    blank = np.zeros((length - len(rows), *rows.shape[1:]))
    return np.concatenate([blank, rows] if side == "left" else [rows, blank])


def aligned(*, side="right", audio_side=None, texts=TEXTS, with_bert=True):
    """MMSA's aligned layout, and the vectors of the words that went into it."""
    data, truth = {}, {}
    for split, said in texts.items():
        fields = {key: [] for key in ("text", "audio", "vision", "text_bert")}
        for i, text in enumerate(said):
            ids, owners = pieces_of(text)
            bert = np.array([ids, np.ones(len(ids)), np.zeros(len(ids))]).T
            fields["text_bert"].append(pad(bert, L, side).T)
            for key, dim, padded in (("audio", 5, audio_side or side), ("vision", 20, side)):
                truth[split, i, key], rows = vectors(owners, dim, len(truth))
                fields[key].append(pad(rows, L, padded))
            text_rows = np.random.default_rng(7).normal(size=(len(ids), 768))
            fields["text"].append(pad(text_rows, L, side))
            if with_bert:  # BERT has vectors for padding also
                fields["text"][-1][~fields["text"][-1].any(axis=1)] = 0.5
        data[split] = {key: np.array(value, dtype=np.float32) for key, value in fields.items()}
        data[split]["text_bert"] = np.array(fields["text_bert"], dtype=np.int64)
        data[split]["raw_text"] = np.array(said)
        data[split]["id"] = np.array([f"video{split}$_${i + 1}" for i in range(len(said))])
        data[split]["annotations"] = ["Positive"] * len(said)
        data[split]["classification_labels"] = np.full(len(said), 2.0)
        data[split]["regression_labels"] = np.linspace(1.8, -2.4, len(said), dtype=np.float32)
        if not with_bert:
            del data[split]["text_bert"]
    return data, truth


def written(tmp_path, data, name="aligned_50.pkl"):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(data))
    return path
