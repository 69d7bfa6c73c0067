"""Shumailov et al.: one Gaussian fitted again and again, on the last model's data or on all data
kept.
"""

import jax
import numpy as np

from ..engine.simulate import simulate
from ..families import Gaussian
from ..metrics import mean, standard_deviation
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Accumulate, Replace
from .registry import Comparison, generations_shown, register

SIZES = (100, 500, 1000, 10000)
LAST = 1000
MEDIAN_LOSS = (1.000, 0.865, 0.633, 0.095)
RMS_REPLACE = (1.000, 0.930, 0.795, 0.308)
RMS_ACCUMULATE = (0.128, 0.057, 0.041, 0.013)


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(2, 2, figsize=(8.4, 5.8), sharex=True, sharey="row")
    for column, workflow in enumerate(("replace", "accumulate")):
        for index, n in enumerate(SIZES):
            here = data.sel(workflow=workflow, n=n)
            color = f"C{index}"
            axes[0, column].plot(data.t, here.path_mean, color=color, lw=0.7, alpha=0.55)
            axes[1, column].plot(data.t, here.path_spread, color=color, lw=0.7, alpha=0.55)
            axes[0, column].plot(data.t, here.rms_mean, "o", color=color, ms=2.5, label=f"n = {n}")
            axes[0, column].plot(data.t, here.rms_mean_law, color="k", lw=0.8)
            axes[1, column].plot(data.t, here.median_spread, "o", color=color, ms=2.5)
            axes[1, column].plot(data.t, here.spread_law, color="k", lw=0.8)
        axes[0, column].set(
            xscale="log",
            yscale="log",
            title="all data kept" if column else "last model's data alone",
        )
        axes[1, column].set(xlabel="fits t", yscale="log", ylim=(1e-4, 2))
    axes[0, 0].set_ylabel(r"$|\mu_t-\mu_0|$")
    axes[1, 0].set_ylabel(r"$|\sigma_t-\sigma_0|$")
    axes[0, 0].legend(ncols=2, fontsize=7)
    drawn.suptitle(
        "One path (line), RMS and median over replicas (dots), exact root mean square (black)",
        fontsize=9,
    )
    return drawn


@register(
    "shumailov2023-gaussian", "one-dimensional Gaussian recursion, replace and all data kept",
    "Shumailov et al., arXiv 2305.17493, one-dimensional Gaussian; published targets are laws of one random path", draw,
)  # fmt: skip
def compute(quick: bool):
    """Maximum-likelihood fits as in the authors' code."""
    import xarray as xr

    replicas = 500 if quick else 4000
    t = generations_shown(LAST)
    columns: dict[str, list] = {}
    comparisons = []
    for workflow in (Replace(), Accumulate()):
        for index, n in enumerate(SIZES):
            recursion = Recursion(Gaussian(ddof=0), workflow, truth=Gaussian.params(0.0, 1.0), n=n)
            run = simulate(
                jax.random.key(0),
                recursion,
                generations=LAST,
                replicas=replicas,
                observe=(mean, standard_deviation),
            )
            means, spreads = (
                run.values(mean).astype(float)[:, t],
                run.values(standard_deviation).astype(float)[:, t],
            )
            loss, square, laws = np.abs(spreads - 1), means**2, _laws(workflow, n, t)
            row = {
                "path_mean": np.abs(means[0]), "path_spread": loss[0], "rms_mean": np.sqrt(square.mean(0)),
                "median_spread": np.median(loss, axis=0), "rms_mean_law": laws[0], "spread_law": laws[1],
            }  # fmt: skip
            for name, values in row.items():
                columns.setdefault(name, []).append(values)
            replace = isinstance(workflow, Replace)
            reported = (RMS_REPLACE if replace else RMS_ACCUMULATE)[index]
            error = square[:, -1].std() / np.sqrt(replicas) / (2 * row["rms_mean"][-1])
            label = "replace" if replace else "accumulate"
            comparisons.append(
                Comparison(
                    f"rms mean, {label}, n={n}, t=1000",
                    reported,
                    laws[0][-1],
                    row["rms_mean"][-1],
                    error,
                )
            )
            if replace:
                middle, width = (
                    1 - np.median(spreads[:, -1]),
                    1.2533 * spreads[:, -1].std() / np.sqrt(replicas),
                )
                comparisons.append(
                    Comparison(
                        f"1 - median sigma, n={n}, t=1000", MEDIAN_LOSS[index], None, middle, width
                    )
                )
    shaped = {
        name: (("workflow", "n", "t"), np.reshape(values, (2, len(SIZES), len(t))))
        for name, values in columns.items()
    }
    coordinates = {"workflow": ["replace", "accumulate"], "n": list(SIZES), "t": t}
    return xr.Dataset(shaped, coordinates), comparisons


def _laws(workflow, n, t):
    """Exact root mean squares: of the mean by conservation under maximum likelihood; of the spread
    where known.
    """
    name = "gaussian-replace" if isinstance(workflow, Replace) else "gaussian-accumulate"
    variance = law_named(f"{name}-variance")(n=n, t=t, ddof=0)
    spread = np.full(len(t), np.nan)
    if isinstance(workflow, Replace):
        spread = np.sqrt(
            variance + 1 - 2 * law_named(f"{name}-standard-deviation")(n=n, t=t, ddof=0)
        )
    return np.sqrt(1 - variance), spread
