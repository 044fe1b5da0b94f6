"""MISA's and MAG's lists of clips, aligned by word, to a word table.

One clip is `((word ids (L,), visual (L, 47), acoustic (L, 74)[, words]), label, segment)`; a file is a list of them, or
a dictionary of such lists under train, dev and test. The word ids count the words of a dictionary that is not in the
file, so T is made from the words themselves.

Conventions. Visual is FACET, acoustic COVAREP. A segment is `video[k]`, k from 0, the clip `video_(k+1)` of the field's
label.csv. The published files are normalised over time within each clip. Words have no times.
Source: github.com/declare-lab/MISA, `src/create_dataset.py`; github.com/WasifurRahman/BERT_multimodal_transformer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.findings import Findings, Imported
from engine.formats.foreign import ForeignClip, columns, gather, split_name
from engine.formats.label_csv import ManyEmbedder
from engine.formats.layout import SPLITS, is_rows, numbers, text, texts
from engine.formats.mmsa import corpus_of
from engine.formats.restricted_pickle import load
from extraction.errors import DataError
from extraction.types import FeatureSpec, Modality, Word

_COUNTED = "Clips called video[k] in the file, with k from 0, are called video_(k+1), as in the field's label.csv."
_NORMALISED = "Audio and video are normalised within each clip, so how clips differ from each other is not in the file."


def read_misa(path: Path, embedder: ManyEmbedder, split: str | None = None) -> Imported:
    """Read `path` and embed its words; `split` (train, valid, test) says which one a bare list is, None for none.

    Raises DataError if the file cannot be read, has another layout, holds no words, or a label outside [-3, 3].
    """
    findings = Findings()
    lists = clip_lists(load(path), split, path.name)
    clips = [clip for name, items in lists for clip in _clips(items, name, path.name, findings)]
    if not clips:
        raise DataError(f"{path.name} holds no clips: give a file with some.")
    if all(_normalised(clip.rows[m]) for clip in clips for m in ("A", "V")):
        findings.note(_NORMALISED)
    corpus = corpus_of({name: len(items) for name, items in lists if name is not None})
    specs = list_specs("misa", corpus, clips[0].rows, "words-1")
    return gather(clips, specs, findings, embedder)


def clip_lists(data: object, split: str | None, name: str) -> list[tuple[str | None, Sequence[Any]]]:
    """The lists of clips in a file, each with its split. Raises DataError if there are none."""
    if split is not None and split not in {"train", "valid", "test"}:
        raise DataError(f"{split!r} is not a split: say train, valid or test.")
    if isinstance(data, list):
        return [(split, data)]
    if isinstance(data, dict):
        found = [(SPLITS[key], data[key]) for key in SPLITS if isinstance(data.get(key), list)]
        if found:
            return list(found)
    raise DataError(f"{name} is not a list of clips, nor lists under train, dev and test: name another format.")


def list_specs(
    who: str, corpus: str, rows: Mapping[Modality, NDArray[Any]], version: str
) -> dict[Modality, FeatureSpec]:
    """The feature sets of a list of clips, of which `rows` are one's."""
    names: dict[Modality, str] = {"A": "audio", "V": "vision"}
    dims = {m: rows[m].shape[1] for m in names}
    return {
        m: FeatureSpec(m, f"{who}-{corpus}-{names[m]}-{d}", f"{who}/{version}", columns(m, d)) for m, d in dims.items()
    }


def _clips(items: Sequence[Any], split: str | None, file: str, findings: Findings) -> Iterator[ForeignClip]:
    for i, item in enumerate(items):
        features, label, segment = clip_parts(item, i, file)
        if len(features) < 4:
            raise DataError(f"{file} holds word numbers and no words: give a file written with its words.")
        visual, acoustic, words = features[1], features[2], texts(features[3], "words", file)
        if not is_rows(visual) or not is_rows(acoustic) or not len(visual) == len(acoustic) == len(words):
            raise DataError(f"{file}, clip {segment!r}: words and features differ in number: name another format.")
        name, video, counted = split_name(segment)
        if counted:
            findings.note(_COUNTED)
        yield ForeignClip(name, video, split, label, tuple(map(Word, words)), {"A": acoustic, "V": visual})


def clip_parts(item: object, position: int, file: str) -> tuple[Sequence[Any], float, str]:
    """The features, label and segment of one clip of a list. Raises DataError if it is no such thing."""
    if isinstance(item, list | tuple) and len(item) == 3:
        features, label, segment = item
        if isinstance(features, list | tuple) and len(features) >= 3:
            return features, numbers([label], "label", file)[0], text(segment, "segment", file)
    raise DataError(f"{file}, clip {position + 1} is not (features, label, segment): name another format.")


def _normalised(rows: NDArray[Any]) -> bool:
    """Whether every column's mean over the clip is nought, as no measured one's is."""
    return bool(np.abs(rows.mean(axis=0, dtype=np.float64)).max() < 1e-3)
