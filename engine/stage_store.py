"""A trained translation and its folder: `model.safetensors` (encoder and decoder) and `stage.json`, written last.

The record says what the stage is, how it learnt, how well it translates, and the words its vocabulary holds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.config import TranslationOptions, override
from engine.fit import Epoch
from engine.targets import CodesTarget
from engine.translator import Translator
from extraction.errors import CheckpointError, InputError
from extraction.whole_file import write_whole

WEIGHTS, RECORD = "model.safetensors", "stage.json"


@dataclass(frozen=True)
class StageFigures:
    """How well a translation learnt.

    Attributes:
        stage: in the notation.
        loss: on validation clips: squared error of standardised values, or nats a token.
        floor: the same of a constant answer (the training mean, or the training frequencies of the tokens).
        epoch: whose weights were kept.
        unit: `squared error` or `nats`.
        error_rate: of tokens as beam search decodes them on the same clips: insertions, deletions and replacements by
            the number of true steps; None for vectors.
        kl: nats a word that a latent holds on those clips, or None without one; `loss` is then that of its mean.
        latent: units of it.
        active: how many of them change from word to word (`engine.variational.ACTIVE`).
        back: squared error of the way back to the source there, or None without one.
        back_floor: the same of the training mean.
    """

    stage: str
    loss: float
    floor: float
    epoch: int
    unit: str
    error_rate: float | None = None
    kl: float | None = None
    latent: int | None = None
    active: int | None = None
    back: float | None = None
    back_floor: float | None = None

    @property
    def learned(self) -> bool:
        """Whether the source told anything about the target."""
        return self.loss < self.floor

    @property
    def parts(self) -> str:
        """What its latent and its way back did, for people; empty without them."""
        told = ""
        if self.kl is not None:
            told = f", {self.active} of {self.latent} latent units active with {self.kl:.2f} nats a word"
            told += " (collapsed: the latent says nothing)" if not self.active else ""
        if self.back is not None:
            told += f", back to the source {self.back:.3f}, a constant {self.back_floor:.3f}"
        return told


@dataclass(frozen=True, eq=False)
class TrainedStage:
    """Attributes: translator, in evaluation mode and frozen; figures; history, its epochs in order."""

    translator: Translator
    figures: StageFigures
    history: tuple[Epoch, ...] = ()


def save_stage(folder: Path, trained: TrainedStage, options: TranslationOptions) -> None:
    """Write a trained stage, its record last. Raises CheckpointError if the folder cannot be written."""
    from safetensors.torch import save

    translator = trained.translator
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in translator.state_dict().items()}
    record = {
        "figures": asdict(trained.figures),
        "options": asdict(options),
        "vocabulary": list(translator.target.vocabulary) if isinstance(translator.target, CodesTarget) else [],
        "history": [epoch.to_dict() for epoch in trained.history],
    }
    content = json.dumps(record, indent=1, ensure_ascii=False).encode()
    try:
        write_whole(folder / WEIGHTS, lambda partial: partial.write_bytes(save(weights)))
        write_whole(folder / RECORD, lambda partial: partial.write_bytes(content))
    except OSError as error:
        raise CheckpointError(
            f"{folder} cannot be written ({error.strerror}): make room, then run the same command to go on."
        ) from error


def read_record(folder: Path) -> tuple[StageFigures, tuple[Epoch, ...], tuple[str, ...]]:
    """A kept stage's figures, epochs and vocabulary. Raises CheckpointError if its record is damaged."""
    try:
        data = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        override(TranslationOptions(), data["options"])
        history = tuple(Epoch(**figures) for figures in data["history"])
        return StageFigures(**data["figures"]), history, tuple(data["vocabulary"])
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise CheckpointError(f"The kept stage {folder} is damaged: delete the folder to train it again.") from error


def load_weights(translator: Translator, folder: Path) -> None:
    """Fill a translator. Raises CheckpointError if the weights are damaged or another stage's."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        translator.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"The kept stage {folder} is damaged: delete the folder to train it again.") from error
