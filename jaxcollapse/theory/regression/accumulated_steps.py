r"""Smoothers on accumulated random inputs: a shrinking learner loses the signal there too.

One step of descent from zero gives the moment $\hat w=\eta\,\hat c$, so a pool of data sets is a
running mean, $w_t=\frac{N_{t-1}}{N_t}w_{t-1}+\frac{\eta\,n_t}{N_t}\hat c_t$, whose data of model
$t-1$ are new: two moments of w obey a recurrence at every finite n. Of several steps, and of ridge
regression, the limit of large samples alone is known: fit t uses inputs that model $t-1$ was fitted
to, so that no finite set of moments closes.
"""

import numpy as np

from ...numerics.reach import MOST_TERMS, within
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..recurrence import unselected
from ..registry import law
from ..subjects import Accumulate, ColdDescent, E, Features, LinearRegression, Ridge, excess_risk
from .fixed_design import accumulated_signal
from .least_squares import case
from .smoothers import isotropic

RISK = E(excess_risk)
LARGE = Asymptotic("n", 1)


def _core(recursion):
    estimator = recursion.family.estimator
    return estimator.estimator if isinstance(estimator, Features) else estimator


def one_step(recursion):
    """The hypothesis of one step of descent from zero on fresh isotropic inputs."""
    descends = isotropic(ColdDescent)(recursion) and unselected(recursion)
    return descends and int(_core(recursion).steps) == 1


def _case(estimator, n, generations=6, **sizes):
    family = LinearRegression(estimator=estimator, noise=0.6)
    return case(family, Accumulate(), n, generations, **sizes)


def _first(sizes, last):
    """The sizes of the first fits, of a schedule or one for all."""
    return np.broadcast_to(sizes if np.ndim(sizes) == 0 else sizes[:last], (last,)).tolist()


def _moments(sizes, t, features, omitted, noise, rate, used):
    """The part of the signal that is kept, and the mean square of the weights, after t fits."""
    last = max(int(np.max(t, initial=1)), 1)
    within("t", last, MOST_TERMS, "the recurrence takes a step for every fit")
    kept, square, pool = 1.0, used, 0.0
    found = [(kept, square)]
    for fit, n in enumerate(_first(sizes, last)):
        pool += n
        own = rate * n / pool
        old = 1 - n / pool
        labels = noise + omitted * (fit == 0)
        inherited = old**2 + 2 * old * own + own**2 * (1 + (features + 1) / n)
        square = square * inherited + own**2 * labels * features / n
        kept = kept * (old + own)
        found.append((kept, square))
    return np.array(found)[np.asarray(t)].T


def forgotten_inputs(xp, sizes, t, features, used, omitted, noise, rate):
    """The risk with inputs whose second moments are exact: a rival."""
    kept, square = _moments(sizes * 1e9, t, features, omitted, noise * 1e9, rate, used)
    return xp.where(t > 0, omitted + used * (1 - 2 * kept) + square, 0.0)


def replaced(xp, sizes, t, features, used, omitted, noise, rate):
    """The risk of the same learner under replacement: a rival."""
    square, rows = used, [used]
    for fit, n in enumerate(_first(sizes, int(np.max(t, initial=1)))):
        labels = noise + omitted * (fit == 0)
        square = rate**2 * (square * (1 + (features + 1) / n) + labels * features / n)
        rows.append(square)
    risk = omitted + used * (1 - 2 * rate**t) + np.array(rows)[np.asarray(t)]
    return xp.where(t > 0, risk, 0.0)


@law("linear-regression-accumulate-step-excess-risk", LinearRegression, Accumulate, RISK, host=True)
@source("derived", tag="D1")
@holds(when=one_step)
@tried(
    _case(ColdDescent(1, 0.6), 8),
    _case(Features(2, ColdDescent(1, 0.6)), 8),
    _case(ColdDescent(1, 0.6), np.array([8, 5, 12, 9, 20, 6])),
)
@rival("exact inputs", forgotten_inputs)
@rival("replace", replaced)
def accumulated_step(xp, sizes, t, features, used, omitted, noise, rate):
    r"""One step of descent accumulates a running mean:
    $R_>+r_p^2(1-2m_t)+q_t$ with $m_t=(1-\frac{1-\eta}t)m_{t-1}$ and $q_t=
    q_{t-1}\left[1-\frac{2(1-\eta)}t+\frac{(1-\eta)^2}{t^2}+\frac{\eta^2(p+1)}{nt^2}\right]
    +\frac{\eta^2p\,\sigma^2}{nt^2}$.
    """
    kept, square = _moments(sizes, t, features, omitted, noise, rate, used)
    return xp.where(t > 0, omitted + used * (1 - 2 * kept) + square, 0.0)


LADDER = tuple(
    _case(estimator, n, 4)
    for n in (50, 100, 200)
    for estimator in (Features(2, ColdDescent(3, 0.3)), Ridge(0.5))
)


def signal_replaced(xp, t, used, omitted, estimator):
    """The limit of the same learner under replacement: a rival."""
    kept = float(estimator.response(np.float64(1.0))) ** t
    return xp.where(t > 0, omitted + used * (1 - kept) ** 2, 0.0)


@law("linear-regression-accumulate-smoother-excess-risk", LinearRegression, Accumulate, RISK, LARGE)
@source("derived", tag="D2")
@holds(when=lambda r: isotropic(ColdDescent, Ridge)(r) and unselected(r))
@tried(*LADDER)
@rival("replace", signal_replaced)
@rival("omitted left out", lambda xp, t, used, estimator: signal_lost(xp, t, used, 0.0, estimator))
def signal_lost(xp, t, used, omitted, estimator):
    r"""With large samples a smoother on accumulated data keeps $m_t=\frac{h\,\Gamma(t+h)}
    {\Gamma(1+h)\,\Gamma(t+1)}$ of the signal, $h=h(1)$: $E\simeq R_>+r_p^2(1-m_t)^2$.
    """
    times = xp.where(t > 0, t, 1)
    kept = accumulated_signal(xp, float(estimator.response(np.float64(1.0))), times)
    return xp.where(t > 0, omitted + used * (1 - kept) ** 2, 0.0)
