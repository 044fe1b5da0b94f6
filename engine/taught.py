"""A small encoder of words taught by a large one: what comes before the trainings of `text-taught-joined` and -`rated`.

mpnet (109 million parameters) learns CMU-MOSEI's texts and then CMU-MOSI's; it then reads CMU-MOSEI's training texts
and phrases of them, and MiniLM (22 million) learns its scores of both, in place of CMU-MOSEI's labels: they are on the
scale of CMU-MOSI's and less noisy. In a second round it learns them again, with further phrases, and CMU-MOSI's
training texts with theirs; in a third (`text-taught-rated`) sentences that Hutto and Gilbert had rated, whose labels
are half their raters' and half mpnet's, and phrases of those on films and goods. Neither sees a text that CMU-MOSI
tests on; the teacher's epoch, and nothing else of it, is chosen on CMU-MOSI's validation texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

from engine.checkpoint import locate
from engine.config import AdapterOptions, RegressionOptions, override
from engine.embedders import MPNET, make_embedder
from engine.formats.rated_texts import read_rated_texts
from engine.labelled_tables import table_path
from engine.notation import parse
from engine.phrases import with_phrases
from engine.place import CPU, Place
from engine.predict import load
from engine.run import Run
from engine.study_tables import kept, mosei_apart, rated_archive
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
_SHARE = 0.5  # of the teacher's score in the label of a text that people rated
_CLOSE: Final = ("movie_", "amazon_")  # the rated texts that phrases are cut from


@dataclass(frozen=True)
class _Taught:
    """Folders of the student after two rounds and of its teacher, and the first round's table."""

    student: Path
    teacher: Path
    first: Path


def taught(place: Place, train: Train, command: str) -> Path:
    """MiniLM on texts and phrases with the teacher's labels, in two rounds, the teacher trained before.

    Raises DataError if data is missing, WeightsError if mpnet is.
    """
    return _twice(place, train, command).student


def taught_rated(place: Place, train: Train, command: str) -> Path:
    """The same, and a third round with texts that people rated. Raises as `taught` does."""
    archive = rated_archive()
    twice = _twice(place, train, command)
    third = kept(
        "rated-taught",
        [archive, twice.first, twice.teacher / "model.safetensors"],
        f"1, {_SHARE}, {_PHRASES}",
        lambda: _rated(read_rated_texts(archive, make_embedder()), twice, place),
    )
    return train(replace(_student(place, third, command), start=twice.student), "taught-rated")


def _twice(place: Place, train: Train, command: str) -> _Taught:
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
    return _Taught(train(replace(_student(place, second, command), start=once), "taught-further"), large, first)


def _student(place: Place, data: Path, command: str) -> Run:
    return Run(
        variant=parse("T"),
        data=data,
        regression=override(RegressionOptions(), {**REGRESSION, "epochs": 1}),
        adapter=override(AdapterOptions(), {**STUDENT, "learning_rate": 1e-3}),
        place=place,
        command=command,
    )


def read_by_shipped() -> Path:
    """CMU-MOSEI's texts, the training ones with the scores of the shipped `T` as labels: for models of frozen vectors.

    Raises DataError if data is missing, CheckpointError if the model is.
    """
    source, teacher = mosei_apart(), locate("T")
    weights = teacher / "model.safetensors"
    return kept("mosei-read", [source, weights], "1", lambda: _labelled(read_table(source), teacher, CPU))


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


def _labelled(table: WordTable, teacher: Path, place: Place, share: float = 1.0) -> WordTable:
    return weakly_labelled(table, load(teacher), every=True, share=share, place=place).table


def _rated(table: WordTable, twice: _Taught, place: Place) -> WordTable:
    """Rated texts, phrases of some, and the first round's validation texts."""
    close = make_table(replace(entry, label=None) for entry in table if entry.aligned.clip.startswith(_CLOSE))
    whole = {entry.aligned.clip for entry in close}
    phrases = make_table(e for e in with_phrases(close, _PHRASES, seed=3) if e.aligned.clip not in whole)
    held = make_table(entry for entry in read_table(twice.first) if entry.split == "valid")
    return _joined(_labelled(table, twice.teacher, place, _SHARE), _labelled(phrases, twice.teacher, place), held)


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
