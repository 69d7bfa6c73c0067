r"""Probabilistic PCA, the linear VAE, in the loop: its total variance obeys the Gaussian's law
whatever its latent dimension is.

The fit keeps the trace of the sample covariance, so that traces and mean errors are those of
maximum likelihood; what the restriction costs is paid once, at fit 1, and does not grow.
"""

import numpy as np

from ..kinds import Identity
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    ProbabilisticPCA,
    Recursion,
    Replace,
    example_truth,
    mean_error,
    trace_ratio,
)
from .univariate import accumulate_variance

SPECTRUM = (4.0, 2.5, 1.4, 0.9, 0.3)


def _case(workflow, n=12, latent=1):
    family = ProbabilisticPCA(latent)
    return (Recursion(family, workflow, truth=example_truth(family), n=n), 6)


@law("probabilistic-pca-replace-trace-ratio", ProbabilisticPCA, Replace, E(trace_ratio))
@source("derived", tag="PPCA-LOOP")
@tried(_case(Replace()), _case(Replace(), latent=2))
@rival("kept", lambda xp, t: 1.0 + 0 * t)
@rival("components alone", lambda xp, n, t, d, latent: 1 - (1 - (1 - 1 / n) ** t) * latent / d)
@rival("fit 1 is free", lambda xp, n, t: (1 - 1 / n) ** xp.where(t > 0, t - 1, 0))
def replace_trace_ratio(xp, n, t):
    r"""Every fit keeps the sample's trace, which loses one part in n:
    $E\,\mathrm{tr}\,\Sigma_t=(1-1/n)^t\,\mathrm{tr}\,\Sigma_0$ for every q.
    """
    return (1 - 1 / n) ** t


@law("probabilistic-pca-replace-mean-error", ProbabilisticPCA, Replace, E(mean_error))
@source("derived", tag="PPCA-LOOP")
@tried(_case(Replace()))
@rival("unbiased", lambda xp, n, t, trace: trace * t / n)
def replace_mean_error(xp, n, t, trace):
    r"""The mean wanders by what the trace loses:
    $E\|\mu_t-\mu_0\|^2=\left[1-(1-1/n)^t\right]\mathrm{tr}\,\Sigma_0$.
    """
    return trace * (1 - (1 - 1 / n) ** t)


@law("probabilistic-pca-accumulate-trace-ratio", ProbabilisticPCA, Accumulate, E(trace_ratio))
@source("derived", tag="PPCA-LOOP")
@holds(when=lambda r: r.real is None)
@tried(_case(Accumulate()))
@rival("replace", lambda xp, n, t: (1 - 1 / n) ** t)
def accumulate_trace_ratio(xp, n, t):
    r"""$E\,\mathrm{tr}\,\Sigma_t/\mathrm{tr}\,\Sigma_0$ is the univariate maximum-likelihood law of
    accumulation, for every q.
    """
    return accumulate_variance(xp, n, t, 0)


def _divergence_by_matrices(eigenvalues, latent, t):
    """KL(truth || model) after t fits to infinitely many observations, by determinants of a rotated
    covariance.
    """
    rng = np.random.default_rng(7)
    axes = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    truth = model = (axes * np.asarray(eigenvalues, float)) @ axes.T
    for _ in range(int(t)):
        values, vectors = np.linalg.eigh(model)
        values[: len(values) - latent] = values[: len(values) - latent].mean()
        model = (vectors * values) @ vectors.T
    difference = np.linalg.slogdet(model)[1] - np.linalg.slogdet(truth)[1]
    return 0.5 * (np.trace(np.linalg.solve(model, truth)) - len(values) + difference)


def repeated_expressivity(xp, eigenvalues, latent, t):
    """The cost if every fit paid it: a rival."""
    return t * expressivity(xp, eigenvalues, latent, t)


@law("probabilistic-pca-expressivity", kind=Identity(_divergence_by_matrices), host=True)
@source("derived", "tipping1999", tag="D7")
@holds(
    assuming={
        "latent < number of eigenvalues, which are positive": lambda latent, eigenvalues: (
            (latent < len(eigenvalues)) & np.all(eigenvalues > 0)
        )
    }
)
@tried(*tuple({"eigenvalues": SPECTRUM, "latent": q, "t": t} for q in (1, 2, 3) for t in (1, 4)))
@rival("paid at every fit", repeated_expressivity)
def expressivity(xp, eigenvalues, latent, t):
    r"""Too few components cost $\frac12\left[(d-q)\log\bar\lambda-\sum_{j>q}\log\lambda_j\right]$
    nats at fit 1 and nothing later.
    """
    rest = np.sort(np.asarray(eigenvalues, float))[: len(eigenvalues) - int(latent)]
    return 0.5 * (len(rest) * np.log(rest.mean()) - np.log(rest).sum()) + 0 * t
