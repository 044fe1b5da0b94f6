"""The word table a training or evaluation command means by `--data`.

A `.parquet` file is a word table already. A `.csv` file is a label.csv of texts (`formats.label_csv`): its words are
embedded once and the table kept in the user's cache folder. Nothing given means CMU-MOSI's label.csv in the data
folder, which is $S2S_DATA, else `../shared/data` beside this repository.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from engine.formats.label_csv import read_label_csv
from extraction.errors import DataError, InputError
from extraction.store import write_table
from extraction.weights import cache_folder

_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def data_folder() -> Path:
    """Where real data lies: $S2S_DATA, else beside the repository."""
    return Path(os.environ.get("S2S_DATA") or _DATA)


def table_path(data: Path | None, embedder: str | None = None) -> Path:
    """The word table for `data`, made if it has to be.

    Args:
        data: a word table, a label.csv, or None for CMU-MOSI's.
        embedder: what embeds a label.csv, as `engine.embedders` names it; None for the packaged model.

    Raises:
        DataError: there is no such file.
        InputError: there is no such embedder, or `data` is a table whose words are embedded already.
    """
    if data is None:
        data = data_folder() / "mosi" / "label.csv"
        if not data.is_file():
            raise DataError(f"There is no data at {data}: name a table or a label.csv with --data, or set S2S_DATA.")
    if not data.is_file():
        raise DataError(f"There is no file {data}: name a word table (.parquet) or a label.csv.")
    if data.suffix.lower() == ".csv":
        return _embedded(data, embedder)
    if embedder is not None:
        raise InputError(f"The words of {data.name} are embedded already: choose an embedder for a label.csv alone.")
    return data


def _embedded(listing: Path, name: str | None) -> Path:
    from engine.embedders import make_embedder

    embedder = make_embedder(name)
    key = hashlib.sha256(listing.read_bytes() + embedder.spec.fingerprint.encode()).hexdigest()[:12]
    table = cache_folder() / "tables" / f"{listing.parent.name}-{listing.stem}-{key}.parquet"
    if not table.is_file():
        write_table(read_label_csv(listing, embedder), table)
    return table
