"""`python -m benchmarks`: ours and the yardstick, interleaved in one run; ratios per core, and how cost grows.

A ratio is processor time of careful NumPy over ours, both for one generation of one replica, both on every core; the wall
ratio is beside it. Both sides keep the mean of a metric over replicas every generation unless the row says otherwise.
"""

import argparse
import json
import os
import platform
import time
from datetime import date
from typing import NamedTuple

import jax
import numpy as np

import jaxcollapse as jc

from . import numpy_yardsticks as numpy_

KEY = jax.random.key(0)


class Side(NamedTuple):
    """Something to time, and how many generations of replicas it makes."""

    call: object
    work: int


def ours(recursion, generations, replicas, metric, **more) -> Side:
    """The public call."""
    return Side(
        lambda: jc.estimate(KEY, recursion, jc.E(metric), generations=generations, replicas=replicas, **more), generations * replicas
    )


def theirs(factory, generations, replicas, block=numpy_.BLOCK) -> Side:
    """A yardstick; `factory(generations)` makes it."""
    work = factory(generations)
    return Side(lambda: numpy_.threaded(work, replicas, block), generations * replicas)


def gaussian(n):
    return jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=n)


def multivariate(n, d):
    truth = jc.MultivariateGaussian.params(np.zeros(d), np.eye(d))
    return jc.Recursion(jc.MultivariateGaussian(), jc.Replace(), truth=truth, n=n)


def categories(n, k):
    return jc.Recursion(jc.Categorical(), jc.Replace(), truth=jc.Categorical.params(np.full(k, 1 / k)), n=n)


def two_types(n):
    return jc.Recursion(jc.Bernoulli(), jc.Replace(), truth=jc.Bernoulli().params(0.5), n=n)


def regression(n, d):
    family = jc.RegressionRisk(dimension=d)
    return jc.Recursion(family, jc.Replace(), truth=family.params(), n=n)


def cases():
    """Name, target, our side, the yardsticks (the fastest a generation counts)."""
    yield "Gaussian n=100, same algorithm", 10, ours(gaussian(100), 200, 1 << 17, jc.variance), [
        theirs(lambda t: numpy_.gaussian_statistics(100, t), 100, 1 << 15)]  # fmt: skip
    for n, target in ((100, 500), (1000, 5000)):
        yield f"Gaussian n={n}, against drawing n", target, ours(gaussian(n), 200, 1 << 17, jc.variance), [
            theirs(lambda t, n=n: numpy_.gaussian_samples(n, t), 10, (1 << 16) // n * 8, 256)]  # fmt: skip
    yield "Gaussian n=100, every observation drawn by both", None, ours(gaussian(100), 50, 1 << 13, jc.variance, carrier="samples"), [
        theirs(lambda t: numpy_.gaussian_samples(100, t), 50, 1 << 13)]  # fmt: skip
    for d in (2, 5, 10):
        mine = ours(multivariate(100, d), 100, 1 << 13, jc.trace_ratio)
        yield f"multivariate d={d}, n=100, same algorithm", 10, mine, [
            theirs(lambda t, d=d: numpy_.multivariate(100, d, t), 50, 1 << 12)]  # fmt: skip
        yield f"multivariate d={d}, n=100, against drawing n", 150, mine, [
            theirs(lambda t, d=d: numpy_.multivariate_samples(100, d, t), 10, 1 << 8, 64)]  # fmt: skip
    yield "multivariate d=10, n=1000, against drawing n", 1000, ours(multivariate(1000, 10), 100, 1 << 13, jc.trace_ratio), [
        theirs(lambda t: numpy_.multivariate_samples(1000, 10, t), 5, 1 << 6, 16)]  # fmt: skip
    for n in (100, 500):
        rivals = [theirs(lambda t, n=n: numpy_.two_types(n, t), 50, 1 << 14)]
        yield f"two types n={n}, every generation", 20, ours(two_types(n), 200, 1 << 16, jc.mean), rivals
        every = {"at": range(1, 2002, 100), "carrier": "skeleton"}
        yield f"two types n={n}, every 100 generations", 2000, ours(two_types(n), 2001, 1 << 16, jc.mean, **every), rivals
    for n in (10**4, 10**6):
        yield f"two types n={n:.0e}, every generation", 5, ours(two_types(n), 50, 1 << 14, jc.mean), [
            theirs(lambda t, n=n: numpy_.two_types(n, t), 50, 1 << 14)]  # fmt: skip
    for k in (50, 1000):
        both = [theirs(lambda t, k=k: numpy_.multinomials(1000, k, t), 20, 1 << 10), theirs(lambda t, k=k: numpy_.labels(1000, k, t), 20, 1 << 11)]
        yield f"categories K={k}, n=1000, every generation", 4, ours(categories(1000, k), 20, 1 << 12, jc.support), both
    yield "categories K=50, n=1e5 (conditional binomials)", 3, ours(categories(10**5, 50), 20, 1 << 10, jc.support), [
        theirs(lambda t: numpy_.multinomials(10**5, 50, t), 20, 1 << 10)]  # fmt: skip
    for t, target in ((1001, 60), (10001, 1000)):
        final = {"at": [1, t], "carrier": "skeleton"}
        yield f"categories K=n=1000, state at {t - 1} alone", target, ours(categories(1000, 1000), t, 1 << 11, jc.support, **final), [
            theirs(lambda g: numpy_.labels(1000, 1000, g, {1, g}), 101, 1 << 8, 64)]  # fmt: skip
    yield "least squares d=100, n=200, risk alone, same algorithm", 5, ours(regression(200, 100), 100, 1 << 16, jc.excess_risk), [
        theirs(lambda t: numpy_.regression_risk(200, 100, t), 50, 1 << 15)]  # fmt: skip
    yield "least squares d=100, n=200, against drawing n", 1000, ours(regression(200, 100), 100, 1 << 16, jc.excess_risk), [
        theirs(lambda t: numpy_.regression_samples(200, 100, t), 3, 64, 16)]  # fmt: skip


def timed(side: Side):
    """Nanoseconds a generation of one replica: processor time per core, and wall."""
    processor, wall = time.process_time(), time.perf_counter()
    side.call()
    return (time.process_time() - processor) / side.work * 1e9, (time.perf_counter() - wall) / side.work * 1e9


def compared(mine: Side, rivals: list[Side], repeats: int):
    """Medians and spreads of the ratios, the two sides in turn."""
    first = time.perf_counter()
    mine.call()
    first = time.perf_counter() - first
    here, ratios, walls = [], [], []
    for _ in range(repeats):
        ours_, wall = timed(mine)
        best = [min(each) for each in zip(*(timed(side) for side in rivals), strict=True)]
        here.append(ours_)
        ratios.append(best[0] / ours_)
        walls.append(best[1] / wall)
    return float(np.median(here)), float(np.median(ratios)), min(ratios), max(ratios), float(np.median(walls)), first


def growth(repeats: int):
    """How processor time of one run grows with n, K, d, generations and replicas: (axis, values, seconds, slope)."""
    axes = {
        "n (Gaussian)": ([10, 100, 1000, 10**4, 10**5], lambda v: ours(gaussian(v), 100, 1 << 15, jc.variance)),
        "n (labels, K=50)": ([100, 300, 1000], lambda v: ours(categories(v, 50), 20, 1 << 10, jc.support)),
        "K (n=1000)": ([50, 200, 1000, 5000], lambda v: ours(categories(1000, v), 20, 1 << 10, jc.support)),
        "d (n=100)": ([2, 4, 8, 12], lambda v: ours(multivariate(100, v), 50, 1 << 12, jc.log_determinant_ratio)),
        "generations (Gaussian)": ([100, 400, 1600], lambda v: ours(gaussian(100), v, 1 << 14, jc.variance)),
        "replicas (Gaussian)": ([1 << 13, 1 << 15, 1 << 17], lambda v: ours(gaussian(100), 100, v, jc.variance)),
    }  # fmt: skip
    for name, (values, make) in axes.items():
        seconds = []
        for value in values:
            side = make(value)
            side.call()
            seconds.append(float(np.median([timed(side)[0] for _ in range(repeats)])) * side.work * 1e-9)
        slope = float(np.polyfit(np.log(values), np.log(seconds), 1)[0])
        yield name, values, seconds, slope


def draw(curves, path):
    """Cost against each axis, log-log, with the fitted slope."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(10, 5.6))
    for axis, (name, values, seconds, slope) in zip(axes.flat, curves, strict=True):
        axis.loglog(values, seconds, "o-")
        axis.minorticks_off()
        axis.set_xticks(values, [f"{value:g}" for value in values])
        axis.set(xlabel=name, ylabel="processor seconds", title=f"slope {slope:.2f}")
    figure.tight_layout()
    figure.savefig(path)


def main():
    """Print the table; write JSON and the plot where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--json", help="file for the results")
    parser.add_argument("--plot", help="file for the plot of how cost grows")
    options = parser.parse_args()
    machine = {"date": date.today().isoformat(), "machine": platform.machine(), "cores": os.cpu_count(),
               "backend": jax.default_backend(), "jax": jax.__version__, "numpy": np.__version__}  # fmt: skip
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    print(f"{'work':<56}{'ours ns':>10}{'NumPy/ours':>12}{'spread':>18}{'wall':>8}{'target':>8}{'first call':>12}")
    rows = []
    for name, target, mine, rivals in cases():
        if options.only not in name:
            continue
        spent, ratio, low, high, wall, first = compared(mine, rivals, options.repeats)
        rows.append({"work": name, "ns": spent, "ratio": ratio, "low": low, "high": high, "wall": wall, "target": target, "first_call_s": first})
        print(f"{name:<56}{spent:>10.3g}{ratio:>12.3g}{low:>9.3g} -{high:>7.3g}{wall:>8.3g}{target or '-':>8}{first:>10.1f} s", flush=True)
    curves = list(growth(options.repeats)) if options.plot else []
    for name, _, _, slope in curves:
        print(f"cost grows with {name} to the power {slope:.2f}")
    if options.plot:
        draw(curves, options.plot)
    if options.json:
        growths = [dict(zip(("axis", "values", "seconds", "slope"), curve, strict=True)) for curve in curves]
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(machine | {"rows": rows, "growth": growths}, stream, indent=1)


if __name__ == "__main__":
    main()
