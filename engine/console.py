"""Where the command line speaks: results on stdout, progress and warnings on stderr, so that stdout can be piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from extraction.pipeline import STAGES, Report, StageReport

_PIPED_WIDTH = 120  # columns of a table that no terminal limits


def warn(sentence: str) -> None:
    """One line on stderr."""
    click.echo(f"s2s: {sentence}", err=True)


def print_json(data: Mapping[str, Any]) -> None:
    """One JSON document on stdout; figures that are not numbers are null."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False))


def print_table(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]], title: str | None = None) -> None:
    """A table on stdout. `columns` are (heading, `left` or `right`)."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading, side in columns:
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(width=width, highlight=False).print(table)


@contextmanager
def progress(remaining: bool = True) -> Iterator[Progress]:
    """A progress display on stderr; on anything but a terminal only its last state is printed.

    The time left is guessed from the last half minute; without `remaining` the caller tells it.
    """
    columns = [
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[found]}"),
        TimeElapsedColumn(),
        *([TimeRemainingColumn()] if remaining else []),
    ]
    width = None if sys.stderr.isatty() else _PIPED_WIDTH
    with Progress(*columns, console=Console(stderr=True, width=width, highlight=False)) as shown:
        yield shown


@contextmanager
def stages() -> Iterator[Report]:
    """A `Report` for `extraction.pipeline.extract` that draws a bar a stage with what was found."""
    with progress() as shown:
        tasks: dict[str, Any] = {}

        def report(stage: StageReport) -> None:
            if stage.stage not in tasks:
                tasks[stage.stage] = shown.add_task(STAGES[stage.stage], total=1.0, found="")
            shown.update(tasks[stage.stage], completed=stage.fraction, found=escape(stage.found))

        yield report


def signed(value: float | None, digits: int = 2) -> str:
    """A number with its sign, or a dash where there is none."""
    return "-" if value is None else f"{value:+.{digits}f}"


def clock(seconds: float | None) -> str:
    """Minutes and seconds, `2:05.3`, or a dash where there is no time."""
    if seconds is None:
        return "-"
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def figure(value: float | None, digits: int = 3) -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"
