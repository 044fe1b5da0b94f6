"""MMIM's lists of clips, not aligned, to a word table.

One clip is `((word ids, visual (F, 20), acoustic (G, 5), words, F, G), label, 'video_clip')`; a file is a list of them,
or a dictionary of such lists under train, dev and test. Word ids may be missing; T is made from the words.

Conventions. Visual is 20 columns of FACET, acoustic columns 1, 3, 6, 25 and 60 of COVAREP, both not normalised. The
frames have no times, so they are spread evenly over the words.
Source: github.com/declare-lab/Multimodal-Infomax, `src/create_dataset.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.findings import Findings, Imported
from engine.formats.foreign import ForeignClip, Spans, gather, proportional, split_name
from engine.formats.label_csv import ManyEmbedder
from engine.formats.layout import is_rows, texts
from engine.formats.misa import clip_lists, clip_parts, list_specs
from engine.formats.mmsa import SPREAD, corpus_of
from engine.formats.restricted_pickle import load
from extraction.errors import DataError
from extraction.types import Modality, Word

_COVAREP = (1, 3, 6, 25, 60)


def read_mmim(path: Path, embedder: ManyEmbedder, split: str | None = None) -> Imported:
    """Read `path` and embed its words; `split` (train, valid, test) says which one a bare list is, None for none.

    Raises DataError if the file cannot be read, has another layout, or a label outside [-3, 3].
    """
    findings = Findings()
    lists = clip_lists(load(path), split, path.name)
    clips = [clip for name, items in lists for clip in _clips(items, name, path.name)]
    if not clips:
        raise DataError(f"{path.name} holds no clips: give a file with some.")
    findings.note(SPREAD.format("audio and vision"))
    corpus = corpus_of({name: len(items) for name, items in lists if name is not None})
    specs = list_specs("mmim", corpus, clips[0].rows, "spread-1")
    if specs["A"].dim == len(_COVAREP):
        specs["A"] = replace(specs["A"], names=tuple(f"covarep_{i}" for i in _COVAREP))
    return gather(clips, specs, findings, embedder)


def _clips(items: Sequence[Any], split: str | None, file: str) -> Iterator[ForeignClip]:
    for i, item in enumerate(items):
        features, label, segment = clip_parts(item, i, file)
        if len(features) < 4 or not is_rows(features[1]) or not is_rows(features[2]):
            raise DataError(f"{file}, clip {segment!r}: no words or no frames: name another format.")
        words = tuple(Word(word) for word in texts(features[3], "words", file))
        visual, acoustic = _frames(features, 1), _frames(features, 2)
        spans: dict[Modality, Spans] = {
            "A": proportional(len(acoustic), len(words)),
            "V": proportional(len(visual), len(words)),
        }
        name, video, _ = split_name(segment)
        yield ForeignClip(name, video, split, label, words, {"A": acoustic, "V": visual}, spans)


def _frames(features: Sequence[Any], at: int) -> NDArray[Any]:
    """The rows of one modality, cut to the length that the clip gives for it three places on, where it gives one."""
    rows: NDArray[Any] = features[at]
    length = features[at + 3] if len(features) > at + 3 else len(rows)
    return rows[: int(length)] if isinstance(length, int | np.integer) and length > 0 else rows
