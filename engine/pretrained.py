"""Translations trained once on everything there is (`s2s pretrain`), for many runs to take.

The folder holds one folder a stage, as `engine.stages` keeps it, `learnt.npz` with the clips learnt from, and
`pretrained.json`, written last: the options, the feature sets, where each stage lies with the SHA-256 of its weights,
and the tables. Runs that take a stage train none; which weights they took is part of their identity.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from engine import distributed
from engine.checkpoint import Source, hash_file
from engine.config import TranslationOptions, override
from engine.fit import Report
from engine.learnt_from import LearntFrom, learnt_from, read_learnt_from
from engine.notation import Stage, Variant, parse
from engine.place import Place
from engine.resume import EVERY
from engine.stage_store import WEIGHTS, TrainedStage, load_weights, read_record
from engine.stages import StageTrainer
from engine.streamed import Streamed
from engine.translator import build_translator
from engine.version import program_version
from extraction.errors import CheckpointError, InputError
from extraction.types import FeatureSpec, Modality
from extraction.whole_file import write_whole

HEAD = "pretrained.json"
FORMAT = 2  # of the head; a reader refuses any other


@dataclass(frozen=True)
class Pretrained:
    """A folder of pre-trained translations.

    Attributes:
        folder: where they lie.
        options: of every stage.
        specs: the feature sets of all modalities that they read or write.
        stages: name -> folder below `folder` and SHA-256 of the weights, inner stages first.
        sources: the tables they learnt from.
    """

    folder: Path
    options: TranslationOptions
    specs: Mapping[Modality, FeatureSpec]
    stages: Mapping[str, tuple[str, str]]
    sources: tuple[Source, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the stages' weights, hexadecimal."""
        weights = {name: digest for name, (_, digest) in self.stages.items()}
        return hashlib.sha256(json.dumps(weights, sort_keys=True).encode()).hexdigest()

    @property
    def source(self) -> Source:
        """All tables as one, as a card names it; its fingerprint is that of the translations."""
        names = " + ".join(source.name for source in self.sources)
        return Source(names, self.fingerprint, sum(source.clips for source in self.sources), 0)

    def serves(self, variant: Variant) -> bool:
        """Whether all stages of a variant are there."""
        return all(str(stage) in self.stages for stage in variant.stages)

    @cached_property
    def learnt(self) -> LearntFrom:
        """The clips they learnt from, those of their validation included. Raises CheckpointError if it is missing."""
        return read_learnt_from(self.folder)

    @cached_property
    def trained(self) -> dict[str, TrainedStage]:
        """The stages with their weights. Raises CheckpointError if a file is damaged or missing."""
        found: dict[str, TrainedStage] = {}
        for name, (place, digest) in self.stages.items():
            folder = self.folder / place
            if not (folder / WEIGHTS).is_file() or hash_file(folder / WEIGHTS) != digest:
                raise CheckpointError(f"The translation {folder} is missing or damaged: copy the whole folder again.")
            figures, history, vocabulary = read_record(folder)
            widths = {inner: stage.translator.encoder.width for inner, stage in found.items()}
            translator = build_translator(_stage(name), self.specs, widths, self.options, vocabulary)
            load_weights(translator, folder)
            found[name] = TrainedStage(translator.eval().requires_grad_(False), figures, history)
        return found


def pretrain(
    variants: Sequence[Variant],
    data: Streamed,
    options: TranslationOptions,
    folder: Path,
    *,
    seed: int = 0,
    place: Place,
    report: Callable[[str], Report],
    every: float = EVERY,
    command: str = "",
) -> Pretrained:
    """Train every stage of some variants and write the folder; what is trained already is left alone.

    Args:
        variants: whose stages to train.
        data: the clips.
        options: of every stage.
        folder: to write; a training that was stopped goes on there.
        seed: of weights, order and dropout.
        place: device and precision.
        report: stage -> told of its epochs.
        every: seconds between two writings of an unfinished state.
        command: the command line, for the head.

    Raises InputError if the variants translate nothing, DataError for tables that cannot serve, CheckpointError if the
    folder cannot be written.
    """
    stages = {str(stage): stage for variant in variants for stage in variant.stages}
    if not stages:
        raise InputError(f"{', '.join(map(str, variants))} translates nothing: name a variant with an arrow.")
    place.check()
    trainer = StageTrainer(data, options, seed, place=place, folder=folder, every=every)
    for name, stage in stages.items():
        trainer.get(stage, report(name))
    places = {name: trainer.place_of(stage) for name, stage in stages.items()}
    done = Pretrained(
        folder,
        options,
        data.specs_of(_modalities(stages.values())),
        {name: (own.relative_to(folder).as_posix(), hash_file(own / WEIGHTS)) for name, own in places.items()},
        tuple(Source(t.path.name, t.fingerprint, data.count(n), 0) for n, t in enumerate(data.tables)),
    )
    if distributed.rank() == 0:
        _write(
            done,
            learnt_from(data.names()),
            {"seed": seed, "bf16": place.bf16, "command": command, "code_version": program_version()},
        )
    distributed.wait()
    return done


def read_pretrained(folder: Path) -> Pretrained:
    """The head of a folder. Raises CheckpointError if it is missing, damaged or of another format."""
    if not (folder / HEAD).is_file():
        raise CheckpointError(f"There are no finished translations at {folder}: make them with `s2s pretrain`.")
    try:
        data: dict[str, Any] = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise CheckpointError(f"{folder} has the format {data['format']}: pre-train it with this version.")
        return Pretrained(
            folder,
            override(TranslationOptions(), data["options"]),
            {m: FeatureSpec.from_dict(spec) for m, spec in data["specs"].items()},
            {name: (own["folder"], own["weights_sha256"]) for name, own in data["stages"].items()},
            tuple(Source(**source) for source in data["sources"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        raise CheckpointError(f"{folder / HEAD} is damaged: copy the whole folder again.") from error


def _write(done: Pretrained, learnt: LearntFrom, made: Mapping[str, Any]) -> None:
    data = {
        "format": FORMAT,
        "options": dataclasses.asdict(done.options),
        "specs": {m: spec.to_dict() for m, spec in done.specs.items()},
        "stages": {name: {"folder": own, "weights_sha256": digest} for name, (own, digest) in done.stages.items()},
        "sources": [dataclasses.asdict(source) for source in done.sources],
    }
    text = json.dumps(data | dict(made), indent=2, ensure_ascii=False) + "\n"
    try:
        learnt.write(done.folder)
        write_whole(done.folder / HEAD, lambda partial: partial.write_bytes(text.encode()))
    except OSError as error:
        raise CheckpointError(
            f"{done.folder} cannot be written ({error.strerror}): make room, then run the same command to go on."
        ) from error


def _stage(name: str) -> Stage:
    """The stage that a name spells: the last of the variant of that name."""
    return parse(name).stages[-1]


def _modalities(stages: Iterable[Stage]) -> tuple[Modality, ...]:
    return tuple(dict.fromkeys(m for s in stages for part in (s.source, s.target) for m in Variant(part).inputs))
