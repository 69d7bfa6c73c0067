r"""Probabilistic PCA, the linear VAE, in the loop: its total variance obeys the Gaussian's law whatever its latent dimension is.

The fit keeps the trace of the sample covariance, so that traces and mean errors are those of maximum likelihood;
what the restriction costs is paid once, at fit 1, and does not grow.
"""

import numpy as np

from ..families import MultivariateGaussian, ProbabilisticPCA
from ..metrics import mean_error, trace_ratio
from ..quantities import E
from ..recursion import Recursion
from ..workflows import Accumulate, Replace
from . import gaussian
from .cases import example_truth
from .kinds import Exact, Identity
from .registry import law
from .symbols import truth_symbols

SPECTRUM = (4.0, 2.5, 1.4, 0.9, 0.3)


def _case(workflow, n=12, latent=1):
    family = ProbabilisticPCA(latent)
    return (Recursion(family, workflow, truth=example_truth(family), n=n), 6)


@example_truth.register
def _(family: ProbabilisticPCA):
    return example_truth(MultivariateGaussian())


@truth_symbols.register
def _(family: ProbabilisticPCA, truth):
    return truth_symbols(MultivariateGaussian(), truth) | {"ddof": 0.0}


@law(
    "probabilistic-pca-replace-trace-ratio", family=ProbabilisticPCA, workflow=Replace, quantity=E(trace_ratio),
    kind=Exact(), cite=("derived",), tag="PPCA-LOOP", at=(_case(Replace()), _case(Replace(), latent=2)),
    rivals={
        "kept": lambda xp, n, t: 1.0 + 0 * t,
        "components alone": lambda xp, n, t, d, latent: 1 - (1 - (1 - 1 / n) ** t) * latent / d,
        "fit 1 is free": lambda xp, n, t: (1 - 1 / n) ** xp.where(t > 0, t - 1, 0),
    },
)  # fmt: skip
def replace_trace_ratio(xp, n, t):
    r"""Every fit keeps the sample's trace, which loses one part in n: $E\,\mathrm{tr}\,\Sigma_t=(1-1/n)^t\,\mathrm{tr}\,\Sigma_0$ for every q."""
    return (1 - 1 / n) ** t


@law(
    "probabilistic-pca-replace-mean-error", family=ProbabilisticPCA, workflow=Replace, quantity=E(mean_error),
    kind=Exact(), cite=("derived",), tag="PPCA-LOOP", at=(_case(Replace()),),
    rivals={"unbiased": lambda xp, n, t, trace: trace * t / n},
)  # fmt: skip
def replace_mean_error(xp, n, t, trace):
    r"""The mean wanders by what the trace loses: $E\|\mu_t-\mu_0\|^2=\left[1-(1-1/n)^t\right]\mathrm{tr}\,\Sigma_0$."""
    return trace * (1 - (1 - 1 / n) ** t)


@law(
    "probabilistic-pca-accumulate-trace-ratio", family=ProbabilisticPCA, workflow=Accumulate, quantity=E(trace_ratio),
    kind=Exact(), cite=("derived",), tag="PPCA-LOOP", at=(_case(Accumulate()),), when=lambda r: r.real is None,
    rivals={"replace": lambda xp, n, t: (1 - 1 / n) ** t},
)  # fmt: skip
def accumulate_trace_ratio(xp, n, t):
    r"""$E\,\mathrm{tr}\,\Sigma_t/\mathrm{tr}\,\Sigma_0$ is the univariate maximum-likelihood law of accumulation, for every q."""
    return gaussian.accumulate_variance(xp, n, t, 0)


def _divergence_by_matrices(eigenvalues, latent, t):
    """KL(truth || model) after t fits to infinitely many observations, by determinants of a rotated covariance."""
    rng = np.random.default_rng(7)
    axes = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    truth = model = (axes * np.asarray(eigenvalues, float)) @ axes.T
    for _ in range(int(t)):
        values, vectors = np.linalg.eigh(model)
        values[: len(values) - latent] = values[: len(values) - latent].mean()
        model = (vectors * values) @ vectors.T
    difference = np.linalg.slogdet(model)[1] - np.linalg.slogdet(truth)[1]
    return 0.5 * (np.trace(np.linalg.solve(model, truth)) - len(values) + difference)


@law(
    "probabilistic-pca-expressivity", kind=Identity(_divergence_by_matrices), cite=("derived", "tipping1999"), tag="D7",
    at=tuple({"eigenvalues": SPECTRUM, "latent": q, "t": t} for q in (1, 2, 3) for t in (1, 4)),
    rivals={"paid at every fit": lambda xp, eigenvalues, latent, t: t * expressivity(xp, eigenvalues, latent, t)},
)  # fmt: skip
def expressivity(xp, eigenvalues, latent, t):
    r"""Too few components cost $\frac12\left[(d-q)\log\bar\lambda-\sum_{j>q}\log\lambda_j\right]$ nats at fit 1 and nothing later."""
    rest = np.sort(np.asarray(eigenvalues, float))[: len(eigenvalues) - int(latent)]
    return 0.5 * (len(rest) * np.log(rest.mean()) - np.log(rest).sum()) + 0 * t
