"""The figures of a training as it goes: a line of JSON an epoch, and TensorBoard's event files where asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any

from engine import distributed
from engine.fit import Epoch, Report
from extraction.errors import CheckpointError, InputError

LINES, UNFINISHED, EVENTS = "metrics.jsonl", "metrics.unfinished.jsonl", "tensorboard"


_DIGITS = 6  # after the point, of a kept loss


@dataclass(frozen=True)
class Curve:
    """The losses of one training, a figure an epoch.

    Attributes:
        stage: the translation as spelled in the notation, or `regression`.
        train, valid: of standardised values or tokens (a translation), or MAE of the sentiment.
        best_epoch: whose weights were kept, 1 for the first.
    """

    stage: str
    train: tuple[float, ...]
    valid: tuple[float, ...]
    best_epoch: int


def curves_of(epochs: Iterable[Epoch]) -> tuple[Curve, ...]:
    """The curve of each training in turn."""
    found = []
    for stage, group in groupby(epochs, key=lambda epoch: epoch.stage):
        those = list(group)
        train, valid = ([round(getattr(e, f"{part}_loss"), _DIGITS) for e in those] for part in ("train", "valid"))
        found.append(Curve(stage, tuple(train), tuple(valid), those[-1].best_epoch))
    return tuple(found)


class Curves:
    """A `Report` that writes `metrics.jsonl` into a folder and passes each epoch on.

    The lines go to `metrics.unfinished.jsonl` until the training is done, so that those of an older one are kept until
    there is a new one.

    Args:
        folder: made where it is missing.
        report: told of each epoch as well.
        tensorboard: also write event files, into the folder's `tensorboard`.

    Raises CheckpointError if a file cannot be written, InputError if TensorBoard is asked for and not installed.
    """

    def __init__(self, folder: Path, report: Report, tensorboard: bool = False) -> None:
        self.folder, self.report = folder, report
        self.epochs: list[Epoch] = []
        self.writer: Any = _writer(folder / EVENTS) if tensorboard and distributed.rank() == 0 else None

    def __enter__(self) -> Curves:
        """Start with an empty unfinished file."""
        self._write("")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close TensorBoard's file, and after a training that was not broken off, put the lines in place."""
        if self.writer is not None:
            self.writer.close()
        if error is None and distributed.rank() == 0:
            (self.folder / UNFINISHED).replace(self.folder / LINES)

    def __call__(self, epoch: Epoch) -> None:
        """Keep one epoch."""
        self.epochs.append(epoch)
        self._write(json.dumps(epoch.to_dict()) + "\n")
        if self.writer is not None:
            for name in ("train_loss", "valid_loss", "best"):
                self.writer.add_scalar(f"{epoch.stage}/{name}", getattr(epoch, name), epoch.epoch)
        self.report(epoch)

    def _write(self, line: str) -> None:
        if distributed.rank() != 0:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / UNFINISHED).open("a" if line else "w", encoding="utf-8", newline="\n") as file:
                file.write(line)
        except OSError as error:
            raise CheckpointError(
                f"{self.folder} cannot be written ({error.strerror}): make room, then run the same command to go on."
            ) from error


def _writer(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InputError(
            "TensorBoard is not installed: pip install tensorboard, or leave out --tensorboard."
        ) from error
    return SummaryWriter(str(folder))
