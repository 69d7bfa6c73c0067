r"""The exact recurrence of second moments, from the mixing ledger alone.

A model's mean deviates by $D_t=\sum_s a_{ts} y_s$, where source s has deviation
$y_s=D_s+\varepsilon_s$ and $\mathrm{Var}\,\varepsilon_s=(V(\mu_0)+v_2\,E D_s^2)/n_s$: linear in the
second moments whenever the variance function is quadratic. So $E D_t^2$ follows exactly for every
linear workflow, schedule and fresh data.
"""

import numpy as np

from ..domains import Integer
from ..numerics.reach import within
from .subjects import Faithful, Recursion, mixing_ledger

LONGEST = 2000


def unselected(recursion: Recursion) -> bool:
    """Whether nothing is selected and models are sampled as fitted, as every recurrence assumes."""
    selects = recursion.workflow.selection.selects or recursion.selection.selects
    return not selects and isinstance(recursion.decoding, Faithful)


def pooled(recursion: Recursion) -> bool:
    """Whether fresh and synthetic data are pooled as they come, with no weight of their own."""
    return recursion.workflow.weight is None


def mean_square_error(recursion: Recursion, t, variance, v2: float):
    r"""Return $E(\mu_t-\mu_0)^2$ for every t, by the recurrence.

    Args:
        recursion: its workflow must not select observations.
        t: generations, non-negative integers.
        variance: $V(\mu_0)$; or, for models 0, 1, …, what their variance function is at $\mu_0$.
        v2: the quadratic coefficient of the variance function.
    """
    t = np.asarray(t)
    generations = max(int(t.max(initial=0)), 1)
    sizes, shares = source_shares(recursion, generations)
    return second_moments(sizes, shares, np.broadcast_to(variance, (generations,)), v2)[t]


def second_moments(sizes, shares, variance, v2):
    r"""Return $E(\mu_t-\mu_0)^2$ of models 0, 1, …, by the recurrence over their sources.

    Every entry may be a symbol in an array of objects, so that the recurrence prints itself.

    Args:
        sizes: sizes of the sources: one per generation, then fresh data, if any.
        shares: shares of the sources in the means of fits 1, 2, …, of shape (generations, sources).
        variance: $V(\mu_0)$ of models 0, 1, …
        v2: the quadratic coefficient of the variance function.
    """
    generations, sources = len(shares), len(sizes)
    number = np.result_type(sizes, shares)
    covariance = np.zeros((sources, sources), number)
    errors = np.zeros(generations + 1, number)
    # In the order of their birth, so that the sources that a fit has seen are a leading block.
    order = np.argsort(np.arange(sources) % generations, kind="stable")
    sizes, shares = sizes[order], shares[:, order]
    for born, source in enumerate(order):
        model = source if source < generations else 0
        if model > 0:
            share = shares[model - 1, :born]
            shared = covariance[:born, :born] @ share
            errors[model] = share @ shared
            covariance[born, :born] = covariance[:born, born] = shared
        covariance[born, born] = (
            errors[model] + (variance[model] + v2 * errors[model]) / sizes[born]
        )
    last = shares[generations - 1]
    errors[generations] = last @ covariance @ last
    return errors


def unrelated_mean_square_error(recursion: Recursion, t, variance: float, v2: float):
    r"""Return $\sum_sa_{ts}^2E y_s^2$, the recurrence without covariances between sources.

    It is a rival: it is wrong wherever data sets descend from each other.

    Args:
        recursion: its workflow must not select observations.
        t: generations, non-negative integers.
        variance: $V(\mu_0)$.
        v2: the quadratic coefficient of the variance function.
    """
    generations = max(int(np.max(t, initial=0)), 1)
    sizes, shares = source_shares(recursion, generations)
    models = np.where(np.arange(len(sizes)) < generations, np.arange(len(sizes)), 0)
    errors = np.zeros(generations + 1)
    for fit, share in enumerate(shares, start=1):
        inherited = errors[models]
        errors[fit] = share**2 @ (inherited + (variance + v2 * inherited) / sizes)
    return errors[t]


DRIFT_RIVALS = {
    "random walk": lambda xp, recursion, t, variance: variance * t / np.mean(recursion.n),
    "sources unrelated": lambda xp, recursion, t, variance: unrelated_mean_square_error(
        recursion, t, variance, -1.0
    ),
}


def effective_generations(recursion: Recursion, t):
    r"""Return the age of a model in generations of plain replacement, for any workflow.

    $G_t=n_1E(\mu_t-\mu_0)^2/V_0$ for a linear variance function. To first order in $1/n$ every
    quantity of replacement, diversity and log-variance among them, can be read at time $G_t$.
    Replacement has age t, accumulation at most $\pi^2/6$, a window of W rounds by $4t/(W+1)^2$.

    Args:
        recursion: its workflow must not select observations.
        t: generations, non-negative integers.

    Returns:
        Float64, broadcast over t.

    Example:
        >>> import jaxcollapse as jc
        >>> r = jc.Recursion(jc.Poisson(), jc.Accumulate(), truth=jc.Poisson().params(2.0), n=50)
        >>> [round(float(g), 3) for g in jc.effective_generations(r, [1, 10, 100])]
        [1.0, 1.55, 1.635]
    """
    if not hasattr(recursion, "workflow"):
        raise ValueError(f"recursion must be of type Recursion, got {recursion!r}")
    Integer(0).of_formula().check("t", t)
    first = float(recursion.sizes(len(recursion.n) if np.ndim(recursion.n) else 1)[0])
    return first * mean_square_error(recursion, t, 1.0, 0.0)


def source_shares(recursion: Recursion, generations: int):
    """Return the size of every source and its shares in the means of all fits.

    Shares have shape (generations, sources).
    """
    within("t", generations, LONGEST, "the recurrence holds a t × t matrix of covariances")
    schedule = np.asarray(recursion.n)
    if schedule.ndim == 1 and len(schedule) >= generations:
        schedule = schedule[:generations]
    sizes = np.broadcast_to(schedule, (generations,)).astype(float)
    if recursion.real is not None:
        sizes[0] = recursion.real
    fresh = np.asarray(recursion.fresh)
    fresh = np.broadcast_to(fresh[:generations] if fresh.ndim else fresh, (generations,))
    ledger = mixing_ledger(recursion.workflow, generations, sizes=sizes.astype(int), fresh=fresh)
    if ledger.shape[1] > generations:
        sizes = np.concatenate([sizes, np.maximum(fresh, 1).astype(float)])
    totals = ledger * sizes[None, :]
    return sizes, totals / totals.sum(axis=1, keepdims=True)
