"""Two paths and a naive twin agree in law; samplers fit their laws; verdicts reject what is
wrong.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first, further
from scipy import stats

import jaxcollapse as jc
from jaxcollapse import sampling
from jaxcollapse._keys import fold_in
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.space.examples import example_truth
from jaxcollapse.verification import allowed_sigmas, verify_law
from jaxcollapse.verification.ladder import LADDER_REPLICAS, LOOKS

REPLICAS = 1 << 14


def draws(sampler, count=1 << 16):
    keys = jnp.arange(count, dtype=jnp.uint32)
    return np.asarray(
        jax.jit(jax.vmap(lambda i: sampler(fold_in(jax.random.key(5), i))))(keys), float
    )


def numpy_twin(family, n, generations, replicas):
    """The notebook's loop: draw n observations, fit, repeat."""
    rng = np.random.default_rng(11)
    truth = example_truth(family)
    if isinstance(family, jc.Categorical):
        p = np.broadcast_to(truth.probabilities, (replicas, 5))
        for _ in range(generations):
            p = np.stack([np.bincount(rng.choice(5, n, p=row), minlength=5) / n for row in p])
        return (p * (1 - p)).sum(axis=1)
    mean, variance = np.full(replicas, truth.mean), np.full(replicas, np.exp(truth.log_variance))
    for _ in range(generations):
        x = mean[:, None] + np.sqrt(variance)[:, None] * rng.normal(size=(replicas, n))
        mean, variance = x.mean(axis=1), x.var(axis=1, ddof=1)
    return np.log(variance / np.exp(truth.log_variance))


@pytest.mark.parametrize(
    ("family", "metric"),
    [(jc.Gaussian(), jc.log_variance), (jc.Categorical(), jc.heterozygosity)],
    ids=["gaussian", "categorical"],
)
def test_statistics_samples_and_a_naive_twin_agree_in_law(family, metric, key):
    n, generations = 9, 4
    recursion = jc.Recursion(family, jc.Replace(), truth=example_truth(family), n=n)
    samples = [
        jc.simulate(
            key, recursion, generations=generations, replicas=REPLICAS, carrier=carrier
        ).values(metric)[:, -1]
        for carrier in ("statistics", "samples")
    ]
    samples.append(numpy_twin(family, n, generations, 4000))
    for one, two in ((0, 1), (0, 2)):
        assert (
            stats.ks_2samp(*(np.round(np.asarray(samples[i], float), 3) for i in (one, two))).pvalue
            > FALSE_ALARM
        )


@pytest.mark.parametrize(
    "family", first([jc.RememberingMean(3), jc.DebiasedMean(0.4)]), ids=lambda f: type(f).__name__
)
def test_means_that_look_back_draw_sums_as_they_draw_samples(family, key):
    recursion = jc.Recursion(
        family, jc.Refresh(), truth=example_truth(family), n=6, fresh=4, real=10
    )
    one, two = (
        jc.simulate(
            key, recursion, generations=4, replicas=REPLICAS, carrier=carrier, observe=jc.mean_error
        ).values(jc.mean_error)
        for carrier in ("statistics", "samples")
    )
    assert stats.ks_2samp(one[:, -1], two[:, -1]).pvalue > FALSE_ALARM


@pytest.mark.parametrize(
    "family",
    first(
        [
            f()
            for f in jc.list_families().values()
            if f.__module__.startswith("jaxcollapse.") and issubclass(f, jc.AbstractQVF)
        ]
    ),
    ids=lambda f: type(f).__name__,
)
def test_quadratic_variance_families_draw_sums_as_they_draw_samples(family, key):
    recursion = jc.Recursion(family, jc.Replace(), truth=example_truth(family), n=5)
    a, b = (
        np.asarray(
            jc.simulate(key, recursion, generations=2, replicas=REPLICAS, carrier=carrier).values(
                jc.mean
            )
        )[:, -1].round(4)
        for carrier in ("statistics", "samples")
    )
    assert stats.ks_2samp(a, b).pvalue > FALSE_ALARM


@pytest.mark.parametrize(
    ("n", "p"),
    [(20, 0.5), (10**6, 0.3), *further((100, 0.3), (2**24 - 1, 0.5), (10**6, 1e-6), (37, 0.97))],
)
def test_binomial_fits_its_law(n, p):
    p = float(np.float32(p))
    _fits(draws(lambda k: sampling.binomial(k, n, jnp.float32(p))), stats.binom(n, p))


@pytest.mark.parametrize("rate", [0.01, 3.0, 10.5, 1e5])
def test_poisson_fits_its_law(rate):
    rate = float(np.float32(rate))
    _fits(draws(lambda k: sampling.poisson(k, jnp.float32(rate))), stats.poisson(rate))


def _fits(x, law):
    edges = np.unique(law.ppf(np.linspace(0, 1, 40)[1:-1]))
    cells = np.searchsorted(edges, x, side="left")
    expected = np.diff(np.r_[0, law.cdf(edges), 1]) * len(x)
    keep = expected > 5
    observed = np.bincount(cells, minlength=len(expected)).astype(float)
    statistic = np.sum((observed - expected)[keep] ** 2 / expected[keep])
    assert stats.chi2.sf(statistic, max(keep.sum() - 1, 1)) > FALSE_ALARM


@pytest.mark.parametrize("dof", [1.0, 4.0, 9.0, 999.0])
def test_log_chi2_fits_its_law_and_keeps_its_tolerance(dof):
    x = draws(lambda k: sampling.log_chi2(k, jnp.float32(dof)))
    assert stats.kstest(np.exp(x), stats.chi2(dof).cdf).pvalue > FALSE_ALARM
    z = np.linspace(-6.5, 6.5, 401)
    with jax.enable_x64(True):
        ours = jax.vmap(lambda v: sampling.log_chi2_from_normal(v, jnp.float64(dof)))(
            jnp.asarray(z)
        ) - np.log(dof)
    from jaxcollapse.sampling.chi2_series import quantile_map

    assert np.max(np.abs(np.asarray(ours) - quantile_map(z, dof))) < sampling.LOG_CHI2_TOLERANCE


def test_multinomial_sums_exactly_in_every_regime():
    counts = jnp.array([40, 30, 20, 9, 1, 0, 0])
    p = np.asarray(counts) / 100
    for n, capacity in ((50, 64), (50, 128), (3000, 4096)):
        x = draws(
            lambda k, n=n, c=capacity: sampling.multinomial_from_counts(k, n, counts, 100, c),
            1 << 13,
        )
        assert np.all(x.sum(axis=1) == n)
        z = (x.mean(axis=0) - n * p)[:5] / np.sqrt(n * p * (1 - p) / len(x))[:5]
        assert np.max(np.abs(z)) < allowed_sigmas(15)
        assert np.all(x[:, 5:] == 0)


@pytest.mark.parametrize(
    "name",
    [
        "gaussian-replace-w2",
        "categorical-replace-support",
        *further("bernoulli-replace-law", "qvf-refresh-mean-error"),
    ],
)
def test_laws_pass_their_verdict(name, key):
    verdict = verify_law(key, jc.law_named(name), quick=True)
    assert verdict.passed, verdict.worst


def test_a_wrong_law_fails(key):
    right = jc.law_named("gaussian-replace-variance-spread")
    wrong = dataclasses.replace(right, body=right.rivals["chi2_n"], rivals={})
    assert not verify_law(key, wrong, quick=True).passed


@pytest.mark.thorough
@pytest.mark.usefixtures("optimized")
def test_a_ladder_takes_the_replicas_that_its_rivals_ask_for():
    law = jc.law_named("gaussian-replace-mean-tail")
    verdicts = [verify_law(jax.random.key(seed), law) for seed in range(4)]
    assert all(each.passed for each in verdicts)
    assert max(each.replicas for each in verdicts) > LADDER_REPLICAS


@pytest.mark.thorough
@pytest.mark.usefixtures("optimized")
def test_a_ladder_ends_undecided_where_nothing_tells_a_rival_from_the_law(key):
    law = jc.law_named("gaussian-replace-mean-tail")
    verdict = verify_law(key, dataclasses.replace(law, rivals={"itself": law.body}))
    assert not verdict.passed
    assert verdict.undecided == ("itself",)
    assert verdict.replicas == LADDER_REPLICAS << LOOKS - 1
