"""Certificates of laws of normal fits; the ranges are the parameters of the tests."""

from math import prod

import pytest
from balls import (
    FAR,
    HALF,
    certify,
    chi_square,
    drift,
    enclosed,
    log_ratio,
    log_spread,
    normal_moment,
    ratio,
)
from flint import acb, arb

from jaxcollapse.theory.registry import law_named

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


@pytest.mark.slow
@pytest.mark.parametrize(("n", "ddof"), [(3, 0), (5, 1)])
def test_pools_of_two_batches(n, ddof):
    r"""The second fit multiplies the variance by $(n-\mathrm{ddof}+X+Z^2/2)/(2n-\mathrm{ddof})$.

    X is a chi-square of n - 1 degrees and Z a normal: an integral inside an integral, to 1e-8.
    `pytest -m slow tests/unit/test_certificates_of_normals.py` takes half a minute.
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
