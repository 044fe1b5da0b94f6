"""A small encoder of words taught by a large one: the trainings that come before those of the study `text-taught`.

mpnet (109 million parameters) learns CMU-MOSEI's texts and then CMU-MOSI's; it then reads CMU-MOSEI's training texts
and phrases of them, and MiniLM (22 million) learns the means of its scores and the labels, of phrases its scores alone.
Neither sees a text that CMU-MOSI validates or tests on; the teacher's epoch is chosen on CMU-MOSI's validation texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from engine.config import AdapterOptions, RegressionOptions, override
from engine.embedders import MPNET
from engine.fit import Place
from engine.notation import parse
from engine.phrases import with_phrases
from engine.predict import load
from engine.run import Run
from engine.study_tables import kept, mosei_apart, mosi_texts_by
from engine.weak_labels import weakly_labelled
from extraction.store import WordTable, read_table

Train = Callable[[Run, str], Path]
"""Trains a run in a folder of that name, if it is not trained yet, and returns its checkpoint's folder."""

REGRESSION: Final[Mapping[str, Any]] = {"schedule": "linear", "text_scale": "whole", "layers": 0}
_TEACHER: Final = override(AdapterOptions(), {"dropout": 0, "learning_rate": 4e-4})
STUDENT: Final[Mapping[str, Any]] = {"rank": 16, "alpha": 32, "dropout": 0}
_SHARE = 0.5  # of the teacher in a label


def taught(place: Place, train: Train, command: str) -> Run:
    """The run on CMU-MOSEI's texts and phrases with the teacher's labels, the teacher trained before.

    Raises DataError if data is missing, WeightsError if mpnet is.
    """
    large = _trained_teacher(place, train, command)
    source = mosei_apart()
    table = kept(
        "mosei-taught",
        [source, large / "model.safetensors"],
        f"1, {_SHARE}",
        lambda: _labelled(read_table(source), large, place),
    )
    return Run(
        variant=parse("T"),
        data=table,
        regression=override(RegressionOptions(), {**REGRESSION, "epochs": 2, "patience": 2}),
        adapter=override(AdapterOptions(), {**STUDENT, "learning_rate": 1e-3}),
        place=place,
        command=command,
    )


def _trained_teacher(place: Place, train: Train, command: str) -> Path:
    first = Run(
        variant=parse("T"),
        data=mosei_apart(MPNET),
        regression=override(RegressionOptions(), {**REGRESSION, "epochs": 1}),
        adapter=_TEACHER,
        place=place,
        command=command,
    )
    then = replace(
        first,
        data=mosi_texts_by(MPNET),
        regression=override(RegressionOptions(), {**REGRESSION, "epochs": 3, "patience": 3}),
        adapter=replace(_TEACHER, learning_rate=2e-4),
        start=train(first, "teacher-first"),
    )
    return train(then, "teacher")


def _labelled(table: WordTable, teacher: Path, place: Place) -> WordTable:
    return weakly_labelled(with_phrases(table, 1), load(teacher), every=True, share=_SHARE, place=place).table
