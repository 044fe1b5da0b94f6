"""What one training run is, and where it lies.

Layout: `<runs>/<variant>/<protocol>/seed_<n>/`, and below it, for the protocol `speakers`, `fold_<k>/` or `final/`.
Each such folder holds `model.safetensors`, `card.json`, `metrics.jsonl`, for a variant that translates
`translations.safetensors` and, once evaluated, `test.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.checkpoint import CARD, read_card
from engine.config import AdapterOptions, RegressionOptions, TranslationOptions
from engine.notation import Variant
from engine.place import Place
from engine.resume import EVERY
from engine.splits import Protocol
from engine.variants import directory_name
from extraction.errors import CheckpointError


@dataclass(frozen=True)
class Run:
    """What to train, and on what.

    Attributes:
        variant: in any spelling the notation allows, parsed.
        data: the labelled word table.
        unlabelled: a word table for the translations and for masked modalities, or None to use `data`.
        extra: a labelled word table whose clips are added to the training split, or None; clips and speakers of the
            validation and test splits, and clips it calls valid or test itself, are left out. What it did not measure
            counts as not observed.
        voice: the folder of a pre-trained voice network, or None.
        protocol: standard, paper or speakers.
        folds: of the protocol `speakers`.
        fold: 0 .. folds - 1, or None for the final model of that protocol.
        seed: of weights, order and dropout.
        translation, regression: options.
        adapter: options of an encoder of words that learns along, or None.
        start: the folder of a checkpoint to start from (`engine.train`), or None.
        translations: a folder of pre-trained translations to take (`engine.pretrained`), whose options `translation`
            must be, or None to train them.
        place: device and precision.
        command: the command line, for the card.
        tensorboard: also write TensorBoard's event files into the run's folder.
        every: seconds between two writings of an unfinished state.
    """

    variant: Variant
    data: Path
    unlabelled: Path | None = None
    protocol: Protocol = "standard"
    folds: int = 5
    fold: int | None = None
    seed: int = 0
    translation: TranslationOptions = field(default_factory=TranslationOptions)
    regression: RegressionOptions = field(default_factory=RegressionOptions)
    place: Place = field(default_factory=Place)
    command: str = ""
    extra: Path | None = None
    voice: Path | None = None
    adapter: AdapterOptions | None = None
    start: Path | None = None
    translations: Path | None = None
    tensorboard: bool = False
    every: float = EVERY

    @property
    def reads_unlabelled(self) -> bool:
        """Whether the clips without labels take part at all."""
        return bool(self.variant.stages) or bool(self.regression.masked_epochs)

    @property
    def name(self) -> str:
        """The variant, the seed and the fold, for people."""
        turn = "" if self.protocol != "speakers" else " final" if self.fold is None else f" fold {self.fold}"
        return f"{self.variant} seed {self.seed}{turn}"

    def folder(self, runs: Path) -> Path:
        """Where the run is kept below `runs`."""
        seed = self._base(runs) / f"seed_{self.seed}"
        if self.protocol != "speakers":
            return seed
        return seed / ("final" if self.fold is None else f"fold_{self.fold}")

    def has_runs(self, runs: Path) -> bool:
        """Whether `runs` holds a trained run of this variant and protocol, whatever its seed and fold."""
        return any(self._base(runs).glob(f"**/{CARD}"))

    def best(self, runs: Path) -> Path:
        """The run fit to be shipped: the seed with the lowest validation MAE, of final models where folds are left out.

        Raises CheckpointError if there is none.
        """
        pattern = f"seed_*/final/{CARD}" if self.protocol == "speakers" else f"seed_*/{CARD}"
        folders = [path.parent for path in sorted(self._base(runs).glob(pattern))]
        if not folders:
            how = " with --final" if self.protocol == "speakers" else ""
            raise CheckpointError(f"There is no model of {self.variant} to ship in {runs}: train it{how} first.")
        return min(folders, key=_validation_mae)

    def _base(self, runs: Path) -> Path:
        return runs / directory_name(self.variant) / self.protocol


def every_run(model: Run, variants: Sequence[Variant], seeds: int, final: bool = False) -> tuple[Run, ...]:
    """Runs like `model` of each variant, seed and, where speakers are left out, fold (or the final model alone).

    Those that share data and translations stand next to one another.
    """
    turns: Sequence[int | None] = range(model.folds) if model.protocol == "speakers" and not final else [None]
    return tuple(
        replace(model, variant=variant, fold=turn, seed=seed)
        for seed in range(seeds)
        for turn in turns
        for variant in variants
    )


def _validation_mae(folder: Path) -> float:
    mae = read_card(folder).validation["mae"]
    assert mae is not None  # always defined on a split that trained
    return mae
