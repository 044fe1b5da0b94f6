"""Word error and speed of the recogniser on short clips with known transcripts.

    python benchmarks/recognition.py [--recogniser base] [--threads 2] [--clips N] [--worst 10]

Reads CMU-MOSI's segments ($S2S_DATA or ../shared/data): `clips.csv` (columns `file`, `text`) and `clips/`. Both sides
are read through `spoken`, which unifies numbers, contractions and case; a clip without a word found counts as empty.
The second figure leaves out `FILLERS` on both sides, which CMU-MOSI's transcripts write down and recognisers drop.
`--clips` takes a sample (seed 0); the spread is the standard error of a bootstrap over clips. The real-time factor is
wall time, and CPU time, of recognition alone over the clips' duration. Prints Markdown.
"""

from __future__ import annotations

import csv
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import jiwer
import numpy as np
from long_clips import data_root

from extraction.errors import SpeechError
from extraction.media import Reader
from extraction.speech_whisper import WhisperTranscriber
from extraction.spoken import spoken
from extraction.types import Waveform

FILLERS = frozenset(["ah", "eh", "er", "erm", "hm", "hmm", "huh", "mhm", "mm", "mmm", "uh", "uhh", "uhm", "um", "umm"])
_SEED, _DRAWS = 0, 1000


@dataclass(frozen=True)
class Heard:
    """One clip: what was said and what was recognised, as readings, and errors counted without fillers."""

    file: str
    said: str
    found: str

    @property
    def counts(self) -> tuple[int, int]:
        """Word errors and words said, without fillers."""
        measures = jiwer.process_words(without_fillers(self.said), without_fillers(self.found))
        errors = measures.substitutions + measures.deletions + measures.insertions
        return errors, measures.hits + measures.substitutions + measures.deletions


def reading(text: str) -> str:
    """The words said for a text."""
    return " ".join(word for token in text.split() for word in spoken(token))


def without_fillers(words: str) -> str:
    """A reading without its fillers."""
    return " ".join(word for word in words.split() if word not in FILLERS)


@click.command()
@click.option("--recogniser", default="base", show_default=True, help="A name, or the folder of a model.")
@click.option("--threads", default=2, show_default=True)
@click.option("--clips", type=click.IntRange(min=1), help="All without it.")
@click.option("--worst", default=10, show_default=True, help="Clips to print.")
def main(recogniser: str, threads: int, clips: int | None, worst: int) -> None:
    """Measure and print."""
    mosi = data_root() / "mosi"
    with (mosi / "clips.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if clips is not None and clips < len(rows):
        rows = random.Random(_SEED).sample(rows, clips)
    transcriber = WhisperTranscriber(recogniser, threads)
    heard: list[Heard] = []
    seconds = wall = processor = 0.0
    load = os.getloadavg()[0]
    for row in rows:
        sound = sound_of(mosi / "clips" / row["file"])
        seconds += sound.duration
        started = time.perf_counter(), time.process_time()
        found = recognised(transcriber, sound)
        wall += time.perf_counter() - started[0]
        processor += time.process_time() - started[1]
        heard.append(Heard(row["file"], reading(row["text"]), reading(found)))
    print(f"{transcriber.name}, {threads} threads, {os.cpu_count()} cores, load {load:.1f} at the start\n")
    show(heard, seconds, wall, processor)
    show_worst(heard, worst)


def sound_of(path: Path) -> Waveform:
    """The sound of a clip."""
    with Reader(path, frames_per_second=None) as reader:
        sound = reader.finish().waveform
    if sound is None:
        raise click.ClickException(f"{path} has no sound: take it out of clips.csv.")
    return sound


def recognised(transcriber: WhisperTranscriber, sound: Waveform) -> str:
    """The text of a clip, empty where no word was found."""
    try:
        return " ".join(word.text for word in transcriber.transcribe(sound).words)
    except SpeechError:
        return ""


def show(heard: Sequence[Heard], seconds: float, wall: float, processor: float) -> None:
    """The figures over all clips."""
    raw = jiwer.wer([one.said for one in heard], [one.found for one in heard])
    counts = np.array([one.counts for one in heard])
    errors, words = counts.sum(axis=0)
    drawn = counts[np.random.default_rng(_SEED).integers(len(counts), size=(_DRAWS, len(counts)))].sum(axis=1)
    spread = float((drawn[:, 0] / drawn[:, 1]).std())
    print("| what | figure |\n|---|---|")
    print(
        f"| clips | {len(heard)}, {seconds / 60:.1f} min, {sum(not one.found for one in heard)} without a word found |"
    )
    print(f"| word error | {raw:.1%} |")
    print(f"| word error, fillers dropped | {errors / words:.1%} ({spread:.1%}), of {words} words |")
    print(f"| real-time factor | {wall / seconds:.3f} |")
    print(f"| processor time / duration | {processor / seconds:.3f} |\n")


def show_worst(heard: Sequence[Heard], number: int) -> None:
    """The clips with the most word errors, fillers dropped."""
    if not number:
        return
    print("| clip | errors / words | said | recognised |\n|---|---|---|---|")
    for one in sorted(heard, key=lambda one: -one.counts[0])[:number]:
        errors, words = one.counts
        print(f"| {one.file} | {errors} / {words} | {one.said} | {one.found} |")


if __name__ == "__main__":
    main()
