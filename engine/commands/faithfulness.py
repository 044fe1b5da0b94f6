"""`s2s faithfulness`: whether attention tells which words matter, over the clips of a word table."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path

import click

from engine import checkpoint, console
from engine.checkpoint import Card
from engine.commands.options import AS_JSON, DATA, EMBEDDER, PATH, PROTOCOL, read_variant
from engine.faithfulness import HEADINGS, Faithfulness, Figure, faithfulness
from engine.labelled_tables import table_path
from engine.notation import Variant
from engine.run import Run
from engine.splits import Protocol
from engine.variants import PAPER
from engine.word_effects import readable, word_effects
from extraction.errors import CheckpointError, DataError, InputError
from extraction.store import Entry, WordTable, read_table
from extraction.whole_file import write_whole

_COLUMNS = ("variant", "data", "clips", "words", "by", "drawn", "figure")


@click.command("faithfulness")
@click.argument("variants", nargs=-1, metavar="[VARIANT]...")
@click.option("--all", "every", is_flag=True, help="Measure each variant that a trained model is shipped of.")
@DATA
@EMBEDDER
@click.option("--clips", type=PATH, help="The word table for variants that read voice or face; --data if not given.")
@click.option("--runs", type=PATH, help="Measure the best run of each variant in this folder, not the shipped model.")
@PROTOCOL
@click.option("--write", is_flag=True, help="Keep the figures on the card of each model measured.")
@click.option("-o", "--output", type=PATH, help="Also write the figures with full digits to this file (.csv).")
@AS_JSON
def faithfulness_command(
    *,
    variants: Sequence[str],
    every: bool,
    data: Path | None,
    embedder: str | None,
    clips: Path | None,
    runs: Path | None,
    protocol: Protocol,
    write: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Measure how far attention, blanking, integrated gradients and a lexicon agree on the words of many clips.

    A model trained on a table's own split is measured on its split `valid` where the table has one, any other on all
    clips.
    """
    tables = _Tables(data, embedder, clips)
    found = []
    with console.progress() as shown:
        for variant in _chosen(variants, every):
            place = checkpoint.locate(str(variant)) if runs is None else _best(variant, protocol, runs)
            model, card = checkpoint.load(place)
            path = tables.path(variant)
            segments = readable(model, _read_by(card, tables.table(path)))
            bar = shown.add_task(str(variant), total=len(segments), found="")
            effects = word_effects(model, segments, lambda n, bar=bar: shown.advance(bar, n))  # type: ignore[misc]
            found.append(faithfulness(card.variant, path.name, effects))
            if write:
                _keep(found[-1], place, card)
    if as_json:
        console.print_json({"faithfulness": [one.to_dict() for one in found]})
    else:
        for one in found:
            _print(one)
    if output is not None:
        _write_csv(found, output)


def _keep(found: Faithfulness, folder: Path, measured: Card) -> None:
    """Write the figures on the card in `folder`. Raises CheckpointError if another model lies there by now."""
    card = checkpoint.read_card(folder)
    if card.weights_sha256 != measured.weights_sha256:
        raise CheckpointError(f"The model in {folder} was replaced while it was measured: measure it again.")
    checkpoint.save_card(dataclasses.replace(card, faithfulness=found.to_dict()), folder)


class _Tables:
    """The word tables that the options name, each read once."""

    def __init__(self, data: Path | None, embedder: str | None, clips: Path | None) -> None:
        self._data, self._embedder, self._clips = data, embedder, clips
        self._read: dict[Path, WordTable] = {}

    def path(self, variant: Variant) -> Path:
        """Of the table a variant is measured on."""
        if self._clips is not None and variant.inputs != ("T",):
            return table_path(self._clips)
        return table_path(self._data, self._embedder)

    def table(self, path: Path) -> WordTable:
        """The table at `path`."""
        if path not in self._read:
            self._read[path] = read_table(path)
        return self._read[path]


def _chosen(names: Sequence[str], every: bool) -> tuple[Variant, ...]:
    if every == bool(names):
        raise InputError("Name the variants to measure, or give --all to measure each that is shipped.")
    if names:
        return tuple(dict.fromkeys(read_variant(name) for name in names))
    shipped = {card.variant for card in checkpoint.available()}
    found = tuple(row.variant for row in PAPER if row.name in shipped)
    if not found:
        raise CheckpointError(f"No trained model lies in {checkpoint.shipped()}: name another folder with --runs.")
    return found


def _best(variant: Variant, protocol: Protocol, runs: Path) -> Path:
    return Run(variant, runs, protocol=protocol).best(runs)


def _read_by(card: Card, table: WordTable) -> list[Entry]:
    """The clips to measure a model on."""
    entries = list(table)
    held = [entry for entry in entries if entry.split == "valid"]
    return held if held and card.protocol == "standard" else entries


def _print(found: Faithfulness) -> None:
    rows = [
        (HEADINGS[name], _signed(figure.value), _span(figure.low, figure.high), figure.counted, _chance(figure))
        for name, figure in found.figures.items()
    ]
    columns = [("", "left"), *((h, "right") for h in ("figure", "95 %", "counted", "words shuffled (95 %)"))]
    title = (
        f"{found.variant}: {found.clips} clips of {found.data}, {found.words:,} words, {found.drawn} {found.by}s drawn"
    )
    console.print_table(columns, rows, title)


def _signed(value: float | None) -> str:
    return console.signed(value, 3)


def _span(low: float | None, high: float | None) -> str:
    return "-" if low is None else f"{_signed(low)} to {_signed(high)}"


def _chance(figure: Figure) -> str:
    if figure.chance is None:
        return "-"
    return f"{_signed(figure.chance)} ({_span(figure.chance_low, figure.chance_high)})"


def _write_csv(found: Sequence[Faithfulness], path: Path) -> None:
    """A row a variant and figure. Raises DataError if the file cannot be written."""
    measures = [field.name for field in dataclasses.fields(Figure)]
    text = io.StringIO()
    writer = csv.DictWriter(text, (*_COLUMNS, *measures, "missing"), lineterminator="\n")
    writer.writeheader()
    for one in found:
        shared = {name: getattr(one, name) for name in (*_COLUMNS[:-1], "missing")}
        writer.writerows(shared | {"figure": name} | dataclasses.asdict(figure) for name, figure in one.figures.items())
    try:
        write_whole(path, lambda partial: partial.write_text(text.getvalue(), encoding="utf-8", newline="\n"))
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}): choose another place.") from error
