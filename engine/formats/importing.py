"""Foreign files of any format known here to one word table: the importer each format has, and what it needs beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from engine.embedders import make_embedder
from engine.formats.csd import modality_of, read_csd
from engine.formats.csd_file import opened_csd
from engine.formats.detect import Format
from engine.formats.fet import read_fet
from engine.formats.findings import Imported
from engine.formats.label_csv import read_label_csv
from engine.formats.mfn import read_mfn
from engine.formats.misa import read_misa
from engine.formats.mmim import read_mmim
from engine.formats.mmsa import read_mmsa
from engine.formats.mult import read_mult
from extraction.errors import DataError, InputError
from extraction.types import Floats
from extraction.words_glove import GloveEmbedder

_OF_ONE_SPLIT: Final = ("misa", "mmim")


def import_files(
    paths: Sequence[Path], form: Format, embedder: str | None = None, split: str | None = None
) -> Imported:
    """Read `paths`, which are in the format `form`, to a word table.

    Args:
        paths: one file or folder; for `csd` the words, the opinion labels and any features, in any order.
        form: as `detect` tells.
        embedder: as `engine.embedders` names it, for formats that hold words and no vectors; it is made only for
            those. For MulT, which holds vectors and no words, a GloVe file gives the words their names.
        split: which split a bare list of MISA or MMIM is.

    Raises:
        InputError: more files than the format has, or a split that the format names itself.
        DataError: a file cannot be read, or is not in that format.
    """
    if split is not None and form not in _OF_ONE_SPLIT:
        raise InputError(
            f"--split belongs to {' and '.join(_OF_ONE_SPLIT)}, whose files may be one split: leave it out."
        )
    if form == "csd":
        return _import_csd(paths, embedder)
    if len(paths) != 1:
        raise InputError(f"{len(paths)} files were given and {form} is one: import each by itself.")
    path = paths[0]
    readers: dict[Format, Callable[[], Imported]] = {
        "mmsa": lambda: read_mmsa(path),
        "mult": lambda: read_mult(path, _glove(embedder)),
        "misa": lambda: read_misa(path, make_embedder(embedder), split),
        "mmim": lambda: read_mmim(path, make_embedder(embedder), split),
        "mfn": lambda: read_mfn(path),
        "fet": lambda: read_fet(path),
        "label-csv": lambda: Imported(read_label_csv(path, make_embedder(embedder)), ()),
    }
    return readers[form]()


def _glove(embedder: str | None) -> tuple[Sequence[str], Floats] | None:
    """The words and vectors of a GloVe file, or None for any other embedder."""
    if embedder is None or not Path(embedder).is_file():
        return None
    made = make_embedder(embedder)
    return made.table() if isinstance(made, GloveEmbedder) else None


def _import_csd(paths: Sequence[Path], embedder: str | None) -> Imported:
    words: list[Path] = []
    labels: list[Path] = []
    features: list[Path] = []
    for path in paths:
        with opened_csd(path) as file:
            known = modality_of(file.root) is not None
            is_label = not known and ("label" in file.root.lower() or file.dim() == 1)
            (words if file.holds_words else labels if is_label else features).append(path)
    for what, found in (("words", words), ("opinion labels", labels)):
        if len(found) != 1:
            raise DataError(f"{len(found)} of the .csd files hold {what}: give one file with them.")
    return read_csd(words[0], labels[0], features, make_embedder(embedder))
