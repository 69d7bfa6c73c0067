"""Shumailov et al.: one Gaussian fitted again and again, on the last model's data or on all data
kept.
"""

import jax
import numpy as np
from scipy.optimize import brentq

from ..engine.simulate import simulate
from ..families import Gaussian
from ..metrics import mean, mean_error, standard_deviation, w2
from ..quantities.base import E, Quantile
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Accumulate, Replace
from .panels import draw_panel, exact_law, panel, panel_of_values, tabulated
from .registry import generations_shown, register

SIZES = (100, 500, 1000, 10000)
LAST = 1000
WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate()}
MEDIAN = Quantile(standard_deviation, 0.5)


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(2, 2, figsize=(8.4, 5.8), sharex=True, sharey="row")
    for (row, column), axis in np.ndenumerate(axes):
        for index, n in enumerate(SIZES):
            here = data.sel(workflow=list(WORKFLOWS)[column], n=n).isel(quantity=row)
            axis.plot(here.t, here.path, color=f"C{index}", lw=0.7, alpha=0.55)
            draw_panel(axis, here, f"C{index}", f"n = {n}")
        axis.set(xscale="log", yscale="log", ylim=((1e-3, 3), (1e-4, 2))[row])
    axes[0, 0].set(title="last model's data alone", ylabel=r"$|\mu_t-\mu_0|$")
    axes[0, 1].set_title("all data kept")
    axes[1, 0].set(xlabel="fits t", ylabel=r"$|\sigma_t-\sigma_0|$")
    axes[1, 1].set_xlabel("fits t")
    axes[0, 0].legend(ncols=2, fontsize=7)
    drawn.suptitle(
        "one path (line); root mean square over replicas (dots ± 3 SE, hollow where replicas are "
        "too few for the mean); its exact law (black)",
        fontsize=8,
    )
    drawn.tight_layout()
    return drawn


def median_deviation(n, t, ddof=0):
    """The exact median of the standard deviation after t fits under replacement.

    It is where the survival function of `gaussian-replace-survival` is one half.
    """
    survival = law_named("gaussian-replace-survival")

    def excess(log_threshold):
        return float(survival(n=n, t=t, threshold=np.exp(log_threshold), ddof=ddof)) - 0.5

    # The logarithm of the median is close to -t/n, or to -t/(2n) for the unbiased variance.
    return float(np.exp(brentq(excess, -2.0 * t / n, -0.1 * t / n, xtol=1e-7)))


@register(
    "shumailov2023-gaussian",
    "one-dimensional Gaussian recursion, replace and all data kept",
    "Shumailov et al., arXiv 2305.17493, one-dimensional Gaussian; no number of theirs is compared",
    draw,
)
def compute(quick: bool):
    """Maximum-likelihood fits as in the authors' code; errors of mean and deviation are root mean
    squares.
    """
    t = generations_shown(LAST)
    panels, paths, rows = [], [], []
    for name, workflow in WORKFLOWS.items():
        for n in SIZES:
            recursion = Recursion(Gaussian(ddof=0), workflow, truth=Gaussian.params(0.0, 1.0), n=n)
            run = simulate(
                jax.random.key(0),
                recursion,
                generations=LAST,
                replicas=2000 if quick else 4000,
                observe=(mean, mean_error, standard_deviation),
            )
            panels += _panels(run, name, n, t)
            paths += [
                np.abs(run.values(mean)[0, t]),
                np.abs(run.values(standard_deviation)[0, t] - 1),
            ]
            if name == "replace":
                law = median_deviation(n, LAST)
                what = f"median sigma, {name}, n={n}"
                rows.append(panel(run, MEDIAN, [law], what=what, t=[LAST]).row())
    data = tabulated(panels)
    shape = (len(WORKFLOWS), len(SIZES), 2, len(t))
    data["path"] = ("workflow", "n", "quantity", "t"), np.reshape(paths, shape)
    return data, [each.row() for each in panels] + rows


def _panels(run, name, n, t):
    r"""Root mean squares of $\mu_t-\mu_0$ and $\sigma_t-\sigma_0$; for one-dimensional Gaussians
    $W_2^2=(\mu_t-\mu_0)^2+(\sigma_t-\sigma_0)^2$, so the law of the latter is a difference.
    """
    at = {"workflow": name, "n": n}
    location = panel(
        run, E(mean_error), what=f"rms mean, {name}, n={n}", t=t, at=at | {"quantity": "mean"}
    )
    law = exact_law(E(w2), run.recursion, t) - location.law
    values = (run.values(standard_deviation)[:, t].astype(float) - 1) ** 2
    what = f"rms sigma - 1, {name}, n={n}"
    spread = panel_of_values(what, t, values, law, at | {"quantity": "standard deviation"})
    return [location.root(), spread.root()]
