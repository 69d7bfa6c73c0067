"""Who carries out tasks: threads of this process, other processes, Dask, or any executor."""

import os
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from .planning import Chunk


class Workers:
    """An executor of `concurrent.futures` with the number of tasks that it is given at once."""

    def __init__(self, executor: Executor, at_once: int | None = None):
        self.executor = executor
        self.at_once = 2 * (at_once or os.cpu_count() or 1)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def submit(self, task, *arguments) -> Any:
        """Hand a task to the executor."""
        return self.executor.submit(task, *arguments)

    def after_death(self, error: BaseException, chunk: Chunk) -> list[Chunk] | None:
        """What to submit again where a worker died; None for any other error."""
        return None


class Inline(Workers):
    """Threads of this process: one compiled program serves them all."""

    def __init__(self, threads: int | None = None):
        self.at_once = threads or os.cpu_count() or 1

    def __enter__(self):
        self.executor = ThreadPoolExecutor(self.at_once)
        return self

    def __exit__(self, *error):
        self.executor.shutdown(wait=True, cancel_futures=True)
