"""`python -m benchmarks`: ours and the yardstick, interleaved in one run; ratios of wall times and their spread."""

import argparse
import json
import os
import platform
import time

import jax
import numpy as np

import jaxcollapse as jc

from . import numpy_yardsticks as yardsticks

KEY = jax.random.key(0)


def ours(recursion, generations, replicas, metric, carrier="auto"):
    """The public call, recording one number a generation."""
    return lambda: jc.simulate(
        KEY, recursion, generations=generations, replicas=replicas, carrier=carrier, observe=metric
    )


def cases():
    """Name, our call, the yardstick calls (the fastest counts)."""
    standard = jc.Gaussian.params(0.0, 1.0)
    gaussian = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=standard, n=100)
    run = yardsticks.threaded
    yield (
        "Gaussian n=100, every observation drawn", ours(gaussian, 50, 1 << 13, jc.variance, "samples"),
        [lambda: run(yardsticks.gaussian_samples(100, 50), 1 << 13)],
    )  # fmt: skip
    yield (
        "Gaussian n=100, exact statistics", ours(gaussian, 200, 1 << 16, jc.variance),
        [lambda: run(yardsticks.gaussian_statistics(100, 200), 1 << 16)],
    )  # fmt: skip
    yield (
        "Gaussian n=100, statistics against drawing n", ours(gaussian, 50, 1 << 13, jc.variance),
        [lambda: run(yardsticks.gaussian_samples(100, 50), 1 << 13)],
    )  # fmt: skip
    for k in (50, 1000):
        recursion = jc.Recursion(jc.Categorical(), jc.Replace(), truth=jc.Categorical.params(np.full(k, 1 / k)), n=1000)
        both = yardsticks.categorical(1000, k, 20)
        yield (
            f"categorical K={k}, n=1000", ours(recursion, 20, 1 << 12, jc.support),
            [lambda work=work: run(work, 1 << 12) for work in both],
        )  # fmt: skip
    truth = jc.MultivariateGaussian.params(np.zeros(10), np.eye(10))
    recursion = jc.Recursion(jc.MultivariateGaussian(), jc.Replace(), truth=truth, n=100)
    yield (
        "multivariate Gaussian d=10, n=100", ours(recursion, 50, 1 << 12, jc.trace_ratio),
        [lambda: run(yardsticks.multivariate(100, 10, 50), 1 << 12)],
    )  # fmt: skip


def timed(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main():
    """Print the table, write JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", help="file for the results")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, jax {jax.__version__}, numpy {np.__version__}")
    print(f"{'work':<48}{'NumPy/ours':>12}{'spread':>18}{'first call':>12}")
    rows = []
    for name, mine, theirs in cases():
        first = timed(mine)
        ratios = []
        for _ in range(options.repeats):
            here = timed(mine)
            ratios.append(min(timed(call) for call in theirs) / here)
        middle, low, high = np.median(ratios), min(ratios), max(ratios)
        rows.append({"work": name, "ratio": middle, "low": low, "high": high, "first_call_s": first})
        print(f"{name:<48}{middle:>12.2f}{low:>9.2f} -{high:>7.2f}{first:>10.1f} s", flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump({"jax": jax.__version__, "numpy": np.__version__, "cores": os.cpu_count(), "rows": rows}, stream)


if __name__ == "__main__":
    main()
