r"""Early signs of collapse: evidence that a stream of generations no longer follows the reference.

*Self-evidence* bets on the outputs of every generation with the model that made them, against the
reference $p_0$. As long as the outputs follow $p_0$, $e_t=\prod_{s\le
t}\prod_i\frac{q_s(x_{si})}{p_0(x_{si})}$ is a martingale of mean 1, so that
$P(\sup_te_t\ge1/\alpha)\le\alpha$ for any length of monitoring (Ville). The collapse of a Gaussian
adds about $t(t+1)/2$ nats to it for any n.

References: Ville, *Étude critique de la notion de collectif* (1939); Page, Biometrika 41:100
(1954); Lorden, Ann. Math. Statist. 42:1897 (1971); Shin, Ramdas, Rinaldo, arXiv 2203.03532
(e-detectors).
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._keys import check_typed_key, fold_in
from ..arguments import check_is, check_numbers, checked
from ..domains import POSITIVE, REAL, SAMPLE_SIZE, Integer, Real
from ..families.likelihood import log_likelihood

LEVEL = Real(0.0, 1.0, closed=(False, False), typical=(0.01, 0.2))


def check_run(name: str, run) -> None:
    """Raise a `ValueError` unless the value is a run, which knows its recursion and its models."""
    if not (hasattr(run, "recursion") and hasattr(run, "values")):
        raise ValueError(f"{name} must be a trajectory that simulate returned, got {run!r}")


@checked(key=check_typed_key, outputs=SAMPLE_SIZE)
def self_evidence(key, run, *, outputs: int, source=None):
    """Return the log e-process of every replica: bets of model t on its own outputs.

    The bets are against the truth, and their gains are summed over generations.

    Args:
        key: a typed key; the watched outputs are drawn from it, not from the run's own data.
        run: a `Trajectory` with its parameters.
        outputs: number of outputs watched per generation, at least 1.
        source: parameters that the outputs are drawn from, the models themselves unless given. With
            the truth of the run the null hypothesis holds and $e_t$ has mean 1.

    Returns:
        Nats, shape (replicas, generations + 1); zero at generation 0.

    Raises:
        ValueError: the run kept no parameters, or the likelihood of its family is not known.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(), n=50)
        >>> run = jc.simulate(jax.random.key(0), r, generations=12, replicas=100)
        >>> evidence = jc.self_evidence(jax.random.key(1), run, outputs=50)
        >>> 3 <= jc.median_alarm(jc.first_alarms(evidence, 0.01)) <= 4
        True
    """
    _check_models(run, source)
    # Ratios of likelihoods do not depend on the unit, so the bets are made in the run's frame.
    if source is not None and run.frame is not None:
        source = source.seen_from(run.frame)
    # A power of two, so that runs with nearby numbers of outputs share a program.
    capacity = 1 << max(0, math.ceil(math.log2(outputs)))
    gains = _gains(
        key, run.framed_recursion, run.framed, source, jnp.asarray(outputs), capacity, run.first
    )
    # Sums over generations are in float64 on the host: single precision would lose the late gains.
    return np.concatenate(
        [np.zeros((run.replicas, 1)), np.cumsum(np.asarray(gains, float), axis=1)], axis=1
    )


@eqx.filter_jit
def _gains(key, recursion, params, source, outputs, capacity: int, first: int):
    """Return the gain of every bet in nats, shape (replicas, generations)."""
    family, truth = recursion.family, jax.tree.map(jnp.asarray, recursion.truth)
    bets = jax.tree.map(lambda leaf: jnp.asarray(leaf)[:, 1:], params)
    replicas, generations = jax.tree.leaves(bets)[0].shape[:2]

    def gain(replica, t, bet):
        # Monitors draw outputs of their own, so they work for every workflow.
        drawn_from = bet if source is None else jax.tree.map(jnp.asarray, source)
        evidence = family.sample_statistics(
            fold_in(fold_in(key, replica), t), drawn_from, outputs, capacity
        ).reduced()
        return log_likelihood(family, bet, evidence) - log_likelihood(family, truth, evidence)

    over_time = jax.vmap(gain, in_axes=(None, 0, 0))
    number, time = first + jnp.arange(replicas), 1 + jnp.arange(generations)
    return jax.vmap(over_time, in_axes=(0, None, 0))(number, time, bets)


def _check_models(run, source) -> None:
    """Raise a `ValueError` unless the run kept its models and the source is one of their kind."""
    check_run("run", run)
    if run.params is None:
        raise ValueError(
            "run must keep its parameters to bet with them, but it observed metrics only: "
            "simulate without `observe`"
        )
    if source is not None:
        check_is("source", source, type(run.recursion.truth))


@checked(log_evidence=check_numbers, alpha=LEVEL)
def first_alarms(log_evidence, alpha: float):
    r"""Return the generation at which each e-process first reaches $1/\alpha$, shape (replicas,).

    It is infinite where the level is never reached. As long as the outputs follow the reference, an
    alarm is ever raised with probability at most `alpha`.

    Raises:
        ValueError: `alpha` outside (0, 1).
    """
    return first_crossings(log_evidence, -math.log(alpha))


@checked(paths=check_numbers, level=REAL)
def first_crossings(paths, level: float):
    """Return the first index along the last axis at which a path reaches `level`.

    It is infinite where the path never does.
    """
    above = np.asarray(paths) >= level
    return np.where(above.any(axis=-1), above.argmax(axis=-1), np.inf)


@checked(alarms=check_numbers)
def median_alarm(alarms) -> float:
    """Return the median alarm time, infinite where at most half of the paths raise an alarm."""
    return float(np.sort(alarms)[len(alarms) // 2])


@checked(run=check_run)
def standardized_decline(run, metric):
    """Return how far a metric has fallen below its values at fit 1, in their standard deviations.

    Fit 1 saw real data. The result covers fits 2, 3, … of a run of two replicas or more, ready for
    `cusum`.

    Returns:
        Shape (replicas, generations - 1).
    """
    values = np.asarray(run.values(metric), float)[:, 1:]
    if len(values) < 2:
        raise ValueError(
            f"run must have at least 2 replicas to standardize {metric}, got {len(values)}"
        )
    return (values[:, :1].mean() - values[:, 1:]) / values[:, 0].std(ddof=1)


@checked(scores=check_numbers, allowance=REAL)
def cusum(scores, allowance: float = 0.0):
    r"""Return Page's cumulative sum $S_t=\max(0,S_{t-1}+x_t-\kappa)$ along the last axis.

    On gains of evidence, with no allowance, it forgets a healthy past. It is then an e-detector: an
    alarm at $\log(1/\alpha)$ comes after at least $1/\alpha$ generations on average while nothing
    is wrong (Lorden).
    """
    total = np.cumsum(np.asarray(scores, float) - allowance, axis=-1)
    # The recursion in closed form: the sum minus its running minimum, at most zero.
    return total - np.minimum(np.minimum.accumulate(total, axis=-1), 0.0)


@checked(level=POSITIVE, drift=REAL, nodes=Integer(2, 1000))
def cusum_run_length(level: float, drift: float, nodes: int = 96) -> float:
    r"""Return the mean number of steps until $S_t=\max(0,S_{t-1}+x_t)$ reaches `level`.

    The scores are $x_t\sim N(\mathrm{drift},1)$ and $S_0=0$. Page's integral equation
    $L(z)=1+\Phi(-z-\delta)L(0)+\int_0^hL(y)\varphi(y-z-\delta)dy$ is solved by Gauss–Legendre
    collocation.
    """
    from scipy.stats import norm

    x, w = np.polynomial.legendre.leggauss(nodes)
    y, weight = 0.5 * level * (x + 1), 0.5 * level * w
    z = np.concatenate([[0.0], y])
    kernel = np.column_stack(
        [norm.cdf(-z - drift), norm.pdf(y[None, :] - z[:, None] - drift) * weight[None, :]]
    )
    return float(np.linalg.solve(np.eye(nodes + 1) - kernel, np.ones(nodes + 1))[0])


@checked(run_length=Real(2.0, 1e6), allowance=Real(0.0, 3.0, closed=(False, True)))
def cusum_level(run_length: float, allowance: float) -> float:
    r"""Return the level at which normal scores raise one false alarm per `run_length` steps.

    Args:
        run_length: mean steps between false alarms, in [2, 10^6].
        allowance: $\kappa$, half the shift worth detecting, in standard deviations, in (0, 3].

    Example:
        >>> import jaxcollapse as jc
        >>> round(jc.cusum_level(run_length=370, allowance=0.5), 3)
        4.095
    """
    from scipy.optimize import root_scalar

    def excess(level):
        return math.log(cusum_run_length(level, -allowance) / run_length)

    return root_scalar(excess, bracket=(1e-6, 60.0), method="brentq", xtol=1e-10).root
