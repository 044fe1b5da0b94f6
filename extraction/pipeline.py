"""A clip becomes timed words, and every word gets its vectors: the calls in the order they happen.

    sound -> words -> times -> voice    (one line of work)     -> word vectors -> pooled to words
    pictures -> face track              (the other, beside it)

The sound is read first, which costs little, so that both lines can begin. Only the modalities asked for are measured;
what cannot be measured is left unobserved and said in `warnings`. No more than a passage of sound (`recording`) and a
few pictures are held at a time, whatever the clip's length.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cache
from pathlib import Path

from extraction.clip import Clip
from extraction.errors import TranscriptError
from extraction.languages import ENGLISH
from extraction.media import FRAMES_PER_SECOND, MAX_SECONDS
from extraction.stages import STAGES, Report, Stage, StageReport
from extraction.tools import Tools
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import read_transcript
from extraction.types import MODALITIES, Aligned, Modality, Transcript

__all__ = ["STAGES", "Report", "Stage", "StageReport", "extract", "transcribe"]


def extract(
    clip: Path | str,
    transcript: Transcript | Path | str | None = None,
    *,
    modalities: Collection[Modality] = MODALITIES,
    name: str | None = None,
    tools: Tools | None = None,
    max_seconds: float = MAX_SECONDS,
    frames_per_second: float = FRAMES_PER_SECOND,
    keep_tracks: bool = True,
    at_once: bool = True,
    progress: Report | None = None,
) -> Aligned:
    """Read one clip.

    Args:
        clip: a media file.
        transcript: what is said in it, as a path to a file (see `transcripts.reading`) or as the text itself;
            recognised if None.
        modalities: which of T, A and V to measure; the words are found in any case.
        name: what the clip is called in the result; the file's stem if None.
        tools: models to use; made (and kept for the next call) if None.
        max_seconds: longer media is refused.
        frames_per_second: pictures measured a second; the shipped models read faces measured at the default.
        keep_tracks: whether the result holds the tracks, which grow with the clip's length.
        at_once: whether words and voice go on beside the face; else they take turns, for a process that has one core.
        progress: called as each stage goes on, in the caller's thread.

    Returns:
        The words with a stream a modality asked for, and warnings about whatever could not be read.

    Raises:
        S2SError: with one sentence for the user, see `extraction.errors`.
    """
    path = Path(clip)
    with Clip(path, _given(transcript), tools or _shared_tools(), max_seconds, progress or (lambda _: None)) as run:
        run.listen()
        run.work(modalities, frames_per_second, keep_tracks=keep_tracks, at_once=at_once)
        warnings = tuple(dict.fromkeys(run.warnings(modalities)))
        streams = run.vectors(modalities, keep_tracks=keep_tracks)
        tracks = {m: run.tracks[m] for m in MODALITIES if m in run.tracks}
        said, language = run.said.words, run.said.language if run.said.sure else ENGLISH
        return Aligned(name or path.stem, said, streams, run.duration, tracks, warnings, run.spans, language)


def transcribe(
    clip: Path | str,
    transcript: Transcript | Path | str | None = None,
    *,
    tools: Tools | None = None,
    max_seconds: float = MAX_SECONDS,
    progress: Report | None = None,
) -> tuple[Transcript, float]:
    """The words of a clip with their times, found as `extract` does and nothing else measured, and its seconds.

    Raises:
        S2SError: with one sentence for the user, see `extraction.errors`.
    """
    path = Path(clip)
    with Clip(path, _given(transcript), tools or _shared_tools(), max_seconds, progress or (lambda _: None)) as run:
        run.listen()
        run.work((), FRAMES_PER_SECOND, keep_tracks=False, at_once=False)
        return replace(run.said, warnings=tuple(dict.fromkeys(run.warnings(())))), run.duration


@cache
def _shared_tools() -> Tools:
    return Tools()


def _given(transcript: Transcript | Path | str | None) -> Transcript | None:
    """A transcript as it is, from a path, or from the text itself."""
    if transcript is None or isinstance(transcript, Transcript):
        return transcript
    if isinstance(transcript, Path):
        return read_transcript(transcript)
    words = words_of(transcript)
    if not words:
        raise TranscriptError("The transcript has no words in it: write down what is said, or leave it empty.")
    return Transcript(words, source="given")
