"""Whether the words of a model say what is near them: two texts of opposite sentiment read as one.

Run `.venv/bin/python docs/make_opposites.py FOLDER...` with $S2S_DATA, each the folder of a model of `T`; prints a line
a model. 300 pairs of CMU-MOSI's validation texts, one labelled 0.8 or more and one -0.8 or less, in either order, every
other two with "but" between them. The score of each part is its words' sentiment weighted by attention; it is right
where it has the sign of the part's own label. A model whose words all say what the whole says is right in half of them.
No test text is read.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from engine.batch import collate, plan
from engine.checkpoint import load
from engine.dataset import Segment, segments_of
from engine.embedders import make_embedder
from engine.joined import Joined, join, parts_of
from engine.labelled_tables import table_path
from engine.model import SentimentModel
from extraction.store import read_table

PAIRS, CLEAR, SEED = 300, 0.8, 5


def opposites(texts: list[Segment]) -> list[Joined]:
    """The pairs, their words embedded as one text."""
    rng = np.random.default_rng(SEED)
    liked = [s for s in texts if s.label is not None and s.label >= CLEAR]
    disliked = [s for s in texts if s.label is not None and s.label <= -CLEAR]
    pairs = []
    for number in range(PAIRS):
        pair = [liked[rng.integers(len(liked))], disliked[rng.integers(len(disliked))]]
        pairs.append(join(*(pair[::-1] if number % 2 else pair), "but" if number % 4 < 2 else ""))
    streams = make_embedder().embed_many([pair.segment.words for pair in pairs])
    return [
        replace(pair, segment=replace(pair.segment, values={"T": s.values}, observed={"T": s.observed}))
        for pair, s in zip(pairs, streams, strict=True)
    ]


@torch.no_grad()
def measured(model: SentimentModel, pairs: list[Joined]) -> tuple[float, float]:
    """The share of parts that are right, and the mean absolute error of parts."""
    right, errors = [], []
    for indices in plan([len(pair.segment) for pair in pairs], 32):
        some = [pairs[i] for i in indices]
        output = model(collate([pair.segment for pair in some], ("T",)))
        parts = parts_of(some)
        right += ((parts.scores(output) > 0) == (parts.labels > 0)).flatten().tolist()
        errors += parts.errors(output).tolist()
    return float(np.mean(right)), float(np.mean(errors))


def main(folders: list[str]) -> None:
    """Print the figures of each model."""
    texts = [s for s in segments_of(read_table(table_path(None)), ("T",)) if s.split == "valid"]
    pairs = opposites(texts)
    for folder in folders:
        right, error = measured(load(Path(folder))[0], pairs)
        print(f"{folder}: {right:.3f} of the parts right, MAE of parts {error:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
