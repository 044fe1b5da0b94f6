"""`s2s calibrate`: how far a trained model's scores may be from the labels, onto cards that do not say so yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from engine import checkpoint
from engine.commands.options import DATA, EMBEDDER, PATH
from engine.evaluate import calibrated
from engine.labelled_tables import table_path


@click.command("calibrate")
@click.argument("models", nargs=-1, required=True, metavar="VARIANT|FOLDER...")
@DATA
@EMBEDDER
@click.option("--runs", type=PATH, help="Of the protocol `speakers`: the folder of runs that has the model's folds.")
def calibrate_command(*, models: Sequence[str], data: Path | None, embedder: str | None, runs: Path | None) -> None:
    """Write on each model's card the interval around a score, from its validation clips in the table it learnt from.

    With --runs, a model that was trained on all speakers gets the interval of the clips that its folds held out, whose
    speakers are many more.
    """
    table = table_path(data, embedder)
    for model in models:
        interval = calibrated(checkpoint.locate(model), table, runs).interval
        assert interval is not None
        clips = f"{interval.level:.0%} of {interval.clips} clips"
        click.echo(f"{model}: {clips} lie within {interval.half_width:.2f} of their score", err=True)
