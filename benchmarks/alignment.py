"""Word onsets, wrong transcripts and speed of the aligner on short clips whose words have known times.

    python benchmarks/alignment.py [--clips N] [--worst 10] [--join MINUTES]

Reads CMU-MOSI's segments ($S2S_DATA or ../shared/data): `clips.csv` (columns `file`, `video_id`, `clip_id`), `clips/`
and `segment_words.json`. Onsets are compared with the words' own times, start of the segment taken off. Words
whose own time lies before their clip's first sample can be heard from that sample at the earliest, which is where they
begin in the clip: figures are given with that onset, without those words, with the time as it stands, and on one clock,
the median difference, by which the segments' starts differ from their clips', taken off. Then
each clip of at least eight words has a stretch of four to eight words replaced by another speaker's, such a stretch put
in between, its whole transcript exchanged, and three to eight words of it that last a second taken out (seed 0); speech
that a transcript lacks is sought in these and in the right ones. `--join` follows clips joined into one recording, no
rough times given. Words with their own times are judged where they are, as they stand, a second later, and with
stretches replaced as before. The real-time factor is alignment's wall time, and CPU time, over the sound's duration.
Prints Markdown.
"""

from __future__ import annotations

import csv
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from cpu_time import cpu_seconds
from long_clips import data_root

from extraction.align_pocketsphinx import PocketsphinxAligner
from extraction.media import Reader
from extraction.types import SAMPLE_RATE, Floats, Waveform, Word
from extraction.untranscribed import untranscribed
from extraction.word_times import Interval

_SEED = 0
_LIMIT = 0.25  # seconds
_ENOUGH = 8  # words of a clip that is spoilt


@dataclass(frozen=True)
class Clip:
    """Sound, words as the transcript has them, and each one's onset in seconds of the sound, None where unknown."""

    name: str
    video: str
    samples: Floats
    words: tuple[str, ...]
    onsets: tuple[float | None, ...]
    ends: tuple[float | None, ...]

    def timed(self) -> list[Word]:
        """The words that have a time of their own and can be heard, with it."""
        seconds = len(self.samples) / SAMPLE_RATE
        return [
            Word(text, max(start, 0.0), min(end, seconds))
            for text, start, end in zip(self.words, self.onsets, self.ends, strict=True)
            if start is not None and end is not None and end > 0 and start < seconds
        ]


@click.command()
@click.option("--clips", "count", type=click.IntRange(min=2), help="A sample of so many clips.")
@click.option("--worst", default=10, help="Clips to list.")
@click.option("--join", "minutes", type=float, help="Also follow a recording of so many minutes.")
def main(count: int | None, worst: int, minutes: float | None) -> None:
    """Print the figures."""
    clips = read_clips(data_root() / "mosi")
    if count is not None:
        clips = random.Random(_SEED).sample(clips, min(count, len(clips)))
    aligner = PocketsphinxAligner()
    found = own_transcripts(clips, aligner, worst)
    given_times(clips, aligner)
    wrong_transcripts(clips, aligner)
    short_transcripts(clips, found, aligner)
    if minutes is not None:
        joined(clips, aligner, minutes)


def read_clips(mosi: Path) -> list[Clip]:
    """Every clip with its words' own times."""
    with (mosi / "clips.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    segments = json.loads((mosi / "segment_words.json").read_text(encoding="utf-8"))
    clips = []
    for row in rows:
        name = f"{row['video_id']}_{row['clip_id']}"
        segment = segments[name]
        with Reader(mosi / "clips" / row["file"], frames_per_second=None) as reader:
            sound = reader.finish().waveform
        if sound is None:
            raise click.ClickException(f"{row['file']} has no sound: take it out of clips.csv.")
        words, *edges = zip(*segment["words"], strict=True)
        onsets, ends = (tuple(None if at is None else at - segment["start"] for at in edge) for edge in edges)
        clips.append(Clip(name, row["video_id"], sound.samples, words, onsets, ends))
    return clips


def own_transcripts(clips: Sequence[Clip], aligner: PocketsphinxAligner, worst: int) -> list[tuple[Word, ...]]:
    """Onset differences, words found not to fit, speed, and the clips with most words that are far off.

    Returns each clip's words as they were placed.
    """
    seconds = sum(len(clip.samples) for clip in clips) / SAMPLE_RATE
    wall, cpu = time.perf_counter(), cpu_seconds()
    found = [aligner.align(Waveform(clip.samples), [Word(text) for text in clip.words]) for clip in clips]
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    print(f"{len(clips)} clips, {seconds:.0f} s; real-time factor {wall / seconds:.3f} ({cpu / seconds:.3f} CPU)\n")
    _head()
    pairs = [
        (w, at) for clip, words in zip(clips, found, strict=True) for w, at in zip(words, clip.onsets, strict=True)
    ]
    known = [(word, at) for word, at in pairs if at is not None]
    print(_row("all, from the clip's first sample on", [(word, _heard(at)) for word, at in known]))
    print(_row("all, by times that may lie before it", known))
    inside = [(word, at) for word, at in known if at >= -0.02]
    print(_row("whose own time is in the clip", inside))
    apart = float(np.median([word.start - at for word, at in inside if word.start is not None]))
    print(_row("all, on one clock", [(word, at + apart) for word, at in known]))
    print(_row("in the clip, on one clock", [(word, at + apart) for word, at in inside]))
    doubted = [clip.name for clip, words in zip(clips, found, strict=True) if any(w.fit == 0 for w in words)]
    print(f"\nStretches that do not fit, in {len(doubted)} clips: {', '.join(doubted) or 'none'}\n")
    far = [(_missed(clip, words), clip) for clip, words in zip(clips, found, strict=True)]
    for missed, clip in sorted(far, key=lambda one: -len(one[0]))[:worst]:
        told = [
            f"{word.text} {_time(at)}/{_time(word.start)}" + (f" fit {word.fit:.2f}" if word.fit is not None else "")
            for word, at in missed
        ]
        print(f"- {clip.name}, {len(missed)} of {len(clip.words)} (own/found): {'; '.join(told)}")
    return found


def given_times(clips: Sequence[Clip], aligner: PocketsphinxAligner) -> None:
    """How many clips have a word named that is given where it is not said, and how many wrong words are named."""
    print("\n| Words with times | Clips | At least half of the wrong words named | Clips with a right word named |")
    print("| :-- | --: | --: | --: |")
    for kind in ("as they are", "a second later", "replaced stretch"):
        rng = random.Random(_SEED)
        found: list[bool] = []
        doubted: list[bool] = []
        for clip in clips:
            words, wrong = _astray(clip, clips, kind, rng)
            if not words:
                continue
            named = np.array([word.fit == 0 for word in aligner.judge(Waveform(clip.samples), words)])
            found.append(bool(2 * named[wrong].sum() >= len(named[wrong])))
            doubted.append(bool(named.sum() > named[wrong].sum()))
        share = "" if kind == "as they are" else f"{np.mean(found):.1%}"
        print(f"| {kind} | {len(found)} | {share} | {'' if kind == 'a second later' else f'{np.mean(doubted):.1%}'} |")


def _astray(clip: Clip, clips: Sequence[Clip], kind: str, rng: random.Random) -> tuple[list[Word], slice]:
    """Words of a clip with times, and which of them are wrong; none where it has too few."""
    words = clip.timed()
    if kind == "as they are":
        return words, slice(0)
    if kind == "a second later":
        seconds = len(clip.samples) / SAMPLE_RATE
        later = [replace(word, start=word.start + 1, end=word.end + 1) for word in words if word.start and word.end]
        return [word for word in later if word.end is not None and word.end <= seconds], slice(None)
    others = [one for one in clips if one.video != clip.video and len(one.words) >= _ENOUGH]
    if len(words) < _ENOUGH or not others:
        return [], slice(0)
    texts, wrong = _spoilt([word.text for word in words], rng.choice(others).words, kind, rng)
    return [replace(word, text=text) for word, text in zip(words, texts, strict=True)], wrong


def wrong_transcripts(clips: Sequence[Clip], aligner: PocketsphinxAligner) -> None:
    """How many stretches that are not said are found, and how many words are given up that are said."""
    print("\n| Transcript | Clips | At least half of the wrong words found | Right words given up |")
    print("| :-- | --: | --: | --: |")
    for kind in ("replaced stretch", "inserted stretch", "of another clip"):
        rng = random.Random(_SEED)
        caught, given_up, right, number = 0, 0, 0, 0
        for clip in clips:
            others = [one for one in clips if one.video != clip.video and len(one.words) >= _ENOUGH]
            if len(clip.words) < _ENOUGH or not others:
                continue
            words, wrong = _spoilt(clip.words, rng.choice(others).words, kind, rng)
            found = aligner.align(Waveform(clip.samples), [Word(text) for text in words])
            missed = [word.fit == 0 for word in found]
            caught += 2 * sum(missed[wrong]) >= len(missed[wrong])
            given_up += sum(missed) - sum(missed[wrong])
            right += len(missed) - len(missed[wrong])
            number += 1
        print(f"| {kind} | {number} | {caught / max(number, 1):.1%} | {given_up / right if right else 0.0:.1%} |")


def _spoilt(own: Sequence[str], other: Sequence[str], kind: str, rng: random.Random) -> tuple[list[str], slice]:
    """A transcript, and which part of it is not said."""
    if kind == "of another clip":
        return list(other), slice(None)
    length = rng.randint(4, min(8, len(own) - 3, len(other)))
    at, start = rng.randint(0, len(own) - length), rng.randint(0, len(other) - length)
    after = at + length if kind == "replaced stretch" else at
    return [*own[:at], *other[start : start + length], *own[after:]], slice(at, at + length)


def short_transcripts(clips: Sequence[Clip], own: Sequence[tuple[Word, ...]], aligner: PocketsphinxAligner) -> None:
    """Right transcripts in which speech is missed, and how often it is where words were taken out.

    A stretch counts for the words taken out if most of it lies where they are said, by their own times.
    """
    told = [clip.name for clip, words in zip(clips, own, strict=True) if untranscribed(Waveform(clip.samples), words)]
    print(f"\nSpeech missed in {len(told)} of {len(clips)} right transcripts: {', '.join(told) or 'none'}\n")
    print("| Taken out | Clips | Found there | Found elsewhere |")
    print("| :-- | --: | --: | --: |")
    seen: list[tuple[float, bool, bool]] = []
    rng = random.Random(_SEED)
    for clip in clips:
        runs = _runs(clip)
        if len(clip.words) < _ENOUGH or not runs:
            continue
        run, said = rng.choice(runs)
        kept = [*clip.words[: run.start], *clip.words[run.stop :]]
        sound = Waveform(clip.samples)
        stretches = untranscribed(sound, aligner.align(sound, [Word(text) for text in kept]))
        there = [2 * (min(end, said[1]) - max(start, said[0])) > end - start for start, end in stretches]
        seen.append((said[1] - said[0], any(there), not all(there)))
    for name, low, high in (("1 s or more", 1.0, np.inf), ("1 to 1.5 s", 1.0, 1.5), ("1.5 s or more", 1.5, np.inf)):
        rows = [row for row in seen if low <= row[0] < high]
        there, elsewhere = (sum(row[i] for row in rows) / max(len(rows), 1) for i in (1, 2))
        print(f"| {name} | {len(rows)} | {there:.1%} | {elsewhere:.1%} |")


def _runs(clip: Clip) -> list[tuple[slice, Interval]]:
    """Runs of words that can be taken out, and from when to when each is said."""
    ends = [*clip.onsets[1:], len(clip.samples) / SAMPLE_RATE]
    return [
        (slice(first, last), (start, end))
        for length in range(3, min(9, len(clip.words) - 2))
        for first in range(len(clip.words) - length + 1)
        for last in [first + length]
        for start, end in [(clip.onsets[first], ends[last - 1])]
        if start is not None and end is not None and start >= -0.02 and end - start >= 1.0
    ]


def joined(clips: Sequence[Clip], aligner: PocketsphinxAligner, minutes: float) -> None:
    """Follow clips joined in random order until the recording is long enough."""
    order = random.Random(_SEED).sample(list(clips), len(clips))
    parts: list[Floats] = []
    words: list[Word] = []
    onsets: list[float | None] = []
    at = 0.0
    while at < minutes * 60:
        clip = order[len(parts) % len(order)]
        words += [Word(text) for text in clip.words]
        onsets += [None if onset is None else at + onset for onset in clip.onsets]
        parts.append(clip.samples)
        at += len(clip.samples) / SAMPLE_RATE
    samples = np.concatenate(parts)
    wall, cpu = time.perf_counter(), cpu_seconds()
    found = aligner.align(Waveform(samples), words)
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    print(f"\nJoined to {at / 60:.1f} minutes; real-time factor {wall / at:.3f} ({cpu / at:.3f} CPU)\n")
    _head()
    print(_row("all", [(word, onset) for word, onset in zip(found, onsets, strict=True) if onset is not None]))


def _head() -> None:
    print(
        "| Words | Number | Timed | Median onset difference | Signed | Within 250 ms | Of all words, untimed ones too |"
    )
    print("| :-- | --: | --: | --: | --: | --: | --: |")


def _row(name: str, pairs: Sequence[tuple[Word, float]]) -> str:
    off = np.array([word.start - at for word, at in pairs if word.start is not None])
    median, signed = np.median(np.abs(off)) * 1000, np.median(off) * 1000
    near = np.mean(np.abs(off) < _LIMIT)
    timed = len(off) / len(pairs)
    figures = f"{len(pairs)} | {timed:.1%} | {median:.0f} ms | {signed:+.0f} ms | {near:.1%} | {near * timed:.1%}"
    return f"| {name} | {figures} |"


def _missed(clip: Clip, words: Sequence[Word]) -> list[tuple[Word, float]]:
    """Words of a clip that were placed too far off, with their own onsets."""
    known = [(word, at) for word, at in zip(words, clip.onsets, strict=True) if at is not None]
    return [(word, at) for word, at in known if _far(word, _heard(at))]


def _heard(at: float) -> float:
    """When a word begins that begins at `at`, as its clip has it: not before its first sample."""
    return max(at, 0.0)


def _far(word: Word, at: float) -> bool:
    return word.start is not None and abs(word.start - at) >= _LIMIT


def _time(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:.2f}"


if __name__ == "__main__":
    main()
