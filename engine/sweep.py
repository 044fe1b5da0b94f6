"""Many runs at once: what they share is trained once, over as many processes as there are workers.

Runs that differ in their variant alone share their data and their translations. The work is laid out in levels: first
every translation that reads measurements only, then those that read other translations' states, then the regressors;
within a level nothing waits for anything. joblib's loky processes do the work, each computing on its own threads; what
is done lies on disk, so a sweep that was killed goes on where it was when it is started again.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from engine.fit import Epoch, on_threads
from engine.notation import Stage, Variant
from engine.run import Run
from engine.train_run import Prepared, train_run, train_stage
from engine.variants import VARIANTS


@dataclass(frozen=True)
class Job:
    """A run's translation, or, without a stage, its regressor and whatever is still missing."""

    run: Run
    stage: Stage | None = None

    @property
    def name(self) -> str:
        """What is trained, for people."""
        return self.run.name if self.stage is None else f"{self.stage} seed {self.run.seed}"


@dataclass(frozen=True)
class News:
    """Something happened to a job: an epoch, or, without one, its end.

    Attributes:
        job: its number in the plan.
        epoch: or None when the job is done.
    """

    job: int
    epoch: Epoch | None = None


Tell = Callable[[News], None]


def plan(runs: Sequence[Run]) -> tuple[tuple[Job, ...], ...]:
    """Levels of jobs; all of a level can run at once when the level before it is done."""
    depths: dict[int, list[Job]] = {}
    seen: set[tuple[Run, str]] = set()
    for run in runs:
        for stage in run.variant.stages:
            key = (_shared(run), str(stage))
            if key not in seen:
                seen.add(key)
                depths.setdefault(len(Variant(stage.source).stages), []).append(Job(run, stage))
    levels = [tuple(depths[depth]) for depth in sorted(depths)]
    return (*levels, tuple(Job(run) for run in runs))


def sweep(runs: Sequence[Run], folder: Path, workers: int = 1, threads: int = 1, tell: Tell | None = None) -> None:
    """Train every run; each lands in `run.folder(folder)`.

    Args:
        runs: what to train.
        folder: of runs and stages.
        workers: processes; 1 trains in this one.
        threads: that each of them computes on. The last digits of the weights depend on it.
        tell: called in this process with the news of every job.

    Raises what the first failing job raised; what was done before it stays done.
    """
    levels = plan(runs)
    jobs = [job for level in levels for job in level]
    told = tell or (lambda _: None)
    if workers == 1:
        with on_threads(threads):
            for number, job in enumerate(jobs):
                _work(job, folder, lambda epoch, number=number: told(News(number, epoch)))  # type: ignore[misc]
                told(News(number))
        return
    from joblib import Parallel, delayed, parallel_config

    with parallel_config(backend="loky", inner_max_num_threads=threads), _listening(told) as wire:
        number = 0
        for level in levels:
            numbered = list(enumerate(level, start=number))
            number += len(level)
            Parallel(n_jobs=workers, batch_size=1)(
                delayed(_elsewhere)(n, job, folder, threads, wire) for n, job in numbered
            )


def _work(job: Job, folder: Path, report: Callable[[Epoch], None]) -> None:
    prepared = _prepared(_shared(job.run), folder, _stamp(job.run))
    if job.stage is None:
        train_run(job.run, folder, report, prepared)
    else:
        train_stage(job.run, folder, job.stage, report, prepared)


def _elsewhere(number: int, job: Job, folder: Path, threads: int, wire: Any) -> None:
    with on_threads(threads):
        _work(job, folder, lambda epoch: wire.put(News(number, epoch)))
    wire.put(News(number))


def _shared(run: Run) -> Run:
    """The run that stands for all that share its data and stages; how extra clips serve is part of the data."""
    regression = replace(type(run.regression)(), extra=run.regression.extra)
    return replace(run, variant=VARIANTS[0], command="", regression=regression, tensorboard=False)


@lru_cache(maxsize=4)
def _prepared(run: Run, folder: Path, stamp: tuple[tuple[int, int], ...]) -> Prepared:  # noqa: ARG001
    return Prepared(run, folder)


def _stamp(run: Run) -> tuple[tuple[int, int], ...]:
    """Tells whether a table was written anew since it was read."""
    there = [path.stat() for path in (run.data, run.unlabelled, run.extra) if path is not None and path.is_file()]
    return tuple((stat.st_mtime_ns, stat.st_size) for stat in there)


@contextlib.contextmanager
def _listening(tell: Tell) -> Iterator[Any]:
    """A queue that workers can write to, whose news are told by a thread of this process."""
    with get_context("spawn").Manager() as manager:
        wire = manager.Queue()
        done = threading.Event()

        def listen() -> None:
            while not (done.is_set() and wire.empty()):
                with contextlib.suppress(queue.Empty):
                    tell(wire.get(timeout=0.2))

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield wire
        finally:
            done.set()
            listener.join()
