"""A small encoder of words taught by a large one: what comes before the trainings of the study `text-taught-joined`.

mpnet (109 million parameters) learns CMU-MOSEI's texts and then CMU-MOSI's; it then reads CMU-MOSEI's training texts
and phrases of them, and MiniLM (22 million) learns its scores of both, in place of CMU-MOSEI's labels: they are on the
scale of CMU-MOSI's and less noisy. Neither sees a text that CMU-MOSI tests on; the teacher's epoch, and nothing else of
it, is chosen on CMU-MOSI's validation texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
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
from extraction.store import WordTable, read_table

Train = Callable[[Run, str], Path]
"""Trains a run in a folder of that name, if it is not trained yet, and returns its checkpoint's folder."""

REGRESSION: Final[Mapping[str, Any]] = {"schedule": "linear", "text_scale": "whole", "layers": 0}
LARGE_REGRESSION: Final[Mapping[str, Any]] = {**REGRESSION, "epochs": 3, "patience": 3}
LARGE_RATE: Final = 2e-4  # of those on CMU-MOSI's texts
LARGE: Final[Mapping[str, Any]] = {"rank": 16, "alpha": 32, "dropout": 0}  # adapters of mpnet
STUDENT: Final[Mapping[str, Any]] = LARGE
_PHRASES = 2  # a text


def taught(place: Place, train: Train, command: str) -> Path:
    """MiniLM on CMU-MOSEI's texts and phrases with the teacher's labels, the teacher trained before.

    Raises DataError if data is missing, WeightsError if mpnet is.
    """
    large = _trained_teacher(place, train, command)
    source = mosei_apart()
    table = kept(
        "mosei-taught",
        [source, large / "model.safetensors"],
        f"1, {_PHRASES}",
        lambda: _labelled(read_table(source), large, place),
    )
    run = Run(
        variant=parse("T"),
        data=table,
        regression=override(RegressionOptions(), {**REGRESSION, "epochs": 1}),
        adapter=override(AdapterOptions(), {**STUDENT, "learning_rate": 1e-3}),
        place=place,
        command=command,
    )
    return train(run, "taught")


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
    return weakly_labelled(with_phrases(table, _PHRASES), load(teacher), every=True, place=place).table
