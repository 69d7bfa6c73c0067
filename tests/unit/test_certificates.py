"""Certificates: rigorous enclosures of independent definitions contain the values of laws.

A definition is an integral, a product or a series, never the formula. `flint` computes with balls:
every number carries a bound of its error. A formula that can be evaluated on balls must meet the
enclosure within 1e-25; float64 must come within 1e-11. The ranges are the parameters of the tests.
"""

from functools import cache
from math import prod
from types import SimpleNamespace

import pytest
from flint import acb, arb, ctx

from jaxcollapse.theory.registry import law_named

ctx.prec = 128
FLOAT = 1e-11
FAR = 2000


def _folded(start, operator):
    def fold(term, first, last):
        value = arb(start)
        for k in range(first, round(float(last)) + 1):
            value = operator(value, term(arb(k)))
        return value

    return fold


BALLS = SimpleNamespace(
    sqrt=lambda x: arb(x).sqrt(),
    exp=lambda x: arb(x).exp(),
    log=lambda x: arb(x).log(),
    sin=lambda x: arb(x).sin(),
    sinh=lambda x: arb(x).sinh(),
    pi=arb.pi(),
    abs=abs,
    gammaln=lambda x: arb(x).lgamma(),
    digamma=lambda x: arb(x).digamma(),
    polygamma=lambda k, x: acb(x).polygamma(k).real,
    maximum=max,
    where=lambda condition, yes, no: yes if condition else no,
    entry=lambda values, k: arb(values[round(float(k)) - 1]),
    total=_folded(0, lambda a, b: a + b),
    product=_folded(1, lambda a, b: a * b),
)


def certify(name: str, definition, tolerance=1e-25, **symbols):
    """The formula on balls meets the enclosure of the definition, and float64 stays near it."""
    law = law_named(name)
    about = f"{name} at {symbols}"
    middle = float(definition.mid())
    assert definition.rad() <= tolerance * max(1.0, abs(middle)), about
    if not law.host:
        kept = ("t", "sizes")
        balls = {key: value if key in kept else arb(value) for key, value in symbols.items()}
        value = law.body(BALLS, **balls)
        assert value.overlaps(definition), about
        assert value.rad() <= 1e-25 * max(1.0, abs(middle)), about
    assert abs(float(law(**symbols)) - middle) <= max(FLOAT, tolerance) * max(1.0, abs(middle)), (
        about
    )


def enclosed(integrand, low, high, tail=0.0):
    """An integral, with a bound of what lies outside its ends."""
    return acb.integral(integrand, acb(low), acb(high)).real + arb(0, tail)


@cache
def chi_square(m: int, power=0, logs=0):
    r"""$E[X^s\log^kX]$ for a chi-square X of m degrees of freedom, integrated over $\log X$.

    Beyond the ends $|u|^ke^{au}$ is integrated by parts, and $x^{a-1+k}e^{-x/2}\le e^{-x/4}$.
    """

    def integral(s, k):
        a, left, right = arb(m) / 2 + s, arb(-140), arb(FAR).log()
        falling = (left * a).exp() * sum(
            140 ** (k - j) * prod(range(k - j + 1, k + 1)) / a ** (j + 1) for j in range(k + 1)
        )
        assert (a + k) * right <= FAR / 4
        tail = falling + 4 * (arb(-FAR) / 4).exp()
        body = lambda u, _: u**k * (a * u - u.exp() / 2).exp()
        return enclosed(body, left, right, float(tail.abs_upper()))

    return integral(power, logs) / integral(0, 0)


def ratio(n, ddof, power):
    r"""$E R^s$ for the variance ratio R of one fit."""
    return chi_square(n - 1, power) / arb(n - ddof) ** power


def log_ratio(n, ddof):
    return chi_square(n - 1, 0, 1) - arb(n - ddof).log()


def log_spread(m):
    return chi_square(m, 0, 2) - chi_square(m, 0, 1) ** 2


def drift(n, t, r):
    """The mean error of replacement, in units of the variance."""
    return sum((r**k for k in range(t)), arb(0)) / n


HALF = arb(1) / 2
FITS = [(n, ddof, t) for n in (2, 3, 10, 41) for ddof in (0, 1) for t in (1, 3)]


@pytest.mark.parametrize(("n", "ddof", "t"), FITS)
def test_one_normal_fit_after_another(n, ddof, t):
    """Logarithms and roots of products of independent chi-squares; n = 2, 3, 10, 41."""
    root, mean, log = ratio(n, ddof, HALF), ratio(n, ddof, 1), log_ratio(n, ddof)
    about = {"n": n, "t": t, "ddof": ddof}
    certify("gaussian-replace-standard-deviation", root**t, **about, variance=1)
    certify("gaussian-replace-log-variance", t * log, **about)
    certify("gaussian-replace-collapse-rate", log, **about)
    certify("multivariate-gaussian-replace-projected-log-variance", t * log, **about)
    error = drift(n, t, mean)
    certify("gaussian-replace-w2", error + mean**t + 1 - 2 * root**t, **about, variance=1)
    certify("gaussian-replace-kl", (mean**t + error - 1 - t * log) / 2, **about)
    fisher = (ratio(n, ddof, 2) ** t - 2 * mean**t + 1) / 2
    certify("gaussian-replace-fisher-risk", fisher, **about)
    tempered = {**about, "temperature": 0.75}
    cooled = t * log + (t - 1) * (arb(3) / 4).log()
    certify("gaussian-replace-tempered-log-variance", cooled, **tempered)


@pytest.mark.parametrize("n", [2, 3, 10, 41])
def test_spread_of_the_logarithm(n):
    """n = 2, 3, 10, 41."""
    for name in (
        "gaussian-replace-log-variance-spread",
        "multivariate-gaussian-replace-projected-log-variance-spread",
    ):
        certify(name, 3 * log_spread(n - 1), n=n, t=3)


@pytest.mark.parametrize(("n", "t"), [(6, 1), (6, 3), (20, 2)])
def test_divergence_of_the_truth(n, t):
    """The inverse variance and the mean error over the variance, step by step."""
    b = ratio(n, 0, -1)
    precision = b**t + sum(b**k for k in range(1, t + 1)) / n - 1
    certify("gaussian-replace-kl-reverse", (precision + t * log_ratio(n, 0)) / 2, n=n, t=t, ddof=0)


@pytest.mark.parametrize(("n", "ddof", "t"), [(2, 1, 2), (3, 0, 3), (12, 1, 3)])
def test_spread_of_the_wasserstein_distance(n, ddof, t):
    r"""Moments $E D^aS^k$ of the mean's error and the deviation, moved fit by fit."""
    root = [ratio(n, ddof, arb(k) / 2) for k in range(5)]
    moments = {(a, k): arb(a == 0) for a in (0, 2, 4) for k in range(5 - a)}
    for _ in range(t):
        old = moments
        grown = lambda a, k, old=old: {
            0: lambda: old[0, k],
            2: lambda: old[2, k] + old[0, k + 2] / n,
            4: lambda: old[4, k] + 6 * old[2, k + 2] / n + 3 * old[0, k + 4] / arb(n) ** 2,
        }[a]()
        moments = {(a, k): root[k] * grown(a, k) for a, k in old}
    shrunk = [1, -2, 1]
    mean = moments[2, 0] + sum(c * moments[0, k] for k, c in enumerate(shrunk))
    fourth = sum(c * moments[0, k] for k, c in enumerate([1, -4, 6, -4, 1]))
    crossed = sum(c * moments[2, k] for k, c in enumerate(shrunk))
    square = moments[4, 0] + 2 * crossed + fourth
    about = {"n": n, "t": t, "ddof": ddof, "variance": 1}
    certify("gaussian-replace-w2-spread", square - mean**2, **about)


@pytest.mark.parametrize("t", [1, 3])
def test_scheduled_normal_fits(t):
    """Sizes 2, 5, 3 or 9, 4, 30."""
    for sizes, ddof in (([2, 5, 3], 0), ([9, 4, 30], 1)):
        used = sizes[:t]
        about = {"sizes": sizes, "t": t, "ddof": ddof}
        roots = prod((ratio(n, ddof, HALF) for n in used), start=arb(1))
        certify("gaussian-replace-scheduled-standard-deviation", roots, **about, variance=1)
        logs = sum((log_ratio(n, ddof) for n in used), arb(0))
        certify("gaussian-replace-scheduled-log-variance", logs, **about)
        variances = [
            prod((ratio(n, ddof, 1) for n in used[:k]), start=arb(1)) for k in range(t + 1)
        ]
        error = sum((variances[k] / n for k, n in enumerate(used)), arb(0))
        distance = error + variances[t] + 1 - 2 * roots
        certify("gaussian-replace-scheduled-w2", distance, **about, variance=1)


@pytest.mark.parametrize(("n", "d", "ddof"), [(4, 2, 0), (7, 3, 1), (30, 5, 1)])
def test_pivots_of_a_covariance(n, d, ddof):
    """Bartlett: the pivots of a Wishart matrix are chi-squares of n - 1, ..., n - d degrees."""
    t, about = 2, {"n": n, "t": 2, "d": d, "ddof": ddof}
    pivots = [chi_square(n - i, 0, 1) - arb(n - ddof).log() for i in range(1, d + 1)]
    certify("multivariate-gaussian-replace-log-determinant-ratio", t * sum(pivots), **about)
    spread = t * sum(log_spread(n - i) for i in range(1, d + 1))
    certify("multivariate-gaussian-replace-log-determinant-spread", spread, n=n, t=t, d=d)
    certify("multivariate-gaussian-replace-lyapunov", pivots[-1], **about)
    certify(
        "multivariate-gaussian-replace-log-condition", t * (pivots[0] - pivots[-1]), n=n, t=t, d=d
    )
    mean = ratio(n, ddof, 1)
    moments = d * (mean**t - 1 + drift(n, t, mean))
    certify("multivariate-gaussian-replace-kl", (moments - t * sum(pivots)) / 2, **about)
    if n > d + 2:
        # The first entry of an inverse Wishart matrix is one over a chi-square of n - d degrees.
        b = arb(n - ddof) * chi_square(n - d, -1)
        precision = d * (b**t - 1 + sum(b**k for k in range(1, t + 1)) / n)
        reverse = (precision + t * sum(pivots)) / 2
        certify("multivariate-gaussian-replace-kl-reverse", reverse, **about)


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


@pytest.mark.slow
@pytest.mark.parametrize(("n", "ddof"), [(3, 0), (5, 1)])
def test_pools_of_two_batches(n, ddof):
    r"""The second fit multiplies the variance by $(n-\mathrm{ddof}+X+Z^2/2)/(2n-\mathrm{ddof})$.

    X is a chi-square of n - 1 degrees and Z a normal: an integral inside an integral, to 1e-8.
    `pytest -m slow tests/unit/test_certificates.py` takes half a minute.
    """
    low, high = -60 / (n - 1), arb(400).log()
    weight = lambda u: (arb(n - 1) / 2 * u - u.exp() / 2).exp()
    normal = lambda z: (-z * z / 2).exp() / (2 * acb.pi()).sqrt()

    def expected(function):
        inner = lambda z: acb.integral(
            lambda u, flag: function(n - ddof + u.exp() + z * z / 2, flag) * weight(u),
            acb(low),
            acb(high),
            rel_tol=arb(1e-12),
            abs_tol=arb(1e-12),
        )
        whole = acb.integral(
            lambda z, _: inner(z) * normal(z),
            acb(0),
            acb(8),
            rel_tol=arb(1e-10),
            abs_tol=arb(1e-10),
        )
        # What lies outside has a weight below 1e-12, and the functions are below 10 |u| + z^2.
        mass = acb.integral(lambda u, _: weight(u), acb(low), acb(high)).real
        return 2 * whole.real / mass + arb(0, 1e-9)

    log = (
        log_ratio(n, ddof)
        + expected(lambda x, flag: x.log(analytic=flag))
        - arb(2 * n - ddof).log()
    )
    about = {"n": n, "t": 2, "ddof": ddof}
    certify("gaussian-accumulate-log-variance", log, 1e-8, **about)
    root = ratio(n, ddof, HALF) * expected(lambda x, flag: x.sqrt(analytic=flag))
    root = root / arb(2 * n - ddof).sqrt()
    certify("gaussian-accumulate-standard-deviation", root, 1e-8, **about, variance=1)


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


def certify_function(name, definition, v0, v1, v2, **symbols):
    """As `certify`, within 1e-7 and in float64, for a law of a variance function at mean 0."""
    middle = float(definition.mid())
    assert definition.rad() <= 1e-7 * abs(middle)
    value = float(law_named(name)(mean=0.0, v0=float(v0), v1=float(v1), v2=float(v2), **symbols))
    assert abs(value - middle) <= 1e-7 * abs(middle)


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


def normal_moment(power, low, high, tail=0.0):
    r"""$\int x^k\varphi(x)\,dx$ between two ends."""
    density = lambda x, _: x**power * (-x * x / 2).exp() / (2 * acb.pi()).sqrt()
    return enclosed(density, low, high, tail)


@pytest.mark.parametrize("bound", [0.25, 1.0, 1.75, 3.5])
def test_truncated_normals(bound):
    """The variance of a truncated normal by integration; bounds 1/4, 1, 7/4, 7/2."""
    inside = normal_moment(2, -bound, bound) / normal_moment(0, -bound, bound)
    certify("normal-mean-replace-verified-contraction", inside**3, radius=bound, t=4)
    about = {"n": 7, "t": 3, "bound": bound, "ddof": 0, "variance": 1}
    lost = arb(6) / 7
    certify("gaussian-replace-truncated-variance", lost**3 * inside**2, **about)
    certify("gaussian-replace-truncated-mean-error", drift(7, 3, lost * inside), **about)
    pool = lost
    for k in (1, 2):
        # Batch k + 1 comes from the truncated model; its mean and the pool's differ by its noise.
        pool = (k * pool + pool * inside * (6 + arb(k) / (k + 1)) / 7) / (k + 1)
    certify("gaussian-accumulate-truncated-variance", pool, **about)


@pytest.mark.parametrize("cut", [-1.25, 0.25, 1.0])
def test_the_best_of_a_normal(cut):
    """What lies above a cut, by integration up to 14; the rest of the law is below 1e-40."""
    share, first, second = (normal_moment(k, cut, 14, 1e-40) for k in range(3))
    mean, variance = first / share, second / share - (first / share) ** 2
    top = float(share.mid())
    certify("gaussian-replace-top-limit", mean / (1 - variance.sqrt()), 1e-11, share=top)
    threshold = float(law_named("gaussian-refresh-top-threshold")(share=top))
    growth = [
        (1 - weight) * (variance + mean**2 / weight) - 1
        for weight in (arb(threshold) - 1e-9, arb(threshold) + 1e-9)
    ]
    assert growth[1] < 0 < growth[0]
    # At rest the mixture of real data and of selected data has the moments of the model.
    moved, spread = law_named("gaussian-refresh-top-limit")(share=top, weight=0.75)
    level = arb(moved) + arb(spread).sqrt() * mean
    second = (3 + arb(spread) * variance + level**2) / 4
    assert abs(level / 4 - moved) < 1e-12
    assert abs(second - arb(moved) ** 2 - spread) < 1e-12


@pytest.mark.parametrize(("n", "rate"), [(2, 0.25), (8, 0.5)])
def test_damped_fits(n, rate):
    """The logarithm of one chi-square beside a constant, on the part of the law above 1e-30."""
    m = n - 1
    argument = lambda u: 1 - arb(rate) + arb(rate) * u.exp() / m
    weight = lambda u: (arb(m) / 2 * u - u.exp() / 2).exp()
    logarithm = lambda u, analytic: argument(u).log(analytic=analytic) * weight(u)
    low, high = arb(-280) / m, arb(FAR).log()
    # Below the lower end the logarithm is at most |log(1 - rate)| or |u| times a falling power.
    left = float((low * m / 2).exp().abs_upper()) * 600
    drifted = enclosed(logarithm, low, high, left) / enclosed(
        lambda u, _: weight(u), low, high, left
    )
    certify("damped-gaussian-replace-log-variance", 2 * drifted, 1e-20, n=n, t=2, rate=rate)


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
