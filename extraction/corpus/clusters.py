"""Dask and Ray as pools of a corpus: futures, a few for each worker at a time, on a given cluster or one started here.

A cluster started here listens on this machine only, has no dashboard, and sends no usage statistics.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

from extraction.corpus.pool import Lost, Pool, Task
from extraction.corpus.work import Outcome
from extraction.errors import InputError, S2SError

_AHEAD = 2  # clips given to each worker: one to read, one to wait
_PATIENCE = 60.0  # seconds a cluster may be without workers
_LOCAL = "127.0.0.1"


class _Cluster(Protocol):
    @property
    def killed(self) -> type[Exception]:
        """Raised by `result` where the worker was killed."""
        ...

    def submit(self, task: Task) -> Any:
        """A future."""
        ...

    def wait(self, futures: Sequence[Any]) -> Sequence[Any]:
        """Those that have ended; none after `_PATIENCE`."""
        ...

    def result(self, future: Any) -> Outcome:
        """Raises `killed`, or what the task raised."""
        ...

    def width(self) -> int:
        """How many clips can be read at once now."""
        ...


class _Futures:
    """The Pool over a cluster."""

    def __init__(self, cluster: _Cluster) -> None:
        self._cluster = cluster

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        waiting = iter(tasks)
        under_way: list[Any] = []
        lost: Exception | None = None
        while True:
            room = _AHEAD * max(self._cluster.width(), 1) - len(under_way)
            under_way += [self._cluster.submit(task) for task in islice(waiting, max(room, 0))]
            if not under_way:
                break
            ended = self._cluster.wait(under_way)
            if not ended and self._cluster.width() == 0:
                raise S2SError("The cluster has no workers left: start some, then run the same command to go on.")
            for future in ended:
                under_way.remove(future)
                try:
                    yield self._cluster.result(future)
                except self._cluster.killed as error:
                    lost = error
        if lost is not None:
            raise Lost from lost


class _Dask:
    def __init__(self, client: Any) -> None:
        from distributed.scheduler import KilledWorker

        self.killed: type[Exception] = KilledWorker
        self._client = client

    def submit(self, task: Task) -> Any:
        return self._client.submit(task, pure=False)

    def wait(self, futures: Sequence[Any]) -> Sequence[Any]:
        from distributed import wait

        try:
            return list(wait(futures, timeout=_PATIENCE, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            return ()

    def result(self, future: Any) -> Outcome:
        return future.result()  # type: ignore[no-any-return]

    def width(self) -> int:
        return sum(self._client.ncores().values())


@contextmanager
def dask_cluster(processes: int, address: str | None) -> Iterator[Pool]:
    """Dask's workers at `address`, or so many started here. Raises InputError."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise _missing("Dask", "dask") from error
    if address is not None:
        try:
            client = Client(address)
        except (OSError, ValueError) as error:
            raise InputError(f"No Dask scheduler answers at {address}: give the address it prints.") from error
        with client:
            yield _Futures(_Dask(client))
        return
    with _our_workers(LocalCluster, dask.config, processes) as cluster, Client(cluster) as client:
        yield _Futures(_Dask(client))


def _our_workers(start: Any, config: Any, processes: int) -> Any:
    """Dask's workers on this machine. Ctrl-C, which a terminal sends to them too, is left to this process."""
    options = {"dashboard": False, "dashboard_address": f"{_LOCAL}:0"}
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        with config.set({"distributed.scheduler.allowed-failures": 0}):  # a clip that kills is tried again alone
            return start(
                processes, threads_per_worker=1, host=_LOCAL, scheduler_kwargs=options, silence_logs=logging.CRITICAL
            )
    finally:
        if main:
            signal.signal(signal.SIGINT, before)


class _Ray:
    def __init__(self, ray: Any) -> None:
        self.killed: type[Exception] = ray.exceptions.RayError
        self._ray = ray
        self._call = ray.remote(max_retries=0)(_call)

    def submit(self, task: Task) -> Any:
        return self._call.remote(task)

    def wait(self, futures: Sequence[Any]) -> Sequence[Any]:
        return self._ray.wait(list(futures), num_returns=1, timeout=_PATIENCE)[0]  # type: ignore[no-any-return]

    def result(self, future: Any) -> Outcome:
        try:
            return self._ray.get(future)  # type: ignore[no-any-return]
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error

    def width(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 0))


def _call(task: Task) -> Outcome:
    return task()


@contextmanager
def ray_cluster(processes: int, address: str | None) -> Iterator[Pool]:
    """Ray at `address`, or so many processes started here. Raises InputError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise _missing("Ray", "ray") from error
    local = {"num_cpus": processes, "include_dashboard": False, "_node_ip_address": _LOCAL}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **({} if address else local))
    except (ConnectionError, ValueError, RuntimeError) as error:
        where = f"at {address}: give the address it prints" if address else f"here ({error}): use --backend loky"
        raise InputError(f"Ray does not answer {where}.") from error
    try:
        yield _Futures(_Ray(ray))
    finally:
        ray.shutdown()


def _missing(package: str, extra: str) -> InputError:
    return InputError(f"--backend {extra} needs {package}: run `pip install 'seq2seq2sentiment[{extra}]'`.")
