"""One translation stage: an encoder reads the source word by word, a decoder with attention writes the target.

What is written, vectors or tokens, is `engine.targets`' business; a latent between the two `engine.variational`'s, a
way back to the source `engine.cycle`'s. What is kept after training is the encoder: its states (with a latent, its
mean) are the representation of (source, target). Padding never changes a result.
Source: Pham et al. (2018), algorithm 1; see also `engine.decoder`.
Shape letters: B clips, W words, S steps, D features, H columns of the states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from engine.batch import Batch
from engine.config import TranslationOptions
from engine.cycle import WayBack
from engine.decoder import Decoder
from engine.notation import Stage, Variant
from engine.sequence import SequenceReader, States, recurrent, run_packed
from engine.targets import CodesTarget, ValuesTarget, build_target
from engine.variational import Spread, divergence, drawn
from extraction.types import FeatureSpec, Modality


class Encoder(nn.Module):
    """Source sequence to states (B, W, H). `widths` says how wide each `embed` inside the source is."""

    def __init__(
        self,
        stage: Stage,
        specs: Mapping[Modality, FeatureSpec],
        widths: Mapping[str, int],
        options: TranslationOptions,
    ) -> None:
        super().__init__()
        self.reader = SequenceReader(stage.source, specs, widths)
        self.input_dropout = nn.Dropout(options.input_dropout)
        self.rnn = recurrent(self.reader.width, options)
        self.dropout = nn.Dropout(options.dropout)
        self.state_width = self.width = options.hidden * (2 if options.bidirectional else 1)
        self.mean: nn.Linear | None = None
        if options.variational:
            self.width = options.latent or self.state_width
            self.mean = nn.Linear(self.state_width, self.width)

    def state(self, batch: Batch, states: States) -> Tensor:
        """The recurrent layers' (B, W, H), 0 at padding."""
        inputs = self.input_dropout(self.reader(batch, states))
        encoded: Tensor = self.dropout(run_packed(self.rnn, inputs, batch.mask))
        return encoded

    def represent(self, state: Tensor, mask: Tensor) -> Tensor:
        """The representation (B, W, H) from `state`: itself or, with a latent, the latent's mean; 0 at padding."""
        if self.mean is None:
            return state
        mean: Tensor = self.mean(state) * mask[..., None]
        return mean

    def forward(self, batch: Batch, states: States) -> Tensor:
        """(B, W, H), 0 at padding."""
        return self.represent(self.state(batch, states), batch.mask)


@dataclass(frozen=True, eq=False)
class Translation:
    """What a translator answers.

    Attributes:
        states: (B, W, H) of the encoder, the representation.
        answers: (B, S, ...) of the target at each step: vectors, or logits of tokens.
        attention: (B, S, W), row s over the source words when step s was written; rows sum to 1.
        read: (B, W, H), what the decoder read: `states`, or a draw of the latent while training.
        kl: (B, W) nats of each word's latent, 0 at padding, or None without a latent.
    """

    states: Tensor
    answers: Tensor
    attention: Tensor
    read: Tensor
    kl: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Losses:
    """The parts of a batch's loss, each a scalar.

    Attributes:
        told: the translation; it was fed the truth with the probability asked for.
        summed, count: the target's loss over what is known, and how much that is.
        kl, words: nats of the latents of that many words, or None without a latent.
        costly: `kl` where it is more than the free nats of a word and these where it is less; or None.
        back, back_count: squared error of the way back and how much it counts, or None without one.
    """

    told: Translation
    summed: Tensor
    count: Tensor
    kl: Tensor | None = None
    words: Tensor | None = None
    costly: Tensor | None = None
    back: Tensor | None = None
    back_count: Tensor | None = None


class Translator(Decoder):
    """An encoder and the attention decoder of its stage."""

    encoder: Encoder
    target: ValuesTarget | CodesTarget

    def __init__(self, encoder: Encoder, target: ValuesTarget | CodesTarget, options: TranslationOptions) -> None:
        super().__init__(encoder, target, options)
        self.options = options
        self.spread = Spread(encoder.state_width, encoder.width) if options.variational else None
        self.back: WayBack | None = None
        if options.cyclic:
            self.back = WayBack(target.feed_width, encoder.reader.written_dim, options)

    def forward(
        self, batch: Batch, states: States, forcing: float = 0.0, truth: tuple[Tensor, Tensor] | None = None
    ) -> Translation:
        """Translate a batch step by step; with `forcing` 0 the decoder hears nothing but itself, as in use.

        At each step each clip is fed its true previous target with that probability (drawn from torch's generator).
        """
        mask, kl = batch.mask, None
        state = self.encoder.state(batch, states)
        encoded = read = self.encoder.represent(state, mask)
        if self.spread is not None:
            log_variance = self.spread(state)
            kl = divergence(encoded, log_variance) * mask
            if self.training:
                read = drawn(encoded, log_variance) * mask[..., None]
        if forcing > 0 and truth is None:
            truth = self.target.truth(batch)
        answers, weights = self.write(read, mask, forcing, None if truth is None else truth[0])
        return Translation(encoded, answers, weights, read, kl)

    def losses(self, batch: Batch, states: States, forcing: float = 0.0, measured: Batch | None = None) -> Losses:
        """Translate a batch and judge it by what `measured` holds, where that is not `batch` itself."""
        measured = measured or batch
        truth = self.target.truth(measured)
        told = self(batch, states, forcing, truth)
        summed, count = self.target.loss(told.answers, truth)
        kl = words = costly = back = back_count = None
        if told.kl is not None:
            kl, words = told.kl.sum(), batch.mask.sum()
            costly = (told.kl.clamp_min(self.options.free_bits) * batch.mask).sum()
        if self.back is not None:
            freely = told.answers if forcing == 0 else self.write(told.read, batch.mask)[0]
            source = self.encoder.reader.written(measured, states)
            back, back_count = self.back.target.loss(self.back(freely, batch.mask, forcing, source[0]), source)
        return Losses(told, summed, count, kl, words, costly, back, back_count)

    def objective(self, parts: Losses, annealing: float = 1.0) -> tuple[Tensor, Tensor]:
        """What training minimises: all parts, each with its weight, summed over what is known, and how much that is.

        `annealing` is the share of the KL divergence's weight.
        """
        total = parts.summed
        if parts.costly is not None:
            total = total + annealing * self.options.kl_weight * parts.costly
        if parts.back is not None and self.back is not None:
            total = total + self.options.cyclic * self.back.scale * parts.back
        return total, parts.count

    def loss(self, batch: Batch, states: States, forcing: float = 0.0, annealing: float = 1.0) -> tuple[Tensor, Tensor]:
        """`objective` of a batch."""
        return self.objective(self.losses(batch, states, forcing), annealing)


def build_translator(
    stage: Stage,
    specs: Mapping[Modality, FeatureSpec],
    widths: Mapping[str, int],
    options: TranslationOptions,
    vocabulary: Sequence[str] = (),
) -> Translator:
    """The translator of a stage with untrained weights.

    Args:
        stage: what to translate.
        specs: the feature set of each modality it reads or writes, at least.
        widths: of the states of each stage inside its source.
        options: of the stage.
        vocabulary: the words it may answer, where T is a target of tokens.
    """
    read, written = Variant(stage.source).inputs, Variant(stage.target).inputs
    encoder = Encoder(stage, {m: specs[m] for m in read}, widths, options)
    features = Translator.features(encoder, options)
    words = vocabulary if "T" in written else ()
    target = build_target(stage.target, {m: specs[m] for m in written}, features, options, words)
    return Translator(encoder, target, options)
