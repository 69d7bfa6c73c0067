"""The work that is timed: ours beside the careful NumPy that does the same."""

from typing import NamedTuple

import jax
import numpy as np

import jaxcollapse as jc

from . import kernels
from . import numpy_yardsticks as numpy_

KEY = jax.random.key(0)


class Side(NamedTuple):
    """Something to time, and how many generations of replicas it makes."""

    call: object
    work: int


def ours(recursion, generations, replicas, *metrics, **more) -> Side:
    """The public call."""
    wanted = [jc.E(metric) for metric in metrics]
    return Side(
        lambda: jc.estimate(
            KEY, recursion, wanted, generations=generations, replicas=replicas, **more
        ),
        generations * replicas,
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
    return jc.Recursion(
        jc.Categorical(), jc.Replace(), truth=jc.Categorical.params(np.full(k, 1 / k)), n=n
    )


def two_types(n):
    return jc.Recursion(jc.Bernoulli(), jc.Replace(), truth=jc.Bernoulli().params(0.5), n=n)


def grouped_labels(n):
    family = jc.GroupedLabels(forgetting=0.2)
    truth = family.params([0.5, 0.5], base_rates=[0.6, 0.4])
    return jc.Recursion(family, jc.Replace(), truth=truth, n=n)


def regression(n, d):
    family = jc.RegressionRisk(dimension=d)
    return jc.Recursion(family, jc.Replace(), truth=family.params(), n=n)


def cases():
    """Name, target, our side, the yardsticks (the fastest a generation counts)."""
    yield "Gaussian n=100, mean and variance, same algorithm", 10, ours(gaussian(100), 200, 1 << 17, jc.mean, jc.variance), [
        theirs(lambda t: numpy_.gaussian_statistics(100, t), 100, 1 << 15)]  # fmt: skip
    for n, target in ((100, 500), (1000, 5000)):
        yield f"Gaussian n={n}, against drawing n", target, ours(gaussian(n), 200, 1 << 17, jc.mean, jc.variance), [
            theirs(lambda t, n=n: numpy_.gaussian_samples(n, t), 10, (1 << 16) // n * 8, 256)]  # fmt: skip
    yield "Gaussian n=100, every observation drawn by both", None, ours(gaussian(100), 50, 1 << 13, jc.mean, jc.variance, carrier="samples"), [
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
        yield (
            f"two types n={n}, every generation",
            20,
            ours(two_types(n), 200, 1 << 16, jc.mean),
            rivals,
        )
        every = {"at": range(1, 2002, 100), "carrier": "skeleton"}
        yield (
            f"two types n={n}, every 100 generations",
            2000,
            ours(two_types(n), 2001, 1 << 16, jc.mean, **every),
            rivals,
        )
    for n in (10**4, 10**6):
        yield f"two types n={n:.0e}, every generation", 5, ours(two_types(n), 50, 1 << 14, jc.mean), [
            theirs(lambda t, n=n: numpy_.two_types(n, t), 50, 1 << 14)]  # fmt: skip
    for n in (40, 4000):
        r = grouped_labels(n)
        sizes, forgetting = np.asarray(r.family.sizes(r.truth, n), int), float(r.family.forgetting)
        yield f"labels of two groups, n={n}", None, ours(r, 20, 1 << 16, jc.informedness(0)), [
            theirs(lambda t, s=sizes, m=forgetting: numpy_.grouped_labels(s, m, t), 20, 1 << 14)]  # fmt: skip
    for k in (50, 1000):
        both = [
            theirs(lambda t, k=k: numpy_.multinomials(1000, k, t), 20, 1 << 10),
            theirs(lambda t, k=k: numpy_.labels(1000, k, t), 20, 1 << 11),
        ]
        yield (
            f"categories K={k}, n=1000, every generation",
            4,
            ours(categories(1000, k), 20, 1 << 12, jc.support),
            both,
        )
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


def against_kernels():
    """The public call against the bare kernel that makes the same draws and sums; 1 / 1.5 is the
    goal.
    """
    yield "Gaussian n=100, bare kernel", 0.67, ours(gaussian(100), 200, 1 << 17, jc.mean, jc.variance), [
        Side(kernels.gaussian(100, 200, 1 << 17), 200 << 17)]  # fmt: skip
    yield "two types n=1e4, bare kernel", 0.67, ours(two_types(10**4), 50, 1 << 15, jc.mean), [
        Side(kernels.two_types(10**4, 50, 1 << 15), 50 << 15)]  # fmt: skip
