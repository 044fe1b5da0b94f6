"""What is said of the clips of a corpus, in CSV files beside its table: one of those that could not be read, with the
traces of bugs in a log beside it, and one of warnings about the others, a row a warning.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from extraction.errors import TableError
from extraction.store import reason_of
from extraction.whole_file import write_whole

COLUMNS = ("clip", "file", "sentence")


@dataclass(frozen=True)
class Failure:
    """A clip that could not be read, and the sentence that says why.

    Attributes:
        unexpected: a bug, or a process that was killed over it; a clip that cannot be read is no such thing.
        trace: of the exception, where there was one that nobody expected.
    """

    clip: str
    path: Path
    sentence: str
    unexpected: bool = False
    trace: str | None = None


@dataclass(frozen=True)
class Warned:
    """A clip that is in the table, and the sentences about what could not be read of it; at least one."""

    clip: str
    path: Path
    sentences: tuple[str, ...]


def report_of(output: Path) -> Path:
    """Where the failures of the table at `output` are listed."""
    return output.with_suffix(".failures.csv")


def warnings_of(output: Path) -> Path:
    """Where the warnings about its clips are."""
    return output.with_suffix(".warnings.csv")


def log_of(output: Path) -> Path:
    """Where its traces lie."""
    return output.with_suffix(".failures.log")


def write_report(failures: Sequence[Failure], warned: Sequence[Warned], output: Path) -> None:
    """Write both lists, or remove an earlier one of which there is nothing to say; traces are appended to the log.

    Raises:
        TableError: a file cannot be written.
    """
    _list([(failure.clip, failure.path, failure.sentence) for failure in failures], report_of(output))
    _list([(one.clip, one.path, sentence) for one in warned for sentence in one.sentences], warnings_of(output))
    _log(failures, log_of(output))


def _list(rows: Sequence[tuple[str, Path, str]], path: Path) -> None:
    """Write rows of `COLUMNS`, or no file where there are none."""

    def write(partial: Path) -> None:
        with partial.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            csv.writer(file).writerows((COLUMNS, *rows))

    try:
        if rows:
            write_whole(path, write)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _log(failures: Sequence[Failure], path: Path) -> None:
    """Append the traces; remove the log of earlier runs where nothing failed."""
    traces = [f"{failure.clip} ({failure.path})\n{failure.trace}\n" for failure in failures if failure.trace]
    try:
        if not failures:
            path.unlink(missing_ok=True)
        elif traces:
            with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(traces)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> TableError:
    return TableError(f"The report {path} cannot be written ({reason_of(error)}): make room.")
