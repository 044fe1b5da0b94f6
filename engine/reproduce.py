"""The paper's tables on the data there is: what each study trains, on what, by which protocol.

A study is a set of runs of one protocol whose summaries make the paper's three tables. Its word tables are made from
the data folder once and kept in the user's cache folder. No study chooses anything on its test clips.

- `text`: CMU-MOSI's texts on the standard folds, words as MiniLM embeds them; the six variants that read text alone.
  Their translations learn from the clips whose voice and face were extracted here.
- `text-glove`: the same with the paper's GloVe vectors.
- `text-glove-mosei`: `T` alone with GloVe, the regressor having learnt from CMU-MOSEI's texts first.
- `text-mosei`: the same with MiniLM.
- `text-end-to-end`: the encoder of words learns along, on CMU-MOSEI's texts and then on CMU-MOSI's; `T`.
- `mmmo`: ICT-MMMO's own features on its standard folds; the five variants without text.
- `mmmo-text`: the other 21 variants; the texts of the training fold are not there, so its 40 validation clips train
  (every fifth of them validates) and the test fold is the same.
- `mosi-words`: CMU-MOSI's validation fold as MISA aligned it; all 26 variants, leaving videos out in five folds.
- `clips`: this program's own features on 320 clips of CMU-MOSI; all 26 variants, leaving speakers out in five folds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.config import AdapterOptions, RegressionOptions, TranslationOptions, override
from engine.embedders import make_embedder
from engine.fit import CPU, Place
from engine.formats.mfn import read_mfn
from engine.formats.misa import read_misa
from engine.labelled_tables import data_folder, table_path
from engine.notation import Variant, parse
from engine.run import Run, every_run
from engine.splits import Protocol
from engine.variants import VARIANTS
from extraction.errors import DataError
from extraction.store import Entry, WordTable, make_table, read_table, write_table
from extraction.types import Modality
from extraction.weights import cache_folder

FOLDS = 5
_GLOVE = Path("mosi") / "glove300_mosi_vocab.npz"


@dataclass(frozen=True)
class Study:
    """One set of the paper's tables.

    Attributes:
        name: on the command line.
        title: for people.
        protocol: of its runs.
        variants: what it trains.
        tables: makes, or finds in the cache, the labelled table and the one for translations, or None.
        translation, regression: options that differ from the defaults, chosen on validation (DESIGN.md).
        extra: makes, or finds in the cache, a labelled table the regressor learns from as well, or None.
        adapter: options of encoders of words that learn along, where they differ from the defaults; None for none.
        before: the run whose model all runs start from, or None.
    """

    name: str
    title: str
    protocol: Protocol
    variants: tuple[Variant, ...]
    tables: Callable[[Path | None], tuple[Path, Path | None]]
    translation: Mapping[str, Any] = field(default_factory=dict)
    regression: Mapping[str, Any] = field(default_factory=dict)
    extra: Callable[[], Path] | None = None
    adapter: Mapping[str, Any] | None = None
    before: Callable[[Place], Run] | None = None

    def runs(
        self,
        seeds: int,
        clips: Path | None = None,
        *,
        translation: Mapping[str, Any] | None = None,
        regression: Mapping[str, Any] | None = None,
        place: Place = CPU,
        command: str = "",
    ) -> tuple[Run, ...]:
        """Every run of the study, those that share data next to one another.

        `clips` is the word table of CMU-MOSI's clips, for the studies that need it; options given here win over the
        study's own. Raises DataError if data is missing.
        """
        table, unlabelled = self.tables(clips)
        model = Run(
            variant=self.variants[0],
            data=table,
            unlabelled=unlabelled,
            extra=None if self.extra is None else self.extra(),
            protocol=self.protocol,
            folds=FOLDS,
            translation=override(TranslationOptions(), {**self.translation, **(translation or {})}),
            regression=override(RegressionOptions(), {**self.regression, **(regression or {})}),
            adapter=None if self.adapter is None else override(AdapterOptions(), self.adapter),
            place=place,
            command=command,
        )
        return every_run(model, self.variants, seeds)


def reads_only(variants: Sequence[Variant], modalities: set[Modality]) -> tuple[Variant, ...]:
    """Variants whose prediction reads nothing but `modalities`."""
    return tuple(v for v in variants if set(v.inputs) <= modalities)


def needs_only(variants: Sequence[Variant], modalities: set[Modality]) -> tuple[Variant, ...]:
    """Variants that neither read nor translate to anything but `modalities`."""
    return tuple(v for v in variants if {*v.inputs, *v.targets} <= modalities)


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


def _text(clips: Path | None) -> tuple[Path, Path | None]:
    return table_path(None), _clips_table(clips)


def _text_glove(clips: Path | None) -> tuple[Path, Path | None]:
    glove, own = data_folder() / _GLOVE, _clips_table(clips)
    again = kept("clips-glove", [own, glove], "1", lambda: reembedded(read_table(own), str(glove)))
    return table_path(None, str(glove)), again


def _glove_alone(_: Path | None) -> tuple[Path, Path | None]:
    return table_path(None, str(_there(data_folder() / _GLOVE))), None


def _texts_alone(_: Path | None) -> tuple[Path, Path | None]:
    return table_path(None), None


def _mosei_end_to_end(place: Place) -> Run:
    """CMU-MOSEI's texts by the same network: its best epoch is chosen on its own validation texts."""
    return Run(
        variant=parse("T"),
        data=_mosei(),
        regression=override(RegressionOptions(), _FEW_EPOCHS | {"epochs": 2, "patience": 2}),
        adapter=override(AdapterOptions(), {"learning_rate": 1e-3}),
        place=place,
        command="s2s reproduce text-end-to-end",
    )


def _mosei() -> Path:
    return table_path(_there(data_folder() / "mosei" / "label.csv"))


def _mosei_glove() -> Path:
    return table_path(_there(data_folder() / "mosei" / "label.csv"), str(_there(data_folder() / _GLOVE)))


def _mmmo(_: Path | None) -> tuple[Path, Path | None]:
    folder = data_folder() / "mmmo"
    sources = sorted(folder.glob("*.h5"))
    return kept("mmmo", sources or [folder], "1", lambda: read_mfn(folder, ("A", "V")).table), None


def _mmmo_text(_: Path | None) -> tuple[Path, Path | None]:
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


def _mosi_words(_: Path | None) -> tuple[Path, Path | None]:
    source = _there(data_folder() / "mosi" / "valid_word_aligned_misa.pkl")
    embedder = make_embedder()
    return kept("mosi-words", [source], embedder.spec.fingerprint, lambda: read_misa(source, embedder).table), None


def _clips(clips: Path | None) -> tuple[Path, Path | None]:
    return _clips_table(clips), None


_FEW_EPOCHS = {"schedule": "linear", "text_scale": "whole"}
_SMALL_TRANSLATION = {"hidden": 64}
_SMALL_REGRESSION = {"hidden": 64, "fine_tune": False}
_NO_TEXT = needs_only(VARIANTS, {"A", "V"})
STUDIES: tuple[Study, ...] = (
    Study("text", "CMU-MOSI's texts, standard folds, MiniLM words", "standard", reads_only(VARIANTS, {"T"}), _text),
    Study(
        *("text-glove", "CMU-MOSI's texts, standard folds, GloVe words", "standard"),
        reads_only(VARIANTS, {"T"}),
        _text_glove,
        {"cell": "gru"},
        {"cell": "gru"},
    ),
    Study(
        *("text-glove-mosei", "CMU-MOSI's texts, GloVe words, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        _glove_alone,
        regression={"text_scale": "whole", "extra": "first", "batch_size": 64, "patience": 5},
        extra=_mosei_glove,
    ),
    Study(
        *("text-mosei", "CMU-MOSI's texts, MiniLM words, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        _texts_alone,
        regression={"text_scale": "whole", "extra": "first", "batch_size": 64, "patience": 3},
        extra=_mosei,
    ),
    Study(
        *("text-end-to-end", "CMU-MOSI's texts, MiniLM learning along, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        _texts_alone,
        regression=_FEW_EPOCHS | {"epochs": 4, "patience": 4},
        adapter={"learning_rate": 5e-4},
        before=_mosei_end_to_end,
    ),
    Study(
        "mmmo",
        "ICT-MMMO, standard folds, voice and face",
        "standard",
        _NO_TEXT,
        _mmmo,
        _SMALL_TRANSLATION,
        _SMALL_REGRESSION,
    ),
    Study(
        *("mmmo-text", "ICT-MMMO, trained on its 40 validation clips, rows with text", "standard"),
        tuple(v for v in VARIANTS if v not in _NO_TEXT),
        _mmmo_text,
        _SMALL_TRANSLATION,
        _SMALL_REGRESSION,
    ),
    Study(
        *("mosi-words", "CMU-MOSI's validation fold as MISA aligned it, five folds by video", "speakers"),
        VARIANTS,
        _mosi_words,
        {"hidden": 32},
        {"hidden": 32, "fine_tune": False},
    ),
    Study(
        "clips",
        "320 clips of CMU-MOSI, our own features, five folds by speaker",
        "speakers",
        VARIANTS,
        _clips,
        _SMALL_TRANSLATION,
        _SMALL_REGRESSION,
    ),
)


def study(name: str) -> Study:
    """The study called `name`. Raises DataError naming those there are."""
    for one in STUDIES:
        if one.name == name:
            return one
    raise DataError(f"There is no study {name!r}: choose from {', '.join(s.name for s in STUDIES)}.")
