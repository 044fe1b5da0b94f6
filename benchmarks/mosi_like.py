"""Segments shaped like CMU-MOSI's, with random features: as many, as long and as wide as the real ones."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from extraction.store import Entry, WordTable, make_table
from extraction.types import Aligned, FeatureSpec, Modality, Stream, Word

TRAIN, VALID = 1284, 229  # segments of the standard folds
DIMS: dict[Modality, int] = {"T": 300, "A": 74, "V": 47}  # GloVe, COVAREP, FACET
SPECS = {m: FeatureSpec(m, f"random-{m}", "1", tuple(f"{m}{i}" for i in range(d))) for m, d in DIMS.items()}
_ROOT = Path(__file__).resolve().parent.parent


def made_up_lengths(count: int = TRAIN, seed: int = 0) -> list[int]:
    """Words of each segment: log-normal, 12.5 on average, the longest 50."""
    drawn = np.random.default_rng(seed).lognormal(2.36, 0.6, count)
    lengths: list[int] = np.clip(np.round(drawn), 1, 50).astype(int).tolist()
    return lengths


def real_lengths() -> list[int] | None:
    """Words of CMU-MOSI's training segments, or None where the data is not there."""
    folder = Path(os.environ.get("S2S_DATA") or _ROOT.parent / "shared" / "data")
    path = folder / "mosi" / "label.csv"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        return [len(row["text"].split()) for row in csv.DictReader(file) if row["mode"] == "train"]


def random_table(train: int = TRAIN, valid: int = VALID, seed: int = 0) -> WordTable:
    """Training and validation segments, every word observed, labels drawn from [-3, 3] without regard to features."""
    rng = np.random.default_rng(seed)
    splits = ["train"] * train + ["valid"] * valid
    lengths = made_up_lengths(len(splits), seed)
    return make_table(
        Entry(_clip(rng, f"c{i:05d}", words), float(rng.uniform(-3, 3)), split, f"s{i % 93}")
        for i, (split, words) in enumerate(zip(splits, lengths, strict=True))
    )


def padded_share(lengths: Sequence[int], batches: Sequence[Sequence[int]]) -> float:
    """The share of padding among all the words of some batches, each as long as its longest segment."""
    real = sum(lengths[i] for batch in batches for i in batch)
    computed = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - real / computed


def _clip(rng: np.random.Generator, name: str, words: int) -> Aligned:
    every = np.ones(words, dtype=bool)
    streams = {
        m: Stream(SPECS[m], rng.standard_normal((words, dim), dtype=np.float32), every) for m, dim in DIMS.items()
    }
    said = tuple(Word(f"w{rng.integers(2000)}", i * 0.3, i * 0.3 + 0.2, 1.0) for i in range(words))
    return Aligned(name, said, streams, duration=words * 0.3)
