"""Who carries out tasks: threads of this process, other processes, Dask, or any executor."""

import contextlib
import importlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Collection
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from .planning import Chunk

# What workers of Dask do first, as `_begin` does.
LEAVE_INTERRUPTS = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
REACH_WITHIN = 20  # seconds for a scheduler to answer
COUNT_EVERY = 1.0  # seconds between two looks at how many cores a cluster has
OF_DASK = "scheduler_address", "get_executor"  # what a cluster and a client have
MOST_DEATHS = 3  # of workers on one chunk beside others, and as often on the chunk alone


class Workers:
    """An executor of `concurrent.futures`, and how many tasks it is given at once."""

    def __init__(self, executor: Executor | None = None, at_once: int | None = None):
        self.executor: Any = executor
        self.at_once = 2 * (at_once or os.cpu_count() or 1)
        self.deaths: dict[Chunk, int] = {}

    def __enter__(self):
        self.deaths.clear()
        return self

    def __exit__(self, *error):
        return None

    def tend(self) -> None:
        """Look after the workers; the driver calls this about once per second."""

    def submit(self, task, *arguments) -> Any:
        """Hand a task to the executor."""
        return self.executor.submit(task, *arguments)

    def cancel(self, future) -> None:
        """Take a task back that has not begun; one that runs finishes."""
        future.cancel()

    def died(self, error: BaseException) -> bool:
        """Whether an error says that a worker died, and not that the task failed."""
        return isinstance(error, BrokenExecutor)

    def suspect(self, chunk: Chunk) -> bool:
        """Whether a chunk must run alone, to tell whether it is the one that kills workers.

        The death of one worker ends all tasks of a pool of processes.
        """
        return self.deaths.get(chunk, 0) >= MOST_DEATHS

    def may_start(self, chunk: Chunk, running: Collection[Chunk]) -> bool:
        """Whether a chunk can be handed out beside those that run."""
        return not running or not any(map(self.suspect, [chunk, *running]))

    def again(self, chunk: Chunk) -> list[Chunk] | None:
        """What to submit again for a chunk whose worker died; None where one cell kills workers."""
        self.deaths[chunk] = self.deaths.get(chunk, 0) + 1
        if self.deaths[chunk] < 2 * MOST_DEATHS:
            return [chunk]
        if len(chunk.cells) == 1:
            return None
        return [Chunk((cell,), chunk.first, chunk.stop) for cell in chunk.cells]


class Inline(Workers):
    """Threads of this process: one compiled program serves them all."""

    def __init__(self, threads: int | None = None):
        super().__init__()
        self.at_once = threads or os.cpu_count() or 1

    def __enter__(self):
        self.executor = ThreadPoolExecutor(self.at_once)
        return super().__enter__()

    def __exit__(self, *error):
        self.executor.shutdown(wait=True, cancel_futures=True)


class Processes(Workers):
    """Processes of this machine, started by spawn; a new pool takes the place of a broken one.

    Args:
        count: number of processes.
        modules: modules of your own that workers import first.
    """

    def __init__(self, count: int, modules: tuple[str, ...] = ()):
        super().__init__(at_once=count)
        self.count, self.modules = count, modules

    def __enter__(self):
        self.executor = self._pool()
        return super().__enter__()

    def __exit__(self, *error):
        self.executor.shutdown(wait=True, cancel_futures=True)

    def _pool(self) -> ProcessPoolExecutor:
        # A process that is forked from one that runs JAX hangs.
        context = multiprocessing.get_context("spawn")
        turn = context.Value("i", 0)
        arguments = (turn, os.getpid(), self.modules)
        return ProcessPoolExecutor(self.count, context, _begin, arguments)

    def submit(self, task, *arguments):
        try:
            return super().submit(task, *arguments)
        except BrokenExecutor:
            self.executor.shutdown(wait=False)
            self.executor = self._pool()
            return super().submit(task, *arguments)


def _begin(turn, parent: int, modules: tuple[str, ...]) -> None:
    """Prepare a worker: its device, its end with the driver, and modules of the user."""
    with turn.get_lock():
        which, turn.value = turn.value, turn.value + 1
    devices = [each for each in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if each]
    if len(devices) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices[which % len(devices)]
    # An interrupt of the terminal reaches all processes; the driver lets chunks in flight finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    for module in modules:
        importlib.import_module(module)


def _end_with(parent: int) -> None:
    """End this process when the driver is gone: killed, it cannot end its workers."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


class Dask(Workers):
    """A scheduler of Dask distributed, or a cluster of processes on this machine.

    Args:
        where: an address such as tcp://10.0.0.1:8786, a `distributed.Client`, or a cluster such as
            those of dask-jobqueue; the two latter stay open.
        local: processes of a cluster on this machine, instead.

    Raises:
        ValueError: Dask is not installed, or the scheduler does not answer.
    """

    def __init__(self, where: Any = None, local: int | None = None):
        try:
            import distributed
        except ImportError:
            raise ValueError("Dask is not installed: pip install 'jaxcollapse[dask]'") from None
        super().__init__()
        self.distributed, self.where, self.local = distributed, where, local
        self.cluster: Any = None
        self.client: Any = None
        self.ours = contextlib.ExitStack()
        self.counted = 0.0

    def __enter__(self):
        with contextlib.ExitStack() as ours:
            self.client = self._client(ours)
            # A pure task that was lost would be taken for the same task, and lost at once again.
            self.executor = self.client.get_executor(pure=False)
            self.tend()
            self.ours = ours.pop_all()
        return super().__enter__()

    def __exit__(self, *error):
        self.ours.close()

    def _client(self, ours: contextlib.ExitStack):
        if isinstance(self.where, self.distributed.Client):
            return self.where
        if self.local is not None:
            no_page: Any = None
            self.cluster = ours.enter_context(
                self.distributed.LocalCluster(
                    n_workers=self.local,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=no_page,
                    preload=[LEAVE_INTERRUPTS],
                )
            )
        try:
            # A default client that reaches nothing would stay the scheduler of this process.
            client = self.distributed.Client(
                self.cluster or self.where, timeout=REACH_WITHIN, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise ValueError(
                f"Dask scheduler {self.where!r} does not answer within {REACH_WITHIN} s"
            ) from error
        return ours.enter_context(client)

    def tend(self):
        if time.monotonic() - self.counted < COUNT_EVERY:
            return
        cores, self.counted = sum(self.client.ncores().values()), time.monotonic()
        self.at_once = 2 * max(1, cores)
        if self.local is not None and cores < self.local:
            # A worker that is killed while it starts is given up, and never replaced unasked.
            self.cluster.scale(self.local)

    def cancel(self, future):
        # Dask would end a task that runs.
        return None

    def died(self, error):
        return isinstance(error, self.distributed.KilledWorker)


def workers_of(executor: Any) -> Workers | None:
    """Workers from what a user has: an executor, or the address, client or cluster of a Dask.

    Raises:
        ValueError: none of these.
    """
    if executor is None or isinstance(executor, Workers):
        return executor
    if isinstance(executor, Executor):
        return Workers(executor)
    if isinstance(executor, str) or any(hasattr(executor, each) for each in OF_DASK):
        return Dask(executor)
    raise ValueError(
        "executor must be a concurrent.futures.Executor, or an address, a client or a cluster of "
        f"Dask, got {executor!r}"
    )
