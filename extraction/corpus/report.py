"""The clips of a corpus that could not be read, in a CSV file beside its table; traces of bugs in a log beside that."""

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


def report_of(output: Path) -> Path:
    """Where the report of the table at `output` lies."""
    return output.with_suffix(".failures.csv")


def log_of(output: Path) -> Path:
    """Where its traces lie."""
    return output.with_suffix(".failures.log")


def write_report(failures: Sequence[Failure], output: Path) -> None:
    """Write the report, or remove an earlier one where nothing failed; traces are appended to the log.

    Raises:
        TableError: a file cannot be written.
    """
    report, log = report_of(output), log_of(output)
    try:
        if not failures:
            report.unlink(missing_ok=True)
            log.unlink(missing_ok=True)
            return
        write_whole(report, lambda partial: _write(failures, partial))
        traces = [f"{failure.clip} ({failure.path})\n{failure.trace}\n" for failure in failures if failure.trace]
        if traces:
            with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(traces)
    except OSError as error:
        raise TableError(f"The report {report} cannot be written ({reason_of(error)}): make room.") from error


def _write(failures: Sequence[Failure], path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows((failure.clip, failure.path, failure.sentence) for failure in failures)
