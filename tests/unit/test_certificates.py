"""Certificates: rigorous enclosures of independent definitions contain the values of laws.

The ranges are the parameters of the tests.
"""

from math import prod

import pytest
from balls import BALLS, HALF, certify, certify_function, chi_square, enclosed, log_ratio, ratio
from flint import arb

from jaxcollapse.theory.registry import law_named


@pytest.mark.parametrize("n", [3, 12, 60])
def test_tails_and_temperatures(n):
    """The critical temperature, Goldie's constant, and the self-evidence of a collapsing model."""
    for ddof in (0, 1):
        certify("gaussian-critical-temperature", (-log_ratio(n, ddof)).exp(), n=n, ddof=ddof)
    weighted = chi_square(n - 1, 1, 1) / (n - 1) - arb(n - 1).log()
    certify("gaussian-replace-tail-constant", 1 / (n * weighted), n=n)
    divergence = (1 / arb(n) - log_ratio(n, 1)) / 2
    certify("gaussian-replace-self-evidence", n * divergence * 6, n=n, t=3)


@pytest.mark.parametrize("n", [2, 10, 100])
def test_tail_index(n):
    r"""$E R^\kappa-1$ changes its sign within 1e-9 of the index."""
    index = float(law_named("gaussian-replace-tail-index")(n=n))
    below, above = (ratio(n, 0, arb(index) + step) - 1 for step in (-1e-9, 1e-9))
    assert below < 0 < above


def test_bound_of_survival():
    r"""$E\sqrt R\le e^{-1/(4n-1)}$ for every real n from 2 to 100, so that Markov's bound holds.

    The exponents are compared in the mean value form, on intervals that are halved until they do.
    """
    law = law_named("gaussian-replace-survival-bound")
    bound = lambda n: law.body(BALLS, n=n, t=1, threshold=arb(1), variance=arb(1)).log()
    root = lambda n: (n / 2).lgamma() - ((n - 1) / 2).lgamma() + (2 / (n - 1)).log() / 2
    slope = lambda n: (
        ((n / 2).digamma() - ((n - 1) / 2).digamma() - 1 / (n - 1)) / 2 - 4 / (4 * n - 1) ** 2
    )
    intervals = [(2.0, 100.0)]
    while intervals:
        low, high = intervals.pop()
        middle, half = (low + high) / 2, (high - low) / 2
        distance = root(arb(middle)) - bound(arb(middle)) + slope(arb(middle, half)) * arb(0, half)
        if not distance < 0:
            assert half > 1e-4
            intervals += [(low, middle), (middle, high)]


@pytest.mark.parametrize("n", [2, 3, 9])
def test_gamma_laws(n):
    """The scale of an exponential fit is a gamma variable of n - 1 degrees: half a chi-square."""
    log = chi_square(2 * (n - 1), 0, 1) - arb(2).log()
    for ddof in (0, 1):
        drifted = 2 * 3 * (log - arb(n - ddof).log())
        certify("shifted-exponential-replace-log-variance", drifted, n=n, t=3, ddof=ddof)
    for t in (1, 4):
        density = lambda u, _, t=t: u ** (t - 1) * (-u).exp()
        below = enclosed(density, 0, arb(n) * 3 / 4)
        missed = prod(range(1, t))
        certify("uniform-replace-law", 1 - below / missed, x=-1.5, n=n, t=t)


def tail_of_reciprocals(a, last):
    r"""$\sum_{k>K}\frac1{k(k-a)}$ for $0\le a<1$: two integrals enclose a sum of convex terms."""
    beyond = lambda x: 1 / x if a == 0 else -(1 - a / x).log() / a
    low, high = beyond(arb(last) + 1) + HALF / ((last + 1) * (last + 1 - a)), beyond(last + HALF)
    return low.union(high)


def infinite_product(numerator, a, start):
    r"""$\prod_{k\ge\mathrm{start}}\left(1+\frac q{k(k-a)}\right)$ within 1e-7."""
    last = 400
    finite = prod(
        (1 + numerator / (arb(k) * (k - a)) for k in range(start, last + 1)), start=arb(1)
    )
    rest = numerator * tail_of_reciprocals(a, last)
    # log(1 + y) differs from y by at most y^2, and the squares sum to at most q^2/(K - 1)^3.
    return finite * (rest + arb(0, float((numerator**2 / (last - 1) ** 3).abs_upper()))).exp()


@pytest.mark.parametrize("n", [3, 7, 50])
def test_limits_of_accumulation(n):
    """Infinite products and series, within 1e-7."""
    loose = {"tolerance": 1e-7}
    slow = infinite_product(-1 / arb(n), arb(0), 1)
    certify("gaussian-accumulate-limit-variance", slow, **loose, n=n, variance=1)
    kept = infinite_product(-1 / arb(n), 1 / arb(n), 2)
    certify("gaussian-accumulate-limit-variance-unbiased", kept, **loose, n=n, variance=1)
    for v2 in (-1, 2):
        limit = 2 * infinite_product(arb(v2) / n, arb(0), 1)
        certify_function("qvf-accumulate-limit-variance", limit, n=n, v0=2, v1=0, v2=v2)
    batches = [sum(1 / (arb(10) / n + k) ** 2 for k in range(1, 401)), arb(10) / n + 400]
    rest = (1 / (batches[1] + 1) + HALF / (batches[1] + 1) ** 2).union(1 / (batches[1] + HALF))
    risk = (1 + (batches[0] + rest) * 10 / n) / arb(10) * 2
    certify_function(
        "qvf-accumulate-batches-limit-mean-error", risk, n=n, real=10, v0=2, v1=0, v2=0
    )
    for v2 in (-1, 2):
        step = lambda k, v2=v2: 1 + arb(v2) * n / (10 + arb(k) * n) ** 2
        finite = prod((step(k) for k in range(1, 401)), start=1 + arb(v2) / 10)
        error = arb(0, 4 * v2**2 / n**2 / 399**3)
        limit = 2 * finite * (arb(v2) / n * rest + error).exp()
        certify_function(
            "qvf-accumulate-batches-limit-variance", limit, n=n, real=10, v0=2, v1=0, v2=v2
        )


@pytest.mark.parametrize(("n", "d"), [(9, 4), (14, 3)])
def test_series_of_regressions(n, d):
    """Risks of single fits, summed; the infinite series within 1e-7."""
    risk = lambda i: arb(d) / (i * (arb(i) * n - d - 1))
    summed = sum((risk(i) for i in range(1, 9)), arb(0))
    certify("linear-regression-accumulate-digamma", summed, n=n, t=8, d=d, noise=1)
    tail = tail_of_reciprocals(arb(d + 1) / n, 400) * d / n
    limit = sum((risk(i) for i in range(1, 401)), arb(0)) + tail
    certify("linear-regression-accumulate-limit", limit, 1e-7, n=n, d=d, noise=1)


@pytest.mark.parametrize(("start", "real", "synthetic"), [(3, 2, 5), (70, 30, 20)])
def test_feedback(start, real, synthetic):
    """The wrong labels of a growing pool, counted round by round, against ratios of gammas."""
    wrong, size = arb(0), arb(start)
    for _ in range(5):
        wrong, size = wrong + synthetic * (wrong / size + 1), size + real + synthetic
    about = {"t": 5, "start": start, "real": real, "synthetic": synthetic}
    certify("feedback-amplification", wrong / size + 1, **about)


@pytest.mark.parametrize(("q", "r", "b"), [(2, 4, 3), (1, 1, 1), (3, 2, 5)])
def test_resampling_by_scores(q, r, b):
    """Weights $(1-c)^b$ averaged over the two laws of scores, for whole powers."""
    beta = lambda x, y: enclosed(lambda c, _: c ** (x - 1) * (1 - c) ** (y - 1), 0, 1)
    synthetic, real = beta(q, b + 1) / beta(q, 1), beta(1, r + b) / beta(1, r)
    share = 3 * synthetic / (3 * synthetic + 2 * real)
    about = {"share": 0.6, "real_ease": r, "synthetic_ease": q, "power": b}
    value = float(law_named("resampling-residual-share")(**about))
    assert abs(value - float(share.mid())) < 1e-13
    worth = real**2 / (beta(1, r + 2 * b) / beta(1, r))
    certify("resampling-effective-share", worth, real_ease=r, power=b)
