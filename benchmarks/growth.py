"""How cost grows with n, K, d, generations and replicas."""

import numpy as np

import jaxcollapse as jc

from .cases import categories, gaussian, multivariate, ours
from .timing import timed


def growth(repeats: int):
    """How processor time of one run grows with n, K, d, generations and replicas: (axis, values,
    seconds, slope).
    """
    axes = {
        "n (Gaussian)": ([10, 100, 1000, 10**4, 10**5], lambda v: ours(gaussian(v), 100, 1 << 15, jc.variance)),
        "n (labels, K=50)": ([100, 300, 1000], lambda v: ours(categories(v, 50), 20, 1 << 13, jc.support)),
        "K (n=1000)": ([50, 200, 1000, 10**4, 10**5], lambda v: ours(categories(1000, v), 20, 1 << 11, jc.support)),
        "d (n=100)": ([2, 4, 8, 12], lambda v: ours(multivariate(100, v), 50, 1 << 12, jc.log_determinant_ratio)),
        "generations (Gaussian)": ([100, 400, 1600], lambda v: ours(gaussian(100), v, 1 << 14, jc.variance)),
        "replicas (Gaussian)": ([1 << 13, 1 << 15, 1 << 17], lambda v: ours(gaussian(100), 100, v, jc.variance)),
    }  # fmt: skip
    for name, (values, make) in axes.items():
        seconds = []
        for value in values:
            side = make(value)
            side.call()
            seconds.append(
                float(np.median([timed(side)[0] for _ in range(repeats)])) * side.work * 1e-9
            )
        slope = float(np.polyfit(np.log(values), np.log(seconds), 1)[0])
        yield name, values, seconds, slope


def draw(curves, path):
    """Cost against each axis, log-log, with the fitted slope."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(10, 5.6))
    for axis, (name, values, seconds, slope) in zip(axes.flat, curves, strict=True):
        axis.loglog(values, seconds, "o-")
        axis.set_ylim(min(seconds) / 2, max(2 * max(seconds), 10 * min(seconds)))
        axis.minorticks_off()
        axis.set_xticks(values, [f"{value:g}" for value in values])
        axis.set(xlabel=name, ylabel="processor seconds", title=f"slope {slope:.2f}")
    figure.tight_layout()
    figure.savefig(path)
