"""A recurrent network that learnt to hear emotions, from which encoders that read A can begin.

Trained on acted speech whose emotion is known (RAVDESS: eight emotions, a few sentences, so that nothing but the voice
tells them apart): recurrent layers over the audio vectors of the words, soft attention, a linear layer over the
classes; cross-entropy; no actor on two sides of the split. What other networks take over is the recurrent layers: an
encoder or regressor of the same cell, width and directions begins with their weights in the columns that read A, and
with random ones in the columns that read anything else.
Source of the data: Livingstone and Russo (2018), RAVDESS, doi 10.1371/journal.pone.0196391.
Shape letters: B clips, W words, H hidden, K classes.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.batch import Batch, collate, plan
from engine.config import RegressionOptions, override
from engine.dataset import Segment, segments_of
from engine.fit import Report, fit, silent
from engine.notation import Leaf
from engine.place import CPU, Place
from engine.regressor import AttentiveReader
from engine.resume import epoch_seed
from engine.sequence import SequenceReader
from engine.splits import speaker_folds
from extraction.errors import CheckpointError, DataError, InputError
from extraction.store import WordTable
from extraction.types import FeatureSpec
from extraction.whole_file import write_whole

WEIGHTS, CARD = "model.safetensors", "voice.json"
FOLDS = 6  # of the actors; one validates, one tests
Item = tuple[Batch, Tensor]


@dataclass(frozen=True)
class VoiceCard:
    """What is known of a trained voice network.

    Attributes:
        spec: the audio features it reads.
        options: cell, hidden, layers, bidirectional pooling and the training options; `fine_tune` means nothing.
        classes: emotions, in the order of the head.
        accuracy: on actors it never heard.
        floor: the share of the largest class among them.
        clips, speakers: it learnt from.
        table: `WordTable.fingerprint`.
        fingerprint: SHA-256 of the weights.
    """

    spec: FeatureSpec
    options: RegressionOptions
    classes: tuple[str, ...]
    accuracy: float
    floor: float
    clips: int
    speakers: int
    table: str
    fingerprint: str = ""


class VoiceNetwork(AttentiveReader):
    """Audio vectors of the words to logits of the emotions."""

    def __init__(self, spec: FeatureSpec, classes: int, options: RegressionOptions) -> None:
        reader = SequenceReader(Leaf("A"), {"A": spec}, {})
        super().__init__(reader.width, options)
        self.reader = reader
        self.head = nn.Linear(self.hidden, classes)

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, K)."""
        logits: Tensor = self.head(self.read(self.reader(batch, {}), batch.mask)[2])
        return logits


@dataclass(frozen=True, eq=False)
class Voice:
    """A trained voice network to begin from."""

    network: VoiceNetwork
    card: VoiceCard

    @property
    def fingerprint(self) -> str:
        """Of the weights."""
        return self.card.fingerprint

    def begin(self, reader: SequenceReader, rnn: nn.LSTM | nn.GRU) -> bool:
        """Put the voice's weights into `rnn`, which reads `reader`; False, and nothing done, where A is not read.

        Raises DataError if the two networks differ in shape or features.
        """
        columns = reader.columns("A")
        if columns is None:
            return False
        mine = self.network.rnn
        if reader.specs["A"] != self.card.spec:
            raise DataError("The voice network reads other audio features than the table holds: train it on the same.")
        if (type(mine), mine.hidden_size, mine.num_layers, mine.bidirectional) != (
            *(type(rnn), rnn.hidden_size, rnn.num_layers, rnn.bidirectional),
        ):
            raise DataError(
                f"The voice network has another shape ({self.card.options.cell}, {mine.hidden_size} units): give the "
                "model the same cell, hidden, layers and bidirectional."
            )
        with torch.no_grad():
            for name, weights in mine.named_parameters():
                target = rnn.get_parameter(name)
                if name.startswith("weight_ih_l0"):
                    target[:, columns] = weights
                else:
                    target.copy_(weights)
        return True


def train_voice(
    table: WordTable,
    emotions: Mapping[str, str],
    options: RegressionOptions,
    *,
    seed: int = 0,
    place: Place = CPU,
    report: Report = silent,
) -> Voice:
    """Train on the clips of `table` whose emotion is known: clip name -> emotion.

    The actors are dealt over `FOLDS` groups: one tests, one validates, the rest train. Raises DataError if the table
    has no audio, no speakers, or clips without an emotion.
    """
    if "A" not in table.specs:
        raise DataError("The word table has no audio features: extract it with --modalities A.")
    segments = tuple(s for s in segments_of(table, ("A",)) if len(s) and s.observed["A"].any())
    unknown = [s.clip for s in segments if s.clip not in emotions]
    if unknown:
        raise DataError(f"Clip {unknown[0]!r} has no emotion in the list: name one for each clip.")
    classes = tuple(sorted({emotions[s.clip] for s in segments}))
    split = speaker_folds(segments, FOLDS)[0]
    with place.seeded(epoch_seed(seed, "voice", 0)):
        network = VoiceNetwork(table.specs["A"], len(classes), options)
        network.reader.fit(split.train)
    network.to(place.device)

    emotion = _Emotions(network, {s.clip: classes.index(emotions[s.clip]) for s in segments}, place)

    def batches(epoch: int) -> Iterator[Item]:
        rng = np.random.default_rng([seed, epoch])
        for indices in plan([len(s) for s in split.train], options.batch_size, rng):
            yield emotion.item([split.train[i] for i in indices])

    fit(
        network,
        options,
        "voice",
        train=batches,
        loss=emotion.loss,
        valid=lambda: emotion.measure(split.valid)[0],
        seed=seed,
        place=place,
        report=report,
    )
    counts = np.unique([emotions[s.clip] for s in split.test], return_counts=True)[1]
    card = VoiceCard(
        spec=table.specs["A"],
        options=options,
        classes=classes,
        accuracy=emotion.measure(split.test)[1],
        floor=float(counts.max() / counts.sum()),
        clips=len(split.train),
        speakers=len({s.speaker for s in split.train}),
        table=table.fingerprint,
    )
    return Voice(network.requires_grad_(False), card)


class _Emotions:
    """What a voice network is held to: the class of each clip."""

    def __init__(self, network: VoiceNetwork, classes: Mapping[str, int], place: Place) -> None:
        self.network, self.classes, self.place = network, classes, place

    def item(self, chosen: Sequence[Segment]) -> Item:
        """A batch and its classes (B,)."""
        truth = torch.tensor([self.classes[s.clip] for s in chosen])
        return collate(chosen, ("A",)).to(self.place.device), truth.to(self.place.device)

    def loss(self, pair: Item) -> tuple[Tensor, Tensor]:
        """Cross-entropy summed over the clips, and how many there are."""
        batch, truth = pair
        count = torch.tensor(len(truth), device=truth.device)
        return functional.cross_entropy(self.network(batch), truth, reduction="sum"), count

    def measure(self, chosen: Sequence[Segment]) -> tuple[float, float]:
        """Mean cross-entropy and accuracy."""
        total, right = 0.0, 0
        with torch.no_grad():
            for indices in plan([len(s) for s in chosen], 64):
                batch, truth = self.item([chosen[i] for i in indices])
                logits = self.network(batch)
                total += float(functional.cross_entropy(logits, truth, reduction="sum"))
                right += int((logits.argmax(dim=-1) == truth).sum())
        return total / len(chosen), right / len(chosen)


def save_voice(voice: Voice, folder: Path) -> Voice:
    """Write weights and card; the voice with the fingerprint of its weights comes back."""
    from safetensors.torch import save

    content = save({k: v.detach().cpu().contiguous() for k, v in voice.network.state_dict().items()})
    card = dataclasses.replace(voice.card, fingerprint=hashlib.sha256(content).hexdigest())
    data = dataclasses.asdict(card) | {"spec": card.spec.to_dict()}
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    try:
        write_whole(folder / WEIGHTS, lambda partial: partial.write_bytes(content))
        write_whole(folder / CARD, lambda partial: partial.write_bytes(text.encode()))
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written ({error.strerror}): choose another place.") from error
    return Voice(voice.network, card)


def load_voice(folder: Path) -> Voice:
    """Read a voice network back. Raises CheckpointError if it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        data: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        content = (folder / WEIGHTS).read_bytes()
        data |= {
            "spec": FeatureSpec.from_dict(data["spec"]),
            "options": override(RegressionOptions(), data["options"]),
            "classes": tuple(data["classes"]),
        }
        card = VoiceCard(**data)
        if hashlib.sha256(content).hexdigest() != card.fingerprint:
            raise CheckpointError(f"The voice network {folder} is damaged: copy the whole folder again.")
        network = VoiceNetwork(card.spec, len(card.classes), card.options)
        network.load_state_dict(load(content))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError, InputError) as error:
        raise CheckpointError(f"There is no voice network at {folder}: train one with `s2s pretrain-voice`.") from error
    return Voice(network.eval().requires_grad_(False), card)


def read_emotions(path: Path) -> dict[str, str]:
    """Clip name -> emotion from a CSV file with the columns `file` (its stem names the clip) and `emotion`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a readable CSV file: give one with the columns file and emotion.") from error
    if not rows or not {"file", "emotion"} <= set(rows[0]):
        raise DataError(f"{path.name} has no columns file and emotion: give a list with both.")
    for line, row in enumerate(rows, start=2):
        if not row["file"] or not row["emotion"]:
            raise DataError(f"{path.name} names no file or no emotion in line {line}: fill in both.")
    return {Path(row["file"]).stem: row["emotion"] for row in rows}
