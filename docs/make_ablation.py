"""What each ingredient of the text model is worth: trained alone and together, tested in pairs, its seconds beside it.

Run `.venv/bin/python docs/make_ablation.py [NAME...]` with $S2S_DATA, and `s2s reproduce text-end-to-end` before it.
Names train single rows, so that several processes share the work; without any, all that is missing is trained and the
table is written to docs/results/ablation.csv. It shows every row. CMU-MOSI's standard folds, five seeds; epochs
by validation; the test split is read once a model.
"""

from __future__ import annotations

import csv
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from engine.bootstrap import compare
from engine.evaluate import test_results
from engine.fit import Place
from engine.reproduce import study
from engine.run import Run
from engine.summary import Summary, summarise
from engine.train_run import Prepared, train_run

SEEDS = 5
HERE = Path(__file__).resolve().parent
RUNS = HERE.parent / "runs" / "ablation"
METRICS = ("has0", "non0", "mae", "r", "acc7")
BF16 = Place("cpu", bf16=True)
END_TO_END = HERE.parent / "runs" / "reproduce" / "text-end-to-end"


@dataclass(frozen=True)
class Row:
    """Attributes: name; what it is, for people; study whose options it takes; start, whether from the study's model."""

    name: str
    title: str
    study: str
    start: bool = False


ROWS = (
    Row("frozen", "frozen word vectors", "text-mosei"),
    Row("mosei", "frozen word vectors, CMU-MOSEI's texts first", "text-mosei"),
    Row("end-to-end", "the encoder of words learns along", "text-end-to-end"),
    Row("both", "the encoder learns along, CMU-MOSEI's texts first", "text-end-to-end", start=True),
)


def runs_of(row: Row) -> tuple[Run, ...]:
    """The five runs of a row."""
    chosen = study(row.study)
    place = BF16 if chosen.adapter is not None else Place()
    runs = chosen.runs(SEEDS, place=place, command=f"s2s reproduce {chosen.name}")
    if row.name == "frozen":
        runs = tuple(replace(run, extra=None) for run in runs)
    if row.start:
        assert chosen.before is not None
        first = chosen.before(place, _train, f"s2s reproduce {chosen.name}")
        runs = tuple(replace(run, start=first) for run in runs)
    return runs


def _train(run: Run, part: str) -> Path:
    return train_run(run, END_TO_END.parent / "before" / part)


def folder_of(row: Row) -> Path:
    """Where its runs lie; those of the study are taken as they are."""
    return END_TO_END if row.start else RUNS / row.name


def train(row: Row) -> None:
    """Train what is missing, and note the seconds of each seed beside its model."""
    torch.set_num_threads(1)
    runs = runs_of(row)
    for run in runs:
        note = run.folder(folder_of(row)) / "seconds.txt"
        if note.is_file():
            continue
        begun = time.monotonic()
        train_run(run, folder_of(row), prepared=Prepared(run, folder_of(row)))
        note.write_text(f"{time.monotonic() - begun:.1f}\n")


def seconds_of(row: Row) -> float | None:
    """The mean over seeds, or None where they were not noted."""
    notes = sorted((folder_of(row) / "T").glob("standard/seed_*/seconds.txt"))
    return sum(float(note.read_text()) for note in notes) / len(notes) if notes else None


def main(names: list[str]) -> None:
    """Train, and with no names measure and write the table."""
    for row in ROWS:
        if (not names and not row.start) or row.name in names:
            train(row)
    if names:
        return
    variant = runs_of(ROWS[0])[0].variant
    results = {row.name: test_results(variant, "standard", folder_of(row), runs_of(row)[0].data) for row in ROWS}
    clips = {
        name: [[clip for fold in folds for clip in fold.clips] for folds in seeds.values()]
        for name, seeds in results.items()
    }
    base = ROWS[0].name
    lines = []
    for row in ROWS:
        found: Summary = summarise(variant, "standard", results[row.name])
        p = "" if row.name == base else compare(clips[row.name], clips[base], "mae", by="speaker").p_value
        figures = [value for m in METRICS for value in (found.mean[m], found.std[m])]
        lines.append([row.name, row.title, len(found.seeds), found.clips, *figures, p, seconds_of(row) or ""])
        print(lines[-1])
    head = [f"{m}{part}" for m in METRICS for part in ("", "_std")]
    with (HERE / "results" / "ablation.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "title", "seeds", "clips", *head, "p_mae", "seconds"])
        writer.writerows(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
