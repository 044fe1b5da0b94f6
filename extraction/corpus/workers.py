"""The processes that read a corpus: this one, others of this machine, or those of a Dask or Ray cluster.

A pool runs clips in any order and outlives a worker that is killed: what it could not bring to an end it leaves out and
says so at the end (`Lost`). On this machine joblib's loky does the work. Dask and Ray are asked directly: joblib's
backend for Dask waits for ever for a task whose worker was killed, and Ray's gives no results before the last (joblib
1.6, distributed 2026.8, ray 2.60).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Literal

from extraction.cores import cores
from extraction.corpus.pool import Lost, Pool, Task
from extraction.corpus.work import Outcome
from extraction.errors import InputError

Backend = Literal["loky", "dask", "ray"]
BACKENDS: tuple[Backend, ...] = ("loky", "dask", "ray")
_WATCH = 0.5  # seconds between two looks at the parent


@dataclass(frozen=True)
class Workers:
    """How many processes read clips, a core each, and whose.

    Attributes:
        count: of processes; 1 with loky reads in this one, 0 takes one a core. A given cluster's workers are all used.
        backend: whose.
        cluster: the address of a Dask scheduler or of Ray; None starts one on this machine.
    """

    count: int = 1
    backend: Backend = "loky"
    cluster: str | None = None

    @property
    def processes(self) -> int:
        """At least one."""
        return self.count or cores()

    @contextmanager
    def open(self) -> Iterator[Pool]:
        """The pool. Raises InputError if its package is missing or no cluster answers."""
        if self.backend == "loky":
            if self.cluster is not None:
                raise InputError("--cluster belongs to --backend dask or ray: loky has the processes of this machine.")
            yield _Here() if self.processes == 1 else _Loky(self.processes)
            return
        from extraction.corpus.clusters import dask_cluster, ray_cluster

        start = dask_cluster if self.backend == "dask" else ray_cluster
        with start(self.processes, self.cluster) as pool:
            yield pool


class _Here:
    """This process; what kills it ends the run."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        return (task() for task in tasks)


class _Loky:
    """joblib's processes; a killed one takes the others with it, and the next call starts fresh ones."""

    def __init__(self, processes: int) -> None:
        self._processes = processes

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        from joblib import Parallel, delayed, parallel_config
        from joblib.externals.loky.process_executor import BrokenProcessPool

        with parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = Parallel(self._processes, batch_size=1, return_as="generator_unordered")
            try:
                with closing(parallel(delayed(_under)(os.getpid(), task) for task in tasks)) as outcomes:
                    yield from outcomes
            except BrokenProcessPool as error:
                raise Lost from error


def _under(parent: int, task: Task) -> Outcome:
    _end_with(parent)
    return task()


@cache
def _end_with(parent: int) -> None:
    """Have this process end when its parent is killed: loky's would hold their models for five minutes more."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
