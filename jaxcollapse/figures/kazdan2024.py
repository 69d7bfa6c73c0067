"""Kazdan et al.: mean error and spread of Gaussian fits under three workflows."""

import jax
import numpy as np

from ..engine.simulate import simulate
from ..families import Gaussian
from ..metrics import mean_error, variance
from ..quantities.base import E
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Accumulate, AccumulateSubsample, Replace
from .registry import Comparison, register

SIZES = (10, 32, 100)
LAST = 100
WORKFLOWS = {
    "replace": Replace(),
    "accumulate-subsample": AccumulateSubsample(),
    "accumulate": Accumulate(),
}
REPORTED = {
    "replace": (2.66e-5, 0.0418, 0.3660), "accumulate-subsample": (0.7411, 0.9125, 0.9713),
    "accumulate": (0.8443, 0.9497, 0.9837),
}  # fmt: skip


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(1, len(SIZES), figsize=(10.5, 3.3), sharey=True)
    for axis, n in zip(axes, SIZES, strict=True):
        for index, workflow in enumerate(WORKFLOWS):
            here = data.sel(workflow=workflow, n=n)
            axis.errorbar(
                data.t[1::6],
                here.error[1::6],
                3 * here.error_se[1::6],
                fmt="o",
                ms=2.5,
                color=f"C{index}",
            )
            axis.plot(data.t[1:], here.error_law[1:], "k", lw=0.9)
            axis.plot([], [], "o", color=f"C{index}", label=workflow)
        axis.set(xlabel="fits t", title=f"n = {n}", xscale="log", yscale="log")
    axes[0].set_ylabel(r"$E(\mu_t-\mu_0)^2$")
    axes[0].legend(fontsize=7)
    drawn.suptitle(
        "dots: simulated ± 3 SE; black: exact law (none is known for accumulate-subsample)",
        fontsize=8,
    )
    drawn.tight_layout()
    return drawn


@register(
    "kazdan2024-gaussian", "Gaussian fits under replace, accumulate and accumulate-subsample",
    "Kazdan et al., arXiv 2410.16713, Gaussian experiments, d = 1; reported values are their limits of many seeds", draw,
)  # fmt: skip
def compute(quick: bool):
    """Maximum-likelihood fits, t up to 100."""
    import xarray as xr

    t = np.arange(LAST + 1)
    rows: dict[str, list] = {"error": [], "error_se": [], "error_law": []}
    comparisons = []
    for name, workflow in WORKFLOWS.items():
        for index, n in enumerate(SIZES):
            subsampled = name == "accumulate-subsample"
            replicas = 200 if quick else 1000 if subsampled else 20000
            recursion = Recursion(Gaussian(ddof=0), workflow, truth=Gaussian.params(0.0, 1.0), n=n)
            run = simulate(
                jax.random.key(0),
                recursion,
                generations=LAST,
                replicas=replicas,
                observe=(mean_error, variance),
            )
            error, spread = E(mean_error)(run), E(variance)(run)
            law = (
                np.full(LAST + 1, np.nan)
                if subsampled
                else law_named(f"gaussian-{name}-variance")(n=n, t=t, ddof=0)
            )
            for column, values in zip(rows, (error.value, error.error, 1 - law), strict=True):
                rows[column].append(values)
            known = None if subsampled else float(law[-1])
            what = f"variance ratio, {name}, n={n}, t=100"
            comparisons.append(
                Comparison(what, REPORTED[name][index], known, spread.value[-1], spread.error[-1])
            )
    shape = (len(WORKFLOWS), len(SIZES), LAST + 1)
    data = {
        name: (("workflow", "n", "t"), np.reshape(values, shape)) for name, values in rows.items()
    }
    return xr.Dataset(data, {"workflow": list(WORKFLOWS), "n": list(SIZES), "t": t}), comparisons
