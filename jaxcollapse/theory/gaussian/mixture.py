r"""Gaussian mixtures fitted by EM: two matched moments are all that these laws ask for, however
many components and steps.
"""

from ..notes import holds, proof, rival, rivals, source
from ..proofs import Coq
from ..recurrence import DRIFT_RIVALS, unselected
from ..registry import law
from ..subjects import (
    AbstractWorkflow,
    E,
    GaussianMixture,
    Replace,
    mean_error,
    second_moment,
    variance,
)
from . import univariate


@law("gaussian-mixture-replace-variance", GaussianMixture, Replace, E(variance))
@source("derived", tag="MM2-W2SD")
@rival("unbiased", lambda xp, t, variance: variance + 0.0 * t)
@rival("two observations lost", lambda xp, n, t, variance: variance * (1 - 2 / n) ** t)
def replace_variance(xp, n, t, variance):
    r"""EM matches two moments, so a mixture loses variance as one Gaussian does:
    $E\sigma_t^2=\sigma_0^2(1-\frac1n)^t$ for every K.
    """
    return univariate.replace_variance(xp, n, t, 0, variance)


@law("gaussian-mixture-any-mean-error", GaussianMixture, AbstractWorkflow, E(mean_error), host=True)
@source("derived", tag="MM2-W2SD")
@proof(Coq("Pools.gaussian_mixture_any_mean_error_correct"))
@holds(when=unselected)
@rivals(DRIFT_RIVALS)
def any_mean_error(xp, recursion, t, variance):
    r"""The mean of a mixture obeys the recurrence of second moments with $v_2=-1$ in every linear
    workflow.
    """
    return xp.mean_square_error(recursion, t, variance, -1.0)


@law("gaussian-mixture-any-second-moment", GaussianMixture, AbstractWorkflow, E(second_moment))
@source("derived", tag="MM2-W2SD")
@proof(Coq("Pools.gaussian_mixture_any_second_moment_correct"))
@rival("drift without loss", lambda xp, n, t, variance: variance * (1 + t / n))
def any_second_moment(xp, t, variance):
    r"""Hence $E\left[\sigma_t^2+(\mu_t-\mu_0)^2\right]=\sigma_0^2$ for mixtures in every
    workflow.
    """
    return variance + 0.0 * t
