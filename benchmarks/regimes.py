"""Samplers in all their regimes, each with the law that it must have."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from scipy import stats

from jaxcollapse import sampling
from jaxcollapse._keys import word_pair
from jaxcollapse.numerics import coalescent, wright_fisher
from jaxcollapse.sampling.alias import alias_table, step
from jaxcollapse.sampling.lineages import founder_counts
from jaxcollapse.sampling.subset import distinct_ranks


class Regime(NamedTuple):
    """One sampler at one place: how to draw once from a key, the law, and whether it ought to
    fail.
    """

    sampler: str
    where: str
    draw: Callable
    law: object
    discrete: bool = True
    wrong: bool = False


def finite(masses):
    """The law of an integer from 0 with these probabilities."""
    masses = np.maximum(masses, 0.0)
    return stats.rv_discrete(values=(np.arange(len(masses)), masses / masses.sum()))


def _single(x) -> float:
    return float(np.float32(x))


def _binomials():
    places = [
        (1, 0.5),
        (20, 1e-7),
        (20, 0.5),
        (10**4, 1e-3),
        (10**4, 1.001e-3),
        (37, 0.97),
        (10**6, 1e-6),
        (10**6, 0.3),
        (10**6, 1 - 1e-5),
    ]
    for n, p in [*places, (2**24 - 1, 0.5), (2**24 - 1, 1e-7)]:
        yield Regime(
            "binomial",
            f"n={n} p={p:g}",
            lambda k, n=n, p=p: sampling.binomial(k, n, jnp.float32(p)),
            stats.binom(n, _single(p)),
        )


def _poissons():
    for rate in (1e-3, 0.5, 9.99, 10.01, 300.0, 1e6):
        yield Regime(
            "poisson",
            f"mean={rate:g}",
            lambda k, r=rate: sampling.poisson(k, jnp.float32(r)),
            stats.poisson(_single(rate)),
        )
    for size, mean in ((0.3, 2.0), (5.0, 40.0)):
        law = stats.nbinom(_single(size), size / (size + mean))
        yield Regime(
            "negative binomial",
            f"size={size} mean={mean}",
            lambda k, s=size, m=mean: sampling.negative_binomial(k, jnp.float32(s), m),
            law,
        )


def _reals():
    yield Regime("normal", "", sampling.normal, stats.norm(), False)
    for dof in (1.0, 2.0, 4.99, 9.0, 999.0, 1e6):
        law = stats.chi2(dof)
        yield Regime(
            "log chi2",
            f"dof={dof:g}",
            lambda k, d=dof: sampling.log_chi2(k, jnp.float32(d)),
            _logarithm(law),
            False,
        )
        exact = lambda k, d=dof: sampling.log_chi2_by_rejection(k, jnp.float32(d))
        yield Regime("log chi2 by rejection", f"dof={dof:g}", exact, _logarithm(law), False)
    for shape in (0.01, 0.3, 0.5, 7.5):
        law = stats.loggamma(_single(shape))
        yield Regime(
            "log gamma",
            f"shape={shape:g}",
            lambda k, a=shape: sampling.log_gamma(k, jnp.float32(a)),
            law,
            False,
        )
    yield Regime(
        "hyperbolic secant",
        "mean=0",
        lambda k: sampling.hyperbolic_secant(k, 0.0),
        stats.hypsecant(scale=2 / np.pi),
        False,
    )
    for i, law in ((0, stats.chi2(20)), (2, stats.chi2(18))):
        yield Regime(
            "bartlett",
            f"dof=20 d=3 log diagonal {i}",
            lambda k, i=i: 2 * sampling.bartlett(k, 20, 3)[0][i],
            _logarithm(law),
            False,
        )
    yield Regime(
        "bartlett",
        "dof=20 d=3 below the diagonal",
        lambda k: sampling.bartlett(k, 20, 3)[1][1],
        stats.norm(),
        False,
    )


class _logarithm:
    """The law of the logarithm of a positive variate."""

    def __init__(self, law):
        self.law = law

    def cdf(self, x):
        return self.law.cdf(np.exp(x))


def _multinomials():
    weights = jnp.array([0.5, 0.3, 0.2 - 1e-3, 1e-3, 0.0])
    for n, capacity in ((50, 64), (5000, 8192)):
        for i in (1, 3):
            draw = lambda k, n=n, c=capacity, i=i: sampling.multinomial(k, n, weights, c)[i]
            p = _single(weights[i]) / float(np.sum(np.asarray(weights, float)))
            yield Regime(
                "multinomial", f"n={n} capacity={capacity} category {i}", draw, stats.binom(n, p)
            )
    counts = jnp.array([40, 30, 29, 1])
    for n, capacity in ((60, 64), (3000, 4096)):

        def draw(k, n=n, c=capacity):
            return sampling.multinomial_from_counts(k, n, counts, 99 + 1, c)[0]

        yield Regime(
            "multinomial from counts", f"n={n} capacity={capacity}", draw, stats.binom(n, 0.4)
        )
    for n, i, capacity in ((60, 0, 128), (99, 3, 128), (1, 2, 128), (3, 0, 3)):

        def draw(k, n=n, i=i, c=capacity):
            return sampling.multivariate_hypergeometric(k, counts, n, c)[i]

        yield Regime(
            "hypergeometric",
            f"{n} of 100, category {i}",
            draw,
            stats.hypergeom(100, int(counts[i]), n),
        )
    for name, n, part in (("hypergeometric", 700, (0,)), ("hypergeometric, thinned", 1300, (1, 3))):

        def draw(k, n=n, i=part):
            drawn = sampling.multivariate_hypergeometric(k, 20 * counts, n, 2048)
            return jnp.sum(drawn[jnp.array(i)])

        law = stats.hypergeom(2000, 20 * int(np.sum(counts[jnp.array(part)])), n)
        yield Regime(name, f"{n} of 2000, categories {part}", draw, law)
    for n in (1, 3, 4):
        subsets = np.array([code.bit_count() == n for code in range(64)])
        draw = lambda k, n=n: jnp.sum(jnp.left_shift(1, distinct_ranks(k, 6, n, n)))
        yield Regime("subset", f"{n} of 6", draw, finite(subsets / subsets.sum()))
    for name, w in (
        ("weights to 1e-3", weights),
        ("37 uneven weights, some zero", jnp.arange(37) % 7),
    ):
        yield Regime(
            "categorical",
            name,
            lambda k, w=w: sampling.categorical(k, w, 1)[0],
            finite(np.asarray(w, float)),
        )


def _tables():
    for n, steps, state in (
        (20, 1, 7),
        (100, 1, 1),
        (100, 100, 30),
        (500, 1, 499),
        (500, 100, 250),
        (2000, 1, 900),
    ):
        table = alias_table(n, steps)
        law = finite(np.linalg.matrix_power(wright_fisher.transition_matrix(n), steps)[state])
        draw = lambda k, table=table, x=state: step(table, jnp.int32(x), word_pair(k)[0])
        yield Regime("alias table", f"n={n} steps={steps} from {state}", draw, law)


def _lineages():
    for n, steps in ((2, 1), (10, 3), (30, 60), (100, 20), (100, 1000)):
        _, offset, law = next(coalescent.ancestors(n, [steps + 1]))
        draw = lambda k, n=n, s=steps: jnp.sum(founder_counts(k, n, s) > 0)
        yield Regime(
            "lineages, founders left",
            f"n={n} steps={steps}",
            draw,
            finite(np.r_[np.zeros(offset), law]),
        )
        own = finite(
            np.linalg.matrix_power(wright_fisher.transition_matrix(n), steps)[max(n // 3, 1)]
        )
        draw = lambda k, n=n, s=steps: jnp.sum(founder_counts(k, n, s)[: max(n // 3, 1)])
        yield Regime("lineages, third of founders", f"n={n} steps={steps}", draw, own)


def _wrong():
    biased = lambda k: sampling.binomial(k, 1000, jnp.float32(0.303))
    yield Regime(
        "binomial with p off by 1 %", "n=1000 p=0.3", biased, stats.binom(1000, 0.3), True, True
    )
    yield Regime(
        "chi2 with one degree too many",
        "dof=99",
        lambda k: sampling.log_chi2(k, jnp.float32(100)),
        _logarithm(stats.chi2(99)),
        False,
        True,
    )


def regimes() -> list[Regime]:
    """Every sampler by regime, and the wrong ones."""
    return [
        r
        for part in (_binomials, _poissons, _reals, _multinomials, _tables, _lineages, _wrong)
        for r in part()
    ]
