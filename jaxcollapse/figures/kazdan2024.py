"""Kazdan et al.: mean error and spread of Gaussian fits under three workflows."""

import jax
import numpy as np

from ..engine.simulate import simulate
from ..families import Gaussian
from ..metrics import mean_error, variance
from ..quantities.base import E
from ..recursion import Recursion
from ..workflows import Accumulate, AccumulateSubsample, Replace
from .panels import draw_panel, panel, tabulated
from .registry import register

SIZES = (10, 32, 100)
LAST = 100
WORKFLOWS = {
    "replace": Replace(),
    "accumulate-subsample": AccumulateSubsample(),
    "accumulate": Accumulate(),
}
QUANTITIES = {
    "mean error": (E(mean_error), r"$E(\mu_t-\mu_0)^2$"),
    "variance ratio": (E(variance), r"$E\sigma_t^2/\sigma_0^2$"),
}


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(2, len(SIZES), figsize=(10.5, 6.0), sharex=True, sharey="row")
    # Fit 0 is the truth, which a logarithmic axis of fits cannot show.
    fits = data.sel(t=slice(1, None))
    for (row, column), axis in np.ndenumerate(axes):
        name, n = list(QUANTITIES)[row], SIZES[column]
        for index, workflow in enumerate(WORKFLOWS):
            here = fits.sel(quantity=name, workflow=workflow, n=n)
            draw_panel(axis, here, f"C{index}", workflow, every=6)
        axis.set(xscale="log", yscale="log", ylim=((1e-2, 2), (1e-5, 2))[row])
        if row == 0:
            axis.set_title(f"n = {n}")
        else:
            axis.set_xlabel("fits t")
        if column == 0:
            axis.set_ylabel(QUANTITIES[name][1])
    axes[1, 0].legend(fontsize=7)
    drawn.suptitle(
        "dots: simulated ± 3 SE at every sixth fit, hollow where replicas are too few for the "
        "mean; black: exact law",
        fontsize=8,
    )
    drawn.tight_layout()
    return drawn


@register(
    "kazdan2024-gaussian",
    "Gaussian fits under replace, accumulate and accumulate-subsample",
    "Kazdan et al., arXiv 2410.16713, Gaussian experiments, d = 1; no number of theirs is compared",
    draw,
)
def compute(quick: bool):
    """Maximum-likelihood fits, t up to 100; every law is what `predict` says."""
    panels = []
    for name, workflow in WORKFLOWS.items():
        for n in SIZES:
            # Subsampling keeps every observation of a run, so its replicas cost far more.
            full = 5000 if name == "accumulate-subsample" else 20_000
            replicas = full // 5 if quick else full
            recursion = Recursion(Gaussian(ddof=0), workflow, truth=Gaussian.params(0.0, 1.0), n=n)
            run = simulate(
                jax.random.key(0),
                recursion,
                generations=LAST,
                replicas=replicas,
                observe=(mean_error, variance),
            )
            for quantity, (estimated, _) in QUANTITIES.items():
                at = {"quantity": quantity, "workflow": name, "n": n}
                panels.append(panel(run, estimated, what=f"{quantity}, {name}, n={n}", at=at))
    return tabulated(panels), [each.row() for each in panels]
