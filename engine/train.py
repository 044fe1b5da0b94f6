"""How a variant is trained: its translations one after another without labels, then the regressor on labels.

The paper's algorithms 1 and 2. Encoders are frozen once their translation is trained, unless
`RegressionOptions.fine_tune` says otherwise. The translations may learn from other clips than the regressor (clips
with sound and picture but no labels, say), as long as the features of what the variant reads are the same.
On a CPU the same seed gives the same weights, and torch's global generators are left as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from engine.beside import Beside
from engine.config import AdapterOptions, RegressionOptions, TranslationOptions
from engine.fit import Epoch, Report, silent
from engine.masked import check_masked, learn_masked
from engine.model import SentimentModel
from engine.notation import Variant
from engine.place import CPU, Place
from engine.regression import FIRST, NAME, fit_statistics, train_regressor
from engine.resume import Unfinished, epoch_seed
from engine.splits import Split
from engine.stage_store import StageFigures, TrainedStage
from engine.stages import Corpus, StageTrainer
from engine.translator import Translator
from engine.voice import Voice
from extraction.errors import DataError, InputError
from extraction.types import MODALITY_NAMES, Modality

__all__ = ["Corpus", "Trained", "train_variant"]
MASKED, EXTRA = TURNS = ("masked", "first")  # what a regressor may learn before its own training clips, in order


@dataclass(frozen=True, eq=False)
class Trained:
    """A variant just trained.

    Attributes:
        model: on the device it was trained on and in evaluation mode.
        best: the epoch of the regressor whose weights were kept; its `valid_loss` is the validation MAE.
        stages: how well each of its translations learnt, inner ones first.
        translators: they themselves by stage, decoders included, as they were before the regressor was trained, or
            after it where they learnt along with it.
    """

    model: SentimentModel
    best: Epoch
    stages: tuple[StageFigures, ...] = ()
    translators: Mapping[str, Translator] = field(default_factory=dict)


def train_variant(
    variant: Variant,
    data: Corpus,
    unlabelled: Corpus | None = None,
    *,
    translation: TranslationOptions | None = None,
    regression: RegressionOptions | None = None,
    adapter: AdapterOptions | None = None,
    seed: int = 0,
    place: Place = CPU,
    report: Report = silent,
    stages: StageTrainer | None = None,
    start: SentimentModel | None = None,
    voice: Voice | None = None,
    first: Corpus | None = None,
    unfinished: Unfinished | None = None,
) -> Trained:
    """Train a variant whole.

    Args:
        variant: what to train.
        data: labelled segments, for the regressor.
        unlabelled: segments for the translations, and for masked modalities; `data` serves where it is None.
        translation: options of every stage, or the defaults.
        regression: options of the regressor, or the defaults.
        adapter: options of an encoder of words that learns along with the regressor, or None to leave word vectors as
            they are; the translations learn from those in any case.
        seed: of weights, order and dropout.
        place: device and precision.
        report: called once an epoch of every stage.
        stages: trains and keeps the translations of several variants; it must have been made with the same clips,
            options and seed. None trains them here.
        start: a model to start from in place of random weights: of the same variant, its weights and statistics; of
            another one, where both have adapters of the same shape, those.
        voice: a pre-trained voice network to begin a regressor that reads A directly from.
        first: segments for the regressor to learn from before it goes on with `data`.
        unfinished: where the regressor's training is kept while it runs.

    Raises DataError for data that cannot serve, naming the reason, InputError for options that exclude one another.
    """
    translation, regression = translation or TranslationOptions(), regression or RegressionOptions()
    place.check()
    whole = start is not None and start.variant == variant
    _check_options(variant, regression, adapter, whole)
    with place.seeded(epoch_seed(seed, NAME, 0)):
        model = SentimentModel(variant, data.specs_of(variant.inputs), translation, regression, adapter)
        _begin(model, None if whole else voice)
    _begin_from(model.to(place.device), start)
    if unlabelled is not None and (variant.stages or regression.masked_epochs) and not whole:
        same_features(variant.inputs, data, unlabelled)
    stages = stages or StageTrainer(unlabelled or data, translation, seed, place=place, voice=voice)
    trained = () if whole else _take_encoders(model, stages, report)
    translators = {stage.figures.stage: stage.translator for stage in trained}
    beside = _beside(model, translators, stages)
    _learn_masked(model, (first or data).split, stages, report, unfinished)
    learn = partial(train_regressor, model, seed=seed, place=place, report=report, beside=beside)
    if first is not None:
        learn(first.split, unfinished=_before(unfinished, EXTRA), fresh=not whole, name=FIRST)
    best = learn(data.split, unfinished=unfinished, fresh=not whole and first is None)
    return Trained(model, best, tuple(s.figures for s in trained), beside.translators if beside else translators)


def _learn_masked(
    model: SentimentModel, split: Split, stages: StageTrainer, report: Report, unfinished: Unfinished | None
) -> None:
    """Masked modalities, if they are asked for, on the clips that the translations learn from."""
    if model.regression.masked_epochs:
        fit_statistics(model, split)
        kept = _before(unfinished, MASKED)
        learn_masked(model, stages.train, stages.valid, stages.seed, place=stages.place, report=report, unfinished=kept)


def _before(unfinished: Unfinished | None, turn: str) -> Unfinished | None:
    """Where a training that comes before the regressor's own is kept."""
    return None if unfinished is None else unfinished.of_what_comes(turn)


def _check_options(
    variant: Variant, regression: RegressionOptions, adapter: AdapterOptions | None, whole: bool
) -> None:
    """Raise InputError if modalities are to be masked, or translations to learn along, and cannot."""
    check_masked(variant, regression, whole)
    if regression.translation_weight and whole:
        raise InputError(
            "A model to start from has no decoders that could learn along: leave out translation_weight, or start from "
            "another variant."
        )
    if regression.translation_weight and adapter is None and not regression.fine_tune:
        raise InputError("With fine_tune=false no translation can learn along: leave out translation_weight.")


def _begin(model: SentimentModel, voice: Voice | None) -> None:
    """Let the words' encoder learn, if there is one, and the regressor begin from a voice network, if there is one."""
    if model.words is not None:
        model.words.learn()
    if voice is not None:
        voice.begin(model.reader, model.regressor.rnn)


def _beside(model: SentimentModel, translators: Mapping[str, Translator], stages: StageTrainer) -> Beside | None:
    """The translations that learn along with the regressor, None where they have no weight or there are none."""
    if not translators or not model.regression.translation_weight:
        return None
    return Beside(model, translators, tuple(stages.train), model.translation.batch_size)


def _take_encoders(model: SentimentModel, stages: StageTrainer, report: Report) -> tuple[TrainedStage, ...]:
    """Train the translations of a model, or find them trained, and put their encoders into it."""
    trained = tuple(stages.get(stage, report) for stage in model.variant.stages)
    for stage, done in zip(model.variant.stages, trained, strict=True):
        model.encoder(stage).load_state_dict(done.translator.encoder.state_dict())
    return trained


def same_features(modalities: Sequence[Modality], first: Corpus, second: Corpus) -> None:
    """Raise DataError if the two corpora measured some of `modalities` differently, naming the first difference."""
    wanted, given = first.specs_of(modalities), second.specs_of(modalities)
    for modality in modalities:
        difference = wanted[modality].difference(given[modality])
        if difference:
            raise DataError(
                f"The two word tables differ in {MODALITY_NAMES[modality]} ({difference}): extract both alike."
            )


def _begin_from(model: SentimentModel, start: SentimentModel | None) -> None:
    if start is None:
        return
    same = start.variant == model.variant
    if not same and (model.words is None or start.words is None):
        raise DataError(
            f"Training {model.variant} cannot start from a model of {start.variant}: only encoders of words that learn "
            "along can be taken over."
        )
    taken: Sequence[Modality] = model.inputs if same else ("T",)
    if any(start.specs[m] != model.specs[m] for m in taken):
        raise DataError(f"Training {model.variant} cannot start from a model of {start.variant} with other features.")
    pairs = [(model, start)] if same else [(model.words, start.words)]
    try:
        for own, given in pairs:
            if own is not None and given is not None:
                own.load_state_dict(given.state_dict())
    except RuntimeError as error:
        raise DataError("The model to start from has another shape: give it the same options.") from error
