r"""Ridge students of recycled labels when spectrum and signal are power laws: the exponents of the
best penalty and its risk.

$\lambda_j=j^{-\beta}$ and $\lambda_j\theta_j^2=j^{-1-2\beta r}$, $0<r<1$, in $d=n^\delta$
dimensions, between the $n^{1/(2\beta r+1)}$ that matter and n. The student has n labels of noise
$\sigma^2$, made by g generations of least squares on $\rho n$ observations each, so that noise
$\omega=\frac{\sigma^2}n(1+\frac g\rho)$ stands for both.
"""

import numpy as np
import scipy

from ...domains import Integer, Real
from ..kinds import Asymptotic, Identity
from ..namespaces import numpy_namespace
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
from .deterministic_equivalents import effective_penalty, student_equivalent

LARGE = Asymptotic("n", 0.25, "ridge-student-power-spectrum-best-risk")
HIGH = Asymptotic("d", 1)
RISK = E(excess_risk)

OPEN_UNIT = Real(0.0, 1.0, closed=(False, False))
DOMAINS = {
    "decay": Real(0.5, closed=(False, True)),
    "source": OPEN_UNIT,
    "growth": OPEN_UNIT,
    "generations": Integer(0),
    "ratio": Real(0.0, closed=(False, True)),
    "noise": Real(0.0, closed=(False, True)),
}
SMALL = (
    {
        "n": 90,
        "ratio": 2.0,
        "generations": 3,
        "noise": 0.7,
        "decay": 1.5,
        "source": 0.6,
        "growth": 0.7,
    },
    {
        "n": 150,
        "ratio": 1.5,
        "generations": 1,
        "noise": 0.4,
        "decay": 2.0,
        "source": 0.4,
        "growth": 0.6,
    },
)


def _risk_at(kappa, n, ratio, generations, noise, decay, source, growth):
    """The deterministic equivalent of the student's risk at an effective penalty."""
    d = round(float(n) ** growth)
    j = np.arange(1.0, d + 1)
    eigenvalues, coefficients = j**-decay, np.sqrt(j ** (decay - 1 - 2 * decay * source))
    inherited = generations * noise / (ratio * n - d - 1)
    return student_equivalent(
        numpy_namespace(), eigenvalues, coefficients, n, kappa, noise, inherited
    )


def _best_kappa(n, **about):
    """The effective penalty of least risk, by bounded search over its logarithm."""
    risk = lambda u: _risk_at(np.exp(u), n, **about)
    return float(
        np.exp(
            scipy.optimize.minimize_scalar(
                risk, bounds=(-25.0, 3.0), method="bounded", options={"xatol": 1e-10}
            ).x
        )
    )


def _least_risk_over_penalties(n, decay, growth, **about):
    """The least risk over penalties of a grid that is refined, each turned into its effective
    penalty.
    """
    eigenvalues = np.arange(1.0, round(float(n) ** growth) + 1) ** -decay
    low, high = 1e-6, 10.0
    for _ in range(12):
        penalties = np.geomspace(low, high, 21)
        kappas = [effective_penalty(eigenvalues, n, penalty) for penalty in penalties]
        risks = [_risk_at(kappa, n, decay=decay, growth=growth, **about) for kappa in kappas]
        best = int(np.clip(np.argmin(risks), 1, 19))
        low, high = penalties[best - 1], penalties[best + 1]
    return min(risks)


def tuned_to_clean_labels(xp, n, ratio, generations, noise, decay, source, growth):
    return _risk_at(
        _best_kappa(
            n, ratio=ratio, generations=0, noise=noise, decay=decay, source=source, growth=growth
        ),
        n,
        ratio,
        generations,
        noise,
        decay,
        source,
        growth,
    )


@law(
    "ridge-student-power-spectrum-best-risk",
    kind=Identity(_least_risk_over_penalties, 1e-7),
    host=True,
)
@source("dohmatob2024", "derived", tag="R10d")
@holds(where=DOMAINS)
@tried(*SMALL)
@rival("tuned to clean labels", tuned_to_clean_labels)
def best_risk(xp, n, ratio, generations, noise, decay, source, growth):
    r"""The least risk over penalties, $\min_\kappa$ of the deterministic equivalent at
    $\lambda_j=j^{-\beta}$, $\lambda_j\theta_j^2=j^{-1-2\beta r}$.
    """
    about = {
        "ratio": ratio,
        "generations": generations,
        "noise": noise,
        "decay": decay,
        "source": source,
        "growth": growth,
    }
    return _risk_at(_best_kappa(n, **about), n, **about)


def balance(xp, n, ratio, generations, noise, decay, source):
    r"""$\kappa^*=\left(\frac{\omega D}{2\beta rB}\right)^{\frac\beta{2\beta r+1}}$ and B: bias is
    $B\kappa^{2r}$ and $df_2$ is $D\kappa^{-1/\beta}$.
    """
    bias = scipy.special.beta(2 - 2 * source, 2 * source) / decay
    freedom = scipy.special.beta(1 / decay, 2 - 1 / decay) / decay
    omega = noise / n * (1 + generations / ratio)
    return (omega * freedom / (2 * decay * source * bias)) ** (
        decay / (2 * decay * source + 1)
    ), bias


BIG_SAMPLE = {
    "n": 10**5,
    "ratio": 2.0,
    "generations": 3,
    "noise": 0.7,
    "decay": 1.5,
    "source": 0.6,
    "growth": 0.75,
}


@law("ridge-student-power-spectrum-exponent", kind=LARGE, host=True)
@source("dohmatob2024", "derived", tag="R10d")
@holds(where=DOMAINS)
@tried(BIG_SAMPLE, BIG_SAMPLE | {"decay": 2.0, "source": 0.4, "growth": 0.6})
def risk_exponent(xp, n, ratio, generations, noise, decay, source):
    r"""The best risk is $(1+2\beta r)B\kappa_*^{2r}\propto\omega^{\frac{2\beta r}{2\beta r+1}}$,
    $\omega=\frac{\sigma^2}n(1+\frac g\rho)$, $B=\frac1\beta\mathrm{B}(2-2r,2r)$.
    """
    kappa, bias = balance(xp, n, ratio, generations, noise, decay, source)
    return (1 + 2 * decay * source) * bias * kappa ** (2 * source)


def _tuned(n, decay=1.5, source=0.6, growth=0.7, ratio=2.0, generations=3, noise=0.7):
    """A ridge student at its best penalty, on data with these spectra, behind some generations of
    least squares.
    """
    about = {
        "ratio": ratio,
        "generations": generations,
        "noise": noise,
        "decay": decay,
        "source": source,
        "growth": growth,
    }
    j = np.arange(1.0, round(n**growth) + 1)
    kappa = _best_kappa(n, **about)
    penalty = kappa * (1 - np.sum(j**-decay / (j**-decay + kappa)) / n)
    family = LinearRegression(
        GaussianDesign(np.diag(j**-decay)),
        Student(generations, LeastSquares(), Ridge(penalty)),
        noise=noise,
    )
    truth = family.params(list(np.sqrt(j ** (decay - 1 - 2 * decay * source))))
    return Recursion(
        family, Replace(), truth=truth, n=np.array([int(ratio * n)] * generations + [n])
    ), generations + 1


def _best_of(recursion, noise, decay=1.5, source=0.6, growth=0.7, inherited=True):
    """The least risk of the deterministic equivalent in a configuration of `_tuned`, whose labels
    are inherited or clean.
    """
    sizes, generations = np.asarray(recursion.n, float), int(recursion.family.estimator.generators)
    about = {
        "ratio": sizes[0] / sizes[-1],
        "generations": generations if inherited else 0,
        "noise": float(noise),
    }
    return best_risk(
        numpy_namespace(), sizes[-1], **about, decay=decay, source=source, growth=growth
    )


def _spectra_are_power_laws(recursion):
    """Whether a ridge student learns from least squares on spectra of `_tuned`."""
    truth = np.asarray(recursion.truth.weights, float)
    shaped = np.ndim(recursion.n) == 1 and isinstance(recursion.family.estimator, Student)
    return shaped and np.allclose(truth, np.arange(1.0, len(truth) + 1) ** -0.65)


@law(
    "linear-regression-power-spectrum-student-excess-risk",
    LinearRegression,
    Replace,
    RISK,
    HIGH,
    host=True,
)
@source("dohmatob2024", "derived", tag="R10d")
@holds(when=_spectra_are_power_laws)
@tried(*tuple(map(_tuned, (16, 32, 90))))
@rival("clean labels", lambda xp, recursion, noise: _best_of(recursion, noise, inherited=False))
@rival("a harder signal", lambda xp, recursion, noise: _best_of(recursion, noise, source=0.5))
def tuned_student_risk(xp, recursion, noise):
    r"""A ridge student at its best penalty on power-law spectra ($\beta=\frac32$, $r=\frac35$) has
    the least risk of the deterministic equivalent.
    """
    return _best_of(recursion, noise)
