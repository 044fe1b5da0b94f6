"""A small encoder of words taught by a large one: what comes before the trainings of the study `text-taught-joined`.

mpnet (109 million parameters) learns CMU-MOSEI's texts and then CMU-MOSI's; it then reads CMU-MOSEI's training texts
and phrases of them, and MiniLM (22 million) learns its scores of both, in place of CMU-MOSEI's labels: they are on the
scale of CMU-MOSI's and less noisy. In a second round it learns them again, with further phrases, and CMU-MOSI's
training texts with theirs. Neither sees a text that CMU-MOSI tests on; the teacher's epoch, and nothing else of it, is
chosen on CMU-MOSI's validation texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

from engine.config import AdapterOptions, RegressionOptions, override
from engine.embedders import MPNET
from engine.fit import Place
from engine.labelled_tables import table_path
from engine.notation import parse
from engine.phrases import with_phrases
from engine.predict import load
from engine.run import Run
from engine.study_tables import kept, mosei_apart
from engine.weak_labels import weakly_labelled
from extraction.store import WordTable, make_table, read_table

Train = Callable[[Run, str], Path]
"""Trains a run in a folder of that name, if it is not trained yet, and returns its checkpoint's folder."""

REGRESSION: Final[Mapping[str, Any]] = {"schedule": "linear", "text_scale": "whole", "layers": 0}
LARGE_REGRESSION: Final[Mapping[str, Any]] = {**REGRESSION, "epochs": 3, "patience": 3}
LARGE_RATE: Final = 2e-4  # of those on CMU-MOSI's texts
LARGE: Final[Mapping[str, Any]] = {"rank": 16, "alpha": 32, "dropout": 0}  # adapters of mpnet
STUDENT: Final[Mapping[str, Any]] = LARGE
_PHRASES = 2  # a text, in the first round
_FURTHER, _OWN = 3, 8  # further ones in the second, and those of a text of CMU-MOSI's


def taught(place: Place, train: Train, command: str) -> Path:
    """MiniLM on texts and phrases with the teacher's labels, in two rounds, the teacher trained before.

    Raises DataError if data is missing, WeightsError if mpnet is.
    """
    large = _trained_teacher(place, train, command)
    source, own = mosei_apart(), table_path(None)
    weights = large / "model.safetensors"
    first = kept(
        "mosei-taught",
        [source, weights],
        f"1, {_PHRASES}",
        lambda: _labelled(with_phrases(read_table(source), _PHRASES), large, place),
    )
    once = train(_student(place, first, command), "taught")
    second = kept(
        "mosei-taught-further",
        [first, own, weights],
        f"1, {_FURTHER}, {_OWN}",
        lambda: _joined(read_table(first), _labelled(_further(read_table(source), read_table(own)), large, place)),
    )
    return train(replace(_student(place, second, command), start=once), "taught-further")


def _student(place: Place, data: Path, command: str) -> Run:
    return Run(
        variant=parse("T"),
        data=data,
        regression=override(RegressionOptions(), {**REGRESSION, "epochs": 1}),
        adapter=override(AdapterOptions(), {**STUDENT, "learning_rate": 1e-3}),
        place=place,
        command=command,
    )


def large_first(place: Place, train: Train, command: str) -> Path:
    """Mpnet on CMU-MOSEI's texts. Raises as `taught` does."""
    return train(_large(place, mosei_apart(MPNET), {**REGRESSION, "epochs": 1}, 4e-4, command), "mpnet-first")


def _trained_teacher(place: Place, train: Train, command: str) -> Path:
    first = large_first(place, train, command)
    then = _large(place, table_path(None, MPNET), LARGE_REGRESSION, LARGE_RATE, command)
    return train(replace(then, start=first), "mpnet")


def _large(place: Place, data: Path, regression: Mapping[str, Any], rate: float, command: str) -> Run:
    return Run(
        variant=parse("T"),
        data=data,
        regression=override(RegressionOptions(), regression),
        adapter=override(AdapterOptions(), {**LARGE, "learning_rate": rate}),
        place=place,
        command=command,
    )


def _labelled(table: WordTable, teacher: Path, place: Place) -> WordTable:
    return weakly_labelled(table, load(teacher), every=True, place=place).table


def _further(source: WordTable, own: WordTable) -> WordTable:
    """Other phrases of the first table's training texts, and the second's training texts with phrases of them."""
    phrases = (entry for entry in with_phrases(source, _FURTHER, seed=1) if entry.label is None)
    texts = (entry for entry in with_phrases(own, _OWN, seed=2) if entry.split == "train")
    return make_table(chain(phrases, texts))


def _joined(*tables: WordTable) -> WordTable:
    """All clips of the tables, one that comes again left out, and nobody named: some speak in both corpora."""
    entries = {entry.aligned.clip: entry for table in reversed(tables) for entry in table}
    order = dict.fromkeys(entry.aligned.clip for table in tables for entry in table)
    return make_table(replace(entries[clip], speaker=None) for clip in order)
