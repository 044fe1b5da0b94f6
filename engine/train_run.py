"""One training run carried out: from word tables to a checkpoint in the run's folder, with a line of figures an epoch.

A run whose folder holds a checkpoint of the same identity is done and not trained again; one that was cut short goes on
where it was.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path

from engine import distributed, translations
from engine.checkpoint import CARD, Card, Source, load, read_card, rounded, save
from engine.conformal import calibrate
from engine.curves import Curves, curves_of
from engine.dataset import Segment, labelled, labels_of, segments_of, widened
from engine.fit import Report, silent
from engine.metrics import evaluate, floors, judge
from engine.model import SentimentModel, scores
from engine.notation import Stage
from engine.pretrained import Pretrained, read_pretrained
from engine.resume import Unfinished
from engine.run import Run
from engine.splits import Split, check_labels, choose_split, extra_segments, unlabelled_split
from engine.stage_store import StageFigures
from engine.stages import RECIPE, Corpus, StageTrainer
from engine.train import TURNS, Trained, same_features, train_variant
from engine.variants import paper_row
from engine.version import program_version
from engine.voice import Voice, load_voice
from extraction.errors import DataError, InputError, S2SError
from extraction.store import WordTable, read_table
from extraction.types import MODALITIES

STAGES, STATE = "stages", "unfinished.safetensors"  # folder of trained stages; file of an unfinished regressor


class Prepared:
    """The data of a run, read and split once, for every variant that trains on it with one seed.

    Args:
        run: whose tables, protocol, fold, seed and options to take; its variant does not matter.
        runs: the folder of runs; trained stages are kept below it.
    """

    def __init__(self, run: Run, runs: Path) -> None:
        self.run, self.runs = run, runs
        self.table = read_table(run.data)
        self.other = None if run.unlabelled is None else read_table(run.unlabelled)
        self.added = None if run.extra is None else read_table(run.extra)

    @cached_property
    def split(self) -> Split:
        """The table's own labelled segments by role, with all its modalities."""
        return choose_split(labelled(self._segments(self.table)), self.run.protocol, self.run.folds, self.run.fold)

    @cached_property
    def more(self) -> tuple[Segment, ...]:
        """The extra clips."""
        if self.added is None:
            return ()
        more = extra_segments(widened(self.added, self.table.specs), self.split)
        if not more:
            raise DataError(
                f"No clip of {self.run.extra} can be added: each is unlabelled, or of a clip or speaker held out."
            )
        return more

    @cached_property
    def data(self) -> Corpus:
        """What the regressor learns from: the split, its training part enlarged by the extra clips if they go along."""
        along = self.more if self.run.regression.extra == "together" else ()
        return Corpus(replace(self.split, train=self.split.train + along), self.table.specs)

    @cached_property
    def first(self) -> Corpus | None:
        """What the regressor learns from before that: the extra clips, if they go first."""
        if not self.more or self.run.regression.extra == "together":
            return None
        return Corpus(replace(self.split, train=self.more), self.table.specs)

    @cached_property
    def translated(self) -> Corpus:
        """What the translations learn from; with pre-trained ones their feature sets, and clips to learn along from."""
        if self.pretrained is not None:
            return Corpus(self.split, {**self.table.specs, **self.pretrained.specs})
        if self.other is None:
            return Corpus(self.split, self.table.specs)
        return Corpus(unlabelled_split(self._segments(self.other), self.split.test), self.other.specs)

    @cached_property
    def pretrained(self) -> Pretrained | None:
        """The pre-trained translations."""
        return None if self.run.translations is None else read_pretrained(self.run.translations)

    @cached_property
    def voice(self) -> Voice | None:
        """The pre-trained voice network."""
        return None if self.run.voice is None else load_voice(self.run.voice)

    @property
    def start_card(self) -> Card:
        """The card of the checkpoint to start from."""
        assert self.run.start is not None
        return read_card(self.run.start)

    @cached_property
    def start(self) -> SentimentModel | None:
        """The model to start from."""
        return None if self.run.start is None else load(self.run.start)[0]

    @cached_property
    def trainer(self) -> StageTrainer:
        """Trains each stage once."""
        return StageTrainer(
            self.translated,
            self.run.translation,
            self.run.seed,
            place=self.run.place,
            folder=self.runs / STAGES,
            voice=self.voice,
            every=self.run.every,
            given=None if self.pretrained is None else self.pretrained.trained,
        )

    def identity(self, run: Run) -> str:
        """SHA-256 over all that decides the weights of a run on this data."""
        variant = run.variant
        decides: dict[str, object] = {
            "recipe": RECIPE,
            "variant": str(variant),
            "data": self.table.fingerprint,
            "unlabelled": self.other.fingerprint if self.other is not None and run.reads_unlabelled else None,
            "extra": None if self.added is None else self.added.fingerprint,
            "voice": None if self.voice is None else self.voice.fingerprint,
            "protocol": [run.protocol, run.folds, run.fold] if run.protocol == "speakers" else [run.protocol],
            "seed": run.seed,
            "translation": run.translation.decisive() if variant.stages else None,
            "regression": run.regression.decisive(),
            "bf16": run.place.bf16,
        }
        if run.adapter is not None:
            decides["adapter"] = asdict(run.adapter)
        if self.pretrained is not None and variant.stages:
            decides["translations"] = self.pretrained.fingerprint
        if run.start is not None:
            decides["start"] = self.start_card.weights_sha256
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()

    @staticmethod
    def _segments(table: WordTable) -> tuple[Segment, ...]:
        return segments_of(table, tuple(m for m in MODALITIES if m in table.specs))


def train_run(run: Run, runs: Path, report: Report = silent, prepared: Prepared | None = None) -> Path:
    """Train one run, write its folder and return it; what is done already is left as it is.

    `prepared` is the data of another run that differs from this one in its variant alone. An older run of other options
    or data is replaced once this one is done. Raises DataError for data that cannot serve, TableError for a table that
    cannot be read, CheckpointError if the folder cannot be written.
    """
    prepared = prepared or Prepared(run, runs)
    folder, identity = run.folder(runs), prepared.identity(run)
    if is_done(folder, identity):
        return folder
    check_data(run, prepared)
    unfinished = Unfinished(folder / STATE, {"identity": identity}, run.every)
    with Curves(folder, report, run.tensorboard) as curves:
        trained = train_variant(
            run.variant,
            prepared.data,
            translation=run.translation,
            regression=run.regression,
            adapter=run.adapter,
            seed=run.seed,
            place=run.place,
            report=curves,
            stages=prepared.trainer,
            voice=prepared.voice,
            start=prepared.start,
            first=prepared.first,
            unfinished=unfinished,
        )
    if run.adapter is not None:
        rounded(trained.model)
    if distributed.rank() == 0:
        card = _card(run, trained.model, prepared, trained.stages)
        card = replace(card, identity=identity, curves=curves_of(curves.epochs))
        save(trained.model, card, folder, _decoders(trained, prepared))
        unfinished.remove()
        for turn in TURNS:
            unfinished.of_what_comes(turn).remove()
    distributed.wait()
    return folder


def train_stage(run: Run, runs: Path, stage: Stage, report: Report = silent, prepared: Prepared | None = None) -> None:
    """Train one translation of a run, and those inside it, and keep it for every run that wants it."""
    prepared = prepared or Prepared(run, runs)
    check_data(run, prepared)
    prepared.trainer.get(stage, report)


def check_data(run: Run, prepared: Prepared) -> None:
    """Raise DataError if the data cannot serve a run, before any of its translations is trained.

    InputError, if a voice network is to begin recurrent layers that the regressor does not have.
    """
    if run.voice is not None and not run.regression.layers:
        raise InputError("A voice network begins recurrent layers: give the regressor layers=1, or leave out --voice.")
    prepared.data.specs_of(run.variant.inputs)
    check_labels(prepared.data.split)
    if prepared.pretrained is not None and run.variant.stages:
        prepared.pretrained.learnt.check(prepared.data.split.test, prepared.pretrained.folder)
    if (run.unlabelled is not None and run.reads_unlabelled) or (run.translations is not None and run.variant.stages):
        same_features(run.variant.inputs, prepared.data, prepared.translated)
    if run.translations is not None and run.regression.translation_weight:
        same_features(run.variant.targets, prepared.data, prepared.translated)


def is_done(folder: Path, identity: str) -> bool:
    """Whether `folder` holds the checkpoint of a run of that identity."""
    if not (folder / CARD).is_file():
        return False
    try:
        return read_card(folder).identity == identity
    except S2SError:
        return False


def _decoders(trained: Trained, prepared: Prepared) -> bytes | None:
    """The translations whole, to be kept beside the model."""
    if not trained.translators:
        return None
    return translations.pack(trained.translators, trained.model, prepared.translated.specs)


def _card(run: Run, model: SentimentModel, prepared: Prepared, stages: tuple[StageFigures, ...]) -> Card:
    """The card of a model just trained, its figures those of the validation split."""
    split = prepared.data.split
    valid = labelled(split.valid)
    answers = scores(model, valid)
    validation = evaluate(answers, labels_of(valid))
    floor = floors(labels_of(labelled(split.train)), labels_of(valid))
    learned, verdict = judge(validation, floor)
    row = paper_row(run.variant)
    learnt_from = None
    if run.unlabelled is not None and prepared.other is not None and run.reads_unlabelled:
        learnt_from = Source.of(run.unlabelled, prepared.other, prepared.translated.split.train)
    if prepared.pretrained is not None and run.variant.stages:
        learnt_from = prepared.pretrained.source
    extra = None
    if run.extra is not None and prepared.added is not None:
        extra = Source.of(run.extra, prepared.added, prepared.more)
    return Card(
        variant=str(run.variant),
        specs=model.specs,
        translation=run.translation,
        regression=run.regression,
        seed=run.seed,
        protocol=run.protocol,
        folds=run.folds,
        fold=run.fold,
        data=Source.of(run.data, prepared.table, prepared.split.train),
        unlabelled=learnt_from,
        extra=extra,
        voice=None if prepared.voice is None else prepared.voice.fingerprint,
        stages=stages,
        adapter=run.adapter,
        interval=calibrate(answers, labels_of(valid)),
        start=_start(prepared),
        validation=validation,
        test=None,
        floors=floor,
        paper=None if row is None else row.to_dict(),
        learned=learned,
        verdict=f"{verdict[:-1]} (validation split).",
        command=run.command,
        code_version=program_version(),
    )


def _start(prepared: Prepared) -> str | None:
    """What the model that a run starts from learnt from, and which it is."""
    if prepared.run.start is None:
        return None
    card = prepared.start_card
    return f"{card.variant}, {card.data.name}, {card.weights_sha256[:12]}"


def split_of(run: Run, table: WordTable) -> Split:
    """The labelled segments of a run's table by role, with what its variant reads."""
    segments = labelled(segments_of(table, run.variant.inputs))
    return choose_split(segments, run.protocol, run.folds, run.fold)
