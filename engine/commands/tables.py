"""`s2s import` and `s2s export`: other programs' files of measurements to a word table, and a word table to MMSA's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engine import console
from engine.commands.options import AS_JSON, PATH
from engine.embedders import MINILM
from engine.formats.detect import FORMATS, Format, detect
from engine.formats.importing import import_files
from engine.formats.mmsa_writer import write_mmsa
from extraction.errors import InputError
from extraction.store import Entry, WordTable, read_table, write_table

SPLITS = ("train", "valid", "test")


@click.command("import")
@click.argument("files", type=PATH, nargs=-1, required=True)
@click.option("-o", "--output", type=PATH, required=True, help="The word table, a .parquet file.")
@click.option(
    "--format", "form", type=click.Choice(("auto", *FORMATS)), default="auto", show_default=True, help="What FILES are."
)
@click.option(
    "--embedder",
    default=MINILM,
    show_default=True,
    help="For formats with words alone: minilm, mpnet, the folder of a sentence-transformers model, the folder or "
    "installed package of a spaCy pipeline, or a GloVe file (text or .npz).",
)
@click.option("--split", type=click.Choice(SPLITS), help="Which split a list of MISA or MMIM is.")
@AS_JSON
def import_command(
    *, files: tuple[Path, ...], output: Path, form: str, embedder: str, split: str | None, as_json: bool
) -> None:
    """Read FILES of another program into a word table, and print what is in it; findings go to stderr.

    FILES are one file of MMSA, MulT, MISA, MMIM or MMSA-FET, one label.csv, one folder of MFN, or the .csd files of one
    dataset. The format is told from what they hold.
    """
    if output.suffix != ".parquet":
        raise InputError(f"{output.name} does not end in .parquet: name the word table so.")
    known: Format = detect(files) if form == "auto" else next(f for f in FORMATS if f == form)
    imported = import_files(files, known, embedder, split)
    for sentence in imported.findings:
        console.warn(sentence)
    write_table(imported.table, output)
    parts = summarise(imported.table)
    if as_json:
        console.print_json(
            {
                "format": known,
                "table": str(output),
                "features": {m: spec.name for m, spec in imported.table.specs.items()},
                "splits": parts,
                "findings": list(imported.findings),
            }
        )
    else:
        _print(parts, imported.table, f"{output.name}, from {known}")


@click.command("export")
@click.argument("table", type=PATH)
@click.option("--mmsa", "form", flag_value="mmsa", help="As a pickle that MMSA reads.")
@click.option("-o", "--output", type=PATH, required=True, help="The file to write.")
@click.option("--unaligned", is_flag=True, help="Audio and video a row a word, apart from the text's word pieces.")
@click.option("--length", type=click.IntRange(min=3), help="Word pieces a clip may have; the longest's if not given.")
def export_command(*, table: Path, form: str | None, output: Path, unaligned: bool, length: int | None) -> None:
    """Write the word table TABLE as another program's file."""
    if form is None:
        raise InputError("No format was named: say --mmsa.")
    write_mmsa(read_table(table), output, not unaligned, length)
    click.echo(f"{table.name} written to {output}", err=True)


def summarise(table: WordTable) -> list[dict[str, Any]]:
    """For each split of `table` that has clips, and for all of them: clips, words, label range, shares observed."""
    rows = [
        _summary(split or "none", table, members)
        for split in (*SPLITS, None)
        if (members := [entry for entry in table if entry.split == split])
    ]
    return rows if len(rows) == 1 else [*rows, _summary("all", table, list(table))]


def _summary(name: str, table: WordTable, entries: Sequence[Entry]) -> dict[str, Any]:
    labels = [entry.label for entry in entries if entry.label is not None]
    words = sum(len(entry.aligned.words) for entry in entries)
    observed = {
        m: sum(int(entry.aligned.streams[m].observed.sum()) for entry in entries) / max(words, 1) for m in table.specs
    }
    return {
        "split": name,
        "clips": len(entries),
        "words": words,
        "labelled": len(labels),
        "labels": [min(labels), max(labels)] if labels else None,
        "observed": observed,
    }


def _print(parts: Sequence[dict[str, Any]], table: WordTable, title: str) -> None:
    headings = [("split", "left"), ("clips", "right"), ("words", "right"), ("labels", "right")]
    headings += [(f"{spec.name} ({spec.dim})", "right") for spec in table.specs.values()]
    rows = []
    for part in parts:
        low, high = part["labels"] or (None, None)
        labels = "-" if low is None else f"{console.signed(low)} to {console.signed(high)}"
        shares = [f"{part['observed'][m]:.1%}" for m in table.specs]
        rows.append((part["split"], part["clips"], part["words"], labels, *shares))
    click.echo(f"{title}; under each feature set (and its columns) the share of words it is observed in")
    console.print_table(headings, rows)
