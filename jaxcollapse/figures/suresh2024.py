"""Suresh et al.: paths of a Gaussian and a Bernoulli recursion, and how long the Gaussian's spread
survives.
"""

import jax
import numpy as np

from ..engine.simulate import simulate
from ..families import Bernoulli, Gaussian
from ..metrics import fixed, mean, segregating, standard_deviation
from ..numerics import wright_fisher
from ..quantities.base import HittingTime, P, Quantile
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Replace
from .panels import draw_panel, panel, panel_of_values, tabulated
from .registry import register
from .shumailov2023 import median_deviation

# Read off the paper's figure, so good to about a tenth.
SURVIVAL = {
    23: 0.785,
    45: 0.435,
    67: 0.22,
    89: 0.12,
    111: 0.062,
    133: 0.035,
    155: 0.012,
    177: 0.01,
    199: 0.006,
}
PATHS = 25
AT_ONE = mean > 0.999999
SHARE = 0.2
LAST_SPREAD, LAST_SHARE, LAST_SURVIVAL = 2500, 600, 200
DEVIATION, UNDECIDED, ALIVE = "median deviation", "not fixed", "survival"


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(2, 2, figsize=(9.4, 6.2))
    spread, share, undecided, survival = axes.ravel()
    spread.plot(data.t_spread, data.spread.T, lw=0.5, alpha=0.6)
    draw_panel(spread, data.sel(quantity=DEVIATION), "k", "median, simulated ± 3 SE")
    spread.plot(
        data.t_spread,
        data.spread_mean_law,
        "k--",
        label=r"exact $E\sigma_t$, kept up by rarer paths",
    )
    spread.set(
        title=f"Gaussian, n = 100, {PATHS} paths",
        ylabel=r"$\sigma_t$",
        yscale="log",
        ylim=(1e-6, 30),
    )
    share.plot(data.t_share, data.share.T, lw=0.6)
    share.set(title=f"Bernoulli, n = 100, {PATHS} paths", ylabel=r"$p_t$")
    draw_panel(undecided, data.sel(quantity=UNDECIDED), "C0", "simulated ± 3 SE")
    undecided.set(
        title=f"Bernoulli, n = 100, $p_0$ = {SHARE}", ylabel=r"$P(0 < p_t < 1)$", yscale="log"
    )
    draw_panel(survival, data.sel(quantity=ALIVE), "C0", "simulated ± 3 SE", every=4)
    survival.plot(
        data.t_reported, data.reported, "x", color="C1", label="read off the paper", zorder=4
    )
    survival.set(
        title="Gaussian, n = 10", ylabel=r"$P(\sigma_t > 0.1)$", yscale="log", ylim=(1e-3, 1.3)
    )
    for axis in axes.flat:
        axis.set_xlabel("fits t")
        if axis is not share:
            axis.plot([], [], "k", lw=0.9, label="exact")
            axis.legend(fontsize=7)
    drawn.suptitle(
        "hollow: too few replicas for the verdict; dots are drawn at some of the fits", fontsize=8
    )
    drawn.tight_layout()
    return drawn


@register(
    "suresh2024-2",
    "figures 2a and 2b: Gaussian and Bernoulli paths, with the survival panel",
    "Suresh, Thangaraj, Khandavally, arXiv 2412.17646, figures 2a, 2b and Gaussian survival",
    draw,
)
def compute(quick: bool):
    """Twenty-five paths of each, and panels over many replicas."""
    replicas = 2000 if quick else 50_000
    spreads, deviation = _gaussian_spread(replicas // 10)
    shares, undecided, hits = _bernoulli(replicas)
    alive, survival_rows = _survival(replicas)
    data = tabulated([deviation, undecided, alive])
    mean_law = law_named("gaussian-replace-standard-deviation")
    t = np.arange(LAST_SPREAD + 1)
    data = data.assign_coords(
        t_spread=t, t_share=np.arange(LAST_SHARE + 1), t_reported=list(SURVIVAL)
    )
    data["spread"] = ("path", "t_spread"), spreads
    data["spread_mean_law"] = "t_spread", mean_law(n=100, t=t)
    data["share"] = ("path", "t_share"), shares
    data["reported"] = "t_reported", list(SURVIVAL.values())
    return data, [*survival_rows, undecided.row(), *hits, deviation.row()]


def _simulated(family, truth, n, generations, replicas, *metrics):
    recursion = Recursion(family, Replace(), truth=truth, n=n)
    return simulate(
        jax.random.key(0), recursion, generations=generations, replicas=replicas, observe=metrics
    )


def _gaussian_spread(replicas):
    """Paths of the standard deviation, and the panel of its median."""
    run = _simulated(
        Gaussian(), Gaussian.params(0.0, 1.0), 100, LAST_SPREAD, replicas, standard_deviation
    )
    t = np.arange(100, LAST_SPREAD + 1, 100)
    law = [median_deviation(100, each, ddof=1) for each in t]
    quantity, at = Quantile(standard_deviation, 0.5), {"quantity": DEVIATION}
    found = panel(run, quantity, law, what="Gaussian: median sigma, n=100", t=t, at=at)
    return run.values(standard_deviation)[:PATHS], found


def _bernoulli(replicas):
    """Paths of the share, the panel of shares that are not fixed, and rows on where they end."""
    family = Bernoulli()
    run = _simulated(
        family, family.params(SHARE), 100, LAST_SHARE, replicas, mean, fixed, segregating, AT_ONE
    )
    t = np.arange(0, LAST_SHARE + 1, 20)
    what, at = "Bernoulli: P(not fixed)", {"quantity": UNDECIDED}
    undecided = panel(run, P(segregating), what=what, t=t, at=at)
    last = [LAST_SHARE]
    times = HittingTime.first(np.asarray(run.values(fixed)))[:, None]
    # The horizon cuts the hitting time off: its mean is the sum of the survival function up to it.
    time_law = wright_fisher.survival(100, np.arange(LAST_SHARE + 1), SHARE).sum()
    what = "Bernoulli: mean fits to fixation, cut off"
    rows = [
        panel(run, P(AT_ONE), what="Bernoulli: P(fixed at 1)", t=last).row(),
        panel_of_values(what, last, times, [time_law]).row(),
    ]
    return run.values(mean)[:PATHS], undecided, rows


def _survival(replicas):
    """The panel of a deviation above 0.1, and a row for every point that was read off."""
    event = standard_deviation > 0.1
    run = _simulated(Gaussian(), Gaussian.params(0.0, 1.0), 10, LAST_SURVIVAL, replicas, event)
    t = np.arange(LAST_SURVIVAL + 1)
    law = law_named("gaussian-replace-survival")(n=10, t=t, threshold=0.1, ddof=1)
    what, at = "Gaussian: P(sigma_t > 0.1), n=10", {"quantity": ALIVE}
    found = panel(run, P(event), law, what=what, t=t, at=at)
    return found, [found.row(), *(found.row(value, k) for k, value in SURVIVAL.items())]
