"""What several commands ask for in the same words: the table, the protocol, the folder of runs, the variant."""

from __future__ import annotations

from pathlib import Path

import click

from engine.notation import Variant, parse
from engine.splits import PROTOCOLS
from engine.variants import find
from extraction.errors import InputError

PATH = click.Path(path_type=Path)
RUNS = click.option("--runs", type=PATH, default=Path("runs"), show_default=True, help="Where trained runs are kept.")
DATA = click.option(
    "--data", type=PATH, help="A word table (.parquet) or a label.csv of texts; CMU-MOSI's label.csv if not given."
)
PROTOCOL = click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default="standard",
    show_default=True,
    help="standard: the table's own split; paper: a random third tests; speakers: leave speakers out in turn.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")


def read_variant(name: str) -> Variant:
    """A variant of the paper, or whatever else the notation spells. Raises VariantError naming the nearest."""
    try:
        return parse(name)
    except InputError:
        return find(name)
