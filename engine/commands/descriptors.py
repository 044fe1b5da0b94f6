"""`s2s descriptors`: what is measured of voice and face, column by column."""

from __future__ import annotations

from dataclasses import asdict

import click

from engine import console
from extraction.descriptor_sets import SETS, Column, descriptor_set


@click.command("descriptors")
@click.argument("name", metavar="[SET]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")
def descriptors_command(name: str | None, as_json: bool) -> None:
    """List the descriptor sets, or the columns of SET with their units, families and sources."""
    chosen = list(SETS.values()) if name is None else [descriptor_set(name)]
    described = {one.key: one.columns() for one in chosen}
    if as_json:
        sets = [
            {
                **{"set": one.key, "modality": one.modality, "about": one.about, "terms": one.terms},
                "columns": [asdict(column) for column in described[one.key]],
            }
            for one in chosen
        ]
        console.print_json({"sets": sets})
        return
    if name is None:
        console.print_table(
            [("set", "left"), ("of", "left"), ("columns", "right"), ("what it is", "left"), ("terms", "left")],
            [(one.key, one.modality, str(len(described[one.key])), one.about, one.terms) for one in chosen],
        )
        return
    console.print_table(
        [("column", "left"), ("unit", "left"), ("family", "left"), ("source", "left")],
        [(_bare(c), c.unit or "-", c.family, c.source) for c in described[name]],
        title=f"{name}: {chosen[0].about} ({chosen[0].terms})",
    )


def _bare(column: Column) -> str:
    """Its name without the unit, which has a column of its own."""
    return column.name.removesuffix(f"[{column.unit}]").rstrip()
