"""Words as vectors in context: the last layer of a sentence-transformers encoder, averaged over each word's pieces.

Recipe 1. A written token is read as it is spoken (`spoken`), so training texts in capitals, a recogniser's text and
digits meet the model alike; a token that is not said (bare punctuation) is read as written, in lower case. The word
pieces of all tokens form one sequence between [CLS] and [SEP]; a token's vector is the mean of the last hidden layer
over all its pieces. A sequence longer than a window (200 pieces) is read in overlapping windows: each piece takes its
vector from the window that shows a fifth of a window before and after it. A token without any piece is not observed.

Source: Reimers and Gurevych (2019), Sentence-BERT, arXiv 1908.10084; all-MiniLM-L6-v2 (384 columns) and
all-mpnet-base-v2 (768 columns), both Apache-2.0.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.errors import InputError
from extraction.spoken import spoken
from extraction.types import FeatureSpec, Floats, Stream
from extraction.weights import MINILM, Weights, locate

RECIPE = 1
WINDOW = 200  # word pieces, [CLS] and [SEP] apart
BATCH = 64  # windows
_WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class Window:
    """Pieces `[first, stop)` of one sequence, of which `[keep, keep_stop)` take their vectors from here."""

    sequence: int
    first: int
    stop: int
    keep: int
    keep_stop: int


class SbertEmbedder:
    """The WordEmbedder by default.

    Args:
        model: a published model, or the folder of any local sentence-transformers model with a transformer, a fast
            tokenizer and weights as safetensors.

    Raises:
        WeightsError: the published model is missing or another.
        InputError: `model` is not such a folder.
    """

    def __init__(self, model: Weights | str | Path = MINILM) -> None:
        folder = locate(model) if isinstance(model, Weights) else Path(model)
        check_model(folder)
        weights = folder / _WEIGHTS
        self._encoder, self._tokenizer, longest = _load(folder)
        self._window = min(WINDOW, longest - 2)
        stem = model.name if isinstance(model, Weights) else folder.name
        digest = _sha256(weights)[:8]
        self._spec = FeatureSpec(
            modality="T",
            name=f"{stem}-words",
            version=f"{digest}/pieces-mean-{RECIPE}",
            names=tuple(f"{stem}_{i:03d}" for i in range(self._encoder.config.hidden_size)),
        )

    @property
    def spec(self) -> FeatureSpec:
        """Identity of the columns: the model's name, and the hash of its weights."""
        return self._spec

    def embed(self, words: Sequence[str]) -> Stream:
        """One vector a word (W, D), each read in the context of all of them."""
        return self.embed_many([words])[0]

    def embed_many(self, sequences: Sequence[Sequence[str]]) -> list[Stream]:
        """As `embed` on each sequence, many at a time; equal to it but for rounding."""
        pieces, owners = self.tokenize(sequences)
        vectors = [np.empty((len(ids), self._spec.dim), dtype=np.float32) for ids in pieces]
        windows = self.windows([len(ids) for ids in pieces])
        windows.sort(key=lambda window: window.stop - window.first)
        for first in range(0, len(windows), BATCH):
            batch = windows[first : first + BATCH]
            hidden = self._hidden([pieces[w.sequence][w.first : w.stop] for w in batch])
            for window, states in zip(batch, hidden, strict=True):
                kept = slice(window.keep - window.first, window.keep_stop - window.first)
                vectors[window.sequence][window.keep : window.keep_stop] = states[kept]
        joined = zip(sequences, vectors, owners, strict=True)
        return [self._stream(len(words), rows, owner) for words, rows, owner in joined]

    @property
    def encoder(self) -> Any:
        """The transformer, a `torch.nn.Module`, in evaluation mode."""
        return self._encoder

    def windows(self, lengths: Sequence[int]) -> list[Window]:
        """What is read at once of sequences of so many pieces, in their order."""
        return [window for i, pieces in enumerate(lengths) for window in _windows(i, pieces, self._window)]

    def tokenize(self, sequences: Sequence[Sequence[str]]) -> tuple[list[list[int]], list[NDArray[np.intp]]]:
        """For each sequence its piece ids (P,) and the position of the word each piece belongs to (P,)."""
        pieces: list[list[int]] = []
        owners: list[NDArray[np.intp]] = []
        for words in sequences:
            said = [(i, part) for i, word in enumerate(words) for part in spoken(word) or (word.lower(),)]
            if not said:
                pieces.append([])
                owners.append(np.empty(0, dtype=np.intp))
                continue
            parts = [part for _, part in said]
            encoded = self._tokenizer(parts, is_split_into_words=True, add_special_tokens=False, verbose=False)
            pieces.append(encoded["input_ids"])
            owners.append(np.array([said[part][0] for part in encoded.word_ids()], dtype=np.intp))
        return pieces, owners

    def padded(self, batch: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Ids of sequences of pieces, each between [CLS] and [SEP], and what is no padding: two tensors (b, P)."""
        import torch

        tokenizer = self._tokenizer
        longest = max(len(ids) for ids in batch) + 2
        ids = torch.full((len(batch), longest), tokenizer.pad_token_id)
        mask = torch.zeros((len(batch), longest), dtype=torch.long)
        for row, piece_ids in enumerate(batch):
            whole = [tokenizer.cls_token_id, *piece_ids, tokenizer.sep_token_id]
            ids[row, : len(whole)] = torch.tensor(whole)
            mask[row, : len(whole)] = 1
        return ids, mask

    def _hidden(self, batch: Sequence[Sequence[int]]) -> list[Floats]:
        """The last layer's states of each sequence of pieces, [CLS] and [SEP] taken off: [(p, D)]."""
        import torch

        ids, mask = self.padded(batch)
        with torch.inference_mode():
            states = self._encoder(input_ids=ids, attention_mask=mask).last_hidden_state.numpy()  # (b, longest, D)
        return [states[row, 1 : 1 + len(piece_ids)] for row, piece_ids in enumerate(batch)]

    def _stream(self, words: int, vectors: Floats, owners: NDArray[np.intp]) -> Stream:
        """Average the vectors (P, D) of each word's pieces."""
        total = np.zeros((words, self._spec.dim), dtype=np.float64)
        np.add.at(total, owners, vectors)
        count = np.bincount(owners, minlength=words)
        mean = np.divide(total, count[:, None], out=np.full_like(total, np.nan), where=count[:, None] > 0)
        return Stream(self._spec, mean.astype(np.float32), count > 0)


def check_model(folder: Path) -> None:
    """Raise InputError, as `SbertEmbedder` would, if a folder lacks a model's weights or settings; none are loaded."""
    for name in (_WEIGHTS, "config.json"):
        if not (folder / name).is_file():
            raise InputError(f"{folder} holds no {name}: give the folder of a sentence-transformers model.")


def _windows(sequence: int, pieces: int, window: int) -> Iterator[Window]:
    """Cover `pieces` by windows of at most `window`; each keeps its middle three fifths (and an end)."""
    if pieces <= window:
        if pieces:
            yield Window(sequence, 0, pieces, 0, pieces)
        return
    context = window // 5
    for keep in range(0, pieces, window - 2 * context):
        keep_stop = min(keep + window - 2 * context, pieces)
        yield Window(sequence, max(keep - context, 0), min(keep_stop + context, pieces), keep, keep_stop)


def _load(folder: Path) -> tuple[Any, Any, int]:
    """The encoder, its fast tokenizer, and the longest sequence it takes."""
    with _offline_and_quiet():
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
            encoder, tokenizer = model[0].auto_model.eval(), model.tokenizer
        except (SafetensorError, OSError, RuntimeError, ValueError, LookupError, AttributeError) as error:
            raise InputError(
                f"{folder} is not a sentence-transformers model with a transformer: give the folder of one."
            ) from error
    if not getattr(tokenizer, "is_fast", False) or None in (tokenizer.cls_token_id, tokenizer.sep_token_id):
        raise InputError(f"The tokenizer of {folder} does not say which word a piece belongs to: give another model.")
    return encoder, tokenizer, _longest(encoder, model.max_seq_length)


def _longest(encoder: Any, said: int | None) -> int:
    """The longest sequence the encoder takes, `said` or less: MPNet and RoBERTa count places from after padding's."""
    longest = said or WINDOW + 2
    places = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    if places is not None and places.padding_idx is not None:
        longest = min(longest, places.num_embeddings - places.padding_idx - 1)
    return int(longest)


@contextmanager
def _offline_and_quiet() -> Iterator[None]:
    """Keep the hub's client off the network and the loading bar off the screen; tokenizers do without their threads."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
