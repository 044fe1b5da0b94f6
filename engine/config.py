"""Every option of a model and of its training, with its default: nowhere else.

Three frozen dataclasses: for a translation stage, for the regressor, and for adapters of the word encoder. Sizes
count units, rates are probabilities in [0, 1], epochs are passes over the training split. Values are checked when an
object is made; a value out of range raises InputError with one sentence. Defaults were chosen on validation splits
(DESIGN.md has the tables); what is not said there follows Pham et al. (2018) and Bahdanau et al. (2015).
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_type_hints

from engine.option_values import check, typed
from extraction.errors import InputError

Cell = Literal["lstm", "gru"]
AttentionKind = Literal["additive", "dot"]
TargetKind = Literal["values", "codes"]
Pooling = Literal["attention", "last"]
TextScale = Literal["columns", "whole"]
ExtraUse = Literal["together", "first"]
Schedule = Literal["constant", "linear"]

_LATER = ("joined", "consistency", "averaging", "masked_epochs")  # options of the regressor that do nothing at 0
_VARIATIONAL = ("variational", "latent", "kl_weight", "kl_epochs", "free_bits")  # options of `variational`


@dataclass(frozen=True)
class TranslationOptions:
    """One encoder-decoder, `source -> target`, trained without labels.

    Attributes:
        cell: lstm or gru, of encoder and decoder.
        hidden: units a direction of the encoder, and of the decoder; 1 .. 4096.
        layers: stacked recurrent layers, of the encoder and of the decoder; 1 .. 8.
        bidirectional: the encoder reads both ways, so that its states are `2 * hidden` wide.
        attention: of the decoder over the encoder's states; additive (Bahdanau et al., 2015) or dot (Luong et al.,
            2015, scaled by the root of the width).
        target: values, regressing the target's standardised vectors (Pham et al., 2019), or codes, predicting tokens
            with cross-entropy (Pham et al., 2018): words for T, a k-means codebook for A and V.
        codes: size of a modality's codebook; 2 .. 4096; for the target `codes`.
        vocabulary: at most so many words, the most frequent; 1 .. 100000; for the target `codes`.
        dropout: rate on the encoder's states while training; 0 .. 0.95.
        input_dropout: rate on the encoder's input while training; 0 .. 0.95.
        text_scale: how the encoder standardises word vectors: columns, each to unit spread, or whole, all by one
            factor, which keeps the angles between words. Voice and face have units a column and always take the first.
        teacher_forcing: probability, in the first epoch, that a step is fed the true previous target instead of its
            own; 0 .. 1.
        teacher_forcing_end: the same from the epoch `forcing_epochs` on; in between it moves in equal steps (scheduled
            sampling, Bengio et al., 2015).
        forcing_epochs: epochs the schedule takes; 1 .. 10000.
        beam: hypotheses kept when decoding codes; 1 .. 64.
        length_penalty: exponent of the length normalisation of hypotheses (Wu et al., 2016, eq. 14); 0 .. 2, where 0
            compares plain log-probabilities.
        learning_rate: of Adam; 1e-7 .. 1.
        weight_decay: decoupled, per step as a fraction of the learning rate; 0 .. 1.
        batch_size: segments a step; 1 .. 4096.
        epochs: at most so many; 1 .. 10000.
        patience: stop after so many epochs without a better validation loss; 1 .. 10000.
        clip_norm: largest norm of a gradient; 0.001 .. 1e6.
        variational: put a latent a word between encoder and decoder (`engine.variational`); its mean is then the
            representation.
        latent: units of it; 0 means as many as the encoder's state has; 0 .. 4096.
        kl_weight: of its KL divergence beside the loss; 0 .. 1000.
        kl_epochs: epochs over which that weight rises in equal steps (Bowman et al., 2016); before the last of them no
            epoch stops the training; 1 .. 10000.
        free_bits: nats a word that cost nothing (Kingma et al., 2016); 0 .. 1000.
        cyclic: weight of the translation of the answer back to the source (`engine.cycle`); 0 leaves it out; for the
            target `values`; 0 .. 1000.
    """

    cell: Cell = "lstm"
    hidden: int = 128
    layers: int = 1
    bidirectional: bool = True
    attention: AttentionKind = "dot"
    target: TargetKind = "values"
    codes: int = 64
    vocabulary: int = 5000
    dropout: float = 0.3
    input_dropout: float = 0.3
    text_scale: TextScale = "columns"
    teacher_forcing: float = 0.5
    teacher_forcing_end: float = 0.5
    forcing_epochs: int = 20
    beam: int = 5
    length_penalty: float = 0.6
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    batch_size: int = 64
    epochs: int = 60
    patience: int = 4
    clip_norm: float = 1.0
    variational: bool = False
    latent: int = 0
    kl_weight: float = 1.0
    kl_epochs: int = 3
    free_bits: float = 0.0
    cyclic: float = 0.0

    def __post_init__(self) -> None:
        check(self)
        if self.cyclic and self.target == "codes":
            raise InputError("Option cyclic needs vectors to translate back from: give target=values.")

    def forcing(self, epoch: int) -> float:
        """The probability of teacher forcing in an epoch, counted from 1."""
        if self.forcing_epochs == 1:
            return self.teacher_forcing_end
        done = min(epoch - 1, self.forcing_epochs - 1) / (self.forcing_epochs - 1)
        return self.teacher_forcing + done * (self.teacher_forcing_end - self.teacher_forcing)

    def annealing(self, epoch: int) -> float:
        """The share of `kl_weight` that counts in an epoch, counted from 1."""
        return min(1.0, epoch / self.kl_epochs)

    def decisive(self) -> dict[str, Any]:
        """The options for an identity: those that older versions did not have are left out where they do nothing."""
        values = dataclasses.asdict(self)
        idle = _VARIATIONAL if not self.variational else ()
        return {key: value for key, value in values.items() if key not in idle and (key != "cyclic" or value)}


@dataclass(frozen=True)
class RegressionOptions:
    """Recurrent layers, soft attention and a linear head on a sequence, trained on labels (the paper's eq. 1 to 6).

    Attributes:
        cell: lstm or gru.
        hidden: units a direction; 1 .. 4096.
        layers: stacked recurrent layers, the paper's K; 0 leaves them out, for words read in context below; 0 .. 8.
        bidirectional: read both ways, so that a word is judged in the light of the whole sentence.
        pooling: attention, one soft weight a word (eq. 4 and 5), or last, the state at the last word alone (then
            bidirectional=false is meant: the backward state there has read one word).
        dropout: rate on the recurrent states while training; 0 .. 0.95.
        input_dropout: rate on the input vectors while training; 0 .. 0.95.
        text_scale: how word vectors are standardised: columns, each to unit spread, or whole, all by one factor, which
            keeps the angles between words.
        extra: how the clips of an extra table serve: together with the training clips, or first, to learn from them
            alone before going on from there with the training clips alone; both stop early on the same validation
            clips.
        joined: share of the training clips that each epoch reads in pairs, two as one text, where the words of each
            must give its own label (`engine.joined`): what a word says is then what is near it; 0 .. 1.
        consistency: weight of the squared difference between a clip's scores under two draws of dropout (R-Drop, Liang
            et al., 2021, eq. 4, which has a KL divergence there); 0 reads a batch once; 0 .. 1000.
        fine_tune: train the translations' encoders along, which begin as translation left them; False freezes them,
            as in the paper's algorithm 1.
        modality_dropout: rate at which, while training, a clip's modality counts as not observed in any of its words,
            so that one model serves whatever is there; one modality always stays; 0 .. 0.95.
        translation_weight: of the translations' losses beside the absolute error, their decoders learning along; 0
            leaves them as they are; 0 .. 1000.
        averaging: decay of a moving average of the weights over the steps, which is what is validated and kept
            (`engine.averaged`); 0 keeps the weights themselves; 0 .. 0.99999.
        masked_epochs: before all labels, at most so many epochs in which the recurrent layers tell a modality that is
            hidden from the others (`engine.masked`), on the clips that the translations learn from; 0 leaves them out;
            0 .. 10000.
        learning_rate: of Adam; 1e-7 .. 1.
        schedule: constant, or linear: up over the first 6 % of all steps and down to 0 over the rest.
        weight_decay: decoupled, per step as a fraction of the learning rate; 0 .. 1.
        batch_size: segments a step; 1 .. 4096.
        epochs: at most so many; 1 .. 10000.
        first_epochs: the same of the training on extra clips that go first; 0 means `epochs`; 0 .. 10000.
        patience: stop after so many epochs without a better validation MAE; 1 .. 10000.
        clip_norm: largest norm of a gradient; 0.001 .. 1e6.
    """

    cell: Cell = "lstm"
    hidden: int = 128
    layers: int = 1
    bidirectional: bool = True
    pooling: Pooling = "attention"
    dropout: float = 0.1
    input_dropout: float = 0.1
    text_scale: TextScale = "columns"
    extra: ExtraUse = "together"
    joined: float = 0.0
    consistency: float = 0.0
    fine_tune: bool = True
    modality_dropout: float = 0.0
    translation_weight: float = 0.0
    averaging: float = 0.0
    masked_epochs: int = 0
    learning_rate: float = 1e-3
    schedule: Schedule = "constant"
    weight_decay: float = 0.0
    batch_size: int = 32
    epochs: int = 60
    first_epochs: int = 0
    patience: int = 8
    clip_norm: float = 1.0

    def __post_init__(self) -> None:
        check(self, layers=(0, 8))
        if self.joined and self.pooling == "last":
            raise InputError("Option joined needs a weight at every word: give pooling=attention.")

    def decisive(self) -> dict[str, Any]:
        """The options for an identity: those that older versions did not have are left out where they do nothing."""
        return {key: value for key, value in dataclasses.asdict(self).items() if key not in _LATER or value}


@dataclass(frozen=True)
class AdapterOptions:
    """Low-rank adapters on every linear map of the encoder below the word vectors (Hu et al., 2022, LoRA).

    Attributes:
        rank: of the change of each map; 1 .. 256.
        alpha: the change is scaled by alpha / rank; 1 .. 1024.
        dropout: rate on what the adapters read while training; 0 .. 0.95.
        learning_rate: of Adam for the adapters; 1e-7 .. 1.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    learning_rate: float = 5e-4

    def __post_init__(self) -> None:
        check(self)


Options = TypeVar("Options", TranslationOptions, RegressionOptions, AdapterOptions)


def override(options: Options, changes: Mapping[str, Any]) -> Options:
    """A copy of `options` with `changes`, whose values may be text as a command line gives it.

    Raises InputError for an unknown key, naming the known ones, and for a value of the wrong type or out of range.
    """
    kinds = get_type_hints(type(options))
    found: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in kinds:
            near = difflib.get_close_matches(key, kinds, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InputError(f"There is no option {key!r}: {hint}the options are {', '.join(kinds)}.")
        found[key] = typed(key, kinds[key], value)
    return dataclasses.replace(options, **found)


def defaults(kind: type[TranslationOptions] | type[RegressionOptions] | type[AdapterOptions]) -> str:
    """Every option with its default, as a command line takes them."""
    pairs = {field.name: getattr(kind(), field.name) for field in dataclasses.fields(kind)}
    return ", ".join(f"{key}={str(value).lower()}" for key, value in pairs.items())
