"""A variant's translations whole, decoders included, beside its checkpoint: `translations.safetensors`.

A model needs its encoders alone; the decoders show what a translation looked at. They are kept as they were before the
regressor was trained, matrices as float16, with what rebuilds them (the targets' feature sets, the words of a
vocabulary) as JSON in the file's header. An encoder that the regressor left as it was is in the model already and not
kept twice.
Shape letters: W words of an utterance, S steps of the decoder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.batch import collate
from engine.dataset import Segment
from engine.model import SentimentModel
from engine.notation import Stage, Variant
from engine.targets import CodesTarget
from engine.translator import Translator, build_translator
from engine.variants import directory_name
from extraction.errors import CheckpointError
from extraction.types import FeatureSpec, Floats, Modality

Translators = Mapping[str, Translator]
"""Stage, spelled as in the notation -> its translator, inner stages first."""

_ENCODER = "encoder."
_EVEN = 0.98  # of all words, beyond which attention counts as even


def pack(translators: Translators, model: SentimentModel, specs: Mapping[Modality, FeatureSpec]) -> bytes:
    """The file's content; `specs` holds the feature set of each modality translated to."""
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {}
    vocabularies = {}
    for stage in model.variant.stages:
        translator = translators[str(stage)]
        kept = model.encoder(stage).state_dict()
        same = all(torch.equal(kept[name], value) for name, value in translator.encoder.state_dict().items())
        for name, value in translator.state_dict().items():
            if not (same and name.startswith(_ENCODER)):
                tensors[f"{directory_name(str(stage))}.{name}"] = _short(value)
        if isinstance(translator.target, CodesTarget):
            vocabularies[str(stage)] = list(translator.target.vocabulary)
    needed = {m: specs[m].to_dict() for m in model.variant.targets}
    header = json.dumps({"specs": needed, "vocabularies": vocabularies}, ensure_ascii=False)
    content: bytes = save(tensors, {"translations": header})
    return content


def unpack(path: Path, model: SentimentModel) -> Translators:
    """The translators of `model`, in evaluation mode and frozen. Raises CheckpointError if the file is not theirs."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            header: dict[str, Any] = json.loads((file.metadata() or {})["translations"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        specs = {m: FeatureSpec.from_dict(spec) for m, spec in header["specs"].items()}
        return _rebuilt(model, {**specs, **model.specs}, header["vocabularies"], tensors)
    except (OSError, SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"The translations {path} are damaged or another model's: copy the whole folder again."
        ) from error


def attention(translators: Translators, model: SentimentModel, stage: Stage, segment: Segment) -> Floats:
    """(S, W): the words of an utterance that the decoder of a stage looks at while it writes; rows sum to 1.

    The decoder hears nothing but itself, as in use.
    """
    states: dict[str, Tensor] = {}
    batch = collate([segment], model.inputs)
    if model.regression.translation_weight:  # the decoders learnt along with the model's own word vectors
        batch = model.embedded(batch)
    with torch.no_grad():
        for inner in Variant(stage.source).stages:
            states[str(inner)] = translators[str(inner)].encoder(batch, states)
        read: Floats = translators[str(stage)](batch, states).attention[0].numpy()
    return read


@dataclass(frozen=True)
class Focus:
    """How far a decoder's attention (S, W) tells words apart.

    Attributes:
        words: W.
        effective: words a step looks at, exp of the attention's entropy, on average; W where it looks at all alike.
        near: share of the attention that lies on the word of the step's own place and its two neighbours.
        near_if_even: the same, were it spread evenly.
    """

    words: int
    effective: float
    near: float
    near_if_even: float

    @property
    def even(self) -> bool:
        """Whether the steps look at nearly all words alike, so that there is nothing to read off."""
        return self.words > 1 and self.effective > _EVEN * self.words


def focus(attention: Floats) -> Focus:
    """The figures of (S, W); a step for the end counts in `effective` alone."""
    rows = np.asarray(attention, dtype=np.float64)
    words = rows.shape[1]
    entropy = -np.sum(rows * np.log(np.where(rows > 0, rows, 1.0)), axis=1)
    step, word = np.arange(words)[:, None], np.arange(words)[None]
    near = np.abs(step - word) <= 1
    return Focus(words, float(np.exp(entropy).mean()), float(rows[:words][near].sum() / words), float(near.mean()))


def _rebuilt(
    model: SentimentModel,
    specs: Mapping[Modality, FeatureSpec],
    vocabularies: Mapping[str, list[str]],
    tensors: Mapping[str, Tensor],
) -> Translators:
    built: dict[str, Translator] = {}
    widths: dict[str, int] = {}
    for stage in model.variant.stages:
        read = {**specs, **model.specs}
        translator = build_translator(stage, read, widths, model.translation, vocabularies.get(str(stage), ()))
        encoder = translator.encoder
        encoder.load_state_dict(model.encoder(stage).state_dict())
        prefix = f"{directory_name(str(stage))}."
        kept = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
        own = {_ENCODER + name: value for name, value in encoder.state_dict().items()}
        translator.load_state_dict(own | kept)
        built[str(stage)] = translator.eval().requires_grad_(False)
        widths[str(stage)] = encoder.width
    return built


def _short(value: Tensor) -> Tensor:
    """Matrices as float16, which halves them; statistics and biases are vectors and stay."""
    plain = value.detach().cpu().contiguous()
    return plain.half() if plain.ndim > 1 and plain.is_floating_point() else plain
