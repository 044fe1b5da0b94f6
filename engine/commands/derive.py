"""`s2s weak-labels` and `s2s by-speaker`: word tables made from word tables."""

from __future__ import annotations

from pathlib import Path

import click

from engine import console
from engine.by_speaker import by_speaker
from engine.commands.options import PATH
from engine.phrases import with_phrases
from engine.place import Place
from engine.predict import load
from engine.weak_labels import weakly_labelled
from extraction.counting import count
from extraction.errors import InputError
from extraction.store import read_table, write_table


@click.command("weak-labels")
@click.argument("table", type=PATH)
@click.option("--model", default="T", show_default=True, help="A shipped variant, or the folder of a checkpoint.")
@click.option("--every", is_flag=True, help="Also in place of labels that are there, validation and test clips apart.")
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="With --every: of the model's score in such a label; the rest is the label.",
)
@click.option(
    "--phrases",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="First cut so many phrases of two to eight words from each training clip, to be labelled too.",
)
@click.option("--bf16", is_flag=True, help="Compute the forward passes in bfloat16.")
@click.option("-o", "--output", type=PATH, required=True, help="The word table, a .parquet file.")
def weak_labels_command(
    *, table: Path, model: str, every: bool, share: float, phrases: int, bf16: bool, output: Path
) -> None:
    """Label the clips of TABLE that have no label with a model's scores, to train on them with `s2s train`.

    A model whose encoder of words learnt along reads the words whatever vectors TABLE has: with --every and --phrases a
    large one teaches a small one.
    """
    _check(output)
    clips = read_table(table)
    if phrases:
        clips = with_phrases(clips, phrases)
    made = weakly_labelled(clips, load(model), every=every, share=share, place=Place(bf16=bf16))
    write_table(made.table, output)
    if made.left_out:
        console.warn(f"Left out, with nothing that {model} reads: {count(len(made.left_out), 'clip')}.")
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
