"""`python -m benchmarks.sweeps`: a grid by `jc.sweep`, by a Python loop over `estimate`, and by a
joblib loop over careful NumPy, in one run; and what the engine of sweeps costs on top of its
arithmetic.

The grid has two families under replacement, several n, and seeds. NumPy draws sufficient statistics
of the Gaussian and multinomials of the categories; both sides keep the mean of one metric.
"""

import argparse
import os
import resource
import shutil
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax
import numpy as np
from joblib import Parallel, delayed

import jaxcollapse as jc
from jaxcollapse.engine import batches
from jaxcollapse.sweeps.driver import Driver

from . import numpy_yardsticks as numpy_
from .timing import machine

KEY = jax.random.key(0)
GENERATIONS, REPLICAS = 100, 1000
WORKFLOWS = [jc.Replace(), jc.Accumulate(), jc.Anchor(), jc.Discount(0.5), jc.Refresh()]
FAMILIES = {
    "gaussian": (jc.Gaussian(), jc.Gaussian.params(0.0, 1.0)),
    "categorical": (jc.Categorical(), jc.Categorical.params([0.5, 0.3, 0.2])),
}
SIZES = [65, 70, 75, 80, 85, 90, 94, 96]


def base(name: str):
    """The recursion that cells share."""
    family, truth = FAMILIES[name]
    return jc.Recursion(family, jc.Replace(), truth=truth, n=100, fresh=20)


def grid(cells: int, workflows):
    """Axes of about so many cells."""
    seeds = max(1, cells // (len(SIZES) * len(workflows)))
    return {"workflow": workflows, "n": SIZES, "seed": list(range(seeds))}


def swept(name: str, cells: int):
    """One sweep under replacement."""
    return jc.sweep(
        KEY, grid(cells, WORKFLOWS[:1]), base(name), "E(kl)",
        generations=GENERATIONS, replicas=REPLICAS, theory=False,
    )  # fmt: skip


def looped(name: str, cells: int):
    """The same by a Python loop over `estimate`."""
    for n in SIZES:
        r = jc.Recursion(*_parts(name), truth=FAMILIES[name][1], n=n)
        for seed in range(max(1, cells // len(SIZES))):
            jc.estimate(
                jax.random.fold_in(KEY, seed), r, jc.E(jc.kl),
                generations=GENERATIONS, replicas=REPLICAS,
            )  # fmt: skip


def _parts(name):
    return FAMILIES[name][0], jc.Replace()


def by_numpy(name: str, cells: int):
    """The same by joblib over careful NumPy, one process per core."""

    def one(n, seed):
        work = (
            numpy_.gaussian_statistics(n, GENERATIONS)
            if name == "gaussian"
            else numpy_.multinomials(n, 3, GENERATIONS)
        )
        return work(np.random.Generator(np.random.SFC64([n, seed])), REPLICAS)

    seeds = range(max(1, cells // len(SIZES)))
    Parallel(n_jobs=-1)(delayed(one)(n, seed) for n in SIZES for seed in seeds)


def walls(call, *arguments) -> float:
    """Seconds on the wall."""
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


class Recorded:
    """A program that remembers the arguments of its calls."""

    def __init__(self, program, calls):
        self.program, self.calls = program, calls

    def __call__(self, *arguments, **static):
        self.calls.append((self.program, arguments, static))
        return self.program(*arguments, **static)

    def _cache_size(self):
        return self.program._cache_size()


def replayed(call) -> None:
    """Run a program again as a sweep does, so that nothing compiles."""
    program, arguments, static = call
    with jax.default_device(jax.local_devices()[0]):
        jax.device_get(program(*arguments, **static))


def overhead(cells: int):
    """Processor time of a sweep of two families and five workflows over that of its programs."""
    families, truths = zip(*FAMILIES.values(), strict=True)
    axes = {
        "model": {"family": list(families), "truth": list(truths)},
        **grid(cells // 2, WORKFLOWS),
    }
    sweep = jc.Sweep(KEY, base("gaussian"), axes, GENERATIONS, REPLICAS, ["E(kl)"], at=[1, 10, 100])
    calls: list = []
    batches._batch = Recorded(batches._batch, calls)
    batches._wide_batch = Recorded(batches._wide_batch, calls)
    before = batches.compilations()
    folder, times = Path(tempfile.mkdtemp()), []
    for turn in ("cold", "warm"):
        calls.clear()
        start = time.process_time()
        driver = Driver(sweep, folder / f"{turn}.zarr")
        report = driver.run()
        times.append(time.process_time() - start)
    shutil.rmtree(folder)
    compiled = batches.compilations() - before
    start = time.process_time()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(replayed, calls))
    bare = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{report.cells} cells, {driver.grid.compilations} structures, {compiled} compilations, "
          f"{report.chunks} chunks, peak {peak} MiB; processor time {times[1]:.1f} s, programs alone {bare:.1f} s, "
          f"overhead {times[1] / bare - 1:.1%}", flush=True)  # fmt: skip


def main():
    """Print the ratios and the overhead."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps")
    parser.add_argument("--cells", type=int, default=10_000, help="of the overhead")
    parser.add_argument("--compared", type=int, default=160, help="of each comparison")
    options = parser.parse_args()
    # `estimate` warns of every cell whose mean lives on rare replicas.
    warnings.simplefilter("ignore")
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    print(
        "\n| grid | sweep, s | loop over estimate / sweep | joblib NumPy / sweep |\n|---|---|---|---|"
    )
    for name in FAMILIES:
        for call in (swept, looped, by_numpy):
            call(name, 8)
        ours, loop, rival = (
            walls(call, name, options.compared) for call in (swept, looped, by_numpy)
        )
        print(
            f"| {name}, Replace, {options.compared} cells | {ours:.2f} | {loop / ours:.2f} | {rival / ours:.2f} |",
            flush=True,
        )
    print()
    overhead(options.cells)


if __name__ == "__main__":
    main()
