"""`s2s evaluate`, `s2s compare` and `s2s publish`: how good trained models are, which is better, and shipping one."""

from __future__ import annotations

from pathlib import Path

import click

from engine import checkpoint, console
from engine.bootstrap import RESAMPLES, By, Difference, compare_all, verdict
from engine.commands.figures import print_figures, print_spread, summary_rows
from engine.commands.options import AS_JSON, DATA, EMBEDDER, PATH, PROTOCOL, RUNS, read_variant
from engine.evaluate import evaluate_model, evaluate_runs, publish, test_results
from engine.labelled_tables import table_path
from engine.metrics import HEADINGS, METRICS, best_constant
from engine.run import Run
from engine.splits import Protocol
from engine.summary import Summary, summarise
from extraction.errors import InputError

_RECOMPUTE = click.option(
    "--recompute", is_flag=True, help="From saved answers alone: neither --data nor the models have to be there."
)
_COMPARED = ("mae", "r", "has0", "non0", "acc7", "acc5", "f1", "f1_7")


@click.command("evaluate")
@click.argument("variant")
@DATA
@EMBEDDER
@PROTOCOL
@RUNS
@_RECOMPUTE
@AS_JSON
def evaluate_command(
    *,
    variant: str,
    data: Path | None,
    embedder: str | None,
    protocol: Protocol,
    runs: Path,
    recompute: bool,
    as_json: bool,
) -> None:
    """Measure VARIANT's trained runs on their test split, beside the floors and the paper's figures.

    Where no run of it is under --runs, the shipped model is measured.
    """
    parsed = read_variant(variant)
    table = None if recompute else table_path(data, embedder)
    if table is None or Run(parsed, table, protocol=protocol).has_runs(runs):
        summary = evaluate_runs(parsed, protocol, runs, table)
    else:
        console.warn(
            f"No run of {parsed} is under {runs}: the shipped model is measured (`s2s train` trains five seeds)."
        )
        summary = evaluate_model(checkpoint.locate(str(parsed)), table)
    if as_json:
        console.print_json(summary.to_dict())
        return
    print_figures(summary_rows(summary), f"{_title(summary)}, {summary.clips} clips")
    print_spread(summary)
    click.echo(summary.verdict)


@click.command("compare")
@click.argument("a")
@click.argument("b")
@DATA
@EMBEDDER
@PROTOCOL
@RUNS
@_RECOMPUTE
@click.option(
    "--by",
    type=click.Choice(["speaker", "clip"]),
    help="What is drawn anew; speakers if not given, or clips where the table names no speakers.",
)
@click.option("--resamples", type=click.IntRange(min=1), default=RESAMPLES, show_default=True, help="How many draws.")
@AS_JSON
def compare_command(
    *,
    a: str,
    b: str,
    data: Path | None,
    embedder: str | None,
    protocol: Protocol,
    runs: Path,
    recompute: bool,
    by: By | None,
    resamples: int,
    as_json: bool,
) -> None:
    """Say whether variant A is better than variant B on the same test clips (paired bootstrap over their seeds)."""
    variants = read_variant(a), read_variant(b)
    if variants[0] == variants[1]:
        raise InputError(f"{variants[0]} is given twice: name two variants to compare.")
    table = None if recompute else table_path(data, embedder)
    results = [test_results(variant, protocol, runs, table) for variant in variants]
    one, other = ([[clip for fold in folds for clip in fold.clips] for folds in seeds.values()] for seeds in results)
    speakers = {clip.speaker for clip in one[0]}
    unit: By = by or ("clip" if None in speakers else "speaker")
    found = compare_all(one, other, METRICS, resamples=resamples, by=unit)
    summaries = [summarise(v, protocol, seeds) for v, seeds in zip(variants, results, strict=True)]
    drawn = len(speakers) if unit == "speaker" else len(one[0])
    said = verdict(found["mae"], *map(str, variants))
    if as_json:
        document = {"a": summaries[0].to_dict(), "b": summaries[1].to_dict(), "by": unit, "drawn": drawn}
        differences = {metric: difference.to_dict() for metric, difference in found.items()}
        console.print_json(document | {"differences": differences, "verdict": said})
        return
    _print_differences(summaries, found)
    click.echo(
        f"{resamples:,} draws of {drawn} {unit}s, the same for both; a p value is of no difference in that figure."
    )
    click.echo(said)


@click.command("publish")
@click.argument("variant")
@DATA
@EMBEDDER
@PROTOCOL
@RUNS
@click.option("--into", type=PATH, help="The folder of shipped checkpoints; this program's own if not given.")
def publish_command(
    *, variant: str, data: Path | None, embedder: str | None, protocol: Protocol, runs: Path, into: Path | None
) -> None:
    """Ship VARIANT's run with the best validation MAE, the test figures of all its seeds on the card."""
    parsed, table = read_variant(variant), table_path(data, embedder)
    summary = evaluate_runs(parsed, protocol, runs, table)
    target = publish(Run(parsed, table, protocol=protocol).best(runs), summary, checkpoint.shipped(into))
    click.echo(f"{parsed} published to {target}: {summary.verdict}", err=True)


def _title(summary: Summary) -> str:
    return f"{summary.variant}, protocol {summary.protocol}"


def _print_differences(summaries: list[Summary], found: dict[str, Difference]) -> None:
    """A row a figure: both variants' means and spread, the best constant, the difference and what it is worth."""
    one, other = summaries
    rows = []
    for metric in _COMPARED:
        difference = found[metric]
        interval = f"{console.signed(difference.low, 3)} to {console.signed(difference.high, 3)}"
        rows.append(
            (
                HEADINGS[metric],
                *(_with_spread(summary, metric) for summary in summaries),
                console.figure(best_constant(metric, one.floors)),
                console.signed(difference.difference, 3),
                "-" if difference.low is None else interval,
                "<0.001" if (difference.p_value or 1) < 0.001 else console.figure(difference.p_value),
            )
        )
    names = [f"{summary.variant}, {len(summary.seeds)} seeds" for summary in summaries]
    headings = [*names, "best constant", "difference", "95 %", "p"]
    columns = [("", "left"), *((heading, "right") for heading in headings)]
    console.print_table(
        columns, rows, f"{one.variant} less {other.variant}, protocol {one.protocol}, {one.clips} clips"
    )


def _with_spread(summary: Summary, metric: str) -> str:
    mean, std = summary.mean[metric], summary.std[metric]
    return console.figure(mean) + ("" if std is None else f" ({console.figure(std)})")
