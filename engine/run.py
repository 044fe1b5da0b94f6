"""One training run: from word tables to a checkpoint in its own folder, with a line of figures an epoch.

Layout: `runs/<variant>/<protocol>/seed_<n>/`, and below it, for the protocol `speakers`, `fold_<k>/` or `final/`. Each
such folder holds `model.safetensors`, `card.json`, `metrics.jsonl` and, once evaluated, `test.json`.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine.checkpoint import CARD, Card, Source, read_card, save
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import (
    Protocol,
    Segment,
    Split,
    choose_split,
    final_split,
    labelled,
    labels_of,
    segments_of,
    standard_split,
)
from engine.fit import Epoch, Report, silent
from engine.metrics import evaluate, floors, judge
from engine.model import SentimentModel, scores
from engine.notation import Variant
from engine.train import Corpus, Weights, train_variant
from engine.variants import directory_name, paper_row
from extraction.errors import CheckpointError, DataError
from extraction.store import WordTable, read_table
from extraction.types import MODALITIES, Modality

_EVERY = 7  # of unlabelled clips without split and speaker, each seventh validates


@dataclass(frozen=True)
class Run:
    """What to train, and on what.

    Attributes:
        variant: in any spelling the notation allows, parsed.
        data: the labelled word table.
        unlabelled: a word table for the translations, or None to use `data`.
        protocol: standard or speakers.
        folds: of the protocol `speakers`.
        fold: 0 .. folds - 1, or None for the final model of that protocol.
        seed: of weights, order and dropout.
        translation, regression: options.
        device: cpu or cuda.
        command: the command line, for the card.
    """

    variant: Variant
    data: Path
    unlabelled: Path | None = None
    protocol: Protocol = "standard"
    folds: int = 5
    fold: int | None = None
    seed: int = 0
    translation: TranslationOptions = field(default_factory=TranslationOptions)
    regression: RegressionOptions = field(default_factory=RegressionOptions)
    device: str = "cpu"
    command: str = ""

    def folder(self, runs: Path) -> Path:
        """Where the run is kept below `runs`."""
        seed = self._base(runs) / f"seed_{self.seed}"
        if self.protocol == "standard":
            return seed
        return seed / ("final" if self.fold is None else f"fold_{self.fold}")

    def has_runs(self, runs: Path) -> bool:
        """Whether `runs` holds a trained run of this variant and protocol, whatever its seed and fold."""
        return any(self._base(runs).glob(f"**/{CARD}"))

    def best(self, runs: Path) -> Path:
        """The run fit to be shipped: the seed with the lowest validation MAE, of final models where folds are left out.

        Raises CheckpointError if there is none.
        """
        pattern = f"seed_*/{CARD}" if self.protocol == "standard" else f"seed_*/final/{CARD}"
        folders = [path.parent for path in sorted(self._base(runs).glob(pattern))]
        if not folders:
            how = "" if self.protocol == "standard" else " with --final"
            raise CheckpointError(f"There is no model of {self.variant} to ship in {runs}: train it{how} first.")
        return min(folders, key=_validation_mae)

    def _base(self, runs: Path) -> Path:
        return runs / directory_name(self.variant) / self.protocol


def train_run(
    run: Run, runs: Path, report: Report = silent, stages: MutableMapping[str, Weights] | None = None
) -> Path:
    """Train one run, write its folder and return it; an older run of the same name is replaced.

    `stages` shares trained encoders between calls (see `engine.train.train_variant`): only between runs of one split,
    one seed and equal options. Raises DataError for data that cannot serve, TableError for a table that cannot be
    read, CheckpointError if the folder cannot be written.
    """
    table = read_table(run.data)
    split = split_of(run, table)
    unlabelled, learnt_from = None, None
    if run.unlabelled is not None and run.variant.stages:
        other = read_table(run.unlabelled)
        unlabelled = Corpus(unlabelled_split(segments_of(other, _wanted(run.variant)), split.test), other.specs)
        learnt_from = Source.of(run.unlabelled, other, unlabelled.split.train)
    folder = run.folder(runs)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.json").unlink(missing_ok=True)
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as log:

        def note(epoch: Epoch) -> None:
            log.write(json.dumps(epoch.to_dict()) + "\n")
            log.flush()
            report(epoch)

        trained = train_variant(
            run.variant,
            Corpus(split, table.specs),
            unlabelled,
            translation=run.translation,
            regression=run.regression,
            seed=run.seed,
            device=run.device,
            report=note,
            stages=stages,
        )
    data = Source.of(run.data, table, split.train)
    save(trained.model, _card(run, trained.model, split, data, learnt_from), folder)
    return folder


def _card(run: Run, model: SentimentModel, split: Split, data: Source, learnt_from: Source | None) -> Card:
    """The card of a model just trained, its figures those of the validation split."""
    valid = labelled(split.valid)
    validation = evaluate(scores(model, valid), labels_of(valid))
    floor = floors(labels_of(labelled(split.train)), labels_of(valid))
    learned, verdict = judge(validation, floor)
    row = paper_row(run.variant)
    return Card(
        variant=str(run.variant),
        specs=model.specs,
        translation=run.translation,
        regression=run.regression,
        seed=run.seed,
        protocol=run.protocol,
        folds=run.folds,
        fold=run.fold,
        data=data,
        unlabelled=learnt_from,
        validation=validation,
        test=None,
        floors=floor,
        paper=None if row is None else row.to_dict(),
        learned=learned,
        verdict=f"{verdict[:-1]} (validation split).",
        command=run.command,
        code_version=_code_version(),
    )


def split_of(run: Run, table: WordTable) -> Split:
    """The labelled segments of a run's table by role."""
    modalities = run.variant.inputs if run.unlabelled is not None else _wanted(run.variant)
    segments = labelled(segments_of(table, modalities))
    return choose_split(segments, run.protocol, run.folds, run.fold)


def unlabelled_split(segments: tuple[Segment, ...], test: tuple[Segment, ...] = ()) -> Split:
    """Training and validation clips for translations: by the split column, else by speakers, else each seventh clip.

    Clips that occur in `test` by name, and clips of a speaker who does, are left out, so that no translation has
    seen what the model will be tested on. Raises DataError if fewer than two clips are left.
    """
    clips, speakers = {s.clip for s in test}, {s.speaker for s in test} - {None}
    left = tuple(s for s in segments if s.clip not in clips and s.speaker not in speakers)
    if len(left) < 2:
        raise DataError("Fewer than two clips are left to learn the translation from: give more unlabelled clips.")
    if {"train", "valid"} <= {s.split for s in left}:
        parts = standard_split(left)
        return Split(parts.train, parts.valid)
    if all(s.speaker is not None for s in left) and len({s.speaker for s in left}) > 1:
        return final_split(left)
    valid = tuple(left[:: min(_EVERY, len(left))])
    names = {s.clip for s in valid}
    return Split(tuple(s for s in left if s.clip not in names), valid)


def _wanted(variant: Variant) -> tuple[Modality, ...]:
    """What the variant reads and translates to."""
    wanted = {*variant.inputs, *variant.targets}
    return tuple(m for m in MODALITIES if m in wanted)


def _validation_mae(folder: Path) -> float:
    mae = read_card(folder).validation["mae"]
    assert mae is not None  # always defined on a split that trained
    return mae


def _code_version() -> str:
    try:
        return version("seq2seq2sentiment")
    except PackageNotFoundError:
        return "unknown"
