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
    """List the descriptor sets, or the columns of SET with their units, families, sources and notes."""
    chosen = list(SETS.values()) if name is None else [descriptor_set(name)]
    described = {one.key: one.columns() for one in chosen}
    if as_json:
        sets = [
            {
                **{"set": one.key, "modality": one.modality, "about": one.about, "terms": one.terms},
                "columns": [_filled(column) for column in described[one.key]],
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
    columns = described[name]
    headings = ["column", "unit", "family", "source", *(["note"] if any(c.note for c in columns) else [])]
    console.print_table(
        [(heading, "left") for heading in headings],
        [
            (_bare(c), c.unit or "-", c.family, source, note)[: len(headings)]
            for c, source, note in zip(
                columns, _said_once([c.source for c in columns]), _said_once([c.note for c in columns]), strict=True
            )
        ],
        title=f"{name}: {chosen[0].about} ({chosen[0].terms})",
    )


def _filled(column: Column) -> dict[str, str]:
    """A column for JSON; one without a note has none there."""
    return {key: value for key, value in asdict(column).items() if value or key != "note"}


def _said_once(cells: list[str]) -> list[str]:
    """A ditto mark where a column has the same text as the one above it."""
    return ["″" if cell and cell == above else cell for cell, above in zip(cells, ["", *cells], strict=False)]


def _bare(column: Column) -> str:
    """Its name without the unit, which has a column of its own."""
    return column.name.removesuffix(f"[{column.unit}]").rstrip()
