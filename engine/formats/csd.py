"""CMU-MultimodalSDK's `.csd` files to a word table: words, opinion labels, and any number of feature files.

Conventions. A label's interval is one clip, called `<video>_<i>` with i counted from 1 in the label file's order, which
is the `clip_id` of the field's label.csv. The words whose interval's middle lies in it are the clip's; pauses (`sp`)
are dropped. A feature is averaged over every interval of its file that intersects the word's, as the SDK's own
`process_mosi.py` does; rows of zeros, rows whose column `success` is 0, and numbers that are not finite take no part.
Times in the table are seconds from the clip's start.

Words and their intervals may lie one entry apart: in MOSI's published words every interval lies on the entry before the
word it belongs to. Longer words take longer, so the correlation of a word's letters with its duration tells; where it
is absent as stored and plain one entry further, the intervals are moved, and a finding says so.
Source: Zadeh et al. (2018), Multi-attention Recurrent Network; the SDK's file_ops.py, process_mosi.py and
cmu_mosi_std_folds.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.formats.csd_file import CsdFile, Intervals, opened_csd
from engine.formats.csd_pool import pooled
from engine.formats.findings import Findings, Imported
from engine.formats.label_csv import ManyEmbedder
from extraction.errors import DataError
from extraction.store import Entry, make_table
from extraction.types import Aligned, Modality, Stream, Word

PAUSE: Final = "sp"
_KNOWN: Final[Mapping[Modality, tuple[str, ...]]] = {  # what a root's name has in it
    "A": ("covarep", "opensmile", "acoustic", "audio"),
    "V": ("facet", "openface", "visual", "video"),
}
_FOLDS: Final = {"train": (0, 52, 1284), "valid": (52, 62, 229), "test": (62, 93, 686)}  # MOSI: videos, segments
_ENOUGH: Final = 200  # words that a correlation is judged on
_ABSENT, _PLAIN = 0.15, 0.3  # correlation of letters with duration
_SHOWN: Final = 5  # names in a finding


@dataclass(frozen=True)
class Clip:
    """One label's interval `[start, end)` in seconds of its video, and the words in it with theirs."""

    name: str
    video: str
    start: float
    end: float
    label: float
    words: tuple[str, ...]
    spans: Intervals  # (W, 2)


def read_csd(
    words: Path,
    labels: Path,
    features: Sequence[Path] = (),
    embedder: ManyEmbedder | None = None,
    *,
    audio: Sequence[Path] = (),
    video: Sequence[Path] = (),
) -> Imported:
    """Read one dataset from its files.

    Args:
        words: the timestamped words.
        labels: the opinion labels; the first column is sentiment in [-3, 3].
        features: audio and video features, told apart by their root's name; files of one modality are joined.
        embedder: makes the text vectors; without one the table has no text.
        audio: features of the voice, whatever their root is called.
        video: features of the face, whatever their root is called.

    Raises:
        DataError: a file is missing, is no computational sequence or of another kind, or no clip is left.
    """
    found = Findings()
    clips = read_clips(words, labels, found)
    streams: dict[Modality, list[Stream]] = {}
    if embedder is not None:
        streams["T"] = list(embedder.embed_many([clip.words for clip in clips]))
    for modality, paths in _by_modality(features, audio, video).items():
        streams[modality] = pooled(modality, paths, clips, found)
    if not streams:
        raise DataError("There is nothing to measure words by: give an embedder or a file of features.")
    splits = _splits(labels, found)
    return found.imported(
        make_table(
            Entry(
                Aligned(clip.name, _timed(clip), {m: s[i] for m, s in streams.items()}, clip.end - clip.start),
                clip.label,
                splits.get(clip.video),
                clip.video,
            )
            for i, clip in enumerate(clips)
        )
    )


def read_clips(words: Path, labels: Path, found: Findings) -> list[Clip]:
    """The labelled clips with their words, times in seconds of the whole video. Raises DataError as `read_csd` does."""
    spoken = _read_words(words, found)
    clips: list[Clip] = []
    missing: list[str] = []
    silent: list[str] = []
    with opened_csd(labels) as file:
        for video in file.videos:
            values, intervals = file.numbers(video)
            if video not in spoken:
                missing.append(video)
                continue
            texts, spans = spoken[video]
            middles = spans.mean(axis=1)
            for i, (start, end) in enumerate(intervals):
                name, label = f"{video}_{i + 1}", _label(file, f"{video}_{i + 1}", float(values[i, 0]))
                inside = np.flatnonzero((start <= middles) & (middles < end))
                if not len(inside):
                    silent.append(name)
                    continue
                said = tuple(texts[k] for k in inside)
                clips.append(Clip(name, video, float(start), float(end), label, said, spans[inside]))
    _note_names(found, "Videos with labels but without words, left out", missing)
    _note_names(found, "Clips in whose interval no word lies, left out", silent)
    if not clips:
        raise DataError(f"No word of {words.name} lies in a label of {labels.name}: give files of one dataset.")
    return clips


def modality_of(root: str) -> Modality | None:
    """What a root of this name measures, or None where it does not say."""
    lower = root.lower()
    return next((m for m, parts in _KNOWN.items() if any(part in lower for part in parts)), None)


def _read_words(path: Path, found: Findings) -> dict[str, tuple[list[str], Intervals]]:
    """Video -> the words without pauses, and their intervals, moved where they lie on another entry."""
    with opened_csd(path) as file:
        stored = {video: file.words(video) for video in file.videos}
    shift = _shift(path, stored.values(), found)
    spoken: dict[str, tuple[list[str], Intervals]] = {}
    lost = 0
    for video, (texts, intervals) in stored.items():
        kept = [i for i, text in enumerate(texts) if text != PAUSE]
        placed = [i for i in kept if 0 <= i + shift < len(texts)]
        lost += len(kept) - len(placed)
        spoken[video] = ([texts[i] for i in placed], intervals[np.array(placed, dtype=np.intp) + shift].reshape(-1, 2))
    if lost:
        found.note(f"Words at the edge of a video that have no interval once these are moved, left out: {lost}.")
    return spoken


def _shift(path: Path, videos: Iterable[tuple[list[str], Intervals]], found: Findings) -> int:
    """How many entries after a word its interval lies (0 as it should be), by letters against duration."""
    videos = list(videos)
    r = {shift: _correlation(videos, shift) for shift in (0, -1, 1)}
    if not np.isfinite(list(r.values())).all() or r[0] >= _ABSENT:
        return 0
    best = max((-1, 1), key=lambda shift: r[shift])
    if r[best] > _PLAIN:
        side = "before" if best < 0 else "after"
        found.note(
            f"In {path.name} every interval lay on the entry {side} its word and was moved: the correlation of a "
            f"word's letters with its duration is {r[0]:.2f} as stored and {r[best]:.2f} moved."
        )
        return best
    found.note(
        f"The words of {path.name} hardly take longer for more letters (r = {r[0]:.2f}): their times may be off."
    )
    return 0


def _correlation(videos: Iterable[tuple[list[str], Intervals]], shift: int) -> float:
    """Correlation of letters with duration when a word takes the interval `shift` entries on; NaN if too few words."""
    letters: list[int] = []
    seconds: list[float] = []
    for texts, intervals in videos:
        durations = intervals[:, 1] - intervals[:, 0]
        for i, text in enumerate(texts):
            if text != PAUSE and 0 <= i + shift < len(texts):
                letters.append(len(text))
                seconds.append(durations[i + shift])
    if len(letters) < _ENOUGH or min(np.ptp(letters), np.ptp(seconds)) == 0:
        return float("nan")
    return float(np.corrcoef(letters, seconds)[0, 1])


def _label(file: CsdFile, clip: str, value: float) -> float:
    if not abs(value) <= 3:
        raise DataError(f"{file.path.name} gives clip {clip!r} the label {value:g}: give sentiment in [-3, 3].")
    return round(value, 6)  # 2.4 as float32 is 2.4000000954


def _splits(labels: Path, found: Findings) -> dict[str, str]:
    """Video -> split by CMU's standard folds, if these labels are MOSI's, else nothing."""
    with opened_csd(labels) as file:
        counts = {video: len(file.numbers(video)[0]) for video in file.videos}
    videos = sorted(counts)
    folds = {split: videos[first:stop] for split, (first, stop, _) in _FOLDS.items()}
    if len(videos) == 93 and all(sum(counts[v] for v in folds[s]) == size for s, (*_, size) in _FOLDS.items()):
        return {video: split for split, members in folds.items() for video in members}
    found.note(
        f"These are not the 93 videos and 2199 segments of CMU-MOSI ({len(videos)} and {sum(counts.values())}), whose "
        "standard folds are known: the clips have no split."
    )
    return {}


def _by_modality(
    features: Sequence[Path], audio: Sequence[Path], video: Sequence[Path]
) -> dict[Modality, tuple[Path, ...]]:
    chosen: dict[Modality, list[Path]] = {"A": list(audio), "V": list(video)}
    for path in features:
        with opened_csd(path) as file:
            modality = modality_of(file.root)
        if modality is None:
            raise DataError(f"The root {file.root!r} of {path.name} does not tell audio from video: say which it is.")
        chosen[modality].append(path)
    return {m: tuple(paths) for m, paths in chosen.items() if paths}


def _timed(clip: Clip) -> tuple[Word, ...]:
    """Words in seconds from the clip's start; what was spoken before it or after its end is cut off."""
    spans = np.clip(clip.spans, clip.start, clip.end) - clip.start
    return tuple(Word(text, float(a), float(b)) for text, (a, b) in zip(clip.words, spans, strict=True))


def _note_names(found: Findings, what: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        found.note(f"{what}: {', '.join(names[:_SHOWN])}{more}.")
