r"""The exact recurrence of second moments, from the mixing ledger alone.

A model's mean deviates by $D_t=\sum_s a_{ts} y_s$, where source s has deviation
$y_s=D_s+\varepsilon_s$ and $\mathrm{Var}\,\varepsilon_s=(V(\mu_0)+v_2\,E D_s^2)/n_s$: linear in the
second moments whenever the variance function is quadratic. So $E D_t^2$ follows exactly for every
linear workflow, schedule and fresh data.
"""

import numpy as np

from ..arguments import arrays, checked
from ..domains import Whole
from ..numerics.reach import within
from .namespaces import numpy_namespace
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
    models, sizes, rows = by_birth(*source_shares(recursion, generations))
    known = np.broadcast_to(variance, (generations,))
    variances = np.append(known, known[-1])[models]
    moments = second_moments(numpy_namespace(), sizes, rows, variances, v2, len(models))
    errors = np.zeros(generations + 1)
    for source, model in enumerate(models):
        if model > 0:
            errors[model] = error_of_model(moments, rows, source)
    return errors[t]


def by_birth(sizes, shares):
    """Return sources in the order of their birth: the model that draws each, sizes and shares.

    The sources that a model has seen come before the one that it draws. The last source is what
    the last model would draw.
    """
    generations, sources = shares.shape
    order = np.argsort(np.arange(sources) % generations, kind="stable")
    models = np.append(np.where(order < generations, order, 0), generations)
    rows = np.where(models[:, None] > 0, shares[models - 1][:, order], 0.0)
    return models, np.append(sizes[order], 1.0), rows


def second_moments(xp, sizes, rows, variance, v2, sources):
    r"""Return the covariances $E y_iy_s$ of the deviations of sources, by the recurrence.

    It prints itself as a Coq definition.

    Args:
        xp: the number system.
        sizes: sizes of the sources, in the order of their birth.
        rows: row j has the shares of earlier sources in the mean of the model that draws source j;
            it is zero where that model is the truth.
        variance: for every source, $V(\mu_0)$ of the model that draws it.
        v2: the quadratic coefficient of the variance function.
        sources: number of sources.
    """

    def border(moments, source):
        row = rows[source, :source]
        column = moments[:source, :source] @ row
        error = row @ column
        return column, error + (variance[source] + v2 * error) / sizes[source]

    return xp.bordered(border, sources)


def error_of_model(moments, rows, source):
    """Return the squared error of the model that draws a source."""
    return rows[source, :source] @ moments[:source, source]


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


@checked(t=arrays(Whole(0)))
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
