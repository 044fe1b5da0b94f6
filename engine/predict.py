"""What a trained model says of a clip: a sentiment and an attention a word, and the score they add up to.

`score == sum(attention * sentiment)`, exactly but for rounding: each word's product is its contribution. A long
recording is read an utterance at a time, as the models were trained: each utterance has a score of its own, and the
clip's is their mean, an utterance counting as many times as it has words; a word's attention within its utterance is
scaled by the utterance's share of the words, so that it sums to 1 over the clip.
Shape letters: W words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.batch import collate
from engine.by_speaker import derived, of_one_clip
from engine.checkpoint import Card, locate, translations_of
from engine.checkpoint import load as load_checkpoint
from engine.dataset import Segment
from engine.model import SentimentModel
from engine.notation import Stage
from engine.translations import Translators, attention, unpack
from extraction.errors import CheckpointError, DataError, NotEnglish
from extraction.languages import ENGLISH, language_name
from extraction.types import MODALITY_NAMES, Aligned, FeatureSpec, Floats, Modality, Stream, Word

_AT_ONCE = 64  # utterances in a batch
_UNSEEN = {"T": "No words could be read", "A": "No voice could be measured", "V": "No face was seen"}
_SELDOM = {"T": "Text was read", "A": "A voice was measured", "V": "A face was seen"}


@dataclass(frozen=True)
class Utterance:
    """The words `[first, stop)` of a clip, when they were said (None where no word has a time), and how they feel."""

    first: int
    stop: int
    start: float | None
    end: float | None
    score: float


@dataclass(frozen=True, eq=False)
class Prediction:
    """One clip as one model reads it.

    Attributes:
        variant: the model, in the notation.
        words: W words.
        sentiment: (W,), in label units, about [-3, 3]; below 0 is negative.
        attention: (W,), not negative, sums to 1.
        score: sentiment of the whole clip, in label units.
        inputs: modalities that were read, in the order T, A, V.
        utterances: one, or the several of a long recording.
        warnings: sentences for the user.
        interval: what holds the label of nine clips in ten like those the model learnt from, lowest and highest; None
            where the model has none, or for the several utterances of a long recording.
    """

    variant: str
    words: tuple[Word, ...]
    sentiment: Floats
    attention: Floats
    score: float
    inputs: tuple[Modality, ...]
    utterances: tuple[Utterance, ...]
    warnings: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None

    @property
    def contribution(self) -> Floats:
        """(W,): attention times sentiment; sums to the score."""
        return self.attention * self.sentiment

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: variant, score, words (text, start, end, confidence, fit, sentiment, attention, contribution),
        utterances (first, stop, start, end, score), inputs, warnings, interval ([lowest, highest] or None).
        """
        columns = zip(self.words, self.sentiment, self.attention, self.contribution, strict=True)
        words = [
            {
                "text": word.text,
                "start": word.start,
                "end": word.end,
                "confidence": word.confidence,
                "fit": word.fit,
                "sentiment": float(sentiment),
                "attention": float(attention),
                "contribution": float(contribution),
            }
            for word, sentiment, attention, contribution in columns
        ]
        return {
            "variant": self.variant,
            "score": self.score,
            "words": words,
            "utterances": [asdict(utterance) for utterance in self.utterances],
            "inputs": list(self.inputs),
            "warnings": list(self.warnings),
            "interval": None if self.interval is None else list(self.interval),
        }


@dataclass(frozen=True, eq=False)
class Predictor:
    """A model ready for use, its card, and the folder of its checkpoint where it came from one."""

    model: SentimentModel
    card: Card
    folder: Path | None = None

    @cached_property
    def translators(self) -> Translators:
        """Its translations whole, decoders included; empty where it has none, or its checkpoint does not hold them.

        Raises CheckpointError if their file is damaged.
        """
        path = None if self.folder is None else translations_of(self.folder, self.card)
        return {} if path is None else unpack(path, self.model)

    def predict(self, aligned: Aligned) -> Prediction:
        """Read one clip.

        Raises:
            DataError: the clip has no words, or nothing of what the model reads.
            NotEnglish: the model reads text, and the words are of another language.
            CheckpointError: the clip's features are not those the model was trained on.
        """
        read = predict(self.model, aligned)
        if self.card.interval is None or len(read.utterances) > 1:
            return read
        return replace(read, interval=self.card.interval.around(read.score))

    def translation_attention(self, aligned: Aligned, stage: Stage, utterance: int = 0) -> Floats:
        """(S, W): the words that the decoder of `stage` looks at while it writes, in one utterance; rows sum to 1.

        S is W, a step a word, and one more for the end where the target is tokens.

        Raises:
            DataError: as `predict` does.
            CheckpointError: the checkpoint does not hold the decoder, or it is damaged.
        """
        if str(stage) not in self.translators:
            raise CheckpointError(f"The checkpoint of {self.card.variant} holds no decoder of {stage}: train it again.")
        return attention(self.translators, self.model, stage, segments_of(self.model, aligned)[utterance])


def load(place: str | Path, root: Path | None = None) -> Predictor:
    """A model by variant (`T->A`, among the shipped checkpoints or in `root`) or by folder.

    Raises CheckpointError if it is missing, damaged, or written by a newer version.
    """
    return Predictor(*load_checkpoint(place, root), locate(place, root))


def predict(model: SentimentModel, aligned: Aligned) -> Prediction:
    """Read one clip with `model`; see `Predictor.predict`."""
    streams = _streams(model, aligned)
    read = tuple(m for m in model.inputs if streams[m].observed.any())
    spans = spans_of(aligned)
    sentiment, attention, scores = _read(model, aligned, _segments(aligned, streams))
    said = zip(spans, scores, strict=True)
    return Prediction(
        variant=str(model.variant),
        words=aligned.words,
        sentiment=sentiment,
        attention=attention,
        score=float(np.average(scores, weights=[stop - first for first, stop in spans])),
        inputs=read,
        utterances=tuple(Utterance(*span, *_when(aligned.words[slice(*span)]), float(score)) for span, score in said),
        warnings=(*aligned.warnings, *_warnings(model, streams, read)),
    )


def spans_of(aligned: Aligned) -> tuple[tuple[int, int], ...]:
    """The words `[first, stop)` of each utterance of a clip that has words: one, or the several of a long recording."""
    return aligned.utterances or ((0, len(aligned.words)),)


def segments_of(model: SentimentModel, aligned: Aligned) -> tuple[Segment, ...]:
    """The utterances of a clip as `model` reads them. Raises as `Predictor.predict` does."""
    return _segments(aligned, _streams(model, aligned))


def _streams(model: SentimentModel, aligned: Aligned) -> dict[Modality, Stream]:
    if not aligned.words:
        raise DataError(f"Clip {aligned.clip!r} has no words: there is nothing to read.")
    if "T" in model.inputs and aligned.language != ENGLISH:
        raise NotEnglish(
            f"This clip is in {language_name(aligned.language)}: {model.variant} reads English text only, so it gives "
            "no score; choose an English clip, or a variant that reads no text."
        )
    streams = {m: _stream(model.specs[m], aligned) for m in model.inputs}
    if not any(stream.observed.any() for stream in streams.values()):
        wanted = _join([MODALITY_NAMES[m] for m in model.inputs])
        raise DataError(f"{model.variant} reads {wanted}, of which this clip has nothing: choose another variant.")
    return streams


def _segments(aligned: Aligned, streams: dict[Modality, Stream]) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            clip=aligned.clip,
            words=tuple(word.text for word in aligned.words[first:stop]),
            values={m: stream.values[first:stop] for m, stream in streams.items()},
            observed={m: stream.observed[first:stop] for m, stream in streams.items()},
        )
        for first, stop in spans_of(aligned)
    )


def _read(model: SentimentModel, aligned: Aligned, segments: Sequence[Segment]) -> tuple[Floats, Floats, Floats]:
    """Sentiment (W,), attention over the clip (W,) and the score of each utterance (U,)."""
    sentiment, attention = (np.empty(len(aligned.words), dtype=np.float32) for _ in range(2))
    scores = np.empty(len(segments), dtype=np.float32)
    spans = spans_of(aligned)
    model.eval()
    for begin in range(0, len(segments), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        with torch.no_grad():
            output = model(collate(segments[some], model.inputs).to(model.device))
        scores[some] = output.score.cpu().numpy()
        for row, (first, stop) in enumerate(spans[some]):
            sentiment[first:stop] = output.sentiment[row, : stop - first].cpu().numpy()
            share = (stop - first) / len(aligned.words)
            attention[first:stop] = output.attention[row, : stop - first].cpu().numpy() * share
    return sentiment, attention, scores


def _when(words: Sequence[Word]) -> tuple[float | None, float | None]:
    starts = [word.start for word in words if word.start is not None]
    ends = [word.end for word in words if word.end is not None]
    return min(starts, default=None), max(ends, default=None)


def _stream(spec: FeatureSpec, aligned: Aligned) -> Stream:
    """The clip's stream of a modality, or one that is nowhere observed where the clip has none."""
    stream = aligned.streams.get(spec.modality)
    if stream is None:
        words = len(aligned.words)
        return Stream(spec, np.full((words, spec.dim), np.nan, dtype=np.float32), np.zeros(words, dtype=bool))
    if spec == derived(stream.spec):
        return of_one_clip(stream)
    difference = spec.difference(stream.spec)
    if difference:
        raise CheckpointError(
            f"The model was trained on other {MODALITY_NAMES[spec.modality]} features than the clip's ({difference}): "
            "extract the clip with the model's features, or train a model on these."
        )
    return stream


def _warnings(model: SentimentModel, streams: dict[Modality, Stream], read: Sequence[Modality]) -> list[str]:
    said = []
    for modality, stream in streams.items():
        seen, words = int(stream.observed.sum()), len(stream.observed)
        if not seen:
            rest = _join([MODALITY_NAMES[m] for m in read])
            said.append(f"{_UNSEEN[modality]}: {model.variant} read {rest} only.")
        elif seen < words / 2:
            said.append(f"{_SELDOM[modality]} in {seen} of {words} words only.")
    return said


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
