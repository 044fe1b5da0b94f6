"""One clip of a corpus, in whichever process reads it.

A process makes its tools once and takes one core: the stages of a clip take turns, and every library computes on one
thread. So as many workers as cores are busy without getting in each other's way, and the last digits of torch's sums,
which depend on the number of threads, are the same however many there are.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from threadpoolctl import threadpool_limits

from extraction.corpus.clip_list import Item
from extraction.corpus.parts import Parts, key_of
from extraction.errors import S2SError, WeightsError
from extraction.media import FRAMES_PER_SECOND, MAX_SECONDS
from extraction.pipeline import extract
from extraction.tools import Tools
from extraction.types import MODALITIES, FeatureSpec, Modality


class ToolMaker(Hashable, Protocol):
    """Makes the tools in each process that reads clips; picklable, if there is more than one process."""

    @property
    def identity(self) -> str:
        """Whatever decides the words and stands in no feature spec: which recogniser it is."""
        ...

    def __call__(self, threads: int | None = None) -> Tools:
        """The tools; the recogniser computes on `threads` of the processor."""
        ...


@dataclass(frozen=True)
class Settings:
    """How each clip is read: the tools and the arguments of `pipeline.extract`."""

    tools: ToolMaker
    modalities: tuple[Modality, ...] = MODALITIES
    max_seconds: float = MAX_SECONDS
    frames_per_second: float = FRAMES_PER_SECOND


@dataclass(frozen=True)
class Outcome:
    """What became of one clip.

    Attributes:
        clip: its number in the list.
        part: the key of its part, or None if it failed.
        seconds: of media, if it was read now; 0 if it had been read before.
        sentence: why it failed.
        unexpected: whether that was a bug, or a killed process.
        trace: of a bug.
        warnings: about what could not be read of the clip, read now or before.
    """

    clip: int
    part: str | None = None
    seconds: float = 0.0
    sentence: str | None = None
    unexpected: bool = False
    trace: str | None = None
    warnings: tuple[str, ...] = ()


_one_clip = threading.Lock()  # the tools of a process read one clip at a time


def read_one(clip: int, item: Item, settings: Settings, parts: Parts) -> Outcome:
    """Read a clip into its part, unless that is there.

    Raises:
        S2SError: what would fail for each clip: a tool cannot be made, or a part cannot be written.
    """
    with _one_clip:
        parts.begin(clip)
        outcome = _read(clip, item, settings, parts)
        parts.end(clip)
        return outcome


def _read(clip: int, item: Item, settings: Settings, parts: Parts) -> Outcome:
    tools, specs = _made(settings.tools, settings.modalities)
    options = {
        "tools": settings.tools.identity if item.text is None else None,
        "modalities": settings.modalities,
        "max_seconds": settings.max_seconds,
        "frames_per_second": settings.frames_per_second if "V" in settings.modalities else None,
    }
    key = None
    with suppress(OSError):  # the sentence comes from whoever opens the file
        key = key_of(item, options, specs)
    if key is not None and (warnings := parts.warnings(key)) is not None:
        return Outcome(clip, key, warnings=warnings)
    try:
        with _one_thread():
            aligned = extract(
                item.path,
                item.text,
                modalities=settings.modalities,
                name=item.clip,
                tools=tools,
                max_seconds=settings.max_seconds,
                frames_per_second=settings.frames_per_second,
                keep_tracks=False,
                at_once=False,
            )
        key = key or key_of(item, options, specs)
    except WeightsError:
        raise
    except S2SError as error:
        return Outcome(clip, sentence=str(error))
    except Exception as error:  # a bug costs its own clip; the trace is kept
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        sentence = (
            f"{item.path.name} failed unexpectedly ({what}): report it with its trace in the log beside the table."
        )
        return Outcome(clip, sentence=sentence, unexpected=True, trace=traceback.format_exc())
    parts.keep(key, aligned)
    return Outcome(clip, key, aligned.duration, warnings=aligned.warnings)


@lru_cache(maxsize=1)
def _made(tools: ToolMaker, modalities: tuple[Modality, ...]) -> tuple[Tools, dict[Modality, FeatureSpec]]:
    """The tools of this process, those that measure loaded."""
    made = tools(1)
    seams = {"T": "embedder", "A": "audio", "V": "face"}
    return made, {modality: getattr(made, seams[modality]).spec for modality in modalities}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order: torch, where something has loaded it, and BLAS on one thread."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch is not None else 1
    if torch is not None:
        torch.set_num_threads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        if torch is not None:
            torch.set_num_threads(before)
