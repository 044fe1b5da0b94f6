"""A variant as one network, in reading order: encoders of its translations, inner ones first, then the regressor.

    batch -> states of each stage (B, W, H) -> representation (B, W, R) -> score (B,), sentiment and attention (B, W)

The same class serves all 26 variants of the paper and any other the notation can spell. Prediction reads the
modalities of `Variant.inputs` and no other. Statistics of the measurements lie in the weights.
Shape letters: B clips, W words, H hidden, R columns of the representation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from engine.batch import Batch, collate, plan
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import Segment
from engine.notation import Stage, Variant
from engine.regressor import Output, Regressor
from engine.sequence import SequenceReader
from engine.translator import Encoder
from engine.variants import directory_name
from extraction.types import FeatureSpec, Floats, Modality


class SentimentModel(nn.Module):
    """The network of one variant, with untrained weights.

    Args:
        variant: what to build.
        specs: the feature set of each of `variant.inputs` (others are ignored).
        translation: architecture of the encoders.
        regression: architecture of the regressor.
    """

    def __init__(
        self,
        variant: Variant,
        specs: Mapping[Modality, FeatureSpec],
        translation: TranslationOptions | None = None,
        regression: RegressionOptions | None = None,
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

    def representation(self, batch: Batch) -> Tensor:
        """(B, W, R): what the regressor reads."""
        states: dict[str, Tensor] = {}
        for stage in self.variant.stages:
            states[str(stage)] = self.encoder(stage)(batch, states)
        read: Tensor = self.reader(batch, states)
        return read

    def forward(self, batch: Batch) -> Output:
        """Score (B,), sentiment (B, W) and attention (B, W) of a batch."""
        answer: Output = self.regressor(self.representation(batch), batch.mask)
        return answer


def scores(model: SentimentModel, segments: Sequence[Segment], batch_size: int = 64) -> Floats:
    """The score of each segment, (N,) float32, in their order; the model is put in evaluation mode."""
    model.eval()
    answers = np.empty(len(segments), dtype=np.float32)
    with torch.no_grad():
        for indices in plan([len(s) for s in segments], batch_size):
            batch = collate([segments[i] for i in indices], model.inputs).to(model.device)
            answers[indices] = model(batch).score.cpu().numpy()
    return answers
