"""MMSA-FET's output to a word table: `run_single`, one clip with times where it was aligned, or `run_dataset`.

One clip is a dictionary of `text` (L, D), `text_bert` (ids, mask, segments), `audio`, `vision`, and, from later
versions, `align`: for each word its text, start, end (seconds) and conf. `run_dataset` writes MMSA's layout.

Conventions. Of an aligned clip, every modality has the text's rows, a row a word piece; otherwise audio and video are
frames at a rate that is not in the file, spread evenly over the words. The clip is called as the file is; it has no
label, split or speaker.
Source: github.com/thuiar/MMSA-FET, `single.py`, `aligner/default.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from engine.formats.findings import Findings, Imported
from engine.formats.foreign import ForeignClip, Spans, by_owner, columns, gather, one_each, proportional
from engine.formats.layout import is_rows, text
from engine.formats.mmsa import KEYS, SPREAD, read_mmsa
from engine.formats.restricted_pickle import load
from engine.formats.text_rows import TextRows, piece_rows, word_rows
from engine.formats.word_pieces import word_pieces
from extraction.errors import DataError
from extraction.types import FeatureSpec, Modality, Word


def read_fet(path: Path) -> Imported:
    """Read `path`. Raises DataError if it cannot be read or is not MMSA-FET's output."""
    data = load(path)
    if isinstance(data, dict) and "train" in data:
        return read_mmsa(path)
    if not isinstance(data, dict) or not is_rows(data.get("text")):
        raise DataError(f"{path.name} holds no clip with text features: extract it with a text model.")
    findings = Findings()
    rows: dict[Modality, NDArray[Any]] = {m: data[key] for m, key in KEYS.items() if is_rows(data.get(key))}
    spoken = _aligned_words(data.get("align"), path.name)
    where = _text(data, spoken, findings)
    words = spoken if len(spoken) == len(where.words) else where.words
    aligned = all(len(found) == len(rows["T"]) for found in rows.values())
    spans: dict[Modality, Spans] = {}
    for modality, found in rows.items():
        if modality == "T" or aligned:
            rows[modality], spans[modality] = found[where.start : where.stop], where.spans
        else:
            findings.note(SPREAD.format("audio and vision"))
            spans[modality] = proportional(len(found), len(words))
    duration = max((word.end for word in words if word.end is not None), default=0.0)
    clip = ForeignClip(path.stem, None, None, None, words, rows, spans, duration)
    version = f"fet-{'aligned' if aligned else 'unaligned'}/words-1"
    dims = {m: found.shape[1] for m, found in rows.items()}
    specs = {m: FeatureSpec(m, f"fet-{KEYS[m]}-{dim}", version, columns(m, dim)) for m, dim in dims.items()}
    return gather([clip], specs, findings)


def _text(data: Mapping[str, Any], spoken: tuple[Word, ...], findings: Findings) -> TextRows:
    """The rows of text that are words, named as they were aligned where those words have just these pieces."""
    said = " ".join(word.text for word in spoken)
    if is_rows(data.get("text_bert")):
        found = piece_rows(data["text_bert"], len(data["text"]), said, findings)
        ids, owners = word_pieces().split([word.text for word in spoken])
        if len(ids) == found.stop - found.start:  # a word aligned may hold a blank, which `said` would split at
            spans = by_owner(owners, len(spoken))
            return TextRows(spoken, spans, found.start, found.stop, found.first, found.whole)
        return found
    if len(data["text"]) == len(spoken) + 2:  # another model's first and last
        return TextRows(spoken, one_each(len(spoken)), 1, len(spoken) + 1, 0, len(spoken) + 2)
    return word_rows(slice(0, len(data["text"])), said, findings)


def _aligned_words(align: object, name: str) -> tuple[Word, ...]:
    if align is None:
        return ()
    if not isinstance(align, list) or not all(
        isinstance(item, dict) and {"text", "start", "end"} <= set(item) for item in align
    ):
        raise DataError(f"{name} has an 'align' that is no list of text, start and end: extract the clip again.")
    return tuple(_word(item, name) for item in align)


def _word(item: Mapping[str, Any], name: str) -> Word:
    try:
        start, end = float(item["start"]), float(item["end"])
        confidence = float(item["conf"]) if item.get("conf") is not None else None
    except (TypeError, ValueError):
        raise DataError(f"{name} has a word whose times are not numbers: extract the clip again.") from None
    timed = math.isfinite(start) and math.isfinite(end) and 0 <= start <= end
    sure = confidence if confidence is not None and 0 <= confidence <= 1 else None
    return Word(text(item["text"], "align", name), start if timed else None, end if timed else None, sure)
