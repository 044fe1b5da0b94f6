"""How the words of an utterance feel while it is spoken, by a model that reads text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.predict import Predictor
from extraction.protocols import WordEmbedder
from extraction.types import Aligned, Word


@dataclass(frozen=True)
class Feeling:
    """A sentiment for each word, and the utterance's; label units, about [-3, 3]."""

    sentiment: tuple[float, ...]
    score: float


def reads_live(inputs: Sequence[str]) -> bool:
    """Whether a model can follow speech: voice and face are pooled to words only once a clip has been aligned."""
    return tuple(inputs) == ("T",)


def feel(words: Sequence[Word], predictor: Predictor, embedder: WordEmbedder) -> Feeling:
    """Read the words of one utterance, at least one. Raises S2SError as `Predictor.predict` does."""
    stream = embedder.embed([word.text for word in words])
    prediction = predictor.predict(Aligned("live", tuple(words), {"T": stream}, words[-1].end or 0.0))
    return Feeling(tuple(float(value) for value in prediction.sentiment), prediction.score)
