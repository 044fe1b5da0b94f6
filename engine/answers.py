"""A trained model's answers on its test clips, kept as `test.json` beside the model.

The file says which weights gave the answers, so that answers of a model that was trained anew are never taken for its
own, and holds all that figures need: they can be computed again without the model and without the data.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.conformal import Interval
from extraction.errors import DataError
from extraction.whole_file import write_whole

TEST = "test.json"


@dataclass(frozen=True)
class Clip:
    """One test clip: its name, speaker or None, label, and the model's score."""

    clip: str
    speaker: str | None
    label: float
    score: float


@dataclass(frozen=True)
class TestResult:
    """A model's answers on its test split. `train_labels` serve the floors; `weights_sha256` says which model.

    `interval` is that of the model's card; it is not kept in `test.json`, because a card can get one later.
    """

    __test__ = False  # not a test case, whatever its name

    weights_sha256: str
    train_labels: tuple[float, ...]
    clips: tuple[Clip, ...]
    interval: Interval | None = None


def write_answers(result: TestResult, folder: Path) -> None:
    """Write `test.json` into a run's folder, whole or not at all. Raises DataError if it cannot be written."""
    kept = {key: value for key, value in asdict(result).items() if key != "interval"}
    content = (json.dumps(kept) + "\n").encode()
    try:
        write_whole(folder / TEST, lambda partial: partial.write_bytes(content))
    except OSError as error:
        raise DataError(f"{folder / TEST} cannot be written ({error.strerror}): make room and try again.") from error


def read_answers(folder: Path, weights_sha256: str) -> TestResult | None:
    """What `write_answers` wrote, or None if there is nothing or it is another model's.

    Raises DataError if the file is damaged.
    """
    path = folder / TEST
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        clips = tuple(Clip(**clip) for clip in data["clips"])
        result = TestResult(data["weights_sha256"], tuple(data["train_labels"]), clips)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged: delete it and evaluate again.") from error
    return result if result.weights_sha256 == weights_sha256 else None
