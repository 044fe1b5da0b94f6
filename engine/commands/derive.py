"""`s2s weak-labels` and `s2s by-speaker`: word tables made from word tables."""

from __future__ import annotations

from pathlib import Path

import click

from engine import console
from engine.by_speaker import by_speaker
from engine.commands.options import PATH
from engine.predict import load
from engine.weak_labels import weakly_labelled
from extraction.errors import InputError
from extraction.store import read_table, write_table


@click.command("weak-labels")
@click.argument("table", type=PATH)
@click.option("--model", default="T", show_default=True, help="A shipped variant, or the folder of a checkpoint.")
@click.option("--every", is_flag=True, help="Also in place of labels that are there.")
@click.option("-o", "--output", type=PATH, required=True, help="The word table, a .parquet file.")
def weak_labels_command(*, table: Path, model: str, every: bool, output: Path) -> None:
    """Label the clips of TABLE that have no label with a model's scores, to train on them with `s2s train --extra`."""
    _check(output)
    made = weakly_labelled(read_table(table), load(model), every=every)
    write_table(made.table, output)
    if made.left_out:
        console.warn(f"Left out, for they have nothing that {model} reads: {len(made.left_out)} clips.")
    click.echo(f"{made.given} of {len(made.table.entries)} labels in {output} are {model}'s.", err=True)


@click.command("by-speaker")
@click.argument("table", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The word table, a .parquet file.")
def by_speaker_command(*, table: Path, output: Path) -> None:
    """Bring voice and face of TABLE to each speaker's own mean and spread."""
    _check(output)
    made = by_speaker(read_table(table))
    write_table(made, output)
    speakers = len({entry.speaker for entry in made})
    click.echo(f"Voice and face of {speakers} speakers are in units of their own in {output}.", err=True)


def _check(output: Path) -> None:
    if output.suffix != ".parquet":
        raise InputError(f"{output.name} does not end in .parquet: name the word table so.")
