"""`s2s reproduce`: the paper's tables, trained, measured and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from engine.commands.options import PATH
from engine.commands.train import DEVICE, REGRESSION, SEEDS, TRANSLATION, command_line, pairs, shown
from engine.evaluate import evaluate_runs
from engine.paper_tables import csv_text, markdown, plot
from engine.place import Place
from engine.reproduce import STUDIES, Study, study
from engine.run import Run
from engine.summary import Summary
from engine.sweep import sweep
from extraction.errors import DataError
from extraction.whole_file import write_whole

BEFORE = "before"  # folder of what studies start from, which some of them share


@click.command("reproduce")
@click.argument("name", type=click.Choice([s.name for s in STUDIES]))
@click.option("--clips", type=PATH, help="The word table of CMU-MOSI's clips, for the studies that need it.")
@click.option("--seeds", type=click.IntRange(min=1), default=SEEDS, show_default=True, help="How many models a row.")
@TRANSLATION
@REGRESSION
@DEVICE
@click.option("--bf16", is_flag=True, help="Compute the forward passes in bfloat16.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that train at once."
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of each of them.")
@click.option("--runs", type=PATH, default=Path("runs/reproduce"), show_default=True, help="Where runs are kept.")
@click.option("-o", "--output", type=PATH, default=Path("docs/results"), show_default=True, help="A folder.")
def reproduce_command(
    *,
    name: str,
    clips: Path | None,
    seeds: int,
    translation: Sequence[str],
    regression: Sequence[str],
    device: str,
    bf16: bool,
    workers: int,
    threads: int,
    runs: Path,
    output: Path,
) -> None:
    """Train the variants of study NAME, measure them, and write the paper's three tables with ours beside them.

    NAME.md, NAME.csv, NAME.svg and NAME.png come into the output folder. What is trained already is not trained again.
    """
    chosen, place = study(name), Place(device, bf16)
    place.check()
    jobs = chosen.runs(
        seeds,
        clips,
        translation=pairs(translation),
        regression=pairs(regression),
        place=place,
        command=command_line(),
    )
    folder = runs / name
    if chosen.before is not None:

        def train(run: Run, part: str) -> Path:
            with shown([run]) as tell:
                sweep([run], runs / BEFORE / part, tell=tell, threads=threads)
            return run.folder(runs / BEFORE / part)

        first = chosen.before(place, train, command_line())
        jobs = tuple(replace(job, start=first) for job in jobs)
    with shown(jobs) as tell:
        sweep(jobs, folder, workers, threads, tell)
    summaries = {str(v): evaluate_runs(v, chosen.protocol, folder, jobs[0].data) for v in chosen.variants}
    write_study(chosen, summaries, output)
    lost = [variant for variant, summary in summaries.items() if not summary.learned]
    said = f"no better than a constant: {', '.join(lost)}" if lost else "each beats its floor"
    click.echo(f"{len(summaries)} variants in {output / name}.md; {said}.", err=True)


def write_study(chosen: Study, summaries: dict[str, Summary], output: Path) -> None:
    """Write the tables and the picture. Raises DataError if the folder cannot be written."""
    command = f"s2s reproduce {chosen.name}"
    text = markdown(summaries, chosen.title) + f"\nMade by `{command}`; see `s2s reproduce --help`.\n"
    place = output / chosen.name
    try:
        write_whole(place.with_suffix(".md"), lambda partial: partial.write_text(text, encoding="utf-8"))
        write_whole(
            place.with_suffix(".csv"), lambda partial: partial.write_text(csv_text(summaries), encoding="utf-8")
        )
    except OSError as error:
        raise DataError(f"{output} cannot be written ({error.strerror}): choose another folder.") from error
    for suffix in (".svg", ".png"):
        plot(summaries, chosen.title, place.with_suffix(suffix))
