"""Suresh et al.: paths of a Gaussian and a Bernoulli recursion, and how long the Gaussian's spread
survives.
"""

import jax
import numpy as np

from ..engine.simulate import simulate
from ..families import Bernoulli, Gaussian
from ..metrics import fixed, mean, standard_deviation
from ..numerics import wright_fisher
from ..quantities.base import P
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Replace
from .registry import Comparison, register

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


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(1, 3, figsize=(11, 3.2))
    axes[0].plot(data.t_gaussian, data.spread.T, lw=0.6)
    axes[0].plot(data.t_gaussian, data.spread_law, "k", lw=1.6, label=r"exact $E\sigma_t$")
    axes[0].set(
        xlabel="fits t",
        ylabel=r"$\sigma_t$",
        title="Gaussian, n = 100",
        yscale="log",
        ylim=(1e-5, 30),
    )
    axes[1].plot(data.t_bernoulli, data.share.T, lw=0.6)
    axes[1].plot(data.t_bernoulli, data.segregating_law, "k", lw=1.6, label="exact P(not fixed)")
    axes[1].set(xlabel="fits t", ylabel=r"$p_t$", title=r"Bernoulli, $p_0$ = 0.2, n = 100")
    axes[2].plot(data.t_survival, data.survival, "o", ms=2.5, label="simulated")
    axes[2].plot(data.t_survival, data.survival_law, "k", lw=1.2, label="exact (Gil-Pelaez)")
    axes[2].plot(
        list(SURVIVAL), list(SURVIVAL.values()), "x", color="C3", label="read off the paper"
    )
    axes[2].set(
        xlabel="fits t",
        ylabel=r"$P(\sigma_t > 0.1)$",
        title="survival, n = 10",
        yscale="log",
        ylim=(2e-3, 1.3),
    )
    for axis in axes:
        axis.legend(fontsize=7)
    drawn.tight_layout()
    return drawn


@register(
    "suresh2024-2", "figures 2a and 2b: Gaussian and Bernoulli paths, with the survival panel",
    "Suresh, Thangaraj, Khandavally, arXiv 2412.17646, figures 2a, 2b and Gaussian survival", draw,
)  # fmt: skip
def compute(quick: bool):
    """Twenty-five paths of each, and survival over many replicas."""
    import xarray as xr

    replicas = 2000 if quick else 50000
    key = jax.random.key(0)
    gaussian = Recursion(Gaussian(), Replace(), truth=Gaussian.params(0.0, 1.0), n=100)
    bernoulli = Recursion(Bernoulli(), Replace(), truth=Bernoulli().params(0.2), n=100)
    event = standard_deviation > 0.1
    spreads = simulate(
        key, gaussian, generations=2500, replicas=replicas // 10, observe=standard_deviation
    )
    shares = simulate(key, bernoulli, generations=600, replicas=replicas, observe=(mean, fixed))
    small = Recursion(Gaussian(), Replace(), truth=Gaussian.params(0.0, 1.0), n=10)
    alive = P(event)(simulate(key, small, generations=200, replicas=replicas, observe=event))
    t = np.arange(201)
    exact = law_named("gaussian-replace-survival")(n=10, t=t, threshold=0.1, ddof=1)
    spread, share = spreads.values(standard_deviation), shares.values(mean)
    stop = shares.values(fixed)
    data = xr.Dataset(
        {
            "spread": (("path", "t_gaussian"), spread[:PATHS]),
            "spread_law": ("t_gaussian", law_named("gaussian-replace-standard-deviation")(n=100, t=np.arange(2501))),
            "share": (("path", "t_bernoulli"), share[:PATHS]),
            "segregating_law": ("t_bernoulli", wright_fisher.survival(100, np.arange(601), 0.2)),
            "survival": ("t_survival", alive.value), "survival_law": ("t_survival", exact),
        },
        {"t_gaussian": np.arange(2501), "t_bernoulli": np.arange(601), "t_survival": t},
    )  # fmt: skip
    comparisons = [
        Comparison(
            f"P(sigma_t > 0.1), n=10, t={k}", value, exact[k], alive.value[k], alive.error[k]
        )
        for k, value in SURVIVAL.items()
    ]
    rate = lambda values: (values.mean(), values.std() / np.sqrt(len(values)))  # noqa: E731
    for what, reported, law, values in (
        (
            "Bernoulli: P(not fixed at 600)",
            None,
            wright_fisher.survival(100, 600, 0.2),
            1 - stop[:, 600],
        ),
        ("Bernoulli: P(fixed at 1 by 600)", 0.2, 0.2, (share[:, 600] > 0.999999).astype(float)),
        (
            "Bernoulli: mean fits to fixation",
            None,
            wright_fisher.absorption_time(100, 0.2),
            (stop == 0).sum(axis=1),
        ),
    ):
        comparisons.append(Comparison(what, reported, float(law), *map(float, rate(values))))
    for k, target in ((500, 0.079), (1000, 0.0063)):
        values = np.sort(spread[:, k].astype(float))
        half = 0.5 * np.sqrt(len(values))
        low, high = values[int(len(values) / 2 - half)], values[int(len(values) / 2 + half)]
        comparisons.append(
            Comparison(
                f"Gaussian: median sigma at {k}", target, None, np.median(values), (high - low) / 2
            )
        )
    return data, comparisons
