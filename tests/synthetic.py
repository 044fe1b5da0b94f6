"""Small made-up word tables whose label can be read off the words' vectors."""

import numpy as np

from extraction.store import Entry, make_table
from extraction.types import Aligned, FeatureSpec, Stream, Word

DIMS = {"T": 6, "A": 4, "V": 3}
SPECS = {m: FeatureSpec(m, f"made-{m}", "1", tuple(f"{m}{i}" for i in range(d))) for m, d in DIMS.items()}


def stream(modality, values, observed=None):
    values = np.array(values, dtype=np.float32)
    observed = np.ones(len(values), bool) if observed is None else np.array(observed, bool)
    values[~observed] = np.nan
    return Stream(SPECS[modality], values, observed)


def clip(rng, name="clip", words=5, label=None, *, modalities="TAV", missing=0.0):
    """A clip with random vectors; with a label, its first column in every modality is centred on the label."""
    streams = {}
    for m in modalities:
        values = rng.normal(size=(words, DIMS[m]))
        if label is not None:
            values[:, 0] = label + 0.1 * values[:, 0]
        streams[m] = stream(m, values, rng.random(words) >= missing)
    said = tuple(Word(f"w{i}", i * 0.3, i * 0.3 + 0.2, 0.9) for i in range(words))
    return Aligned(name, said, streams, duration=words * 0.3)


def table(*, clips=24, seed=0, modalities="TAV", speakers=6, splits=True, missing=0.1):
    rng = np.random.default_rng(seed)
    entries = []
    for i in range(clips):
        label = float(np.round(rng.uniform(-3, 3), 2))
        aligned = clip(rng, f"c{i:03d}", int(rng.integers(2, 9)), label, modalities=modalities, missing=missing)
        split = ("train", "train", "valid", "test")[i % 4] if splits else None
        entries.append(Entry(aligned, label, split, f"s{i % speakers}"))
    return make_table(entries)
