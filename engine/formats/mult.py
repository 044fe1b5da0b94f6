"""MulT's feature files (`mosi_data.pkl`, `mosei_senti_data_noalign.pkl`, ...) and MultiBench's `mosi_raw.pkl`.

A dictionary of train, valid and test, each with `text` (N, L, 300), `audio`, `vision`, `labels` and `id`. The text is
GloVe vectors; the words themselves are not in the file, and there are no times.

Conventions. In an aligned file a row is a word in all modalities; a row of zeros in the text is a word that GloVe does
not know. In an unaligned one, audio and video are frames at a rate the file does not tell, spread over the words. An
`id` is `[clip, ...]` for MOSI, `[video, start, end]` in seconds for MOSEI, and `video[k]`, k from 0, with MultiBench.
Source: github.com/yaohungt/Multimodal-Transformer, `src/dataset.py`; github.com/pliang279/MultiBench,
`datasets/affect/get_data.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.checks import Side, padding_side, published
from engine.formats.findings import Findings, Imported
from engine.formats.foreign import (
    ForeignClip,
    Spans,
    columns,
    gather,
    one_each,
    proportional,
    shared_rows,
    split_name,
    untold,
)
from engine.formats.layout import numbers, same_length, sequences, splits_of, text
from engine.formats.mmsa import KEYS, SPREAD, corpus_of
from engine.formats.restricted_pickle import load
from engine.formats.text_rows import UNTOLD
from extraction.errors import DataError
from extraction.types import FeatureSpec, Floats, Modality, Word

_COUNTED = "Clips called video[k] in the file, with k from 0, are called video_(k+1), as in the field's label.csv."
_MOSI_CLIP = re.compile(r".{11}_[0-9]+")  # a YouTube id and a number
_LOOKED_UP = 8  # columns of a vector that find its like; all are compared then
_MODALITIES: tuple[Modality, ...] = ("T", "A", "V")


def read_mult(path: Path, glove: tuple[Sequence[str], Floats] | None = None) -> Imported:
    """Read `path`. Words are named where `glove`, words (K,) and their vectors (K, 300), has just the vector.

    Raises DataError if the file cannot be read, has another layout, or a label outside [-3, 3].
    """
    findings = Findings()
    splits = splits_of(load(path), path.name)
    known = published(path)
    if known:
        findings.note(known)
    rows = {s: {m: sequences(f, KEYS[m], path.name) for m in _MODALITIES} for s, f in splits.items()}
    sides = {m: padding_side(clip for found in rows.values() for clip in found[m]) for m in _MODALITIES}
    for modality, side in sides.items():
        findings.note(f"{KEYS[modality]}: {'not padded' if side == 'none' else f'padded on the {side}'}.")
    aligned = len({len(clip) for found in rows.values() for m in _MODALITIES for clip in found[m][:1]}) == 1
    if not aligned:
        findings.note(SPREAD.format("audio and vision"))
    names = _Glove(glove)
    clips = [
        clip
        for split, fields in splits.items()
        for clip in _clips(split, fields, rows[split], sides, aligned=aligned, glove=names, path=path)
    ]
    if any(word.text.startswith("w1") for clip in clips for word in clip.words[:1]):
        findings.note(UNTOLD)
    if any("[" in identifier for fields in splits.values() for identifier in _firsts(fields, path.name)):
        findings.note(_COUNTED)
    corpus = corpus_of({split: len(found["T"]) for split, found in rows.items()})
    version = f"mult-{'aligned' if aligned else 'unaligned'}/words-1"
    dims = {m: next(iter(rows.values()))[m][0].shape[1] for m in _MODALITIES}
    specs = {m: FeatureSpec(m, f"mult-{corpus}-{KEYS[m]}-{d}", version, columns(m, d)) for m, d in dims.items()}
    return gather(clips, specs, findings)


class _Glove:
    """Words by their vectors; a vector is known if all its columns are the same but for rounding."""

    def __init__(self, glove: tuple[Sequence[str], Floats] | None) -> None:
        self._words, self._vectors = glove if glove is not None else ((), np.empty((0, 0), dtype=np.float32))
        if len(self._words):
            from scipy.spatial import cKDTree

            self._tree = cKDTree(self._vectors[:, :_LOOKED_UP])

    def words(self, rows: NDArray[Any]) -> tuple[Word, ...]:
        """A word for each row (W, D); w1, w2 and so on where no vector is known at all, <unk> where one is not."""
        if not len(self._words) or rows.shape[1:] != self._vectors.shape[1:]:
            return untold(len(rows))
        rows = np.nan_to_num(rows)
        nearest = self._tree.query(rows[:, :_LOOKED_UP])[1]
        same = np.asarray(np.isclose(rows, self._vectors[nearest], rtol=1e-3, atol=1e-3).all(axis=1))
        return tuple(Word(self._words[i] if known else "<unk>") for i, known in zip(nearest, same, strict=True))


def _clips(
    split: str,
    fields: Mapping[str, Any],
    rows: Mapping[Modality, list[NDArray[Any]]],
    sides: Mapping[Modality, Side],
    *,
    aligned: bool,
    glove: _Glove,
    path: Path,
) -> Iterator[ForeignClip]:
    for key in ("id", "labels"):
        if key not in fields:
            raise DataError(f"{path.name} has no {key!r} in {split}: give a feature file of MulT or MultiBench.")
    labels = numbers(fields["labels"], "labels", path.name)
    same_length({"id": fields["id"], "labels": labels, **{KEYS[m]: found for m, found in rows.items()}}, path.name)
    for i, identifier in enumerate(fields["id"]):
        name, video, duration = _named(identifier, path.name)
        values = {m: found[i] for m, found in rows.items()}
        taken: dict[Modality, NDArray[Any]] = {}
        spans: dict[Modality, Spans] = {}
        if aligned:
            where = _aligned_rows(values, sides)
            taken = {m: values[m][place] for m, place in where.items()}
        else:
            taken = {m: values[m][shared_rows([values[m]], sides[m])] for m in values}
            spans = {m: proportional(len(taken[m]), len(taken["T"])) for m in ("A", "V")}
        spans["T"] = one_each(len(taken["T"]))
        yield ForeignClip(name, video, split, labels[i], glove.words(taken["T"]), taken, spans, duration)


def _aligned_rows(values: Mapping[Modality, NDArray[Any]], sides: Mapping[Modality, Side]) -> dict[Modality, slice]:
    """The rows of each modality that are words: as many in each, from the end that is not padded."""
    found = {m: shared_rows([v for n, v in values.items() if sides[n] == sides[m]], sides[m]) for m in values}
    count = max(where.stop - where.start for where in found.values())
    length = len(values["T"])
    return {m: slice(length - count, length) if sides[m] == "left" else slice(0, count) for m in values}


def _named(identifier: object, file: str) -> tuple[str, str, float]:
    """A clip's name, its video and its duration in seconds, 0 where the id does not tell."""
    parts = list(identifier) if isinstance(identifier, list | tuple | np.ndarray) else [identifier]
    names = [text(part, "id", file) for part in parts if isinstance(part, str | bytes)]
    if not names:
        raise DataError(f"{file} has an 'id' that is not text: give a feature file of MulT or MultiBench.")
    duration = 0.0
    if len(names) == 3:
        with suppress(ValueError):
            duration = max(float(names[2]) - float(names[1]), 0.0)
            if not _MOSI_CLIP.fullmatch(names[0]):
                return "_".join(names), names[0], duration
    name, video, _ = split_name(names[0])
    return name, video, duration


def _firsts(fields: Mapping[str, Any], file: str) -> Iterator[str]:
    for identifier in fields["id"]:
        part = identifier[0] if isinstance(identifier, list | tuple | np.ndarray) else identifier
        yield text(part, "id", file)
