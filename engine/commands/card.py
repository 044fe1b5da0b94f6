"""`s2s card`: what a trained model is, what it learnt from and how good it is, from the card beside its weights."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import textwrap
from pathlib import Path

import click

from engine import console
from engine.checkpoint import Card, Source, locate, read_card
from engine.commands.figures import Row, figure_row, floor_rows, print_figures, print_spread, summary_rows
from engine.commands.options import AS_JSON
from engine.config import AdapterOptions, RegressionOptions, TranslationOptions
from engine.metrics import HEADINGS
from engine.notation import VariantError, parse
from engine.summary import Summary
from engine.variants import find
from extraction.errors import CheckpointError

_MARGIN, _WIDTH = 14, 110


@click.command("card")
@click.argument("model", metavar="VARIANT|FOLDER")
@AS_JSON
def card_command(*, model: str, as_json: bool) -> None:
    """Print what is known of a trained model: the shipped one of VARIANT, or the one in FOLDER."""
    card = read_card(_folder(model))
    if as_json:
        console.print_json(card.to_dict())
        return
    summary = _summary(card)
    _print_origin(card)
    click.echo()
    rows: list[Row] = [figure_row("validation, this model", card.validation)]
    rows += floor_rows(card.floors) if summary is None else summary_rows(summary)
    seeds = "no test figures" if summary is None else f"{summary.clips} test clips"
    print_figures(rows, f"{card.variant}, protocol {card.protocol}, {seeds}")
    if summary is not None:
        _print_seeds(summary)
        print_spread(summary)
    click.echo(card.verdict)


def _folder(model: str) -> Path:
    """A shipped variant's folder, or a path. Raises VariantError naming the nearest variant if it is neither."""
    try:
        parse(model)
    except VariantError:
        if Path(model).exists() or len(Path(model).parts) > 1:
            return Path(model)
        return locate(str(find(model)))
    return locate(model)


def _summary(card: Card) -> Summary | None:
    if card.test is None:
        return None
    try:
        return Summary.from_dict(card.test)
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"The card of {card.variant} has figures of another version of this program: publish the model again."
        ) from error


def _print_origin(card: Card) -> None:
    variant = parse(card.variant)
    _line(card.variant, f"reads {' '.join(card.inputs)}")
    for stage in card.stages:
        told = "" if stage.learned else ": its source told nothing of its target"
        losses = f"validation loss {stage.loss:.3f} {stage.unit}, a constant {stage.floor:.3f}"
        if stage.error_rate is not None:
            losses += f", {stage.error_rate:.0%} of tokens wrong by beam search"
        _line("translation", f"{stage.stage}, {losses}{stage.parts}, kept from epoch {stage.epoch}{told}")
    if variant.stages and not card.stages:
        _line("translations", ", ".join(map(str, variant.stages)))
    _line("learnt from", _source(card.data, "labelled clip"))
    added = "added to the training clips" if card.regression.extra == "together" else "before the training clips"
    without = "for what needs no labels" if card.regression.masked_epochs else "for the translations"
    for source, purpose in ((card.extra, added), (card.unlabelled, without)):
        if source is not None:
            _line("", f"{_source(source, 'clip')}, {purpose}")
    if card.voice is not None:
        _line("", f"begun from the voice network {card.voice[:12]}")
    if card.start is not None:
        _line("", f"begun from a model of {card.start}")
    for modality, spec in card.specs.items():
        _line(f"features {modality}", f"{spec.name} ({spec.version}), {len(spec.names)} columns")
    fold = ""
    if card.protocol == "speakers":
        fold = f", {card.folds} folds, " + ("final model" if card.fold is None else f"fold {card.fold}")
    _line("protocol", f"{card.protocol}{fold}, seed {card.seed}")
    if variant.stages:
        _line("options", f"translations: {_options(card.translation)}")
    _line("" if variant.stages else "options", f"regression: {_options(card.regression)}")
    if card.adapter is not None:
        _line("", f"adapters of the encoder of words: {_options(card.adapter)}")
    if card.interval is not None:
        clips = f"{card.interval.level:.0%} of {card.interval.clips:,} clips it did not learn from"
        _line("interval", f"{clips} lie within {card.interval.half_width:.2f} of their score")
    _line("written by", f"version {card.code_version}; weights {card.weights_sha256[:12]}")
    click.echo(f"{'train again':<{_MARGIN}}{card.command or '-'}")  # on one line, to be copied


def _print_seeds(summary: Summary) -> None:
    for key in ("mae", "r"):
        known = [value for figures in summary.by_seed if (value := figures[key]) is not None]
        if len(known) > 1:
            low, high = console.figure(min(known)), console.figure(max(known))
            click.echo(f"over {len(known)} seeds: {HEADINGS[key]} {low} to {high}")


def _options(options: TranslationOptions | RegressionOptions | AdapterOptions) -> str:
    values = dataclasses.asdict(options)
    return ", ".join(
        f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in values.items()
    )


def _line(name: str, text: str) -> None:
    width = min(_WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDTH
    indent = max(_MARGIN, len(name) + 2)
    first = f"{name:<{indent}}"
    click.echo(
        textwrap.fill(text, width, initial_indent=first, subsequent_indent=" " * _MARGIN, break_long_words=False)
    )


def _source(source: Source, thing: str) -> str:
    speakers = f" of {_count(source.speakers, 'speaker')}" if source.speakers else ""
    return f"{source.name}: {_count(source.clips, thing)}{speakers}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
