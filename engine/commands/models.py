"""`s2s variants`, `s2s train`, `s2s evaluate` and `s2s publish`: from a word table to a measured model."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress, TaskID

from engine import checkpoint, console
from engine.config import RegressionOptions, TranslationOptions, override
from engine.dataset import PROTOCOLS, Protocol
from engine.evaluate import Summary, evaluate_model, evaluate_runs, publish
from engine.fit import Epoch, Report
from engine.labelled_tables import table_path
from engine.notation import Variant, parse
from engine.run import Run, train_run
from engine.variants import PAPER, find
from extraction.errors import InputError

SEEDS = 5
_PATH = click.Path(path_type=Path)
_RUNS = click.option("--runs", type=_PATH, default=Path("runs"), show_default=True, help="Where trained runs are kept.")
_DATA = click.option(
    "--data", type=_PATH, help="A word table (.parquet) or a label.csv of texts; CMU-MOSI's label.csv if not given."
)
_PROTOCOL = click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default="standard",
    show_default=True,
    help="standard: the table's own split; speakers: leave speakers out in turn.",
)
_FOLDS = click.option("--folds", default=5, show_default=True, help="Of the protocol `speakers`.")


@click.command("variants")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")
def variants_command(as_json: bool) -> None:
    """List the paper's 26 variants: what each reads, what it translates to, and whether a trained model is here."""
    cards = {card.variant: card for card in checkpoint.available()}
    rows: list[dict[str, Any]] = [
        {
            "variant": row.name,
            "group": row.group,
            "reads": list(row.variant.inputs),
            "stages": [str(stage) for stage in row.variant.stages],
            "paper_f1": row.binary[2],
            "trained": row.name in cards,
            "learned": cards[row.name].learned if row.name in cards else None,
        }
        for row in PAPER
    ]
    if as_json:
        console.print_json({"variants": rows})
        return
    headings = [(h, "left") for h in ("variant", "group", "reads", "translations to train")]
    console.print_table(
        [*headings, ("paper's F1", "right"), ("model here", "left")],
        [
            (
                row["variant"],
                row["group"],
                " ".join(row["reads"]),
                ", ".join(row["stages"]) or "-",
                f"{row['paper_f1']:.2f}",
                "-" if not row["trained"] else "yes" if row["learned"] else "yes, no better than a constant",
            )
            for row in rows
        ],
    )


@click.command("train")
@click.argument("variant")
@_DATA
@click.option("--unlabelled", type=_PATH, help="A word table for the translations alone; --data if not given.")
@_PROTOCOL
@_FOLDS
@click.option("--seeds", type=click.IntRange(min=1), default=SEEDS, show_default=True, help="How many models.")
@click.option("--final", is_flag=True, help="With `speakers`: train on all speakers but the validation ones.")
@click.option("--translation", multiple=True, metavar="KEY=VALUE", help="An option of the translations.")
@click.option("--regression", multiple=True, metavar="KEY=VALUE", help="An option of the regressor.")
@click.option("--device", default="cpu", show_default=True, help="cpu, or cuda where there is a GPU.")
@_RUNS
def train_command(
    *,
    variant: str,
    data: Path | None,
    unlabelled: Path | None,
    protocol: Protocol,
    folds: int,
    seeds: int,
    final: bool,
    translation: Sequence[str],
    regression: Sequence[str],
    device: str,
    runs: Path,
) -> None:
    """Train VARIANT, e.g. `T` or "T->A", once a seed, choosing the epoch on validation; the test split is not read."""
    if final and protocol != "speakers":
        raise InputError("--final belongs to the protocol `speakers`: the standard protocol has one model a seed.")
    parsed, table = _variant(variant), table_path(data)
    other = None if unlabelled is None else table_path(unlabelled)
    options = (
        override(TranslationOptions(), _pairs(translation)),
        override(RegressionOptions(), _pairs(regression)),
    )
    turns: list[int | None] = [None] if final or protocol == "standard" else list(range(folds))
    jobs = [
        Run(parsed, table, other, protocol, folds, turn, seed, *options, device, _command_line())
        for seed in range(seeds)
        for turn in turns
    ]
    with console.progress() as shown:
        whole = shown.add_task(f"Training {parsed}", total=len(jobs), found="")
        current = shown.add_task("", total=None, found="")
        for job in jobs:
            name = f"seed {job.seed}" + ("" if job.fold is None else f" fold {job.fold}")
            folder = train_run(job, runs, _epochs(shown, current, name))
            mae = checkpoint.read_card(folder).validation["mae"]
            shown.update(whole, advance=1, found=f"{name}: validation MAE {console.figure(mae)}")
        shown.remove_task(current)
    click.echo(f"{len(jobs)} models of {parsed} are in {runs}: measure them with `s2s evaluate`.", err=True)


@click.command("evaluate")
@click.argument("variant")
@_DATA
@_PROTOCOL
@_RUNS
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")
def evaluate_command(*, variant: str, data: Path | None, protocol: Protocol, runs: Path, as_json: bool) -> None:
    """Measure VARIANT's trained runs on their test split, beside the floors and the paper's figures.

    Where no run of it is under --runs, the shipped model is measured.
    """
    parsed, table = _variant(variant), table_path(data)
    if Run(parsed, table, protocol=protocol).has_runs(runs):
        summary = evaluate_runs(parsed, protocol, runs, table)
    else:
        console.warn(
            f"No run of {parsed} is under {runs}: the shipped model is measured (`s2s train` trains five seeds)."
        )
        summary = evaluate_model(checkpoint.locate(str(parsed)), table)
    if as_json:
        console.print_json(summary.to_dict())
    else:
        _print(summary)


@click.command("publish")
@click.argument("variant")
@_DATA
@_PROTOCOL
@_RUNS
@click.option("--into", type=_PATH, help="The folder of shipped checkpoints; this program's own if not given.")
def publish_command(*, variant: str, data: Path | None, protocol: Protocol, runs: Path, into: Path | None) -> None:
    """Ship VARIANT's run with the best validation MAE, the test figures of all its seeds on the card."""
    parsed, table = _variant(variant), table_path(data)
    summary = evaluate_runs(parsed, protocol, runs, table)
    target = publish(Run(parsed, table, protocol=protocol).best(runs), summary, checkpoint.shipped(into))
    click.echo(f"{parsed} published to {target}: {summary.verdict}", err=True)


def _variant(name: str) -> Variant:
    """A variant of the paper, or whatever else the notation spells. Raises VariantError naming the nearest."""
    try:
        return parse(name)
    except InputError:
        return find(name)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{text!r} is not KEY=VALUE: write for example hidden=128.")
        pairs[key.strip()] = value
    return pairs


def _command_line() -> str:
    return shlex.join(["s2s", *sys.argv[1:]])


def _epochs(shown: Progress, task: TaskID, name: str) -> Report:
    """Shows a training run on the bar `task`, which starts anew at each of its stages."""

    def report(epoch: Epoch) -> None:
        if epoch.epoch == 1:
            shown.reset(task, total=epoch.epochs, description=f"  {name}, {epoch.stage}")
        found = f"loss {epoch.train_loss:.3f}, validation {epoch.valid_loss:.3f}, best {epoch.best:.3f}"
        shown.update(task, completed=epoch.epoch, found=found)

    return report


def _print(summary: Summary) -> None:
    """One row a source of figures: the mean over seeds, the constants, the paper."""
    floor, paper = summary.floors, summary.paper or {}
    show: Callable[[str], tuple[str, str]] = lambda name: (name, "right")  # noqa: E731
    keys = ("has0_accuracy", "non0_accuracy", "acc7", "mae", "r", "binary_f1", "seven_f1")
    headings = ("Has0", "Non0", "Acc-7", "MAE", "r", "binary F1", "7-class F1")
    seeds = len(summary.seeds)
    rows: list[tuple[str, ...]] = [
        (
            f"{summary.variant}, mean of {seeds}" if seeds > 1 else f"{summary.variant}, one model",
            *_figures(summary.mean, keys),
        ),
    ]
    if seeds > 1:
        rows.append(("standard deviation", *_figures(summary.std, keys)))
    majority = {"has0_accuracy": floor["has0_majority"], "non0_accuracy": floor["non0_majority"]}
    constant = {"mae": floor["constant_mae"], "acc7": floor["constant_acc7"]}
    rows += [
        ("floor: larger class", *_figures(majority, keys)),
        (f"floor: always {floor['constant']:+.0f}", *_figures(constant, keys)),
        ("floor: training mean", *_figures({"mae": floor["mean_mae"], "acc7": floor["mean_acc7"]}, keys)),
        ("the paper (its own split)", *_figures(paper, keys)),
    ]
    console.print_table([("", "left"), *map(show, headings)], rows, f"{summary.variant}, protocol {summary.protocol}")
    for speaker, figures in summary.speakers.items():
        click.echo(f"speaker {speaker}: MAE {console.figure(figures['mae'])}, r {console.figure(figures['r'])}")
    click.echo(summary.verdict)


def _figures(figures: dict[str, float | None], keys: Sequence[str]) -> list[str]:
    return [console.figure(figures.get(key)) for key in keys]
