"""`s2s train` and `s2s pretrain-voice`: from a word table to trained models."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import Progress, TaskID

from engine import console, distributed
from engine.commands.options import DATA, EMBEDDER, PATH, PROTOCOL, RUNS, read_variant
from engine.config import AdapterOptions, RegressionOptions, TranslationOptions, defaults, override
from engine.fit import Epoch
from engine.labelled_tables import table_path
from engine.notation import Variant
from engine.place import Place
from engine.pretrained import Pretrained, read_pretrained
from engine.resume import EVERY
from engine.run import Run, every_run
from engine.splits import Protocol
from engine.sweep import Job, News, Tell, plan, sweep
from engine.variants import VARIANTS
from engine.voice import read_emotions, save_voice, train_voice
from extraction.errors import DataError, InputError
from extraction.store import read_table
from extraction.types import Modality

SEEDS = 5
_FOLDS = click.option("--folds", default=5, show_default=True, help="Of the protocol `speakers`.")
DEVICE = click.option("--device", default="cpu", show_default=True, help="cpu, or cuda where there is a GPU.")
TRANSLATION = click.option("--translation", multiple=True, metavar="KEY=VALUE", help="An option of the translations.")
REGRESSION = click.option("--regression", multiple=True, metavar="KEY=VALUE", help="An option of the regressor.")


_EPILOG = f"""Options of the translations: {defaults(TranslationOptions)}.

Options of the regressor: {defaults(RegressionOptions)}.

Options of the adapters: {defaults(AdapterOptions)}.
"""


@click.command("train", epilog=_EPILOG)
@click.argument("variant", required=False)
@click.option("--all", "every", is_flag=True, help="All of the paper's 26 that the tables have the measurements for.")
@DATA
@click.option(
    "--unlabelled",
    type=PATH,
    help="A word table for what needs no labels: translations, masked modalities; --data if not given.",
)
@EMBEDDER
@click.option("--extra", type=PATH, help="A labelled table whose clips are added to the training split.")
@click.option("--translations", type=PATH, help="Pre-trained translations to take in place of training them.")
@click.option("--voice", type=PATH, help="A voice network to begin from (`s2s pretrain-voice`).")
@click.option("--start", type=PATH, help="The folder of a trained model to start from.")
@PROTOCOL
@_FOLDS
@click.option("--seeds", type=click.IntRange(min=1), default=SEEDS, show_default=True, help="How many models.")
@click.option("--final", is_flag=True, help="With `speakers`: train on all speakers but the validation ones.")
@TRANSLATION
@REGRESSION
@click.option("--end-to-end", is_flag=True, help="The encoder of words learns along, by low-rank adapters (LoRA).")
@click.option("--adapter", multiple=True, metavar="KEY=VALUE", help="An option of the adapters; means --end-to-end.")
@DEVICE
@click.option("--bf16", is_flag=True, help="Compute the forward passes in bfloat16.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that train at once."
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of each of them.")
@click.option("--save-every", type=click.FloatRange(min=0), default=EVERY, hidden=True, help="Seconds a kill can cost.")
@click.option("--tensorboard", is_flag=True, help="Also write TensorBoard's event files into each run's folder.")
@RUNS
def train_command(
    *,
    variant: str | None,
    every: bool,
    data: Path | None,
    unlabelled: Path | None,
    embedder: str | None,
    extra: Path | None,
    translations: Path | None,
    voice: Path | None,
    start: Path | None,
    protocol: Protocol,
    folds: int,
    seeds: int,
    final: bool,
    translation: Sequence[str],
    regression: Sequence[str],
    end_to_end: bool,
    adapter: Sequence[str],
    device: str,
    bf16: bool,
    workers: int,
    threads: int,
    save_every: float,
    tensorboard: bool,
    runs: Path,
) -> None:
    """Train VARIANT, e.g. `T` or "T->A", once a seed, choosing the epoch on validation; the test split is not read.

    What is trained already is left alone, and a training that was stopped goes on where it was.
    """
    if final and protocol != "speakers":
        raise InputError("--final belongs to the protocol `speakers`: the others have one model a seed.")
    if every == (variant is not None):
        raise InputError("Name one variant, or give --all: `s2s variants` lists them.")
    place = Place(distributed.own_device(device), bf16)
    place.check()
    table, other = table_path(data, embedder), None if unlabelled is None else table_path(unlabelled)
    given = _given(translations, unlabelled, translation)
    chosen = _every(table, other, given) if every else (read_variant(str(variant)),)
    model = Run(
        variant=chosen[0],
        data=table,
        unlabelled=other,
        extra=None if extra is None else table_path(extra, embedder if extra.suffix.lower() == ".csv" else None),
        voice=voice,
        start=start,
        protocol=protocol,
        folds=folds,
        translation=override(TranslationOptions(), pairs(translation)) if given is None else given.options,
        regression=override(RegressionOptions(), pairs(regression)),
        translations=translations,
        adapter=override(AdapterOptions(), pairs(adapter)) if end_to_end or adapter else None,
        place=place,
        command=command_line(),
        tensorboard=tensorboard,
        every=save_every,
    )
    _carry_out(every_run(model, chosen, seeds, final), runs, workers, threads)


def _carry_out(jobs: Sequence[Run], runs: Path, workers: int, threads: int) -> None:
    """Train all runs, as one of torchrun's processes if it started this one, and say what there is then."""
    with distributed.processes(jobs[0].place.device):
        if distributed.size() > 1 and workers > 1:
            raise InputError("torchrun and --workers do not go together: give one of them.")
        with shown(jobs) as tell:
            sweep(jobs, runs, workers, threads, tell)
        if distributed.rank() == 0:
            variants = list(dict.fromkeys(str(job.variant) for job in jobs))
            what = variants[0] if len(variants) == 1 else f"{len(variants)} variants"
            click.echo(f"{len(jobs)} models of {what} are in {runs}: measure them with `s2s evaluate`.", err=True)


@click.command("pretrain-voice")
@click.argument("table", type=PATH)
@click.option("--emotions", type=PATH, required=True, help="A .csv list with the columns file and emotion.")
@click.option("-o", "--output", type=PATH, required=True, help="The folder to write.")
@click.option("--seed", default=0, show_default=True)
@REGRESSION
@DEVICE
def pretrain_voice_command(
    *, table: Path, emotions: Path, output: Path, seed: int, regression: Sequence[str], device: str
) -> None:
    """Train a voice network on acted emotions (RAVDESS), for `s2s train --voice` to begin from."""
    options = override(RegressionOptions(), pairs(regression))
    if not options.layers:
        raise InputError("A voice network is its recurrent layers: give layers=1 or more.")
    place = Place(device)
    place.check()
    with console.progress() as display:
        bar = display.add_task("Voice", total=options.epochs, found="")

        def report(epoch: Epoch) -> None:
            display.update(bar, completed=epoch.epoch, found=losses_of(epoch))

        voice = train_voice(read_table(table), read_emotions(emotions), options, seed=seed, place=place, report=report)
    card = save_voice(voice, output).card
    click.echo(
        f"{len(card.classes)} emotions, {card.accuracy:.1%} right on actors never heard "
        f"(the most frequent one: {card.floor:.1%}); written to {output}"
    )


def _every(table: Path, other: Path | None, given: Pretrained | None) -> tuple[Variant, ...]:
    """The paper's variants that can be trained; the others are named on stderr.

    The tables must have their measurements, or `given`, the pre-trained translations, all their stages.
    """
    there: set[Modality] = set(read_table(table).specs)
    targets: set[Modality] = there if other is None else set(read_table(other).specs)

    def has(variant: Variant) -> bool:
        if given is not None:
            return set(variant.inputs) <= there and given.serves(variant)
        seen = {*variant.inputs, *variant.targets}
        return set(variant.inputs) <= there and (not variant.stages or seen <= targets)

    chosen = tuple(v for v in VARIANTS if has(v))
    left = [str(v) for v in VARIANTS if v not in chosen]
    if not chosen:
        raise DataError(f"{table.name} has the measurements of none of the 26 variants: extract it with more.")
    if left:
        what = "measurements" if given is None else "measurements or pre-trained translations"
        console.warn(f"Left out, for want of {what}: {', '.join(left)}.")
    return chosen


def _given(folder: Path | None, unlabelled: Path | None, translation: Sequence[str]) -> Pretrained | None:
    """The pre-trained translations. Raises InputError if others are asked for as well."""
    if folder is None:
        return None
    if unlabelled is not None or translation:
        raise InputError("--translations are trained already: leave out --unlabelled and --translation.")
    return read_pretrained(folder)


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE texts as a dictionary. Raises InputError for anything else."""
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{text!r} is not KEY=VALUE: write for example hidden=128.")
        found[key.strip()] = value
    return found


def command_line() -> str:
    """What the user typed, for cards."""
    return shlex.join(["s2s", *sys.argv[1:]])


@contextmanager
def shown(runs: Sequence[Run]) -> Iterator[Tell]:
    """Draws the whole sweep and what each worker is at; only the first process of torchrun draws."""
    jobs = [job for level in plan(runs) for job in level]
    if distributed.rank() != 0:
        yield lambda _: None
        return
    with console.progress() as display:
        yield _Bars(display, jobs)


class _Bars:
    """One bar for all jobs, and one a job under way."""

    def __init__(self, shown: Progress, jobs: Sequence[Job]) -> None:
        self.shown, self.jobs = shown, jobs
        self.whole = shown.add_task("Training", total=len(jobs), found=f"0 of {len(jobs)}")
        self.bars: dict[int, TaskID] = {}
        self.done = 0

    def __call__(self, news: News) -> None:
        """Draw one piece of news."""
        job = self.jobs[news.job]
        if news.epoch is None:
            if news.job in self.bars:
                self.shown.remove_task(self.bars.pop(news.job))
            self.done += 1
            self.shown.update(
                self.whole, completed=self.done, found=f"{self.done} of {len(self.jobs)}, last {job.name}"
            )
            return
        epoch = news.epoch
        if news.job not in self.bars:
            self.bars[news.job] = self.shown.add_task("", total=epoch.epochs, found="")
        bar = self.bars[news.job]
        self.shown.update(
            bar,
            description=f"  {job.name}: {epoch.stage}",
            total=epoch.epochs,
            completed=epoch.epoch,
            found=losses_of(epoch),
        )


def losses_of(epoch: Epoch) -> str:
    """The figures of an epoch in a few words."""
    return f"loss {epoch.train_loss:.3f}, validation {epoch.valid_loss:.3f}, best {epoch.best:.3f}"
