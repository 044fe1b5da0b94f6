"""How the commands print figures: a row a source (seeds, floors, the paper), a column a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from engine import console
from engine.conformal import LEVEL
from engine.metrics import HEADINGS, Metrics
from engine.summary import Summary

SHOWN = ("has0", "non0", "acc7", "mae", "r", "f1", "f1_7")
Row = tuple[str, ...]


def figure_row(name: str, figures: Mapping[str, float | None], shown: Sequence[str] = SHOWN) -> Row:
    """A row of a table of figures; a figure that is missing is a dash."""
    return (name, *(console.figure(figures.get(key)) for key in shown))


def floor_rows(floor: Metrics) -> list[Row]:
    """What constants reach, a row each."""
    majority = {key.removesuffix("_majority"): v for key, v in floor.items() if key.endswith("_majority")}
    rows = [figure_row("floor: larger class", majority)]
    constant = floor.get("constant")
    names = {"constant": "best constant" if constant is None else f"always {constant:+.0f}"}
    for key in ("constant", "mean", "median"):
        figures = {"mae": floor.get(f"{key}_mae"), "acc7": floor.get(f"{key}_acc7")}
        rows.append(figure_row(f"floor: {names.get(key, f'training {key}')}", figures))
    return rows


def summary_rows(summary: Summary) -> list[Row]:
    """The mean over seeds, its spread, the floors and the paper."""
    seeds = len(summary.seeds)
    rows = [figure_row(f"test, mean of {seeds}" if seeds > 1 else "test, one model", summary.mean)]
    if seeds > 1:
        rows.append(figure_row("standard deviation", summary.std))
    rows += floor_rows(summary.floors)
    if summary.paper is not None:
        rows.append(figure_row("the paper (its own split)", summary.paper))
    return rows


def print_figures(rows: Sequence[Row], title: str) -> None:
    """Rows made by `figure_row` as a table on stdout."""
    console.print_table([("", "left"), *((HEADINGS[key], "right") for key in SHOWN)], rows, title)


def print_spread(summary: Summary) -> None:
    """What a mean hides: speakers, how the classes fare, the extremes above all, and what intervals hold."""
    for speaker, figures in summary.speakers.items():
        click.echo(f"speaker {speaker}: MAE {console.figure(figures['mae'])}, r {console.figure(figures['r'])}")
    for key, spread in summary.speaker_spread.items():
        name, mean, std = HEADINGS[key], console.figure(spread["mean"]), console.figure(spread["std"])
        click.echo(f"over {len(summary.speakers)} speakers: {name} {mean} (standard deviation {std})")
    recall = ", ".join(f"{label} {console.figure(value, 2)}" for label, value in summary.class_recall.items())
    click.echo(f"read as their own class: {recall}")
    if summary.coverage is not None and summary.width is not None:
        click.echo(f"intervals at {LEVEL:.0%} hold {summary.coverage:.1%} of the labels, {summary.width:.2f} wide")
    if summary.extremes is not None:
        click.echo(f"of the clips labelled -3 or 3, {summary.extremes:.0%} are read as -3 or 3")
