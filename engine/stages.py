"""The training of one translation, and the place where trained ones are kept to be used again.

A stage is trained from nothing but its own name, its inner stages, its options, the seed and the clips it learns
from, never from the variant that asked for it: two variants that hold an equal stage share it, whichever comes first.
Kept stages lie in `<runs>/stages/<stage>/<key>/`: `model.safetensors` (encoder and decoder) and `stage.json` (what it
is, how it learnt and how well it translates); the key is a hash of all that decides the weights.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine import distributed
from engine.batch import Batch, collate, plan
from engine.beam import decode, errors
from engine.codes import vocabulary_of
from engine.config import TranslationOptions
from engine.dataset import Segment
from engine.fit import CPU, Epoch, Place, Report, fit, silent
from engine.notation import Stage, Variant
from engine.resume import EVERY, Unfinished, epoch_seed
from engine.splits import Split
from engine.stage_store import RECORD, StageFigures, TrainedStage, load_weights, read_record, save_stage
from engine.targets import CodesTarget, build_target
from engine.translator import Encoder, Translator
from engine.variants import directory_name
from engine.voice import Voice
from extraction.errors import DataError
from extraction.types import MODALITY_NAMES, FeatureSpec, Modality

STATE = "unfinished.safetensors"
RECIPE = 2  # what training does, of stages and regressors; raised when its results change
Specs = Mapping[Modality, FeatureSpec]
Item = tuple[Batch, float, float]  # a batch, the teacher forcing of its epoch, and its weight


@dataclass(frozen=True)
class Corpus:
    """A split of segments and the feature sets they were measured with."""

    split: Split
    specs: Specs

    def specs_of(self, modalities: Sequence[Modality]) -> dict[Modality, FeatureSpec]:
        """The specs of some modalities. Raises DataError naming one that is not there."""
        for modality in modalities:
            if modality not in self.specs:
                raise DataError(
                    f"The word table has no {MODALITY_NAMES[modality]}: extract it, or choose another variant."
                )
        return {m: self.specs[m] for m in modalities}


class StageTrainer:
    """Trains stages on one corpus with one seed, each once; with a folder, once for all time.

    Args:
        data: the clips to learn from; labels are not read.
        options: of every stage.
        seed: of weights, order and dropout.
        place: device and precision.
        folder: where trained stages are kept, or None to keep them in memory alone.
        voice: a pre-trained voice network to begin encoders that read A from, or None.
        every: seconds between two writings of an unfinished state.
    """

    def __init__(
        self,
        data: Corpus,
        options: TranslationOptions,
        seed: int = 0,
        *,
        place: Place = CPU,
        folder: Path | None = None,
        voice: Voice | None = None,
        every: float = EVERY,
    ) -> None:
        self.train = tuple(s for s in data.split.train if len(s))
        self.valid = tuple(s for s in data.split.valid if len(s))
        self.data, self.options, self.seed, self.place = data, options, seed, place
        self.folder, self.voice, self.every = folder, voice, every
        self.trained: dict[str, TrainedStage] = {}

    def get(self, stage: Stage, report: Report = silent) -> TrainedStage:
        """The stage, trained if it has to be, its inner ones before it.

        `report` is told its epochs, also those of an earlier training. Raises DataError if the target is never seen.
        """
        for inner in Variant(stage.source).stages:
            self.get(inner)
        name = str(stage)
        found = self.trained.get(name) or self._kept(stage)
        if found is None:
            found = self._train(stage, report)
        else:
            for epoch in found.history:
                report(epoch)
        self.trained[name] = found
        return found

    def states(self, stage: Stage, batch: Batch) -> dict[str, Tensor]:
        """States of the stages inside `stage`'s source, without gradients."""
        states: dict[str, Tensor] = {}
        with torch.no_grad():
            for inner in Variant(stage.source).stages:
                states[str(inner)] = self.trained[str(inner)].translator.encoder(batch, states)
        return states

    def _train(self, stage: Stage, report: Report) -> TrainedStage:
        self.data.specs_of((*Variant(stage.source).inputs, *Variant(stage.target).inputs))
        _check_target(stage, self.train, self.valid)
        with self.place.seeded(epoch_seed(self.seed, str(stage), 0)):
            translator = self._build(stage, vocabulary_of(self.train, self.options.vocabulary))
            translator.encoder.reader.fit(self.train, self.options.text_scale)
            if self.voice is not None:
                self.voice.begin(translator.encoder.reader, translator.encoder.rnn)
            if isinstance(translator.target, CodesTarget):
                translator.target.fit(self.train, self.seed)
            else:
                translator.target.fit(self.train)
        translator.to(self.place.device)
        modalities = tuple(dict.fromkeys((*Variant(stage.source).inputs, *translator.target.leaves)))
        lengths = [len(s) for s in self.train]
        history: list[Epoch] = []

        def note(epoch: Epoch) -> None:
            history.append(epoch)
            report(epoch)

        def batches(epoch: int) -> Iterator[Item]:
            rng, forcing = np.random.default_rng([self.seed, epoch]), self.options.forcing(epoch)
            for indices in plan(lengths, self.options.batch_size, rng):
                mine, weight = distributed.share(indices)
                batch = collate([self.train[i] for i in mine], modalities).to(self.place.device)
                yield batch, forcing, weight

        def loss(item: Item) -> tuple[Tensor, Tensor]:
            batch, forcing, weight = item
            summed, count = translator.loss(batch, self.states(stage, batch), forcing)
            return summed * weight, count * weight

        best = fit(
            translator,
            self.options,
            str(stage),
            train=batches,
            loss=loss,
            valid=lambda: self._validate(stage, translator, modalities),
            seed=self.seed,
            place=self.place,
            report=note,
            unfinished=self._unfinished(stage),
        )
        return self._keep(stage, translator, best, tuple(history))

    @torch.no_grad()
    def _validate(self, stage: Stage, translator: Translator, modalities: Sequence[Modality]) -> float:
        """Vectors are judged as decoded freely, tokens as the next after the true ones (perplexity's convention)."""
        forcing = 1.0 if self.options.target == "codes" else 0.0
        total, counted = 0.0, 0.0
        for indices in plan([len(s) for s in self.valid], 2 * self.options.batch_size):
            batch = collate([self.valid[i] for i in indices], modalities).to(self.place.device)
            summed, count = translator.loss(batch, self.states(stage, batch), forcing)
            total, counted = total + float(summed), counted + float(count)
        return total / max(counted, 1)

    @torch.no_grad()
    def _error_rate(self, stage: Stage, translator: Translator) -> float:
        """Of the validation clips' tokens, decoded by beam search."""
        modalities = tuple(dict.fromkeys((*Variant(stage.source).inputs, *translator.target.leaves)))
        wrong, steps = 0, 0
        for segment in self.valid:
            batch, words = collate([segment], modalities).to(self.place.device), len(segment)
            states = self.states(stage, batch)
            best = decode(translator, batch, states, beam=self.options.beam, penalty=self.options.length_penalty)[0]
            wrong += errors(best.tokens, translator.target.truth(batch)[0][0, :words])
            steps += words
        return wrong / steps

    def _build(self, stage: Stage, vocabulary: Sequence[str]) -> Translator:
        read = Variant(stage.source).inputs
        widths = {str(s): self.trained[str(s)].translator.encoder.width for s in Variant(stage.source).stages}
        encoder = Encoder(stage, self.data.specs_of(read), widths, self.options)
        features = Translator.features(encoder, self.options)
        leaves = Variant(stage.target).inputs
        words = vocabulary if "T" in leaves else ()
        target = build_target(stage.target, self.data.specs_of(leaves), features, self.options, words)
        return Translator(encoder, target, self.options)

    def _keep(self, stage: Stage, translator: Translator, best: Epoch, history: tuple[Epoch, ...]) -> TrainedStage:
        floor = translator.target.floor(self.train, self.valid)
        unit = "nats" if self.options.target == "codes" else "squared error"
        rate = self._error_rate(stage, translator.eval()) if self.options.target == "codes" else None
        figures = StageFigures(str(stage), best.valid_loss, floor, best.epoch, unit, rate)
        trained = TrainedStage(translator.eval().requires_grad_(False), figures, history)
        unfinished = self._unfinished(stage)
        if unfinished is not None and distributed.rank() == 0:
            save_stage(self._place(stage), trained, self.options)
            unfinished.remove()
        distributed.wait()
        return trained

    def _kept(self, stage: Stage) -> TrainedStage | None:
        if self.folder is None or not (self._place(stage) / RECORD).is_file():
            return None
        figures, history, vocabulary = read_record(self._place(stage))
        translator = self._build(stage, vocabulary)
        load_weights(translator, self._place(stage))
        return TrainedStage(translator.to(self.place.device).eval().requires_grad_(False), figures, history)

    def _unfinished(self, stage: Stage) -> Unfinished | None:
        return None if self.folder is None else Unfinished(self._place(stage) / STATE, self.identity(stage), self.every)

    def _place(self, stage: Stage) -> Path:
        assert self.folder is not None
        key = hashlib.sha256(json.dumps(self.identity(stage), sort_keys=True).encode()).hexdigest()[:16]
        return self.folder / directory_name(str(stage)) / key

    def identity(self, stage: Stage) -> dict[str, Any]:
        """All that decides the stage's weights, JSON-able."""
        seen = tuple(dict.fromkeys((*Variant(stage.source).inputs, *Variant(stage.target).inputs)))
        return {
            "recipe": RECIPE,
            "stage": str(stage),
            "options": asdict(self.options),
            "seed": self.seed,
            "bf16": self.place.bf16,
            "specs": {m: spec.fingerprint for m, spec in self.data.specs_of(seen).items()},
            "train": clips_hash(self.train, seen),
            "valid": clips_hash(self.valid, seen),
            "voice": None if self.voice is None else self.voice.fingerprint,
        }


def clips_hash(segments: Sequence[Segment], modalities: Sequence[Modality]) -> str:
    """SHA-256 over the segments' names, words and measurements of some modalities."""
    digest = hashlib.sha256()
    for segment in segments:
        digest.update(json.dumps([segment.clip, segment.words]).encode())
        for modality in modalities:
            digest.update(segment.values[modality].tobytes())
    return digest.hexdigest()


def _check_target(stage: Stage, train: Sequence[Segment], valid: Sequence[Segment]) -> None:
    for name, segments in (("training", train), ("validation", valid)):
        if not any(s.observed[m].any() for s in segments for m in Variant(stage.target).inputs):
            raise DataError(f"No word of the {name} clips has the target of {stage} observed: give clips that do.")
