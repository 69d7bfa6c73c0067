r"""Contraction: how fast a retraining loop with real data returns to the truth, exactly and by what
sufficient conditions allow.

$\lambda$ is the ratio of synthetic to real data. Population loops are `Identity` laws: the
reference maximizes the likelihood of the mixture numerically, round after round.
"""

import numpy as np
import scipy

from ...domains import POSITIVE, PROBABILITY, REAL, Covariance, Real
from ..kinds import Bound, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..registry import law
from ..subjects import Categorical, E, Refresh, fold_in, jax, jnp, total_variation

RATIO = Real(0.0, typical=(0.1, 4.0))
FRACTION = Real(0.0, 1.0, closed=(True, False), typical=(0.1, 0.9))
DIMENSION = 6


def _refitted_poisson(truth, model, ratio, correction):
    """Maximum of the expected log-likelihood of a Poisson mean over real data and `ratio` times
    (corrected) synthetic data.
    """

    x = np.arange(200)
    pmf = scipy.stats.poisson.pmf
    synthetic = (pmf(x, model) + correction * pmf(x, truth)) / (1 + correction)
    data = pmf(x, truth) + ratio * synthetic
    score = lambda mean: np.sum(data * (x / mean - 1))
    return scipy.optimize.brentq(score, 1e-6, 150.0, xtol=1e-13, rtol=1e-14)


def _iterated_distance(t, start, ratio, correction=0.0, truth=3.0):
    model = truth + float(start)
    for _ in range(int(t)):
        model = _refitted_poisson(truth, model, ratio, correction)
    return model - truth


def distance_at_sufficient_rate(xp, t, start, ratio):
    r"""The distance at the rate $\frac\lambda{1-\lambda}$ of the sufficient condition: a rival."""
    return start * (ratio / (1 - xp.where(ratio < 0.5, ratio, 0.5))) ** t


def distance_after_one_round(xp, t, start, ratio):
    """The distance if it stayed where one round brings it: a rival."""
    return start * ratio / (1 + ratio) + 0 * t


@law("population-refresh-distance", kind=Identity(_iterated_distance, 1e-8))
@source("bertrand2023", "derived", tag="C1")
@proof(Coq("Loops.population_refresh_distance_correct"))
@holds(where={"start": REAL, "ratio": RATIO})
@tried({"t": 6, "start": 2.0, "ratio": 1.0}, {"t": 4, "start": -1.2, "ratio": 0.3})
@rival("the sufficient rate", distance_at_sufficient_rate)
@rival("the synthetic share of one round", distance_after_one_round)
def population_distance(xp, t, start, ratio):
    r"""Retraining contracts for every ratio,
    $\theta_t-\theta^*=\left(\frac\lambda{1+\lambda}\right)^t(\theta_0-\theta^*)$: $\lambda<\frac12$
    is sufficient, not necessary.
    """
    return start * (ratio / (1 + ratio)) ** t


CORRECTED = (
    {"t": 5, "start": 2.0, "ratio": 2.0, "correction": 1.5},
    {"t": 3, "start": -1.2, "ratio": 0.5, "correction": 0.4},
)


def distance_by_corrected_pool(xp, t, start, ratio, correction):
    """The distance if the correction were data of their own in the pool: a rival."""
    return start * (ratio / (1 + ratio + correction)) ** t


@law("population-corrected-distance", kind=Identity(_iterated_distance, 1e-8))
@source("gillman2024", "derived", tag="C5")
@proof(Coq("Loops.population_corrected_distance_correct"))
@holds(where={"start": REAL, "ratio": RATIO, "correction": RATIO})
@tried(*CORRECTED)
@rival("no correction", population_distance)
@rival("correction of the pool", distance_by_corrected_pool)
def corrected_distance(xp, t, start, ratio, correction):
    r"""Synthetic data corrected toward the truth by $\gamma$ contract faster, by
    $\frac\lambda{(1+\gamma)(1+\lambda)}$ per round.
    """
    return start * (ratio / ((1 + correction) * (1 + ratio))) ** t


def _settled_distance(synthetic, slope, gap):
    """Distance of the fixed point of x -> (1 - s) x* + s T(x), T affine with T(x*) at distance
    `gap`, by iteration.
    """
    x = truth = 0.7
    for _ in range(20_000):
        x = (1 - synthetic) * truth + synthetic * (truth + gap + slope * (x - truth))
    return abs(x - truth)


@law("affine-refresh-distance", kind=Identity(_settled_distance, 1e-10))
@source("derived", tag="C2")
@proof(Coq("Loops.affine_refresh_distance_correct"))
@holds(where={"synthetic": FRACTION, "slope": FRACTION, "gap": POSITIVE})
@tried({"synthetic": 0.5, "slope": 0.9, "gap": 0.1}, {"synthetic": 0.9, "slope": 0.3, "gap": 0.4})
@rival("expansive", lambda xp, synthetic, slope, gap: synthetic * gap / (1 - slope))
@rival("one round", lambda xp, synthetic, gap: synthetic * gap)
def affine_distance(xp, synthetic, slope, gap):
    r"""An affine learner T settles at distance $\frac{s\,d(Tp^*,p^*)}{1-s\kappa}$ from the truth:
    the bound for contractions is attained.
    """
    return synthetic * gap / (1 - synthetic * slope)


def _simplex(key, shape):
    weights = jax.random.exponential(key, shape)
    return weights / weights.sum(axis=-1, keepdims=True)


def _total_variation(p, q):
    return 0.5 * jnp.abs(p - q).sum(axis=-1)


def settled_mixtures(key, replicas, synthetic, slope):
    """Distance of the fixed point from the truth over that of T(truth), for random Markov learners
    T of total-variation slope.
    """
    truth, target = (_simplex(fold_in(key, i), (replicas, DIMENSION)) for i in (0, 1))
    order = jnp.argsort(jax.random.uniform(fold_in(key, 2), (replicas, DIMENSION)), axis=1)

    def learned(p):
        return slope * jnp.take_along_axis(p, order, axis=1) + (1 - slope) * target

    def refit(_, p):
        return (1 - synthetic) * truth + synthetic * learned(p)

    settled = jax.lax.fori_loop(0, 200, refit, truth)
    return _total_variation(settled, truth) / _total_variation(learned(truth), truth)


@law("markov-refresh-distance", kind=Bound("upper"))
@source("derived", "banach1922", tag="C2")
@proof(Coq("Drift.markov_refresh_distance_correct"))
@holds(where={"synthetic": FRACTION, "slope": FRACTION})
@tried({"synthetic": 0.5, "slope": 0.9}, {"synthetic": 0.8, "slope": 0.3}, draw=settled_mixtures)
def markov_distance(xp, synthetic, slope):
    r"""For a learner of slope $\kappa$, the loop settles within $\frac{s}{1-s\kappa}$ times the
    learner's own error $d(Tp^*,p^*)$.
    """
    return synthetic / (1 - synthetic * slope)


def disturbed_mixtures(key, replicas, t, synthetic, error):
    """Total variation from the truth after t rounds, each with a fit error of random direction and
    total variation at most `error`.
    """
    truth = _simplex(fold_in(key, 0), (replicas, DIMENSION))
    far = jnp.eye(DIMENSION)[jnp.argmin(truth, axis=1)]

    def refit(k, p):
        wrong = _simplex(fold_in(key, k), (replicas, DIMENSION))
        wrong = 0.1 * wrong + 0.9 * far
        return (1 - error) * ((1 - synthetic) * truth + synthetic * p) + error * wrong

    return _total_variation(jax.lax.fori_loop(1, t + 1, refit, truth), truth)


DISTURBED = {"t": 12, "synthetic": 0.7, "error": 0.03}, {"t": 3, "synthetic": 0.9, "error": 0.01}


@law("disturbed-refresh-total-variation", kind=Bound("upper"))
@source("fu2024", "derived", tag="C3")
@proof(Coq("Drift.disturbed_refresh_total_variation_correct"))
@holds(where={"synthetic": FRACTION, "error": PROBABILITY})
@tried(*DISTURBED, draw=disturbed_mixtures)
def disturbed_total_variation(xp, t, synthetic, error):
    r"""Fit errors of total variation $\eta$ per round add up to
    $\mathrm{TV}_t\le\eta\frac{1-s^t}{1-s}$ from the truth.
    """
    return error * (1 - synthetic**t) / (1 - synthetic)


@law(
    "categorical-refresh-total-variation", Categorical, Refresh, E(total_variation), Bound("upper")
)
@source("derived", "fu2024", tag="C3")
def refresh_total_variation(xp, n, fresh, weight, real, t, p):
    r"""Fresh data of share w hold $E\,\mathrm{TV}_t\le(1-w)^{t-1}\eta_1+\eta\frac{1-(1-w)^{t-1}}w$,
    $\eta=\frac12\sqrt{KH_0(\frac{w^2}m+\frac{(1-w)^2}n)}$, $\eta_1=\frac12\sqrt{KH_0/N}$.
    """
    w = fresh / (n + fresh) if weight is None else weight
    scale = 0.5 * xp.sqrt(len(p) * xp.sum(p * (1 - p)))
    first, later = scale / xp.sqrt(real), scale * xp.sqrt(w**2 / fresh + (1 - w) ** 2 / n)
    decay = (1 - w) ** xp.maximum(t - 1, 0)
    return xp.where(t > 0, decay * first + later * (1 - decay) / w, 0.0)


def propagated_errors(key, replicas, t, jacobian, noise):
    """Products of the coordinates of x_t, where x -> J x + noise of covariance Q, shape (replicas,
    d d).
    """
    root, d = jnp.linalg.cholesky(jnp.asarray(noise, float)), len(noise)

    def refit(k, x):
        fresh = jax.random.normal(fold_in(key, k), (replicas, d)) @ root.T
        return x @ jnp.asarray(jacobian, float).T + fresh

    x = jax.lax.fori_loop(1, t + 1, refit, jnp.zeros((replicas, d)))
    return (x[:, :, None] * x[:, None, :]).reshape(replicas, d * d)


def _stationary(jacobian, noise):

    jacobian, noise = np.asarray(jacobian, float), np.asarray(noise, float)
    return scipy.linalg.solve_discrete_lyapunov(jacobian, noise)


TURNED = {"t": 3, "jacobian": [[0.9, 0.4], [-0.1, 0.8]], "noise": [[1.0, 0.3], [0.3, 0.5]]}


SETTLING = {
    "no two eigenvalues of the Jacobian whose product is 1": lambda jacobian: (
        np.min(np.abs(1 - np.multiply.outer(*[np.linalg.eigvals(jacobian)] * 2))) > 1e-9
    )
}


@law("linearized-loop-covariance", host=True)
@source("classical", tag="C6")
@holds(assuming=SETTLING, where={"noise": Covariance()})
@tried(TURNED, draw=propagated_errors)
@rival("J transposed", jacobian=lambda jacobian: np.transpose(jacobian))
@rival("the limit", lambda xp, jacobian, noise: _stationary(jacobian, noise).ravel())
def linearized_covariance(xp, t, jacobian, noise):
    r"""Near its fixed point a loop spreads errors as $C_t=\sum_{i<t}J^iQJ^{i\top}=S-J^tSJ^{t\top}$
    with $S=JSJ^\top+Q$.
    """
    settled = _stationary(jacobian, noise)
    power = np.linalg.matrix_power(np.asarray(jacobian, float), int(t))
    return (settled - power @ settled @ power.T).ravel()
