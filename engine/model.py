"""A variant as one network, in reading order: encoders of its translations, inner ones first, then the regressor.

    batch -> states of each stage (B, W, H) -> representation (B, W, R) -> score (B,), sentiment and attention (B, W)

With adapters the word vectors of a batch are made by the model itself (`engine.word_encoder`), from its texts.

The same class serves all 26 variants of the paper and any other the notation can spell. Prediction reads the
modalities of `Variant.inputs` and no other. Statistics of the measurements lie in the weights.
Shape letters: B clips, W words, H hidden, R columns of the representation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from engine.batch import Batch, collate, plan
from engine.config import AdapterOptions, RegressionOptions, TranslationOptions
from engine.dataset import Segment
from engine.notation import Stage, Variant
from engine.regressor import Output, Regressor
from engine.sequence import SequenceReader
from engine.translator import Encoder
from engine.variants import directory_name
from engine.word_encoder import WordEncoder
from extraction.errors import DataError
from extraction.types import FeatureSpec, Floats, Modality


class SentimentModel(nn.Module):
    """The network of one variant, with untrained weights.

    Args:
        variant: what to build.
        specs: the feature set of each of `variant.inputs` (others are ignored).
        translation: architecture of the encoders.
        regression: architecture of the regressor.
        adapter: of an encoder of words that belongs to the model, or None to read the word vectors of a batch.

    Raises as WordEncoder does if there is an adapter, and DataError if the variant reads no text then.
    """

    def __init__(
        self,
        variant: Variant,
        specs: Mapping[Modality, FeatureSpec],
        translation: TranslationOptions | None = None,
        regression: RegressionOptions | None = None,
        adapter: AdapterOptions | None = None,
    ) -> None:
        super().__init__()
        self.variant = variant
        self.specs: dict[Modality, FeatureSpec] = {m: specs[m] for m in variant.inputs}
        self.translation = translation or TranslationOptions()
        self.regression = regression or RegressionOptions()
        self.encoders = nn.ModuleDict()
        widths: dict[str, int] = {}
        for stage in variant.stages:
            encoder = Encoder(stage, self.specs, widths, self.translation)
            self.encoders[directory_name(str(stage))] = encoder
            widths[str(stage)] = encoder.width
        self.reader = SequenceReader(variant.representation, self.specs, widths)
        self.regressor = Regressor(self.reader.width, self.regression)
        self.adapter = adapter
        self.words: WordEncoder | None = None
        if adapter is not None:
            if "T" not in self.specs:
                raise DataError(f"{variant} reads no text, so no encoder of words can learn along: leave it out.")
            self.words = WordEncoder(self.specs["T"], adapter)

    @property
    def inputs(self) -> tuple[Modality, ...]:
        """Modalities a batch must hold."""
        return self.variant.inputs

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.regressor.head.weight.device

    def encoder(self, stage: Stage) -> Encoder:
        """The encoder of one of the variant's stages."""
        module = self.encoders[directory_name(str(stage))]
        assert isinstance(module, Encoder)
        return module

    def embedded(self, batch: Batch) -> Batch:
        """The batch with the word vectors the model reads: its own encoder's, if it has one."""
        if self.words is None:
            return batch
        return replace(batch, values={**batch.values, "T": self.words(batch.words, batch.observed["T"])})

    def representation(self, batch: Batch) -> Tensor:
        """(B, W, R): what the regressor reads of an embedded batch."""
        states: dict[str, Tensor] = {}
        for stage in self.variant.stages:
            states[str(stage)] = self.encoder(stage)(batch, states)
        read: Tensor = self.reader(batch, states)
        return read

    def forward(self, batch: Batch) -> Output:
        """Score (B,), sentiment (B, W) and attention (B, W) of a batch."""
        return self.read(self.embedded(batch))

    def read(self, batch: Batch) -> Output:
        """The same of an embedded batch."""
        answer: Output = self.regressor(self.representation(batch), batch.mask)
        return answer


def scores(model: SentimentModel, segments: Sequence[Segment], batch_size: int = 64) -> Floats:
    """The score of each segment, (N,) float32, in their order; the model is put in evaluation mode."""
    model.eval()
    answers = np.empty(len(segments), dtype=np.float32)
    with torch.no_grad():
        for indices in plan([len(s) for s in segments], batch_size):
            batch = collate([segments[i] for i in indices], model.inputs).to(model.device)
            answers[indices] = model(batch).score.float().cpu().numpy()
    return answers
