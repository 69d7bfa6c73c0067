r"""Ridge on recycled labels with inputs of any covariance: deterministic equivalents in the limit
$d/n\to\gamma$.

Let $\kappa-\lambda=\kappa\,df_1(\kappa)/n$, $df_k=\sum_js_j^k$,
$s_j=\frac{\lambda_j}{\lambda_j+\kappa}$ along the eigenvectors of $\Sigma$, and
$g_j=\frac{\lambda_j}{(\lambda_j+\kappa)^2}$. One fit turns the mean m and the second moments v of
the weights into $m'=sm$ and $v'=s^2v+g\,\frac{\sigma^2+\kappa^2\langle g,v\rangle}{n-df_2}$: what
ridge does not see of the signal acts as noise. At $\kappa=0$ this is least squares, whose $n-d$ is
exact as $n-d-1$.
"""

from functools import lru_cache

import numpy as np
import scipy

from ...numerics.reach import within
from ..kinds import Asymptotic, Identity
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    E,
    GaussianDesign,
    LeastSquares,
    LinearRegression,
    Recursion,
    Replace,
    Ridge,
    Student,
    excess_risk,
)
from .least_squares import uses

HIGH = Asymptotic("d", 1)
MOST_FITS = 10**5
RISK = E(excess_risk)


def effective_penalty(eigenvalues, n, penalty):
    r"""The $\kappa$ that solves
    $\kappa-\lambda=\frac\kappa n\sum_j\frac{\lambda_j}{\lambda_j+\kappa}$.
    """
    excess = lambda k: k - penalty - k / n * np.sum(eigenvalues / (eigenvalues + k))
    return scipy.optimize.brentq(
        excess, penalty, penalty + np.sum(eigenvalues) / n + 1e-300, xtol=1e-15, rtol=1e-14
    )


def refitted(eigenvalues, n, kappa, noise, mean, square):
    """Means and second moments of the weights along the eigenvectors after one more fit."""
    s, g = eigenvalues / (eigenvalues + kappa), eigenvalues / (eigenvalues + kappa) ** 2
    freedom = n - np.sum(s**2) - (kappa == 0)
    return s * mean, s**2 * square + g * (noise + kappa**2 * np.sum(g * square)) / freedom


def replaced_risks(eigenvalues, coefficients, noise, fits, t):
    """Risk of every fit of a loop of ridge fits of (n, effective penalty), read off at t."""
    mean, square, risks = coefficients, coefficients**2, [0.0]
    for n, kappa in fits:
        mean, square = refitted(eigenvalues, n, kappa, noise, mean, square)
        risks.append(
            float(np.sum(eigenvalues * (square - 2 * mean * coefficients + coefficients**2)))
        )
    return np.asarray(risks)[np.asarray(t)]


def _fits(recursion, t, solve=effective_penalty):
    """The size and the effective penalty of every fit up to t."""
    estimator = recursion.family.estimator
    first = int(estimator.generators) if isinstance(estimator, Student) else 0
    penalty = float((estimator.student if first else estimator).penalty)
    eigenvalues = np.linalg.eigvalsh(
        np.asarray(recursion.family.design.covariance_of(np.size(recursion.truth.weights)), float)
    )
    generations = int(np.max(t, initial=1))
    within("t", generations, MOST_FITS, "every fit is a step of the recurrence of second moments")
    solved = lru_cache(lambda n: solve(eigenvalues, n, penalty))
    return [
        (float(n), 0.0 if k < first else solved(int(n)))
        for k, n in enumerate(recursion.sizes(generations))
    ]


def _ladder(estimator, ratio, generations, students=None):
    """Rungs of growing dimension: the same shape of spectrum and signal, rotated, and a fixed ratio
    of inputs to dimension.
    """
    return tuple(_rung(d, estimator, ratio, generations, students) for d in (2, 5, 16))


def _rung(d, estimator, ratio, generations, students):
    place = (np.arange(d) + 0.5) / d
    axis = np.sqrt(place / np.sum(place))
    rotation = np.eye(d) - 2 * np.outer(axis, axis)
    family = LinearRegression(
        GaussianDesign(rotation @ np.diag(0.1 + 2.4 * place**2) @ rotation), estimator, noise=0.3
    )
    truth = family.params(list(rotation @ (3.0 - 4.0 * place) / np.sqrt(d)))
    n = np.full(generations, int(ratio * d))
    n[-1] = n[-1] if students is None else int(students * d)
    return Recursion(family, Replace(), truth=truth, n=n), generations


def _bare(eigenvalues, n, penalty):
    return penalty


def _taught(recursion):
    family, estimator = recursion.family, recursion.family.estimator
    # The last fit is the student's: the teachers alone need more rows than columns.
    teachers = np.atleast_1d(recursion.n)[: -1 if np.ndim(recursion.n) else None]
    return (
        isinstance(family.design, GaussianDesign)
        and isinstance(estimator, Student)
        and isinstance(estimator.generator, LeastSquares)
        and isinstance(estimator.student, Ridge)
        and np.all(teachers > np.size(recursion.truth.weights) + 1)
    )


def _unseen_is_silent(eigenvalues, coefficients, noise, fits, t):
    """The risk if the signal that ridge does not see were no noise."""
    kept = [1.0, *np.cumprod([eigenvalues / (eigenvalues + kappa) for _, kappa in fits], axis=0)]
    lost = [np.sum(eigenvalues * (1 - each) ** 2 * coefficients**2) for each in kept]
    return (
        replaced_risks(eigenvalues, 0 * coefficients, noise, fits, t)
        + np.asarray(lost)[np.asarray(t)]
    )


def bare_penalty(xp, recursion, t, eigenvalues, coefficients, noise):
    return replaced_risks(eigenvalues, coefficients, noise, _fits(recursion, t, _bare), t)


def unseen_signal_is_no_noise(xp, recursion, t, eigenvalues, coefficients, noise):
    return _unseen_is_silent(eigenvalues, coefficients, noise, _fits(recursion, t), t)


def one_fit_alone(xp, recursion, t, eigenvalues, coefficients, noise):
    return replaced_risks(eigenvalues, coefficients, noise, _fits(recursion, t), np.minimum(t, 1))


@law(
    "linear-regression-ridge-replace-excess-risk", LinearRegression, Replace, RISK, HIGH, host=True
)
@source("dohmatob2024", "derived", tag="R10c")
@holds(when=uses(GaussianDesign, Ridge))
@tried(*_ladder(Ridge(0.1), 1.5, 3))
@rival("bare penalty", bare_penalty)
@rival("unseen signal is no noise", unseen_signal_is_no_noise)
@rival("one fit", one_fit_alone)
def ridge_replace(xp, recursion, t, eigenvalues, coefficients, noise):
    r"""Ridge after ridge: $E\simeq\sum_j\lambda_j(v_j-2s_j^t\theta_j^2+\theta_j^2)$,
    $v\leftarrow s^2v+g\,\frac{\sigma^2+\kappa^2\langle g,v\rangle}{n-df_2}$ from $v=\theta^2$.
    """
    return replaced_risks(eigenvalues, coefficients, noise, _fits(recursion, t), t)


def clean_labels(xp, recursion, t, eigenvalues, coefficients, noise):
    return replaced_risks(
        eigenvalues, coefficients, noise, _fits(recursion, t)[-1:], np.minimum(t, 1)
    )


def labels_as_noisy_as_the_last(xp, recursion, t, eigenvalues, coefficients, noise):
    return replaced_risks(
        eigenvalues, coefficients, noise, _fits(recursion, t)[1:], np.maximum(t - 1, 0)
    )


@law(
    "linear-regression-student-replace-excess-risk",
    LinearRegression,
    Replace,
    RISK,
    HIGH,
    host=True,
)
@source("dohmatob2024", "derived", tag="R10c")
@holds(when=_taught)
@tried(*_ladder(Student(2, LeastSquares(), Ridge(0.1)), 4, 3, students=1.5))
@rival("bare penalty", bare_penalty)
@rival("clean labels", clean_labels)
@rival("labels as noisy as the last", labels_as_noisy_as_the_last)
def student_replace(xp, recursion, t, eigenvalues, coefficients, noise):
    r"""A ridge student of labels of least-squares models inherits
    $\frac{(t-1)\sigma^2}{n_0-d-1}\left[df_2+\frac{\gamma_2}{1-\gamma_2}
    \sum_j \frac{\kappa^2}{(\lambda_j+\kappa)^2}\right]$, $\gamma_2=\frac{df_2}n$.
    """
    return replaced_risks(eigenvalues, coefficients, noise, _fits(recursion, t), t)


def _iterated_student_risk(eigenvalues, coefficients, n, kappa, noise, inherited):
    """The second fit of the loop of second moments, after a model whose weights err by `inherited`
    along every input.
    """
    eigenvalues, coefficients = np.asarray(eigenvalues, float), np.asarray(coefficients, float)
    mean, square = refitted(
        eigenvalues, n, kappa, noise, coefficients, coefficients**2 + inherited / eigenvalues
    )
    return float(np.sum(eigenvalues * (square - 2 * mean * coefficients + coefficients**2)))


def student_terms(xp, eigenvalues, coefficients, n, kappa):
    r"""Bias $\kappa^2\sum_j\frac{\lambda_j\theta_j^2}{(\lambda_j+\kappa)^2}$, $df_2$ and
    $\sum_j\frac{\kappa^2}{(\lambda_j+\kappa)^2}$.
    """
    bias = kappa**2 * xp.sum(eigenvalues * coefficients**2 / (eigenvalues + kappa) ** 2)
    return (
        bias,
        xp.sum((eigenvalues / (eigenvalues + kappa)) ** 2),
        xp.sum((kappa / (eigenvalues + kappa)) ** 2),
    )


def risk_of_terms(n, bias, freedom, rest, noise, inherited):
    """The student's risk from its terms."""
    share = freedom / n
    return (bias + noise * share) / (1 - share) + inherited * (freedom + share / (1 - share) * rest)


STUDENT = {
    "eigenvalues": np.array([2.0, 0.9, 0.4, 0.1]),
    "coefficients": np.array([0.5, -1.0, 0.8, 2.0]),
    "n": 9.0,
    "kappa": 0.6,
    "noise": 0.7,
    "inherited": 0.3,
}


def labels_without_feedback(xp, eigenvalues, coefficients, n, kappa, noise, inherited):
    return risk_of_terms(
        n, *student_terms(xp, eigenvalues, coefficients, n, kappa)[:2], 0.0, noise, inherited
    )


def infinite_data(xp, eigenvalues, coefficients, n, kappa, noise, inherited):
    return risk_of_terms(
        1e12, *student_terms(xp, eigenvalues, coefficients, n, kappa), noise, inherited
    )


@law("ridge-student-deterministic-equivalent", kind=Identity(_iterated_student_risk))
@source("dohmatob2024", "derived", tag="R10c")
@tried(STUDENT)
@rival("labels without feedback", labels_without_feedback)
@rival("infinite data", infinite_data)
def student_equivalent(xp, eigenvalues, coefficients, n, kappa, noise, inherited):
    r"""$E\simeq\frac{\kappa^2\sum_j\theta_j^2\lambda_j/(\lambda_j+\kappa)^2+\sigma^2\gamma_2}
    {1-\gamma_2}+\nu\left[df_2+\frac{\gamma_2}{1-\gamma_2}
    \sum_j\frac{\kappa^2}{(\lambda_j+\kappa)^2}\right]$.
    """
    return risk_of_terms(
        n, *student_terms(xp, eigenvalues, coefficients, n, kappa), noise, inherited
    )
