"""A trained model on disk: a folder with `model.safetensors` (weights and statistics) and `card.json` (all the rest).

A third file, `translations.safetensors`, may hold the decoders of its translations (`engine.translations`), which only
a look at what they attend to needs. The card says what the model reads, how it was trained and how good it is; the
model is rebuilt from it. Nothing is pickled, so opening a stranger's checkpoint runs no code. Files are written whole
or not at all, the card last, and the card holds the SHA-256 of the weights and translations it describes.
Checkpoints shipped with the program lie in `checkpoints/` beside the packages, one folder a variant; the environment
variable S2S_CHECKPOINTS names another place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.config import AdapterOptions, RegressionOptions, TranslationOptions, override
from engine.conformal import Interval
from engine.curves import Curve
from engine.dataset import Segment
from engine.metrics import Metrics
from engine.model import SentimentModel
from engine.notation import VariantError, parse
from engine.stage_store import StageFigures
from engine.variants import directory_name
from extraction.errors import CheckpointError, InputError
from extraction.store import WordTable
from extraction.types import FeatureSpec, Modality
from extraction.whole_file import write_whole

FORMAT = 2  # of the card; a reader refuses any other
_LATER = (
    "translations_sha256",
    "curves",
    "adapter",
    "start",
    "interval",
    "faithfulness",
)  # fields that the first cards of this format lack
WEIGHTS, CARD, TRANSLATIONS = "model.safetensors", "card.json", "translations.safetensors"


@dataclass(frozen=True)
class Source:
    """A word table by name and content.

    Attributes:
        name: of its file.
        fingerprint: `WordTable.fingerprint`.
        clips, speakers: how many of it were trained on; speakers is 0 where the table names none.
    """

    name: str
    fingerprint: str
    clips: int
    speakers: int

    @classmethod
    def of(cls, path: Path, table: WordTable, trained_on: Sequence[Segment]) -> Source:
        """The source that `table`, read from `path`, is."""
        speakers = {segment.speaker for segment in trained_on} - {None}
        return cls(path.name, table.fingerprint, len(trained_on), len(speakers))


@dataclass(frozen=True)
class Card:
    """What is known of a trained model.

    Attributes:
        variant: in the notation; it rules, whatever the folder is called.
        specs: the feature set of each modality the model reads.
        translation, regression: the options it was built and trained with.
        seed: of weights, order and dropout.
        protocol: standard or speakers.
        folds, fold: of the protocol `speakers`; fold None is its final model.
        data: the labelled word table.
        unlabelled: the table the translations learnt from, or None where it was `data`.
        validation: figures on the validation split, by the names of `engine.metrics`.
        test: a summary over seeds and, for `speakers`, speakers (`engine.evaluate.Summary.to_dict`), or None.
        floors: what constants reach on the same segments as `test`, or as `validation` where there is no test.
        paper: the paper's figures for the variant, or None.
        learned: whether the model beats its floors.
        verdict: the same as a sentence for the user.
        command: the command line that trains it again.
        code_version: of the program that wrote the card.
        extra: the table whose clips were added to the training split, or None.
        voice: fingerprint of the pre-trained voice network it began from, or None.
        stages: how well each of its translations learnt, inner ones first.
        identity: SHA-256 over all that decided the weights (`engine.train_run.Prepared.identity`).
        weights_sha256: of the weights beside the card; filled in by `save`.
        translations_sha256: of the translations beside the card, empty where there are none; filled in by `save`.
        curves: the losses of each training, in turn; empty where they were not kept.
        adapter: options of the word encoder that learnt along, or None where word vectors are read as they are.
        interval: what lies around a score, by clips it was not trained on (`engine.conformal`); None where too few.
        start: what the model that it started from learnt from, and the hash of its weights; or None.
        faithfulness: what its attention is worth over a corpus (`engine.faithfulness.Faithfulness.to_dict`), or None.
    """

    variant: str
    specs: Mapping[Modality, FeatureSpec]
    translation: TranslationOptions
    regression: RegressionOptions
    seed: int
    protocol: str
    folds: int
    fold: int | None
    data: Source
    unlabelled: Source | None
    validation: Metrics
    test: dict[str, Any] | None
    floors: Metrics
    paper: Metrics | None
    learned: bool
    verdict: str
    command: str
    code_version: str
    extra: Source | None = None
    voice: str | None = None
    stages: tuple[StageFigures, ...] = ()
    identity: str = ""
    weights_sha256: str = ""
    translations_sha256: str = ""
    curves: tuple[Curve, ...] = ()
    adapter: AdapterOptions | None = None
    start: str | None = None
    interval: Interval | None = None
    faithfulness: dict[str, Any] | None = None

    @property
    def inputs(self) -> tuple[Modality, ...]:
        """Modalities the model reads, in the order T, A, V."""
        return parse(self.variant).inputs

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; `from_dict` inverts it."""
        data = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        for key in ("translation", "regression", "data", "unlabelled", "extra", "adapter", "interval"):
            data[key] = None if data[key] is None else dataclasses.asdict(data[key])
        data["stages"] = [dataclasses.asdict(figures) for figures in self.stages]
        data["curves"] = [dataclasses.asdict(c) | {"train": list(c.train), "valid": list(c.valid)} for c in self.curves]
        data["specs"] = {m: spec.to_dict() for m, spec in self.specs.items()}
        return {"format": FORMAT, "inputs": list(self.inputs)} | data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Card:
        """Rebuild a card. Raises KeyError, TypeError or InputError if it is not one."""
        fields = {f.name: data[f.name] for f in dataclasses.fields(cls) if f.name not in _LATER or f.name in data}
        parse(fields["variant"])
        fields["specs"] = {m: FeatureSpec.from_dict(spec) for m, spec in fields["specs"].items()}
        fields["translation"] = override(TranslationOptions(), fields["translation"])
        fields["regression"] = override(RegressionOptions(), fields["regression"])
        fields["data"] = Source(**fields["data"])
        for key in ("unlabelled", "extra"):
            fields[key] = None if fields[key] is None else Source(**fields[key])
        if fields.get("adapter") is not None:
            fields["adapter"] = override(AdapterOptions(), fields["adapter"])
        if fields.get("interval") is not None:
            fields["interval"] = Interval(**fields["interval"])
        fields["stages"] = tuple(StageFigures(**figures) for figures in fields["stages"])
        fields["curves"] = tuple(
            Curve(c["stage"], tuple(c["train"]), tuple(c["valid"]), c["best_epoch"]) for c in fields.get("curves", ())
        )
        return cls(**fields)


def save(model: SentimentModel, card: Card, folder: Path, translations: bytes | None = None) -> Card:
    """Write weights, translations and card into `folder`, made where it is missing; returns the card with the hashes.

    Without `translations` none are kept there. Raises CheckpointError if the folder cannot be written.
    """
    from safetensors.torch import save as to_bytes

    _write(folder / WEIGHTS, to_bytes(_weights(model)))
    digest = ""
    if translations is None:
        (folder / TRANSLATIONS).unlink(missing_ok=True)
    else:
        _write(folder / TRANSLATIONS, translations)
        digest = hash_file(folder / TRANSLATIONS)
    weighed = dataclasses.replace(card, weights_sha256=hash_file(folder / WEIGHTS), translations_sha256=digest)
    return save_card(weighed, folder)


def rounded(model: SentimentModel) -> None:
    """Round a model with adapters to what `save` keeps of it: matrices of half precision."""
    model.load_state_dict({name: tensor.float() for name, tensor in _weights(model).items()})


def save_card(card: Card, folder: Path) -> Card:
    """Write the card alone, whole or not at all."""
    text = json.dumps(card.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    _write(folder / CARD, text.encode())
    return card


def load(place: str | Path, root: Path | None = None) -> tuple[SentimentModel, Card]:
    """Rebuild a model from a folder, or from a variant's name, looked up in `shipped(root)`.

    The model is on the CPU, in evaluation mode. Raises CheckpointError if it is missing, damaged or too new.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = locate(place, root)
    card = read_card(folder)
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise CheckpointError(f"The checkpoint {folder} has no {WEIGHTS}: copy the whole folder again.")
    damaged = f"The weights of the checkpoint {folder} are damaged or another model's: copy the whole folder again."
    if hash_file(weights) != card.weights_sha256:
        raise CheckpointError(damaged)
    try:
        model = SentimentModel(parse(card.variant), card.specs, card.translation, card.regression, card.adapter)
        model.load_state_dict(load_file(weights))
        if model.words is not None:
            model.words.settle()
    except (SafetensorError, RuntimeError, KeyError) as error:
        raise CheckpointError(damaged) from error
    return model.eval(), card


def translations_of(folder: Path, card: Card) -> Path | None:
    """The translations beside a checkpoint, None where it has none. Raises CheckpointError if they are not its own."""
    if not card.translations_sha256:
        return None
    path = folder / TRANSLATIONS
    if not path.is_file() or hash_file(path) != card.translations_sha256:
        raise CheckpointError(f"The translations {path} are missing or another model's: copy the whole folder again.")
    return path


def read_card(folder: Path) -> Card:
    """The card of a checkpoint. Raises CheckpointError if it is missing, not a card, or of a newer format."""
    path = folder / CARD
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint at {folder}: train the variant, or name a folder with a {CARD}.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = int(data["format"])
        if version > FORMAT:
            raise CheckpointError(f"{folder} was written by a newer version (format {version}): update this program.")
        if version < FORMAT:
            raise CheckpointError(f"{folder} was written by an older version (format {version}): train it again.")
        return Card.from_dict(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        raise CheckpointError(f"{path} is not the card of a checkpoint: copy the whole folder again.") from error


def locate(place: str | Path, root: Path | None = None) -> Path:
    """The folder `place` means: text that spells a variant means a shipped one, anything else is a path."""
    if isinstance(place, str):
        try:
            return shipped(root) / directory_name(parse(place))
        except VariantError:
            return Path(place)
    return place


def shipped(root: Path | None = None) -> Path:
    """Where checkpoints by variant lie: `root`, or S2S_CHECKPOINTS, or `checkpoints/` beside the packages."""
    if root is not None:
        return root
    named = os.environ.get("S2S_CHECKPOINTS")
    return Path(named) if named else Path(__file__).resolve().parent.parent / "checkpoints"


def available(root: Path | None = None) -> tuple[Card, ...]:
    """The cards of every readable checkpoint in `shipped(root)`, by folder name."""
    folder = shipped(root)
    found = sorted(folder.glob(f"*/{CARD}")) if folder.is_dir() else []
    return tuple(read_card(path.parent) for path in found)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _weights(model: SentimentModel) -> dict[str, Tensor]:
    """What is kept of a model; matrices as float16 where it has adapters, so that they stay small."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if model.adapter is None:
        return weights
    return {name: tensor.half() if tensor.ndim > 1 else tensor for name, tensor in weights.items()}


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, lambda partial: partial.write_bytes(content))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written ({error.strerror}): choose another place.") from error
