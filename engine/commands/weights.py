"""`s2s weights`: where each model's weights come from, and the official download for whoever asks for it."""

from __future__ import annotations

import os

import click

from engine.console import print_table, progress, warn
from extraction.errors import InputError, WeightsError
from extraction.weights import REGISTRY, download, locate


@click.command("weights")
@click.option("--download", "wanted", metavar="NAME", help="Fetch these weights from their official address.")
def weights_command(wanted: str | None) -> None:
    """Show where the extraction models' weights are found, their hashes verified."""
    if wanted is not None:
        if wanted not in REGISTRY:
            raise InputError(f"There are no weights called {wanted!r}: the names are {', '.join(REGISTRY)}.")
        with progress() as shown:
            shown.add_task(f"Downloading {wanted}", total=None, found="")
            download(REGISTRY[wanted])
    rows = []
    for name, weights in REGISTRY.items():
        try:
            place = str(locate(weights))
        except WeightsError as error:
            absent = weights.optional and not os.environ.get(weights.variable)
            place = "not installed (optional)" if absent else "missing"
            if not absent:
                warn(str(error))
        rows.append((name, weights.what, weights.variable, place))
    print_table([("name", "left"), ("what", "left"), ("own path in", "left"), ("found at", "left")], rows)
