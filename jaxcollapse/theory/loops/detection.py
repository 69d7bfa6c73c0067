r"""Detection: how soon one who watches generations learns that they have left the reference, and
how rarely one errs.

The e-process is `monitoring.self_evidence`: bets of every model on its own outputs against $p_0$; t
counts watched fits.
"""

import numpy as np
import scipy

from ...domains import POSITIVE, PROBABILITY, REAL, Integer, Real
from ...numerics import wright_fisher
from ...numerics.reach import within
from ..gaussian.univariate import replace_kl
from ..kinds import Asymptotic, Bound
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified
from ..recurrence import LONGEST, mean_square_error
from ..registry import law
from ..subjects import (
    LEVEL,
    AbstractFamily,
    AbstractWorkflow,
    Accumulate,
    Anchor,
    Bernoulli,
    Gaussian,
    NormalMean,
    Recursion,
    Replace,
    cusum_run_length,
    first_alarms,
    fold_in,
    jax,
    jnp,
    self_evidence,
    simulate,
)


def _watched(key, replicas, recursion, t, source=None):
    """The log e-process of a recursion after t fits that are watched through as many outputs as
    they were trained on.
    """
    run = simulate(fold_in(key, 0), recursion, generations=t, replicas=replicas)
    return self_evidence(fold_in(key, 1), run, outputs=int(recursion.n), source=source)


def gaussian_replace(n) -> Recursion:
    """The Gaussian replace loop, away from the standard normal."""
    return Recursion(Gaussian(), Replace(), truth=Gaussian.params(0.7, 1.7), n=n)


def _gaussian_evidence(key, replicas, n, t):
    return _watched(key, replicas, gaussian_replace(n), t)[:, -1]


@law("gaussian-replace-self-evidence")
@source("derived", "ville1939", tag="E1")
@proof(Certified("test_tails_and_temperatures"))
@holds(where={"n": Integer(2)})
@tried({"n": 12, "t": 4}, {"n": 30, "t": 6}, draw=_gaussian_evidence)
@rival("t(t + 1)/2", lambda xp, t: t * (t + 1) / 2)
@rival("t^2/2", lambda xp, n, t: n * replace_kl(xp, n, 1) * t**2 / 2)
def gaussian_self_evidence(xp, n, t):
    r"""A collapsing Gaussian testifies against itself: $E\log e_t=n\,k\frac{t(t+1)}2$ nats,
    $k=\frac12\left[\frac1n-\psi(\frac{n-1}2)+\log\frac{n-1}2\right]$.
    """
    return n * replace_kl(xp, n, 1) * t * (t + 1) / 2


LARGE_GAUSSIAN = Asymptotic("n", 1, "gaussian-replace-self-evidence")


@law("gaussian-replace-self-evidence-limit", kind=LARGE_GAUSSIAN)
@source("derived", tag="E1")
@tried({"n": 12, "t": 5})
def gaussian_self_evidence_limit(xp, t):
    r"""More data does not delay the discovery: $E\log e_t\to t(t+1)/2$ nats as n grows."""
    return t * (t + 1) / 2


def bernoulli_replace(n, mean) -> Recursion:
    """The Bernoulli replace loop."""
    return Recursion(Bernoulli(), Replace(), truth=Bernoulli().params(mean), n=n)


def _bernoulli_evidence(key, replicas, n, t, mean):
    return _watched(key, replicas, bernoulli_replace(n, mean), t)[:, -1]


@law("bernoulli-replace-self-evidence", host=True)
@source("derived", tag="E4")
@holds(where={"mean": PROBABILITY})
@tried({"n": 12, "t": 5, "mean": 0.3}, draw=_bernoulli_evidence)
@rival("t(t + 1)/4", lambda xp, t: t * (t + 1) / 4)
@rival("as far as fit 1", lambda xp, n, t, mean: t * bernoulli_self_evidence(xp, n, 1, mean))
def bernoulli_self_evidence(xp, n, t, mean):
    r"""Two categories testify $E\log e_t=n\sum_{s\le t}E\,\mathrm{KL}(p_s\|p_0)$, through the
    Wright–Fisher chain.
    """
    laws = wright_fisher.distributions(int(n), int(t), float(mean))
    share = np.arange(int(n) + 1) / n
    divergence = scipy.special.rel_entr(share, mean) + scipy.special.rel_entr(1 - share, 1 - mean)
    # A share that has no chance may have an infinite divergence.
    reached = laws.sum(axis=0)
    return n * np.sum(np.where(reached > 0, reached, 0.0) * np.where(reached > 0, divergence, 0.0))


LARGE_BERNOULLI = Asymptotic("n", 1, "bernoulli-replace-self-evidence")


@law("bernoulli-replace-self-evidence-limit", kind=LARGE_BERNOULLI)
@source("derived", tag="E4")
@holds(where={"mean": PROBABILITY})
@tried({"n": 40, "t": 5, "mean": 0.3})
def bernoulli_self_evidence_limit(xp, t):
    r"""A model of m parameters testifies $m\,t(t+1)/4$ nats for large n: here m = 1."""
    return t * (t + 1) / 4


def normal_recursion(
    workflow: AbstractWorkflow, family: AbstractFamily, n: int, real: int
) -> Recursion:
    """A normal mean under a workflow."""
    return Recursion(family, workflow, truth=family.params(0.4), n=n, real=real)


NORMAL = tuple(
    {"recursion": normal_recursion(workflow, NormalMean(1.7), 9, 9), "t": 6}
    for workflow in (Accumulate(), Anchor(), Replace())
)


def _normal_evidence(key, replicas, recursion, t):
    return _watched(key, replicas, recursion, t)[:, -1]


@law("normal-any-self-evidence", host=True)
@source("derived", tag="E1")
@tried(*NORMAL, draw=_normal_evidence)
@rival("replace", lambda xp, t: t * (t + 1) / 4)
@rival("as far as fit 1", lambda xp, t: t / 2)
def normal_self_evidence(xp, recursion, t):
    r"""Under any linear workflow the evidence grows by the error in units of noise,
    $E\log e_t=\frac{n}{2\sigma^2}\sum_{s\le t}E(\mu_s-\mu_0)^2$: linearly once that settles.
    """
    within("t", int(np.max(t, initial=1)), LONGEST, "the recurrence holds a t × t matrix")
    variance = recursion.family.known_variance
    errors = mean_square_error(recursion, np.arange(np.max(t) + 1), variance, 0.0)
    return recursion.n / (2 * variance) * np.cumsum(errors)[t]


def _false_alarms(key, replicas, n, t, alpha):
    recursion = gaussian_replace(n)
    evidence = _watched(key, replicas, recursion, t, source=recursion.truth)
    return np.isfinite(first_alarms(evidence, alpha)).astype(float)


@law("self-evidence-false-alarm", kind=Bound("upper"))
@source("ville1939", tag="E1")
@holds(where={"alpha": LEVEL})
@tried({"n": 20, "t": 10, "alpha": 0.1}, draw=_false_alarms)
def false_alarm(xp, n, t, alpha):
    r"""While outputs follow the reference, $P(\sup_te_t\ge1/\alpha)\le\alpha$ however long one
    watches (Ville).
    """
    return alpha + 0 * n


def crossing_times(key, replicas, step, level):
    """Steps until a state, moved by `step(key, state)` from 0, reaches `level`; every path is
    followed to its end.
    """

    def advance(carry):
        k, state, times = carry
        moved = step(fold_in(key, k), state)
        running = state < level
        return k + 1, jnp.where(running, moved, state), times + running

    start = (jnp.asarray(0), jnp.zeros(replicas), jnp.zeros(replicas))
    return jax.lax.while_loop(lambda carry: jnp.any(carry[1] < level), advance, start)[2]


def _bernoulli_gain(key, replicas, chance, left, tail):
    """Log-likelihood ratio of `left` against `tail` of one output that is rare with probability
    `chance`.
    """
    rare = jax.random.uniform(key, (replicas,)) < chance
    return jnp.where(rare, jnp.log(left / tail), jnp.log((1 - left) / (1 - tail)))


def _tail_alarms(key, replicas, alpha, tail, left):
    step = lambda k, state: state + _bernoulli_gain(k, replicas, left, left, tail)
    return crossing_times(key, replicas, step, -np.log(alpha))


def _information(xp, left, tail):
    return left * xp.log(left / tail) + (1 - left) * xp.log((1 - left) / (1 - tail))


TAIL = {"alpha": LEVEL, "tail": LEVEL, "left": LEVEL}
TAIL_CASE = {"alpha": 0.001, "tail": 0.3, "left": 0.05}


@law("tail-evidence-delay-lower", kind=Bound("lower"))
@source("wald1945", tag="E2")
@holds(where=TAIL)
@tried(TAIL_CASE, draw=_tail_alarms)
def tail_delay_lower(xp, alpha, tail, left):
    r"""A tail of mass p thinned to q is found after
    $E\tau\ge\frac{\log1/\alpha}{\mathrm{KL}(q\|p)}$ outputs (Wald).
    """
    return -xp.log(alpha) / _information(xp, left, tail)


@law("tail-evidence-delay-upper", kind=Bound("upper"))
@source("wald1945", "derived", tag="E2")
@holds(where=TAIL)
@tried(TAIL_CASE, draw=_tail_alarms)
def tail_delay_upper(xp, alpha, tail, left):
    r"""A thinned tail, q < p, is found within
    $E\tau\le\frac{\log1/\alpha+\log\frac{1-q}{1-p}}{\mathrm{KL}(q\|p)}$: the last gain is all that
    can be overshot.
    """
    return (-xp.log(alpha) + xp.log((1 - left) / (1 - tail))) / _information(xp, left, tail)


def _detector_alarms(key, replicas, alpha, tail, left):
    def step(k, state):
        return jnp.maximum(state, 0.0) + _bernoulli_gain(k, replicas, tail, left, tail)

    return crossing_times(key, replicas, step, -np.log(alpha))


@law("evidence-cusum-run-length", kind=Bound("lower"))
@source("lorden1971", "shin2022", tag="E3")
@holds(where=TAIL)
@tried({"alpha": 0.02, "tail": 0.3, "left": 0.1}, draw=_detector_alarms)
def detector_run_length(xp, alpha, tail, left):
    r"""A cumulative sum of evidence raises a false alarm at $\log1/\alpha$ after $1/\alpha$ steps
    or more on average (Lorden).
    """
    return 1 / alpha + 0 * tail


def _cusum_alarms(key, replicas, level, slope):
    def step(k, state):
        return jnp.maximum(state + slope / level + jax.random.normal(k, (replicas,)), 0.0)

    return crossing_times(key, replicas, step, level)


DRIFT = {"level": POSITIVE, "slope": Real(-20.0, 20.0)}


def _siegmund(xp, level, drift):
    steps = 2 * drift * level
    # Without a drift the run length is the square of the level; near it the difference cancels.
    near = xp.abs(steps) < 1e-5
    far = xp.where(near, 1.0, steps)
    return level**2 * xp.where(near, 1 - steps / 3, 2 * (xp.expm1(-far) + far) / far**2)


def run_length_of_one_overshoot(xp, level, slope):
    """The run length with the overshoot of one of the two edges: a rival."""
    return _siegmund(xp, level + 0.583, slope / level)


@law("cusum-run-length", host=True)
@source("page1954", tag="E3")
@holds(where=DRIFT)
@tried({"level": 3.0, "slope": -0.75}, {"level": 4.0, "slope": 1.6}, draw=_cusum_alarms)
@rival("no overshoot", lambda xp, level, slope: _siegmund(xp, level, slope / level))
@rival("overshoot on one side", run_length_of_one_overshoot)
def run_length(xp, level, slope):
    r"""Page's cumulative sum of $N(\delta,1)$, $\delta=\mathrm{slope}/h$, is crossed at $L(0)$
    steps, $L(z)=1+\Phi(-z-\delta)L(0)+\int_0^hL(y)\varphi(y-z-\delta)dy$.
    """
    return cusum_run_length(float(level), float(slope / level))


@law("cusum-run-length-siegmund", kind=Asymptotic("level", 1, "cusum-run-length"))
@source("siegmund1985", tag="E3")
@holds(where={"level": POSITIVE, "slope": REAL})
@tried({"level": 3.0, "slope": -0.75}, {"level": 4.0, "slope": 1.6})
def run_length_siegmund(xp, level, slope):
    r"""For high levels and small drifts the run length is
    $\frac{e^{-2\delta b}+2\delta b-1}{2\delta^2}$, $b=h+1.166$: delay for $\delta>0$, time between
    false alarms for $\delta<0$.
    """
    return _siegmund(xp, level + 1.166, slope / level)
