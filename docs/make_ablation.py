"""What each ingredient of the text model is worth: trained alone and together, tested in pairs, its seconds beside it.

Run `.venv/bin/python docs/make_ablation.py [NAME...]` with $S2S_DATA, after the studies that are rows by themselves
(`s2s reproduce text-end-to-end` and so on). Names train single rows, so that several processes share the work; without
any, all that is missing is trained and the table is written to docs/results/ablation.csv, which the name `table` alone
does as well. The line of a row whose models are not here stays as it is. CMU-MOSI's standard folds, five seeds; epochs
by validation; the test split is read once a model.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from engine.answers import TestResult
from engine.bootstrap import compare
from engine.evaluate import test_results
from engine.notation import parse
from engine.place import Place
from engine.reproduce import study
from engine.run import Run
from engine.summary import Summary, summarise
from engine.train_run import Prepared, train_run

SEEDS = 5
HERE = Path(__file__).resolve().parent
RUNS = HERE.parent / "runs" / "ablation"
METRICS = ("has0", "non0", "mae", "r", "acc7")
HEAD = ["row", "title", "seeds", "clips", *(m + part for m in METRICS for part in ("", "_std")), "p_mae", "seconds"]
VARIANT = parse("T")
BF16 = Place("cpu", bf16=True)
Results = Mapping[int, Sequence[TestResult]]
STUDIES = HERE.parent / "runs" / "reproduce"
TABLE = HERE / "results" / "ablation.csv"


@dataclass(frozen=True)
class Row:
    """Attributes: name; what it is, for people; study whose options it takes; whole, whether it is that study."""

    name: str
    title: str
    study: str
    whole: bool = False


ROWS = (
    Row("frozen", "frozen word vectors", "text-mosei"),
    Row("mosei", "frozen word vectors, CMU-MOSEI's texts first", "text-mosei"),
    Row("end-to-end", "the encoder of words learns along", "text-end-to-end"),
    Row("both", "the encoder learns along, CMU-MOSEI's texts first", "text-end-to-end", whole=True),
    Row("taught", "the encoder learns along, taught by mpnet first, then in pairs", "text-taught-joined", whole=True),
    Row("rated", "the same, taught with texts that people rated as well", "text-taught-rated", whole=True),
    Row("mpnet", "mpnet in place of MiniLM learns along, CMU-MOSEI's texts first", "text-mpnet", whole=True),
)


def runs_of(row: Row) -> tuple[Run, ...]:
    """The five runs of a row."""
    chosen = study(row.study)
    place = BF16 if chosen.adapter is not None else Place()
    runs = chosen.runs(SEEDS, place=place, command=f"s2s reproduce {chosen.name}")
    if row.name == "frozen":
        runs = tuple(replace(run, extra=None) for run in runs)
    return runs


def folder_of(row: Row) -> Path:
    """Where its runs lie; those of the study are taken as they are."""
    return STUDIES / row.study if row.whole else RUNS / row.name


def there(row: Row) -> bool:
    """Whether all its models lie there."""
    return len(list((folder_of(row) / "T").glob("standard/seed_*/model.safetensors"))) == SEEDS


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
        if not row.whole and (not names or row.name in names):
            train(row)
    if names and "table" not in names:
        return
    with TABLE.open(encoding="utf-8", newline="") as file:
        before = {line["row"]: line for line in csv.DictReader(file)}
    measured = {row.name: test_results(VARIANT, "standard", folder_of(row), data_of(row)) for row in ROWS if there(row)}
    lines = [line_of(row, measured) if row.name in measured else before[row.name] for row in ROWS]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEAD)
        writer.writeheader()
        writer.writerows(lines)


def data_of(row: Row) -> Path:
    """The table that its runs test on."""
    return runs_of(row)[0].data


def line_of(row: Row, measured: Mapping[str, Results]) -> dict[str, Any]:
    """Its figures, and the p value against the first row."""
    found: Summary = summarise(VARIANT, "standard", measured[row.name])
    own, base = (by_seed(measured[name]) for name in (row.name, ROWS[0].name))
    figures = {f"{m}{part}": value[m] for m in METRICS for part, value in (("", found.mean), ("_std", found.std))}
    p = "" if row is ROWS[0] else compare(own, base, "mae", by="speaker").p_value
    line = {"row": row.name, "title": row.title, "seeds": len(found.seeds), "clips": found.clips, **figures, "p_mae": p}
    print(line)
    return {**line, "seconds": seconds_of(row) or ""}


def by_seed(results: Results) -> list[list[Any]]:
    """The test clips of each seed."""
    return [[clip for fold in folds for clip in fold.clips] for folds in results.values()]


if __name__ == "__main__":
    main(sys.argv[1:])
