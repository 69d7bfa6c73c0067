"""Derivations: computer algebra gets formulas of laws from the definitions, at fixed sample sizes.

Sizes and times are numbers, everything else is a symbol. Expected values of polynomials in
independent draws are taken term by term, those of densities by SymPy's integration.
"""

from functools import cache
from math import prod

import pytest
import sympy as sp
from symbolic import agrees, expected

V, DDOF, KURTOSIS, COLD = sp.symbols("variance ddof kurtosis temperature", positive=True)
MEAN, V0, V1, V2 = sp.symbols("mean v0 v1 v2")
QVF = {"mean": MEAN, "v0": V0, "v1": V1, "v2": V2}
NORMAL = {1: 0, 2: 1, 3: 0, 4: 3}
ANY_SHAPE = {1: 0, 2: 1, 3: sp.Symbol("skewness"), 4: 3 + KURTOSIS}


@cache
def one_fit(n, kind="normal", old=0, temperature=1):
    r"""$ER$, $ER^2$, $E\bar x^2R$ and $E\bar x^4$ of one fit to n draws of variance 1.

    With `old`, the draws join a pool of that size of variance 1 whose mean is 0.
    """
    x = sp.symbols(f"x:{n}")
    average = sum(x) / sp.Integer(n)
    scatter = sum((each - average) ** 2 for each in x) + sp.Rational(old * n, old + n) * average**2
    kept = old - DDOF if old else 0
    ratio = sp.expand(kept + temperature * scatter) / (old + n - DDOF)
    moments = NORMAL if kind == "normal" else ANY_SHAPE
    wanted = ratio, ratio**2, average**2 * ratio, average**4
    return tuple(sp.factor(expected(sp.expand(each), x, moments)) for each in wanted)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("t", [1, 2, 3])
def test_fourth_moments_of_replacement(n, t):
    """n = 2 and 3, any excess kurtosis, skewness and ddof."""
    about = {"n": n, "t": t, "ddof": DDOF, "variance": V}
    first, second, *_ = one_fit(n, "any")
    spread = V**2 * (second**t - first ** (2 * t))
    agrees("location-scale-replace-variance-spread", spread, kurtosis=KURTOSIS, **about)
    first, second, mixed, fourth = one_fit(n)
    agrees("gaussian-replace-variance-spread", V**2 * (second**t - first ** (2 * t)), **about)
    agrees("gaussian-replace-fourth-moment", V**2 * second**t, **about)
    drift, crossed, square = sp.Integer(0), sp.Integer(0), V**2
    for _ in range(t):
        drift += 6 * crossed / n + square * fourth
        crossed, square = crossed * first + square * mixed, square * second
    agrees("gaussian-replace-mean-fourth", drift, **about)


@pytest.mark.parametrize("n", [2, 3])
def test_fourth_moment_in_the_limit(n):
    """The sums of the two geometric series, for maximum likelihood."""
    first, second, mixed, fourth = (each.subs(DDOF, 0) for each in one_fit(n))
    square = V**2 / (1 - second)
    limit = 6 * square * mixed / (1 - first) / n + square * fourth
    agrees("gaussian-replace-mean-fourth-limit", limit, n=n, variance=V)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("t", [1, 2, 3])
def test_moments_of_accumulation(n, t):
    """Pools of one, two and three batches."""
    fits = [one_fit(n, "normal", n * k) for k in range(t)]
    mean, square = (prod(fit[i] for fit in fits) for i in (0, 1))
    about = {"n": n, "t": t, "ddof": DDOF}
    spread = V**2 * (square - mean**2)
    agrees("gaussian-accumulate-variance-spread", spread, variance=V, **about)
    agrees("multivariate-gaussian-accumulate-trace-ratio", mean, **about)
    cold = [one_fit(n, "normal", n * k, COLD if k else 1)[0] for k in range(t)]
    about |= {"temperature": COLD, "variance": V}
    agrees("gaussian-accumulate-tempered-variance", V * prod(cold), **about)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_biased_sampling(t):
    """A temperature multiplies the variance of every batch but the first; a tilt moves the mean."""
    n, slope = 3, sp.Symbol("slope")
    ratio = one_fit(n)[0]
    variances = [V * ratio**k for k in range(t + 1)]
    cold = [V * (COLD * ratio) ** k for k in range(t)]
    about = {"n": n, "t": t, "ddof": DDOF, "variance": V}
    fits = cold[-1] * ratio
    agrees("gaussian-replace-tempered-variance", fits, temperature=COLD, **about)
    agrees("multivariate-gaussian-replace-tempered-variance", fits, temperature=COLD, **about)
    agrees("gaussian-replace-tempered-mean-error", sum(cold) / n, temperature=COLD, **about)
    # e^(ax) times the density of N(m, v) is the density of N(m + av, v), up to a constant.
    x, m, v = sp.symbols("x m v", positive=True)
    moved = (x - m - slope * v) ** 2 / (2 * v) - ((x - m) ** 2 / (2 * v) - slope * x)
    assert sp.diff(sp.expand(moved), x) == 0
    agrees("gaussian-replace-tilted-variance", variances[t], **about)
    tilted = MEAN + slope * sum(variances[1:t])
    agrees("gaussian-replace-tilted-mean", tilted, mean=MEAN, slope=slope, **about)


def test_tilted_poisson():
    """The mean of Poisson weights that are multiplied by e^(ax)."""
    x, rate, slope = sp.symbols("x rate slope", positive=True)
    tilted = sp.Symbol("tilted", positive=True)
    mass = sp.summation(tilted**x / sp.factorial(x), (x, 0, sp.oo))
    moment = sp.summation(x * tilted**x / sp.factorial(x), (x, 1, sp.oo))
    step = sp.simplify(moment / mass).subs(tilted, rate * sp.exp(slope))
    derived = step.subs(rate, step)
    agrees("poisson-replace-tilted-mean", derived, t=3, mean=rate, slope=slope)


@pytest.mark.parametrize("n", [2, 3])
def test_second_moments_of_a_covariance(n):
    """Two dimensions with variances a and b; the moments of t fits are powers of a linear map."""
    a, b = sp.symbols("a b", positive=True)
    x, y = sp.symbols(f"x:{n}"), sp.symbols(f"y:{n}")
    centred = lambda u: [each - sum(u) / sp.Integer(n) for each in u]
    inner = lambda u, v: sum(p * q for p, q in zip(centred(u), centred(v), strict=True))
    xx, yy, xy = a * inner(x, x), b * inner(y, y), sp.sqrt(a * b) * inner(x, y)
    draws, scale = (*x, *y), (n - DDOF) ** 2
    mean = lambda f: expected(sp.expand(f), draws, NORMAL) / scale
    trace, squares = mean((xx + yy) ** 2), mean(xx**2 + yy**2 + 2 * xy**2)
    # Symmetric quadratic forms of (a, b) are combinations of (a + b)^2 and a^2 + b^2.
    at = lambda f: (f.subs({a: 1, b: 0}), f.subs({a: 1, b: 1}))
    basis = sp.Matrix([[1, 1], [4, 2]])
    step = sp.Matrix.hstack(*(basis.solve(sp.Matrix(at(f))) for f in (trace, squares))).T
    start = sp.Matrix([(a + b) ** 2, a**2 + b**2])
    assert sp.expand(step[0, :] * start)[0].equals(sp.expand(trace))
    about = {"n": n, "ddof": DDOF, "trace": a + b, "trace_square": a**2 + b**2}
    for t in (1, 2):
        whole, square = step**t * start
        agrees("multivariate-gaussian-replace-trace-of-square", square, t=t, **about)
        ratio = whole / (a + b) ** 2
        agrees("multivariate-gaussian-replace-trace-ratio-square", ratio, t=t, **about)
        agrees("multivariate-gaussian-replace-zonal-row", (whole + 2 * square) / 3, t=t, **about)
        column = 2 * (whole - square) / 3
        agrees("multivariate-gaussian-replace-zonal-column", column, t=t, **about)
        determinant = (mean(xx * yy - xy**2) / (a * b)) ** t
        about_determinant = {"n": n, "t": t, "d": 2, "ddof": DDOF}
        agrees("multivariate-gaussian-replace-determinant-ratio", determinant, **about_determinant)


def variance_at(m):
    return V0 + m * (V1 + V2 * m)


def next_polynomial(f, m, n, fresh=None, weight=0):
    """E f of the next mean, a polynomial in m of degree 3 or less.

    The mean of n draws has the cumulants V/n and VV'/n^2 about m, fresh data about the truth.
    """
    y, z = sp.symbols("y z")

    def cumulants(centre, size):
        v = variance_at(centre)
        return {1: 0, 2: v / size, 3: v * (V1 + 2 * V2 * centre) / size**2}

    moved = sp.expand(f.subs(m, (1 - weight) * (m + y) + weight * (MEAN + z)))
    found = sp.Integer(0)
    for (i, j), coefficient in sp.Poly(moved, y, z).terms():
        powers = cumulants(m, n).get(i, 1), cumulants(MEAN, fresh).get(j, 1) if j else 1
        found += coefficient * powers[0] * powers[1]
    return sp.expand(found)


def test_cubes_of_quadratic_variance():
    """Third moments of any family with a quadratic variance function; n = 2, fresh 3, real 4."""
    m, w = sp.symbols("m weight")
    f = variance_at(m) * (V1 + 2 * V2 * m)
    for t in (1, 2):
        f = next_polynomial(f, m, 2)
        agrees("qvf-replace-third-cumulant", f.subs(m, MEAN), n=2, t=t, **QVF)
    for k in (1, 2, 3):
        leading = sp.Poly(next_polynomial(m**k, m, 5), m).coeff_monomial(m**k)
        agrees("qvf-replace-eigenvalue", leading, k=k, n=5, v2=V2)
    cube = (m - MEAN) ** 3
    about = {"n": 2, "fresh": 3, "weight": w, "real": 4, **QVF}
    for t in (1, 2):
        first = next_polynomial(cube, m, 4).subs(m, MEAN)
        agrees("qvf-refresh-mean-cube", first, t=t, **about)
        cube = next_polynomial(cube, m, 2, 3, w)


def test_cube_at_rest():
    """The stationary third moment solves a linear equation; n = 2, fresh 3, weight 1/4."""
    m, e, c = sp.symbols("m e c")
    w = sp.Rational(1, 4)

    def stationary(k):
        moved = sp.expand(next_polynomial((m - MEAN) ** k, m, 2, 3, w).subs(m, MEAN + c))
        terms = sp.Poly(moved, c).as_dict()
        return terms

    second, third = stationary(2), stationary(3)
    error = sp.solve(second[(0,)] + second.get((2,), 0) * e - e, e)[0]
    rest = third[(0,)] + third.get((2,), 0) * error
    limit = sp.solve(rest + third[(3,)] * e - e, e)[0]
    agrees("qvf-refresh-limit-mean-cube", limit, n=2, fresh=3, weight=w, **QVF)


@pytest.mark.parametrize("n", [2, 3])
def test_gaps_of_exponentials(n):
    """The gaps between ordered exponential draws are independent, of the means 1/n, ..., 1/2, 1."""
    location, scale = sp.symbols("location scale", positive=True)
    gaps = sp.symbols(f"gap:{n}")
    ordered = [sum(gaps[i] / sp.Integer(n - i) for i in range(j + 1)) for j in range(n)]
    mean = lambda f: sp.factor(expected(sp.expand(f), gaps, {k: sp.factorial(k) for k in (1, 2)}))
    excess = (sum(ordered) - n * ordered[0]) / (n - DDOF)
    lowest, first, second = mean(ordered[0]), mean(excess), mean(excess**2)
    for t in (1, 2):
        about = {"n": n, "t": t, "scale": scale, "ddof": DDOF}
        start = location + scale * lowest * sum(first**k for k in range(t))
        agrees("shifted-exponential-replace-location", start, location=location, **about)
        level = start + scale * first**t
        agrees("shifted-exponential-replace-mean", level, location=location, **about)
        agrees("shifted-exponential-replace-standard-deviation", scale * first**t, **about)
        agrees("shifted-exponential-replace-variance", scale**2 * second**t, **about)


def test_maxima_of_uniforms():
    """The largest of n uniform draws, for every n."""
    n, u, scale = sp.symbols("n u scale", positive=True)
    mean = lambda f: sp.simplify(sp.integrate(f * n * u ** (n - 1), (u, 0, 1)))
    first, second, log = mean(u), mean(u**2), -1 / n
    assert sp.simplify(mean(sp.log(u)) - log) == 0
    deviation = scale / sp.sqrt(12)
    for t in (1, 3):
        agrees("uniform-replace-standard-deviation", deviation * first**t, n=n, t=t, scale=scale)
        agrees("uniform-replace-log-variance", 2 * t * log, n=n, t=t)
        agrees("uniform-replace-kl", -t * log, n=n, t=t)
        distance = scale**2 * (second**t - 2 * first**t + 1) / 3
        agrees("uniform-replace-w2", distance, n=n, t=t, scale=scale)
        agrees("uniform-accumulate-standard-deviation", deviation * first, real=n, t=t, scale=scale)


@pytest.mark.parametrize("t", range(5))
def test_chains_of_labels(t):
    """Powers of two-by-two matrices."""
    up, down, base, noise, accuracy = sp.symbols("up down base noise accuracy")
    chain = sp.Matrix([[1 - up, up], [down, 1 - down]]) ** t
    agrees("label-chain-true-positive-rate", chain[1, 1], t=t, up=up, down=down)
    rate = base * chain[1, 1] + (1 - base) * chain[0, 1]
    agrees("label-chain-selection-rate", rate, t=t, base=base, up=up, down=down)
    flips = sp.Matrix([[1 - noise, noise], [noise, 1 - noise]]) ** t
    right = accuracy * flips[0, 0] + (1 - accuracy) * flips[1, 0]
    agrees("label-noise-accuracy", right, t=t, accuracy=accuracy, noise=noise)


def test_points_of_rest():
    """Equations of a loop at rest, solved."""
    n, fresh, v = sp.symbols("n fresh v", positive=True)
    share = n / (n + fresh)
    floor = sp.solve(sp.Eq(v, (1 - share) + share * COLD * v), v)[0]
    about = {"n": n, "fresh": fresh, "temperature": COLD}
    agrees("gaussian-refresh-tempered-variance-floor", floor, **about)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_regression_in_one_dimension(n):
    """The risk of one fit is the noise times the mean of one over a chi-square of n degrees."""
    x, noise = sp.symbols("x noise", positive=True)
    density = x ** sp.Rational(n - 2, 2) * sp.exp(-x / 2)
    inverse = sp.integrate(density / x, (x, 0, sp.oo)) / sp.integrate(density, (x, 0, sp.oo))
    for name in ("regression-replace-excess-risk", "linear-regression-shared-replace-excess-risk"):
        agrees(name, 3 * noise * sp.simplify(inverse), n=n, t=3, d=1, noise=noise)


def test_regression_on_given_inputs():
    """The hat matrix of any inputs has the trace d, and every fit adds its noise."""
    a, b, c, noise = sp.symbols("a b c noise", positive=True)
    for inputs in (sp.Matrix([[a], [b], [c]]), sp.Matrix([[1, a], [1, b], [1, c]])):
        hat = inputs * (inputs.T * inputs).inv() * inputs.T
        (rows, d), risk = inputs.shape, sp.simplify((hat * hat.T).trace()) * noise
        about = {"t": 2, "d": d, "noise": noise}
        agrees("linear-regression-fixed-replace-excess-risk", 2 * risk / rows, n=rows, **about)
