"""Carrying out a plan: its tiles run on every core or device that there is."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Lock

import jax
import numpy as np

from .. import progress
from ..numerics.precision import is_double
from . import loop
from .plan import Plan

# Programs that call LAPACK hang when several threads run them at once, because its batched routines
# wait for the pool of threads that runs them. The lock holds off the tiles of other runs too, which
# callers may have started in threads of their own.
LAPACK_TURN = Lock()


def run_tile(plan: Plan, start: int, digest=None, device=None):
    """Run the tile whose first replica is `start`.

    Returns:
        The records of all recorded generations but the last and those of the last, or digests.
    """
    width, repeats = plan.tiling.width, plan.repeats
    program = loop.wide_tile if plan.tiling.wide else loop.tile
    present = min(width, plan.replicas.stop - start)
    with jax.default_device(device):
        earlier, last = program(
            plan.key,
            plan.recursion,
            plan.carrier,
            plan.compiled_stops,
            np.uint32(start),
            np.int32(present),
            generations=plan.compiled_generations,
            width=width,
            metrics=plan.metrics,
            digest=digest,
            ticks=_ticks(plan),
            branch=plan.branch,
        )
    return jax.tree.map(lambda leaf: leaf[:-repeats], earlier) if repeats else earlier, last


def workers(plan: Plan) -> int:
    """How many tiles run at a time."""
    devices = len(jax.local_devices())
    if jax.default_backend() != "cpu":
        # A second tile per device is dispatched while the results of the first are fetched.
        return 2 * devices
    return 1 if plan.tiling.one_at_a_time else max(os.cpu_count() or 1, devices)


def run_tiles(plan: Plan, receive: Callable, digest=None) -> None:
    """Run every tile of a plan and hand each to `receive(start, result)`."""
    devices = jax.local_devices()
    with progress.task("simulate", len(plan.replicas), "replicas") as task:

        def run(number):
            start = plan.starts[number]
            receive(start, run_tile(plan, start, digest, devices[number % len(devices)]))
            task.advance(min(plan.tiling.width, plan.replicas.stop - start))

        _run_all(plan, run, range(len(plan.starts)))


def _ticks(plan: Plan) -> bool:
    """Whether a program tells of each generation.

    Such a program is not kept by the persistent cache, and a tile of nets may take minutes: it pays
    where somebody watches.
    """
    return plan.recursion.family.slow_to_compile and not plan.traced and progress.on_terminal()


def _run_all(plan: Plan, run: Callable, numbers: range) -> None:
    one_at_a_time = plan.tiling.one_at_a_time
    if one_at_a_time or len(numbers) == 1:
        # A single tile stays on the calling thread.
        with LAPACK_TURN if one_at_a_time else nullcontext():
            for number in numbers:
                run(number)
        return
    # All tiles start together: JAX lets threads that ask for one program wait until it is compiled.
    # A tile that ran ahead alone would have its kernels split over the cores, which costs more
    # processor time than one tile per core.
    double = is_double()

    def in_thread(number):
        # The precision of a scope does not reach threads that are started within it.
        with jax.enable_x64(double):
            run(number)

    with ThreadPoolExecutor(min(workers(plan), len(numbers))) as pool:
        list(pool.map(in_thread, numbers))
