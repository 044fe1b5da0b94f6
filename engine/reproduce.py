"""The paper's tables on the data there is: what each study trains, on what, by which protocol.

A study is a set of runs of one protocol whose summaries make the paper's three tables (its word tables:
`engine.study_tables`). No study chooses anything on its test clips.

- `text`: CMU-MOSI's texts on the standard folds, words as MiniLM embeds them; the six variants that read text alone.
  Their translations learn from the clips whose voice and face were extracted here.
- `text-glove`: the same with the paper's GloVe vectors.
- `text-glove-mosei`: `T` alone with GloVe, the regressor having learnt from CMU-MOSEI's texts first.
- `text-mosei`, `text-mosei-face`: the same with MiniLM; for `T->V`, whose translation learns from clips as in `text`.
- `text-taught-face`: `T` and `T->V` in the same way, after the scores that the shipped `T` gives CMU-MOSEI's texts.
- `text-end-to-end`: the encoder of words learns along, on CMU-MOSEI's texts and then on CMU-MOSI's; `T`.
- `text-joined`: the same without recurrent layers, half of the texts read in pairs; texts that CMU-MOSI validates or
  tests on are left out of CMU-MOSEI's.
- `text-mpnet`: the same with mpnet, a larger encoder, without pairs.
- `text-taught-joined`: MiniLM again as in `text-joined`, after CMU-MOSEI's texts, and phrases of them, as mpnet labels
  them (`engine.taught`).
- `text-taught-rated`: the same, after Hutto and Gilbert's rated texts as well.
- `mmmo`: ICT-MMMO's own features on its standard folds; the five variants without text.
- `mmmo-text`: the other 21 variants; the texts of the training fold are not there, so its 40 validation clips train
  (every fifth of them validates) and the test fold is the same.
- `mosi-words`: CMU-MOSI's validation fold as MISA aligned it; all 26 variants, leaving videos out in five folds.
- `clips`: this program's own features on 320 clips of CMU-MOSI; all 26 variants, leaving speakers out in five folds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.config import AdapterOptions, RegressionOptions, TranslationOptions, override
from engine.embedders import MPNET
from engine.labelled_tables import table_path
from engine.notation import Variant, parse
from engine.place import CPU, Place
from engine.run import Run, every_run
from engine.splits import Protocol
from engine.study_tables import (
    mmmo,
    mmmo_with_text,
    mosei_apart,
    mosei_glove,
    mosei_texts,
    mosi_clips,
    mosi_glove,
    mosi_glove_and_clips,
    mosi_texts,
    mosi_texts_and_clips,
    mosi_words,
)
from engine.taught import (
    LARGE,
    LARGE_RATE,
    LARGE_REGRESSION,
    STUDENT,
    Train,
    large_first,
    read_by_shipped,
    taught,
    taught_rated,
)
from engine.variants import VARIANTS
from extraction.errors import DataError
from extraction.types import Modality

FOLDS = 5


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
        before: trains the model that all runs start from and gives its folder, or None.
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
    before: Callable[[Place, Train, str], Path] | None = None

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


def _mosei_end_to_end(place: Place, train: Train, command: str) -> Path:
    """CMU-MOSEI's texts by the same network: its best epoch is chosen on its own validation texts."""
    run = Run(
        variant=parse("T"),
        data=mosei_texts(),
        regression=override(RegressionOptions(), _FEW_EPOCHS | {"epochs": 2, "patience": 2}),
        adapter=override(AdapterOptions(), {"learning_rate": 1e-3}),
        place=place,
        command=command,
    )
    return train(run, "mosei")


def _mosei_joined(place: Place, train: Train, command: str) -> Path:
    """The same of `text-joined`."""
    run = Run(
        variant=parse("T"),
        data=mosei_apart(),
        regression=override(RegressionOptions(), _JOINED | {"epochs": 3, "patience": 3}),
        adapter=override(AdapterOptions(), _JOINED_ADAPTERS | {"learning_rate": 1e-3}),
        place=place,
        command=command,
    )
    return train(run, "mosei-joined")


_FEW_EPOCHS = {"schedule": "linear", "text_scale": "whole"}
_MOSEI_FIRST = {"text_scale": "whole", "extra": "first", "batch_size": 64, "patience": 3}
_JOINED = _FEW_EPOCHS | {"layers": 0, "joined": 0.5}
_TAUGHT = _JOINED | {"epochs": 5, "consistency": 0.5, "averaging": 0.98}
_JOINED_ADAPTERS = {"rank": 32, "alpha": 64, "dropout": 0.0}
_SMALL_TRANSLATION = {"hidden": 64}
_SMALL_REGRESSION = {"hidden": 64, "fine_tune": False}
_NO_TEXT = needs_only(VARIANTS, {"A", "V"})
STUDIES: tuple[Study, ...] = (
    Study(
        "text",
        "CMU-MOSI's texts, standard folds, MiniLM words",
        "standard",
        reads_only(VARIANTS, {"T"}),
        mosi_texts_and_clips,
    ),
    Study(
        *("text-glove", "CMU-MOSI's texts, standard folds, GloVe words", "standard"),
        reads_only(VARIANTS, {"T"}),
        mosi_glove_and_clips,
        {"cell": "gru"},
        {"cell": "gru"},
    ),
    Study(
        *("text-glove-mosei", "CMU-MOSI's texts, GloVe words, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        mosi_glove,
        regression={"text_scale": "whole", "extra": "first", "batch_size": 64, "patience": 5},
        extra=mosei_glove,
    ),
    Study(
        *("text-mosei", "CMU-MOSI's texts, MiniLM words, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        mosi_texts,
        regression=_MOSEI_FIRST,
        extra=mosei_texts,
    ),
    Study(
        "text-mosei-face",
        "CMU-MOSI's texts, MiniLM words, learnt from faces too, after CMU-MOSEI's texts",
        "standard",
        (parse("T->V"),),
        mosi_texts_and_clips,
        regression=_MOSEI_FIRST,
        extra=mosei_texts,
    ),
    Study(
        *("text-taught-face", "CMU-MOSI's texts, MiniLM words, taught by the shipped `T`", "standard"),
        (parse("T"), parse("T->V")),
        mosi_texts_and_clips,
        regression=_MOSEI_FIRST,
        extra=read_by_shipped,
    ),
    Study(
        *("text-end-to-end", "CMU-MOSI's texts, MiniLM learning along, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        mosi_texts,
        regression=_FEW_EPOCHS | {"epochs": 4, "patience": 4},
        adapter={"learning_rate": 5e-4},
        before=_mosei_end_to_end,
    ),
    Study(
        *("text-joined", "CMU-MOSI's texts read in pairs, MiniLM learning along, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        mosi_texts,
        regression=_JOINED | {"epochs": 4, "patience": 4},
        adapter=_JOINED_ADAPTERS | {"learning_rate": 5e-4},
        before=_mosei_joined,
    ),
    Study(
        *("text-mpnet", "CMU-MOSI's texts, mpnet learning along, after CMU-MOSEI's texts", "standard"),
        (parse("T"),),
        lambda _: (table_path(None, MPNET), None),
        regression=LARGE_REGRESSION,
        adapter={**LARGE, "learning_rate": LARGE_RATE},
        before=large_first,
    ),
    Study(
        *("text-taught-joined", "CMU-MOSI's texts read in pairs, MiniLM learning along, taught by mpnet", "standard"),
        (parse("T"),),
        mosi_texts,
        regression=_TAUGHT,
        adapter={**STUDENT, "learning_rate": 5e-4},
        before=taught,
    ),
    Study(
        *("text-taught-rated", "The same, taught with texts that people rated as well", "standard"),
        (parse("T"),),
        mosi_texts,
        regression=_TAUGHT,
        adapter={**STUDENT, "learning_rate": 5e-4},
        before=taught_rated,
    ),
    Study(
        "mmmo",
        "ICT-MMMO, standard folds, voice and face",
        "standard",
        _NO_TEXT,
        mmmo,
        _SMALL_TRANSLATION,
        _SMALL_REGRESSION,
    ),
    Study(
        *("mmmo-text", "ICT-MMMO, trained on its 40 validation clips, rows with text", "standard"),
        tuple(v for v in VARIANTS if v not in _NO_TEXT),
        mmmo_with_text,
        _SMALL_TRANSLATION,
        _SMALL_REGRESSION,
    ),
    Study(
        *("mosi-words", "CMU-MOSI's validation fold as MISA aligned it, five folds by video", "speakers"),
        VARIANTS,
        mosi_words,
        {"hidden": 32},
        {"hidden": 32, "fine_tune": False},
    ),
    Study(
        "clips",
        "320 clips of CMU-MOSI, our own features, five folds by speaker",
        "speakers",
        VARIANTS,
        mosi_clips,
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
