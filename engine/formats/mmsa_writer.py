"""A word table to MMSA's feature file, so that its models run on our features unmodified.

Conventions. As MMSA's own files: train, valid and test, padded on the right with zeros, float32, names
`video$_$clip`; every row a word piece of bert-base-uncased with [CLS] first and [SEP] last, each word's vectors
repeated at its pieces, zeros at [CLS] and [SEP]. In an unaligned file audio and video are one row a word, with their
lengths. What was not measured is zero there: the format has no other way to say it. The pickle asks for NumPy by its
old module name, so older NumPy opens it too.
Source: github.com/thuiar/MMSA, `data_loader.py` (`use_bert` reads `text_bert`, otherwise `text`).
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.word_pieces import CLS, SEP, word_pieces
from extraction.errors import DataError
from extraction.store import Entry, WordTable
from extraction.types import MODALITY_NAMES, Floats, Modality
from extraction.whole_file import write_whole

_SPLITS = ("train", "valid", "test")
_FRAMES: tuple[tuple[Modality, str], ...] = (("A", "audio"), ("V", "vision"))
_NAMES = ("Negative", "Neutral", "Positive")  # classification labels 0, 1, 2
_NEW, _OLD = b"cnumpy._core.multiarray\n_reconstruct\n", b"cnumpy.core.multiarray\n_reconstruct\n"
_PROTOCOL = 3  # the last one that names a module in the open


def write_mmsa(table: WordTable, path: Path, aligned: bool = True, length: int | None = None) -> None:
    """Write `table` to `path`, whole or not at all.

    `length` is how many word pieces a clip may have, [CLS] and [SEP] counted; longer ones are cut as MMSA cuts them.
    None pads to the longest.

    Raises DataError if a modality, a split or a label is missing, or the file cannot be written.
    """
    for modality, name in MODALITY_NAMES.items():
        if modality not in table.specs:
            raise DataError(f"The word table has no {name} features, which MMSA's file needs: extract all three.")
    if length is not None and length < 3:
        raise DataError(f"{length} word pieces have no place for a word between [CLS] and [SEP]: give 3 or more.")
    by_split = {split: [entry for entry in table if entry.split == split] for split in _SPLITS}
    missing = [split for split, entries in by_split.items() if not entries]
    if missing:
        raise DataError(f"The word table has no {' and no '.join(missing)} split, which MMSA's file needs: split it.")
    pieces = {split: [_pieces(entry) for entry in entries] for split, entries in by_split.items()}
    longest = max(len(ids) for found in pieces.values() for ids, _ in found) + 2
    words = max(len(entry.aligned.words) for entries in by_split.values() for entry in entries)
    data = {}
    for split, entries in by_split.items():
        data[split] = _fields(entries, pieces[split], length or longest, None if aligned else words)
    content = pickle.dumps(data, protocol=_PROTOCOL).replace(_NEW, _OLD, 1)  # arrays stand before any text
    try:
        write_whole(path, lambda partial: partial.write_bytes(content))
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error}): choose another place.") from error


def _fields(
    entries: Sequence[Entry], pieces: Sequence[tuple[list[int], list[int]]], length: int, words: int | None
) -> dict[str, Any]:
    """One split as MMSA has it, text in `length` rows; audio and video also, or unaligned in `words` rows."""
    labels = np.array([_label(entry) for entry in entries], dtype=np.float32)
    classes = [int(np.sign(label)) + 1 for label in labels]
    owners = [owner[: length - 2] for _, owner in pieces]
    spoken = [[word.text for word in entry.aligned.words] for entry in entries]
    if words is None:
        arrays = {key: _rows(entries, m, owners, length, first=1) for m, key in _FRAMES}
        lengths = {}
    else:
        each = [list(range(len(said))) for said in spoken]
        arrays = {key: _rows(entries, m, each, words, first=0) for m, key in _FRAMES}
        lengths = {f"{key}_lengths": [len(said) for said in spoken] for _, key in _FRAMES}
    return {
        **arrays,
        "text": _rows(entries, "T", owners, length, first=1),
        "text_bert": np.stack([_bert(ids[: length - 2], length) for ids, _ in pieces]),
        "regression_labels": labels,
        "classification_labels": np.array(classes, dtype=np.int64),
        "raw_text": [" ".join(said) for said in spoken],
        "annotations": [_NAMES[i] for i in classes],
        "id": [_identifier(entry) for entry in entries],
        **lengths,
    }


def _pieces(entry: Entry) -> tuple[list[int], list[int]]:
    return word_pieces().split([word.text for word in entry.aligned.words])


def _rows(
    entries: Sequence[Entry], modality: Modality, owners: Sequence[Sequence[int]], length: int, first: int
) -> Floats:
    """Each clip's word vectors at the rows of `owners`, from row `first` on: (N, length, D), zeros elsewhere."""
    dim = entries[0].aligned.streams[modality].spec.dim
    found = np.zeros((len(entries), length, dim), dtype=np.float32)
    for i, (entry, owner) in enumerate(zip(entries, owners, strict=True)):
        values = np.nan_to_num(entry.aligned.streams[modality].values, nan=0.0)
        found[i, first : first + len(owner)] = values[list(owner)]
    return found


def _bert(ids: Sequence[int], length: int) -> NDArray[np.int64]:
    """Ids, mask and segments (3, length) of one clip."""
    found = np.zeros((3, length), dtype=np.int64)
    whole = [CLS, *ids, SEP]
    found[0, : len(whole)] = whole
    found[1, : len(whole)] = 1
    return found


def _label(entry: Entry) -> float:
    if entry.label is None:
        raise DataError(f"Clip {entry.aligned.clip!r} has no label, which MMSA's file needs: label it or leave it out.")
    return entry.label


def _identifier(entry: Entry) -> str:
    """`video$_$clip`; the speaker stands for the video where the clip's name begins with it."""
    name, speaker = entry.aligned.clip, entry.speaker
    if speaker and name.startswith(f"{speaker}_"):
        return f"{speaker}$_${name[len(speaker) + 1 :]}"
    video, mark, clip = name.rpartition("_")
    return f"{video}$_${clip}" if mark and video else f"{speaker or name}$_${name}"
