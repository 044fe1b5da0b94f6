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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine import distributed
from engine.batch import Batch, collate
from engine.beam import decode, errors
from engine.clips import Clips, Held, check_observed, clips_hash
from engine.codes import vocabulary_of
from engine.config import TranslationOptions
from engine.fit import Epoch, Report, fit, silent
from engine.judged import Judged, active_units, back_floor, judged
from engine.notation import Stage, Variant
from engine.place import CPU, Place
from engine.resume import EVERY, Unfinished, epoch_seed
from engine.sequence import States
from engine.splits import Split
from engine.stage_store import RECORD, StageFigures, TrainedStage, load_weights, read_record, save_stage
from engine.streamed import Streamed
from engine.targets import CodesTarget
from engine.translator import Translator, build_translator
from engine.variants import directory_name
from engine.voice import Voice
from extraction.errors import DataError
from extraction.types import MODALITY_NAMES, FeatureSpec, Modality

STATE = "unfinished.safetensors"
RECIPE = 2  # what training does, of stages and regressors; raised when its results change
Specs = Mapping[Modality, FeatureSpec]
Item = tuple[Batch, float, float, float]  # a batch, teacher forcing and annealing of its epoch, and its weight


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

    @property
    def clips(self) -> tuple[Clips, Clips]:
        """Those to learn from and those to validate on, which have words."""
        train, valid = (Held(s for s in part if len(s)) for part in (self.split.train, self.split.valid))
        return train, valid


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
        given: stages that were trained before, by name; with them none is trained here.
    """

    def __init__(
        self,
        data: Corpus | Streamed,
        options: TranslationOptions,
        seed: int = 0,
        *,
        place: Place = CPU,
        folder: Path | None = None,
        voice: Voice | None = None,
        every: float = EVERY,
        given: Mapping[str, TrainedStage] | None = None,
    ) -> None:
        self.train, self.valid = data.clips
        self.data, self.options, self.seed, self.place = data, options, seed, place
        self.folder, self.voice, self.every = folder, voice, every
        self.trained: dict[str, TrainedStage] = dict(given or {})
        self.closed = given is not None
        for stage in self.trained.values():
            stage.translator.to(place.device)
        self._hashes: dict[tuple[Modality, ...], list[str]] = {}

    def get(self, stage: Stage, report: Report = silent) -> TrainedStage:
        """The stage, trained if it has to be, its inner ones before it.

        `report` is told its epochs, also those of an earlier training. Raises DataError if the target is never seen.
        """
        for inner in Variant(stage.source).stages:
            self.get(inner)
        name = str(stage)
        if self.closed and name not in self.trained:
            raise DataError(f"The pre-trained translations lack {name} (they are {', '.join(self.trained)}): add it.")
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
        modalities = self._modalities(stage)
        train, valid = self.train.reading(modalities), self.valid.reading(modalities)
        check_observed(Variant(stage.target).inputs, f"the target of {stage}", train, valid)
        with self.place.seeded(epoch_seed(self.seed, str(stage), 0)):
            translator = self._build(stage, vocabulary_of(train.reading(()), self.options.vocabulary))
            translator.encoder.reader.fit(train, self.options.text_scale)
            if self.voice is not None:
                self.voice.begin(translator.encoder.reader, translator.encoder.rnn)
            if isinstance(translator.target, CodesTarget):
                translator.target.fit(train, self.seed)
            else:
                translator.target.fit(train)
        translator.to(self.place.device)
        history: list[Epoch] = []
        found = Judged()
        forced = 1.0 if self.options.target == "codes" else 0.0  # tokens: the next after the true ones, as perplexity

        def note(epoch: Epoch) -> None:
            history.append(epoch)
            report(epoch)

        def batches(epoch: int) -> Iterator[Item]:
            forcing, annealing = self.options.forcing(epoch), self.options.annealing(epoch)
            for segments, weight in train.batches(self.options.batch_size, (self.seed, epoch)):
                yield collate(segments, modalities).to(self.place.device), forcing, annealing, weight

        def loss(item: Item) -> tuple[Tensor, Tensor]:
            batch, forcing, annealing, weight = item
            summed, count = translator.loss(batch, self.states(stage, batch), forcing, annealing)
            return summed * weight, count * weight

        def validate() -> float:
            nonlocal found
            found = judged(translator, self._items(stage, valid), forced)
            return found.loss

        best = fit(
            translator,
            self.options,
            str(stage),
            train=batches,
            loss=loss,
            valid=validate,
            seed=self.seed,
            place=self.place,
            report=note,
            unfinished=self._unfinished(stage),
            settling=self.options.kl_epochs if self.options.variational else 1,
            more=lambda: found.fields,
        )
        return self._keep(stage, translator, best, tuple(history))

    def _items(self, stage: Stage, clips: Clips) -> Iterator[tuple[Batch, States]]:
        """All clips, in order of length, with the states of the stages inside."""
        modalities = self._modalities(stage)
        for segments, _ in clips.batches(2 * self.options.batch_size):
            batch = collate(segments, modalities).to(self.place.device)
            yield batch, self.states(stage, batch)

    @staticmethod
    def _modalities(stage: Stage) -> tuple[Modality, ...]:
        return tuple(dict.fromkeys((*Variant(stage.source).inputs, *Variant(stage.target).inputs)))

    @torch.no_grad()
    def _error_rate(self, stage: Stage, translator: Translator) -> float:
        """Of the validation clips' tokens, decoded by beam search."""
        modalities = self._modalities(stage)
        wrong, steps = 0, 0
        for segment in self.valid.reading(modalities):
            batch, words = collate([segment], modalities).to(self.place.device), len(segment)
            states = self.states(stage, batch)
            best = decode(translator, batch, states, beam=self.options.beam, penalty=self.options.length_penalty)[0]
            wrong += errors(best.tokens, translator.target.truth(batch)[0][0, :words])
            steps += words
        return wrong / steps

    def _build(self, stage: Stage, vocabulary: Sequence[str]) -> Translator:
        widths = {str(s): self.trained[str(s)].translator.encoder.width for s in Variant(stage.source).stages}
        return build_translator(stage, self.data.specs_of(self._modalities(stage)), widths, self.options, vocabulary)

    def _keep(self, stage: Stage, translator: Translator, best: Epoch, history: tuple[Epoch, ...]) -> TrainedStage:
        modalities = self._modalities(stage)
        train, valid = self.train.reading(modalities), self.valid.reading(modalities)
        translator.eval()
        floor = translator.target.floor(train, valid)
        unit = "nats" if self.options.target == "codes" else "squared error"
        figures = StageFigures(
            stage=str(stage),
            loss=best.valid_loss,
            floor=floor,
            epoch=best.epoch,
            unit=unit,
            error_rate=self._error_rate(stage, translator) if self.options.target == "codes" else None,
            kl=best.kl,
            latent=None if translator.spread is None else translator.encoder.width,
            active=active_units(translator, self._items(stage, valid)),
            back=best.back,
            back_floor=back_floor(translator, lambda: self._items(stage, train), self._items(stage, valid)),
        )
        trained = TrainedStage(translator.requires_grad_(False), figures, history)
        unfinished = self._unfinished(stage)
        if unfinished is not None and distributed.rank() == 0:
            save_stage(self.place_of(stage), trained, self.options)
            unfinished.remove()
        distributed.wait()
        return trained

    def _kept(self, stage: Stage) -> TrainedStage | None:
        if self.folder is None or not (self.place_of(stage) / RECORD).is_file():
            return None
        figures, history, vocabulary = read_record(self.place_of(stage))
        translator = self._build(stage, vocabulary)
        load_weights(translator, self.place_of(stage))
        return TrainedStage(translator.to(self.place.device).eval().requires_grad_(False), figures, history)

    def _unfinished(self, stage: Stage) -> Unfinished | None:
        return (
            None if self.folder is None else Unfinished(self.place_of(stage) / STATE, self.identity(stage), self.every)
        )

    def place_of(self, stage: Stage) -> Path:
        """The folder of a stage."""
        assert self.folder is not None
        key = hashlib.sha256(json.dumps(self.identity(stage), sort_keys=True).encode()).hexdigest()[:16]
        return self.folder / directory_name(str(stage)) / key

    def identity(self, stage: Stage) -> dict[str, Any]:
        """All that decides the stage's weights, JSON-able."""
        seen = self._modalities(stage)
        specs = self.data.specs_of(seen)
        if seen not in self._hashes:
            parts = (self.train.reading(seen), self.valid.reading(seen))
            self._hashes[seen] = [clips_hash(part, seen) for part in parts]
        train, valid = self._hashes[seen]
        return {
            "recipe": RECIPE,
            "stage": str(stage),
            "options": self.options.decisive(),
            "seed": self.seed,
            "bf16": self.place.bf16,
            "specs": {m: spec.fingerprint for m, spec in specs.items()},
            "train": train,
            "valid": valid,
            "voice": None if self.voice is None else self.voice.fingerprint,
        }
