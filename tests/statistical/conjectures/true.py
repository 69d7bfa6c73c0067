"""Ten true conjectures, which must survive at the stated error rate."""

import jaxcollapse as jc


@jc.claim(family=jc.Gaussian(ddof=0), workflow=jc.Replace(), quantity=jc.E(jc.variance))
def likelihood_variance_decays(xp, n, t, variance):
    return variance * (1 - 1 / n) ** t


@jc.claim(family=jc.Gaussian(ddof=0), workflow=jc.Replace(), quantity=jc.E(jc.mean_error))
def mean_saturates(xp, n, t, variance):
    return variance * (1 - (1 - 1 / n) ** t)


@jc.claim(
    family=jc.Gaussian(ddof=0),
    workflow=jc.Replace(),
    quantity=jc.E(jc.w2),
    kind=jc.Bound("upper"),
    within=jc.Real(0.0),
)
def w2_stays_below_two_variances(xp, n, t, variance):
    return 2 * variance


@jc.claim(
    family=jc.Exponential(),
    workflow=jc.Accumulate(),
    quantity=jc.E(jc.variance),
    when=lambda r: r.real is None,
)
def accumulation_is_a_product(xp, n, t, mean):
    return mean**2 * xp.product(lambda k: 1 + 1 / (n * k**2), 1, t)


@jc.claim(
    family=jc.Categorical(),
    workflow=jc.Replace(),
    quantity=jc.E(jc.heterozygosity),
    within=jc.Real(0.0, 1.0),
)
def heterozygosity_is_haploid(xp, n, t, p):
    return (1 - xp.sum(p**2)) * (1 - 1 / n) ** t


@jc.claim(
    family=jc.Bernoulli(),
    workflow=jc.Replace(),
    quantity=jc.P(jc.segregating),
    kind=jc.Bound("upper"),
)
def survival_bound(xp, n, t, mean):
    return 2 * n * mean * (1 - mean) * (1 - 1 / n) ** t


@jc.claim(family=jc.Poisson(), workflow=jc.Replace(), quantity=jc.P(jc.segregating), generations=4)
def survival_by_branching(xp, n, t, mean):
    g = [0.0, 1.0]
    for _ in range(8):
        g.append(1 - xp.exp(-g[-1]))
    return sum(xp.where(t == k, 1 - xp.exp(-n * mean * g[k]), 0.0) for k in range(9))


@jc.claim(family=jc.Gaussian, workflow=jc.Replace(), quantity=jc.Var(jc.log_variance))
def log_variance_spreads_by_trigamma(xp, n, t):
    return t * xp.polygamma(1, (n - 1) / 2)


@jc.claim(
    family=jc.Gaussian(ddof=0),
    workflow=jc.Replace(),
    quantity=jc.E(jc.log_variance),
    kind=jc.Asymptotic("n", 1),
    generations=2,
)
def likelihood_forgets_twice_as_fast(xp, n, t):
    return -2 * t / n


@jc.claim(family=jc.Categorical(), workflow=jc.Accumulate(), quantity=jc.E(jc.support))
def accumulation_keeps_what_it_has(xp, n, t, p):
    return sum(1 - (1 - each) ** n for each in p)
