r"""The linear VAE in the loop, fitted at its optimum: a net with the laws of probabilistic PCA.

The optimum keeps the trace of the sample covariance, for data that are not normal as well. Adam on
minibatches ends elsewhere, so that nothing here is about it.
"""

import numpy as np

from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import (
    Accumulate,
    E,
    LinearVAE,
    Optimum,
    Recursion,
    Replace,
    mean_error,
    trace_ratio,
)
from .ppca import accumulate_trace_ratio as pooled
from .ppca import replace_mean_error as drift
from .ppca import replace_trace_ratio as kept

# Rows of the data of the cases, which are not normal, and the number of their features.
ROWS, FEATURES = 512, 4


def at_its_optimum(recursion) -> bool:
    """Whether the training is `Optimum()` and the data are drawn with `replacement=True`."""
    drawn_freely = getattr(recursion.truth, "replacement", False)
    return bool(drawn_freely and isinstance(recursion.family.training, Optimum))


at_its_optimum.needs = "training=nets.Optimum() and data with replacement=True"


def of_components_alone(xp, n, t, features, latent):
    """The trace if the components alone shrank: a rival."""
    return 1 - (1 - kept(xp, n, t)) * latent / features


def _cases(workflow, n=8, latents=(1,)):
    def cases():
        spread = np.random.default_rng(1).exponential(size=(ROWS, FEATURES))
        rows = (spread * [2.0, 1.4, 1.0, 0.5]).astype(np.float32)
        families = [LinearVAE(FEATURES, latent=q, training=Optimum()) for q in latents]
        return tuple(
            (Recursion(each, workflow(), truth=each.data(rows, replacement=True), n=n), 5)
            for each in families
        )

    return cases


@law("linear-vae-replace-trace-ratio", LinearVAE, Replace, E(trace_ratio))
@source("derived", "tipping1999", tag="PPCA-LOOP")
@holds(when=at_its_optimum)
@tried(_cases(Replace, latents=(1, 3)))
@rival("components alone", of_components_alone)
@rival("fit 1 is free", lambda xp, n, t: kept(xp, n, xp.where(t > 0, t - 1, 0)))
def replace_trace_ratio(xp, n, t):
    r"""At its optimum a linear VAE keeps the sample's trace, which loses one part in n:
    $E\,\mathrm{tr}\,\Sigma_t=(1-1/n)^t\,\mathrm{tr}\,\Sigma_0$ for every number of codes.

    Model 0 is a data set, whose rows are drawn independently; it need not be normal.
    """
    return kept(xp, n, t)


@law("linear-vae-replace-mean-error", LinearVAE, Replace, E(mean_error))
@source("derived", "tipping1999", tag="PPCA-LOOP")
@holds(when=at_its_optimum)
@tried(_cases(Replace))
@rival("unbiased", lambda xp, n, t, trace: trace * t / n)
def replace_mean_error(xp, n, t, trace):
    r"""The mean of a linear VAE at its optimum wanders by what the trace loses:
    $E\|b_t-\mu_0\|^2=\left[1-(1-1/n)^t\right]\mathrm{tr}\,\Sigma_0$.

    $\mu_0$ and $\Sigma_0$ are mean and covariance of the data.
    """
    return drift(xp, n, t, trace)


@law("linear-vae-accumulate-trace-ratio", LinearVAE, Accumulate, E(trace_ratio))
@source("derived", "tipping1999", tag="PPCA-LOOP")
@holds(when=at_its_optimum)
@tried(_cases(Accumulate, latents=(1, 3)))
@rival("replace", lambda xp, n, t: kept(xp, n, t))
def accumulate_trace_ratio(xp, n, t):
    r"""$E\,\mathrm{tr}\,\Sigma_t/\mathrm{tr}\,\Sigma_0$ of a linear VAE at its optimum is the
    univariate maximum-likelihood law of accumulation, for every number of codes.
    """
    return pooled(xp, n, t)
