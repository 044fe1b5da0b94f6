"""`s2s variants`: what there is to train and to read clips with."""

from __future__ import annotations

from typing import Any

import click

from engine import checkpoint, console
from engine.variants import PAPER


@click.command("variants")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")
def variants_command(as_json: bool) -> None:
    """List the paper's 26 variants: what each reads, what it translates to, and whether a trained model is here."""
    cards = {card.variant: card for card in checkpoint.available()}
    rows: list[dict[str, Any]] = [
        {
            "variant": row.name,
            "group": row.group,
            "reads": list(row.variant.inputs),
            "stages": [str(stage) for stage in row.variant.stages],
            "paper_f1": row.binary[2],
            "trained": row.name in cards,
            "learned": cards[row.name].learned if row.name in cards else None,
        }
        for row in PAPER
    ]
    if as_json:
        console.print_json({"variants": rows})
        return
    headings = [(h, "left") for h in ("variant", "group", "reads", "translations to train")]
    console.print_table(
        [*headings, ("paper's F1", "right"), ("model here", "left")],
        [
            (
                row["variant"],
                row["group"],
                " ".join(row["reads"]),
                ", ".join(row["stages"]) or "-",
                f"{row['paper_f1']:.2f}",
                "-" if not row["trained"] else "yes" if row["learned"] else "yes, no better than a constant",
            )
            for row in rows
        ],
    )
