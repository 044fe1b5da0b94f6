"""The word tables of the studies (`engine.reproduce`), made from the data folder once and kept in the user's cache.

Each function gives the labelled table and the one for translations, or None where the labelled one serves; or one table
alone. `clips` is the word table of CMU-MOSI's clips, for the studies that need it. All raise DataError if data is
missing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.apart import held_out, without
from engine.embedders import make_embedder
from engine.formats.mfn import read_mfn
from engine.formats.misa import read_misa
from engine.formats.rated_texts import present
from engine.labelled_tables import data_folder, table_path
from extraction.errors import DataError
from extraction.store import Entry, WordTable, make_table, read_table, write_table
from extraction.weights import cache_folder

_GLOVE = Path("mosi") / "glove300_mosi_vocab.npz"


def reembedded(table: WordTable, embedder: str) -> WordTable:
    """The same table with its words embedded anew."""
    entries = list(table)
    streams = make_embedder(embedder).embed_many([[w.text for w in e.aligned.words] for e in entries])
    return make_table(
        replace(entry, aligned=replace(entry.aligned, streams={**entry.aligned.streams, "T": stream}))
        for entry, stream in zip(entries, streams, strict=True)
    )


def kept(name: str, sources: Sequence[Path], recipe: str, make: Callable[[], WordTable]) -> Path:
    """A word table in the cache, made if the content of `sources` or the recipe is new."""
    digest = hashlib.sha256(json.dumps([name, recipe]).encode())
    for source in sources:
        _there(source)
        digest.update(source.read_bytes())
    path = cache_folder() / "tables" / f"{name}-{digest.hexdigest()[:12]}.parquet"
    if not path.is_file():
        write_table(make(), path)
    return path


def _there(source: Path) -> Path:
    if not source.is_file():
        raise DataError(f"There is no file {source}: set S2S_DATA to the folder that holds the data.")
    return source


def _clips_table(clips: Path | None) -> Path:
    if clips is None:
        raise DataError(
            "This study needs the word table of CMU-MOSI's clips: make it with `s2s extract "
            f"{data_folder() / 'mosi' / 'clips.csv'} -o clips.parquet`, then give --clips clips.parquet."
        )
    read_table(clips)
    return clips


def mosi_texts_and_clips(clips: Path | None) -> tuple[Path, Path | None]:
    """CMU-MOSI's texts, and the clips for translations."""
    return table_path(None), _clips_table(clips)


def mosi_glove_and_clips(clips: Path | None) -> tuple[Path, Path | None]:
    """CMU-MOSI's texts and the clips of CMU-MOSI, both in GloVe's vectors."""
    glove, own = data_folder() / _GLOVE, _clips_table(clips)
    again = kept("clips-glove", [own, glove], "1", lambda: reembedded(read_table(own), str(glove)))
    return table_path(None, str(glove)), again


def mosi_glove(_: Path | None) -> tuple[Path, Path | None]:
    """CMU-MOSI's texts in GloVe's vectors."""
    return table_path(None, str(_there(data_folder() / _GLOVE))), None


def mosi_texts(_: Path | None) -> tuple[Path, Path | None]:
    """CMU-MOSI's texts."""
    return table_path(None), None


def mosei_texts(embedder: str | None = None) -> Path:
    """CMU-MOSEI's texts."""
    return table_path(_there(data_folder() / "mosei" / "label.csv"), embedder)


def mosei_apart(embedder: str | None = None) -> Path:
    """CMU-MOSEI's texts without those that are validation or test texts of CMU-MOSI."""
    whole, own = mosei_texts(embedder), table_path(None, embedder)
    return kept("mosei-apart", [whole, own], "1", lambda: without(read_table(whole), held_out(read_table(own))))


def rated_archive() -> Path:
    """The source archive that holds Hutto and Gilbert's rated texts: $S2S_RATED, else `rated/` in the data folder."""
    own = os.environ.get("S2S_RATED")
    return present(Path(own) if own else data_folder() / "rated" / "vaderSentiment-0.5.zip")


def mosei_glove() -> Path:
    """CMU-MOSEI's texts in GloVe's vectors."""
    return table_path(_there(data_folder() / "mosei" / "label.csv"), str(_there(data_folder() / _GLOVE)))


def mmmo(_: Path | None) -> tuple[Path, Path | None]:
    """ICT-MMMO's voice and face."""
    folder = data_folder() / "mmmo"
    sources = sorted(folder.glob("*.h5"))
    return kept("mmmo", sources or [folder], "1", lambda: read_mfn(folder, ("A", "V")).table), None


def mmmo_with_text(_: Path | None) -> tuple[Path, Path | None]:
    """ICT-MMMO's clips that have texts."""
    folder = data_folder() / "mmmo"
    sources = sorted(folder.glob("*.h5"))
    return kept("mmmo-text", sources or [folder], "1", lambda: _from_validation(read_mfn(folder).table)), None


def _from_validation(table: WordTable) -> WordTable:
    """The validation clips as training ones, every fifth of them held out; the training clips are left out."""
    entries: list[Entry] = []
    turn = 0
    for entry in table:
        if entry.split == "valid":
            turn += 1
            entries.append(replace(entry, split="valid" if turn % 5 == 0 else "train"))
        elif entry.split == "test":
            entries.append(entry)
    return make_table(entries)


def mosi_words(_: Path | None) -> tuple[Path, Path | None]:
    """CMU-MOSI's validation fold as MISA aligned it."""
    source = _there(data_folder() / "mosi" / "valid_word_aligned_misa.pkl")
    embedder = make_embedder()
    return kept("mosi-words", [source], embedder.spec.fingerprint, lambda: read_misa(source, embedder).table), None


def mosi_clips(clips: Path | None) -> tuple[Path, Path | None]:
    """The clips of CMU-MOSI."""
    return _clips_table(clips), None
