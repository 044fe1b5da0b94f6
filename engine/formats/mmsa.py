"""MMSA's feature files (`aligned_50.pkl`, `unaligned_50.pkl`, MMSA-FET's `run_dataset`) to a word table.

A dictionary of train, valid and test, each with `id` (`video$_$clip`), `raw_text`, `text` (N, L, D), `audio`, `vision`,
`regression_labels` and, where the text was read by BERT, `text_bert` (N, 3, L): ids, mask, segments.

Conventions. A row of `text` is a word piece, the first and last of a clip [CLS] and [SEP]; those two and the padding
are dropped, and the pieces of one word averaged. In an aligned file the rows of `audio` and `vision` are those of the
text (one word's row stands at each of its pieces, so averaging gives it back). In an unaligned one they are frames at a
rate the file does not tell, spread evenly over the words. Words have no times.
Source: github.com/thuiar/MMSA, `data_loader.py` and `data/TextPre.py`; github.com/thuiar/MMSA-FET, `dataset.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from engine.formats.checks import SIZES, Side, padding_side, published, real_rows
from engine.formats.findings import Findings, Imported
from engine.formats.foreign import (
    ForeignClip,
    Spans,
    columns,
    gather,
    proportional,
    shared_rows,
    split_name,
)
from engine.formats.layout import numbers, same_length, sequences, splits_of, texts
from engine.formats.restricted_pickle import load
from engine.formats.text_rows import TextRows, piece_rows, word_rows
from extraction.errors import DataError
from extraction.types import FeatureSpec, Modality

KEYS: Mapping[Modality, str] = {"T": "text", "A": "audio", "V": "vision"}
SPREAD = (
    "The file holds no times, so the frames of {} are spread evenly over the words: which word a frame belongs to "
    "is an approximation."
)


@dataclass(frozen=True)
class _Split:
    """One split's parts, one item a clip; `ids` and `mask` are of BERT's pieces, where the file has them."""

    name: str
    clips: list[str]
    raw: list[str]
    labels: list[float]
    rows: Mapping[Modality, list[NDArray[Any]]]
    lengths: Mapping[Modality, list[float]]
    bert: list[NDArray[Any]] | None


@dataclass(frozen=True)
class _Layout:
    """How all clips of the file lie in it."""

    present: tuple[Modality, ...]
    sides: Mapping[Modality, Side]
    aligned: bool
    merge_pieces: bool


def read_mmsa(path: Path, *, merge_pieces: bool = True) -> Imported:
    """Read `path`; with `merge_pieces` False every word piece is a word of the table.

    Raises DataError if the file cannot be read, has another layout, a label outside [-3, 3] or a clip without one.
    """
    findings = Findings()
    data = load(path)
    if isinstance(data, dict) and "train" not in data and {"text", "audio", "vision"} & set(data):
        raise DataError(f"{path.name} holds a single clip: import it as MMSA-FET's output.")
    splits = [_split(split, fields, path.name) for split, fields in splits_of(data, path.name).items()]
    known = published(path)
    if known:
        findings.note(known)
    present = [m for m in KEYS if all(m in split.rows for split in splits)]
    sides = {m: padding_side(rows for split in splits for rows in _padded(split, m)) for m in present}
    for modality, side in sides.items():
        findings.note(f"{KEYS[modality]}: {'not padded' if side == 'none' else f'padded on the {side}'}.")
    aligned = not any(split.lengths for split in splits) and _equally_long(splits, present)
    if not aligned:
        findings.note(SPREAD.format(" and ".join(KEYS[m] for m in present if m != "T")))
    layout = _Layout(tuple(present), sides, aligned, merge_pieces)
    clips = [clip for split in splits for clip in _clips(split, layout, findings)]
    specs = _specs(splits, present, aligned, merge_pieces)
    return gather(clips, specs, findings)


def _split(name: str, fields: Mapping[str, Any], file: str) -> _Split:
    rows: dict[Modality, list[NDArray[Any]]] = {
        m: sequences(fields, key, file) for m, key in KEYS.items() if fields.get(key) is not None
    }
    if "T" not in rows:
        raise DataError(f"{file} has no text features: give a file that has them, as words are counted by them.")
    for key in ("id", "regression_labels"):
        if key not in fields:
            raise DataError(f"{file} has no {key!r} in {name}: give a feature file of MMSA or MMSA-FET.")
    clips, labels = texts(fields["id"], "id", file), numbers(fields["regression_labels"], "regression_labels", file)
    raw = texts(fields["raw_text"], "raw_text", file) if "raw_text" in fields else [""] * len(clips)
    lengths = {
        m: numbers(fields[f"{key}_lengths"], f"{key}_lengths", file)
        for m, key in KEYS.items()
        if m in rows and fields.get(f"{key}_lengths") is not None
    }
    bert = sequences(fields, "text_bert", file) if fields.get("text_bert") is not None else None
    parts: dict[str, Sequence[object]] = {"id": clips, "raw_text": raw, "regression_labels": labels}
    parts |= {KEYS[m]: found for m, found in rows.items()} | {f"{KEYS[m]}_lengths": n for m, n in lengths.items()}
    if bert is not None:
        parts["text_bert"] = bert
    same_length(parts, file)
    return _Split(name, clips, raw, labels, rows, lengths, bert)


def _padded(split: _Split, modality: Modality) -> Sequence[NDArray[Any]]:
    """What tells a modality's padding: for text the mask of its pieces, as BERT has vectors for padding also."""
    if modality == "T" and split.bert is not None:
        return [(bert if bert.shape[0] == 3 else bert.T)[1][:, None] for bert in split.bert]
    return split.rows[modality]


def _equally_long(splits: Sequence[_Split], present: Sequence[Modality]) -> bool:
    return all(len({len(split.rows[m][i]) for m in present}) == 1 for split in splits for i in range(len(split.clips)))


def _specs(
    splits: Sequence[_Split], present: Sequence[Modality], aligned: bool, merge_pieces: bool
) -> dict[Modality, FeatureSpec]:
    corpus = corpus_of({split.name: len(split.clips) for split in splits})
    version = f"mmsa-{'aligned' if aligned else 'unaligned'}/{'words' if merge_pieces else 'pieces'}-1"
    dims = {m: splits[0].rows[m][0].shape[1] for m in present}
    return {m: FeatureSpec(m, f"mmsa-{corpus}-{KEYS[m]}-{dim}", version, columns(m, dim)) for m, dim in dims.items()}


def corpus_of(counts: Mapping[str, int]) -> str:
    """`mosi` or `mosei` where the splits have those sizes, else `own`: a feature set's name says whose it is."""
    for corpus, sizes in SIZES.items():
        if counts and all(sizes[split] == count for split, count in counts.items()):
            return "mosi" if corpus == "CMU-MOSI" else "mosei"
    return "own"


def _clips(split: _Split, layout: _Layout, findings: Findings) -> Iterator[ForeignClip]:
    for i, identifier in enumerate(split.clips):
        name, video, _ = split_name(identifier)
        values = {m: split.rows[m][i] for m in layout.present}
        text = _text(split, i, layout, findings)
        rows: dict[Modality, NDArray[Any]] = {}
        spans: dict[Modality, Spans] = {}
        for modality in layout.present:
            if modality == "T" or layout.aligned:
                shift = _start(len(values[modality]), text, layout.sides[modality], layout.sides["T"]) - text.first
                rows[modality] = values[modality][text.start + shift : text.stop + shift]
                spans[modality] = text.spans
            else:
                length = split.lengths[modality][i] if modality in split.lengths else None
                rows[modality] = values[modality][_frames(values[modality], layout.sides[modality], length, findings)]
                spans[modality] = proportional(len(rows[modality]), len(text.words))
        yield ForeignClip(name, video, split.name, split.labels[i], text.words, rows, spans)


def _text(split: _Split, i: int, layout: _Layout, findings: Findings) -> TextRows:
    if split.bert is not None:
        rows = len(split.rows["T"][i])
        return piece_rows(split.bert[i], rows, split.raw[i], findings, merge=layout.merge_pieces)
    alike = [m for m in layout.present if m == "T" or (layout.aligned and layout.sides[m] == layout.sides["T"])]
    return word_rows(shared_rows([split.rows[m][i] for m in alike], layout.sides["T"]), split.raw[i], findings)


def _start(length: int, text: TextRows, side: Side, text_side: Side) -> int:
    """The row at which an aligned modality of L rows begins, which may be padded on another side than the text."""
    if side in {text_side, "none"}:
        return text.first
    return length - text.whole if side == "left" else 0


def _frames(values: NDArray[Any], side: Side, length: float | None, findings: Findings) -> slice:
    """The rows of an unaligned modality that are no padding; the file's own length holds where it can be true."""
    where = real_rows(values, side)
    if length is None or not 0 < length <= len(values):
        return where
    if side != "left" and length >= where.stop:
        return slice(0, int(length))
    if length != where.stop - where.start:
        findings.note("The lengths in the file do not fit its padding, so the rows that hold numbers are counted.")
    return where
