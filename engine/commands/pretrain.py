"""`s2s pretrain`: translations trained once, on every clip of word tables of any size, for many runs to take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from engine import console, distributed
from engine.commands.options import PATH, PROTOCOL, read_variant
from engine.commands.train import DEVICE, TRANSLATION, command_line, losses_of, pairs
from engine.config import TranslationOptions, override
from engine.fit import Epoch, Report, on_threads, silent
from engine.notation import Variant
from engine.place import Place
from engine.pretrained import pretrain
from engine.resume import EVERY
from engine.splits import Protocol
from engine.streamed import Streamed, held_out, streamed
from engine.variants import VARIANTS
from extraction.errors import DataError, InputError


@click.command("pretrain")
@click.argument("tables", type=PATH, nargs=-1, required=True)
@click.option("-o", "--output", type=PATH, required=True, help="The folder to write.")
@click.option(
    "--variant", "names", multiple=True, metavar="VARIANT", help='Whose translations, e.g. "T->A"; repeatable.'
)
@click.option("--all", "every", is_flag=True, help="All of the paper's 26 that the tables have the measurements for.")
@click.option(
    "--leave-out", type=PATH, help="A labelled table: its validation and test clips and speakers are not learnt from."
)
@PROTOCOL
@click.option("--folds", default=5, show_default=True, help="With --leave-out, of the protocol `speakers`.")
@click.option("--fold", type=int, help="With --leave-out and `speakers`: that fold's; all speakers if not given.")
@TRANSLATION
@click.option("--seed", default=0, show_default=True)
@DEVICE
@click.option("--bf16", is_flag=True, help="Compute the forward passes in bfloat16.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--save-every", type=click.FloatRange(min=0), default=EVERY, hidden=True, help="Seconds a kill can cost.")
def pretrain_command(
    *,
    tables: Sequence[Path],
    output: Path,
    names: Sequence[str],
    every: bool,
    leave_out: Path | None,
    protocol: Protocol,
    folds: int,
    fold: int | None,
    translation: Sequence[str],
    seed: int,
    device: str,
    bf16: bool,
    threads: int,
    save_every: float,
) -> None:
    """Train translations on every clip of TABLES, labelled or not, for `s2s train --translations` to take.

    What is trained already is left alone, and a training that was stopped goes on where it was.
    """
    if every == bool(names):
        raise InputError("Name variants with --variant, or give --all: `s2s variants` lists them.")
    options = override(TranslationOptions(), pairs(translation))
    place = Place(distributed.own_device(device), bf16)
    left_out = () if leave_out is None else held_out(leave_out, protocol, folds, fold)
    data = streamed(tables, left_out)
    variants = _all(data) if every else tuple(read_variant(name) for name in names)
    with on_threads(threads), distributed.processes(place.device):
        with _shown() as report:
            done = pretrain(
                variants,
                data,
                options,
                output,
                seed=seed,
                place=place,
                report=report,
                every=save_every,
                command=command_line(),
            )
        if distributed.rank() == 0:
            what = f"{len(done.stages)} translations learnt from {done.source.clips} clips"
            click.echo(f"{what} are in {output}: give `s2s train --translations {output}`.", err=True)


def _all(data: Streamed) -> tuple[Variant, ...]:
    there = set(data.specs)
    chosen = tuple(v for v in VARIANTS if v.stages and {*v.inputs, *v.targets} <= there)
    if not chosen:
        raise DataError("The word tables have no two modalities in common: extract them with more.")
    return chosen


@contextmanager
def _shown() -> Iterator[Callable[[str], Report]]:
    """One bar a stage; only the first process of torchrun draws."""
    if distributed.rank() != 0:
        yield lambda _: silent
        return
    with console.progress() as display:

        def of(stage: str) -> Report:
            bar = display.add_task(stage, total=None, found="")

            def report(epoch: Epoch) -> None:
                display.update(bar, total=epoch.epochs, completed=epoch.epoch, found=losses_of(epoch))

            return report

        yield of
