"""A corpus of clips becomes one word table: over several processes, past clips that fail, on where a kill stopped it.

Each clip is read into a part on disk (`parts`) by whichever process is free (`workers`), and the parts
are put together in the order of the list, one row group in memory at a time. Same clips, versions and options give the
same bytes, however many workers there are and however often the run was stopped. A clip over which a process was killed
is tried once more alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from extraction.corpus.clip_list import Item
from extraction.corpus.parts import Parts
from extraction.corpus.pool import Lost, Pool, Task
from extraction.corpus.report import Failure, Warned, write_report
from extraction.corpus.work import Outcome, Settings, read_one
from extraction.corpus.workers import Workers
from extraction.errors import S2SError, TableError
from extraction.word_table import named_twice, no_clips

_KILLED = (
    "The process that read it was killed twice, as happens for want of memory: check the file, or give fewer --workers."
)


@dataclass(frozen=True)
class Standing:
    """How far a run is.

    Attributes:
        total: clips of the list.
        done: of these, failed ones and those of an earlier run among them.
        failed: clips.
        read: clips read now.
        seconds: of media in the clips read now.
        failure: the clip that failed just now.
    """

    total: int
    done: int = 0
    failed: int = 0
    read: int = 0
    seconds: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True)
class Corpus:
    """What came of a list: how many clips are in the table, how many of them were read before, the failures, and the
    clips in the table that have warnings.
    """

    clips: int
    before: int
    failures: tuple[Failure, ...]
    warned: tuple[Warned, ...] = ()

    @property
    def unexpected(self) -> bool:
        """Whether a failure was a bug or a killed process."""
        return any(failure.unexpected for failure in self.failures)


Tell = Callable[[Standing], None]


def extract_all(
    items: Collection[Item],
    output: Path,
    settings: Settings,
    *,
    workers: Workers | None = None,
    tell: Tell | None = None,
) -> Corpus:
    """Extract every clip of a list into the word table `output`.

    A clip that fails costs a row of the report beside the table (`report`); warnings about the others are listed beside
    it, read now or in a run that was stopped. While any clip fails, the parts of the others stay, so that the next run
    reads those alone; parts of clips, files or options of before are removed.

    Args:
        items: the list; their order is the table's.
        output: a .parquet file.
        settings: tools and options.
        workers: who reads; this process if None.
        tell: called in this process at the start and after each clip.

    Raises:
        TableError: two clips share a name, not one could be read, or a file cannot be written. What was read stays, and
            the same call goes on from there; so it does after KeyboardInterrupt or a kill.
        InputError, WeightsError, S2SError: the workers or the tools cannot be had.
    """
    items = [replace(item, path=item.path.absolute(), text=_absolute(item.text)) for item in items]
    _check_names(items)
    workers, parts = workers or Workers(), Parts(output)
    parts.open()
    there = parts.keys()
    outcomes = _gather(items, settings, workers, parts, tell or (lambda _: None))
    failures = tuple(failure for i, item in enumerate(items) if (failure := _failure(item, outcomes[i])) is not None)
    done = [(item, key) for i, item in enumerate(items) if (key := outcomes[i].part) is not None]
    said = [(item, outcomes[i].warnings) for i, item in enumerate(items)]
    warned = tuple(Warned(item.clip, item.path, warnings) for item, warnings in said if warnings)
    if done:
        parts.join(done, output)
        _remove_partial(output)
    write_report(failures, warned, output)
    parts.keep_only({key for _, key in done} if failures else ())
    if not done:
        raise _nothing(failures)
    return Corpus(len(done), sum(key in there for _, key in done), failures, warned)


def _gather(
    items: Sequence[Item], settings: Settings, workers: Workers, parts: Parts, tell: Tell
) -> dict[int, Outcome]:
    standing = Standing(len(items))
    tell(standing)
    outcomes: dict[int, Outcome] = {}
    tasks = {i: partial(read_one, i, item, settings, parts) for i, item in enumerate(items)}
    with workers.open() as pool:
        for outcome in _every(tasks, pool, parts):
            outcomes[outcome.clip] = outcome
            failure = _failure(items[outcome.clip], outcome)
            standing = Standing(
                standing.total,
                len(outcomes),
                standing.failed + (failure is not None),
                standing.read + (outcome.seconds > 0),
                standing.seconds + outcome.seconds,
                failure,
            )
            tell(standing)
    return outcomes


def _every(tasks: Mapping[int, Task], pool: Pool, parts: Parts) -> Iterator[Outcome]:
    """An outcome a clip, whatever becomes of the workers."""
    rest, suspects = dict(tasks), list[int]()
    while rest:
        before = len(rest)
        with suppress(Lost):
            for outcome in pool.run(tuple(rest.values())):
                del rest[outcome.clip]
                yield outcome
        for clip in sorted(parts.begun() & rest.keys()):
            suspects.append(clip)
            del rest[clip]
            parts.end(clip)
        if len(rest) == before:
            raise S2SError("The workers end before they read a clip: run with --workers 1 to see why.")
    for clip in suspects:
        try:
            yield from pool.run((tasks[clip],))
        except Lost:
            parts.end(clip)
            yield Outcome(clip, sentence=_KILLED, unexpected=True)


def _failure(item: Item, outcome: Outcome) -> Failure | None:
    if outcome.sentence is None:
        return None
    return Failure(item.clip, item.path, outcome.sentence, outcome.unexpected, outcome.trace)


def _nothing(failures: Sequence[Failure]) -> TableError:
    """Not one clip could be read."""
    if len(failures) == 1:
        return TableError(f"The only clip could not be read: {failures[0].sentence}")
    return TableError(f"None of {len(failures)} clips could be read; the first failed so: {failures[0].sentence}")


def _absolute(said: str | Path | None) -> str | Path | None:
    return said.absolute() if isinstance(said, Path) else said


def _check_names(items: Sequence[Item]) -> None:
    if not items:
        raise no_clips()
    name, count = Counter(item.clip for item in items).most_common(1)[0]
    if count > 1:
        raise named_twice(name)


def _remove_partial(output: Path) -> None:
    """What kills have left half-written beside the table."""
    for path in output.parent.glob(f".{output.name}.*.partial"):
        path.unlink(missing_ok=True)
