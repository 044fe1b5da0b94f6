"""How a variant is trained: its translations one after another without labels, then the regressor on labels.

The paper's algorithms 1 and 2. Encoders are frozen once their translation is trained, unless
`RegressionOptions.fine_tune` says otherwise. The translations may learn from other clips than the regressor (clips
with sound and picture but no labels, say), as long as the features of what the variant reads are the same.
On a CPU the same seed gives the same weights, and torch's global generators are left as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from engine.batch import Batch, collate, plan
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import Segment, Split, check_labels, labelled, labels_of
from engine.fit import Epoch, Report, fit, seeded, silent
from engine.model import SentimentModel
from engine.notation import Stage, Variant
from engine.translator import Translator
from extraction.errors import DataError
from extraction.types import MODALITY_NAMES, FeatureSpec, Modality

Specs = Mapping[Modality, FeatureSpec]
Weights = dict[str, Tensor]
Item = tuple[Tensor, Tensor, Tensor]  # representation (B, W, R), mask (B, W), labels (B,)


@dataclass(frozen=True)
class Corpus:
    """A split of segments and the feature sets they were measured with."""

    split: Split
    specs: Specs


@dataclass(frozen=True, eq=False)
class Trained:
    """Attributes: model, on the device it was trained on and in evaluation mode; best, the epoch of the regressor
    whose weights were kept (its `valid_loss` is the validation MAE).
    """

    model: SentimentModel
    best: Epoch


def train_variant(
    variant: Variant,
    data: Corpus,
    unlabelled: Corpus | None = None,
    *,
    translation: TranslationOptions | None = None,
    regression: RegressionOptions | None = None,
    seed: int = 0,
    device: str = "cpu",
    report: Report = silent,
    stages: MutableMapping[str, Weights] | None = None,
    start: SentimentModel | None = None,
) -> Trained:
    """Train a variant whole.

    Args:
        variant: what to train.
        data: labelled segments, for the regressor.
        unlabelled: segments for the translations; `data` serves where it is None.
        translation: options of every stage, or the defaults.
        regression: options of the regressor, or the defaults.
        seed: of weights, order and dropout.
        device: `cpu` or `cuda`.
        report: called once an epoch of every stage.
        stages: weights of trained encoders by stage; found ones are used, new ones are put in, so that variants that
            hold an equal stage share it.
        start: a model of the same shape whose weights and statistics to start from, in place of random ones.

    Raises DataError for data that cannot serve, naming the reason.
    """
    translation, regression = translation or TranslationOptions(), regression or RegressionOptions()
    with seeded(seed, device):
        model = SentimentModel(variant, _specs_for(variant.inputs, data.specs), translation, regression).to(device)
    if start is not None:
        _begin_from(model, start)
    elif variant.stages:
        source = unlabelled or data
        _same_features(variant, data.specs, source.specs)
        shared = {} if stages is None else stages
        for stage in variant.stages:
            if str(stage) in shared:
                model.encoder(stage).load_state_dict(shared[str(stage)])
            else:
                train_translation(model, stage, source, seed, report)
                shared[str(stage)] = {k: v.clone() for k, v in model.encoder(stage).state_dict().items()}
    return Trained(model, train_regressor(model, data.split, seed, report, fit_statistics=start is None))


def train_translation(
    model: SentimentModel, stage: Stage, data: Corpus, seed: int = 0, report: Report = silent
) -> Epoch:
    """Train one stage of `model` in place, those inside its source being trained; no label is read.

    The encoder is left in evaluation mode. Raises DataError if the target is never observed.
    """
    options, device = model.translation, str(model.device)
    modalities = tuple(dict.fromkeys((*model.inputs, *Variant(stage.source, stage.target).targets)))
    specs = _specs_for(modalities, data.specs)
    train, valid = _with_words(data.split.train), _with_words(data.split.valid)
    with seeded(seed, device):
        translator = Translator(model.encoder(stage), stage, specs, options).to(device)
        translator.encoder.reader.fit(train)
        translator.target.fit(train)
        _check_target(stage, translator, train, valid)
        rng = np.random.default_rng(seed)

        def states(batch: Batch) -> dict[str, Tensor]:
            return _inner_states(model, stage, batch)

        def batches(_: int) -> Iterator[Batch]:
            for indices in plan([len(s) for s in train], options.batch_size, rng):
                yield collate([train[i] for i in indices], modalities).to(device)

        def loss(batch: Batch) -> tuple[Tensor, int]:
            return translator.loss(batch, states(batch), options.teacher_forcing)

        def validate() -> float:
            total, counted = 0.0, 0
            with torch.no_grad():
                for indices in plan([len(s) for s in valid], options.batch_size):
                    batch = collate([valid[i] for i in indices], modalities).to(device)
                    mean, count = translator.loss(batch, states(batch))
                    total, counted = total + mean.item() * count, counted + count
            return total / max(counted, 1)

        return fit(translator, options, str(stage), train=batches, loss=loss, valid=validate, report=report)


def train_regressor(
    model: SentimentModel, split: Split, seed: int = 0, report: Report = silent, fit_statistics: bool = True
) -> Epoch:
    """Train the regressor of `model` in place on the mean absolute error, stopping on the validation MAE.

    With `fit_statistics` False the statistics of the measurements stay as they are. Raises DataError if there are
    no labels, or labels of one class only.
    """
    options, device = model.regression, str(model.device)
    train, valid = labelled(_with_words(split.train)), labelled(_with_words(split.valid))
    check_labels(Split(train, valid))
    if fit_statistics:
        model.reader.fit(train)
        with torch.no_grad():
            model.regressor.head.bias.fill_(float(np.median(labels_of(train))))
    model.eval()
    source, held = _Representations(model, train), _Representations(model, valid)
    with seeded(seed, device):
        rng = np.random.default_rng(seed)

        def batches(_: int) -> Iterator[Item]:
            return map(source.item, plan(source.lengths, options.batch_size, rng))

        def loss(item: Item) -> tuple[Tensor, int]:
            inputs, mask, labels = item
            return (model.regressor(inputs, mask).score - labels).abs().mean(), len(labels)

        def validate() -> float:
            total = 0.0
            with torch.no_grad():
                for indices in plan(held.lengths, options.batch_size):
                    mean, count = loss(held.item(indices))
                    total += mean.item() * count
            return total / len(valid)

        module = model if options.fine_tune else model.regressor
        best = fit(module, options, "regression", train=batches, loss=loss, valid=validate, report=report)
    model.eval()
    return best


class _Representations:
    """What the regressor reads of each segment: computed once where frozen encoders make it, else at each call."""

    def __init__(self, model: SentimentModel, segments: tuple[Segment, ...]) -> None:
        self.model, self.segments = model, segments
        self.frozen = not model.regression.fine_tune
        self.lengths = [len(s) for s in segments]
        self.kept: dict[int, Tensor] = {}
        if self.frozen and model.variant.stages:
            for indices in plan(self.lengths, 64):
                states, _, _ = self._read(indices)
                for row, i in enumerate(indices.tolist()):
                    self.kept[i] = states[row, : self.lengths[i]].clone()

    def item(self, indices: NDArray[np.intp]) -> Item:
        """Representation, mask and labels of the segments at `indices`."""
        if not self.kept:
            return self._read(indices)
        chosen = indices.tolist()
        inputs = pad_sequence([self.kept[i] for i in chosen], batch_first=True)
        lengths = torch.tensor([self.lengths[i] for i in chosen], device=inputs.device)
        mask = torch.arange(inputs.shape[1], device=inputs.device) < lengths[:, None]
        labels = torch.from_numpy(labels_of([self.segments[i] for i in chosen])).to(inputs.device)
        return inputs, mask, labels

    def _read(self, indices: NDArray[np.intp]) -> Item:
        batch = collate([self.segments[i] for i in indices], self.model.inputs).to(self.model.device)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return self.model.representation(batch), batch.mask, batch.labels


def _inner_states(model: SentimentModel, stage: Stage, batch: Batch) -> dict[str, Tensor]:
    """States of the stages trained before `stage`, without gradients."""
    states: dict[str, Tensor] = {}
    with torch.no_grad():
        for inner in Variant(stage.source).stages:
            states[str(inner)] = model.encoder(inner).eval()(batch, states)
    return states


def _with_words(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    return tuple(s for s in segments if len(s))


def _specs_for(modalities: tuple[Modality, ...], specs: Specs) -> dict[Modality, FeatureSpec]:
    for modality in modalities:
        if modality not in specs:
            raise DataError(f"The word table has no {MODALITY_NAMES[modality]}: extract it, or choose another variant.")
    return {m: specs[m] for m in modalities}


def _same_features(variant: Variant, labelled_specs: Specs, unlabelled_specs: Specs) -> None:
    wanted, given = _specs_for(variant.inputs, labelled_specs), _specs_for(variant.inputs, unlabelled_specs)
    for modality in variant.inputs:
        difference = wanted[modality].difference(given[modality])
        if difference:
            raise DataError(
                f"The two word tables differ in {MODALITY_NAMES[modality]} ({difference}): extract both alike."
            )


def _check_target(stage: Stage, translator: Translator, train: tuple[Segment, ...], valid: tuple[Segment, ...]) -> None:
    for name, segments in (("training", train), ("validation", valid)):
        if not any(s.observed[m].any() for s in segments for m in translator.target.leaves):
            raise DataError(f"No word of the {name} clips has the target of {stage} observed: give clips that do.")


def _begin_from(model: SentimentModel, start: SentimentModel) -> None:
    if start.variant != model.variant or start.specs != model.specs:
        raise DataError(f"Training {model.variant} cannot start from a model of {start.variant} or other features.")
    try:
        model.load_state_dict(start.state_dict())
    except RuntimeError as error:
        raise DataError("The model to start from has another shape: give it the same options.") from error
