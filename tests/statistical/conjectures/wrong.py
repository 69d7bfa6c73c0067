"""Ten planted conjectures, every one wrong in a way that papers and notebooks are."""

import jaxcollapse as jc


@jc.claim(family=jc.Gaussian(), workflow=jc.Replace(), quantity=jc.E(jc.variance))
def unbiased_variance_decays(xp, n, t, variance):
    return variance * (1 - 1 / n) ** t


@jc.claim(family=jc.Gaussian, workflow=jc.Replace(), quantity=jc.E(jc.mean_error))
def mean_drifts_by_one_over_n_minus_one(xp, n, t, variance):
    return variance * t / (n - 1)


@jc.claim(family=jc.Gaussian(), workflow=jc.Replace(), quantity=jc.E(jc.w2))
def w2_without_the_spread(xp, n, t, variance):
    return variance * t / n


@jc.claim(
    family=jc.Gamma,
    workflow=jc.Accumulate(),
    quantity=jc.E(jc.mean_error),
    kind=jc.Bound("upper"),
    when=lambda r: r.real is None,
)
def pi_squared_over_six_bounds_everything(xp, n, mean, v0, v1, v2):
    return (v0 + v1 * mean + v2 * mean**2) / n * xp.pi**2 / 6


@jc.claim(
    family=jc.Categorical(),
    workflow=jc.Replace(),
    quantity=jc.E(jc.heterozygosity),
    within=jc.Real(0.0, 1.0),
)
def heterozygosity_is_diploid(xp, n, t, p):
    return (1 - xp.sum(p**2)) * (1 - 1 / (2 * n)) ** t


@jc.claim(
    family=jc.Bernoulli(),
    workflow=jc.Replace(),
    quantity=jc.P(jc.segregating),
    kind=jc.Bound("upper"),
)
def survival_bound_without_the_two(xp, n, t, mean):
    return n * mean * (1 - mean) * (1 - 1 / n) ** t


@jc.claim(family=jc.Poisson(), workflow=jc.Replace(), quantity=jc.P(jc.segregating))
def survival_by_the_diffusion(xp, n, t, mean):
    return 1 - xp.exp(-2 * n * mean / (t + 1))


@jc.claim(family=jc.Gaussian, workflow=jc.Replace(), quantity=jc.Var(jc.log_variance))
def log_variance_spreads_by_two_over_n(xp, n, t):
    return 2 * t / n


@jc.claim(
    family=jc.Gaussian(ddof=0),
    workflow=jc.Replace(),
    quantity=jc.E(jc.log_variance),
    kind=jc.Asymptotic("n", 1),
    generations=2,
)
def likelihood_forgets_at_the_unbiased_rate(xp, n, t):
    return -t / n


@jc.claim(family=jc.Categorical(), workflow=jc.Accumulate(), quantity=jc.E(jc.support))
def accumulation_finds_new_categories(xp, n, t, p):
    return sum(1 - (1 - each) ** (n * t) for each in p)
