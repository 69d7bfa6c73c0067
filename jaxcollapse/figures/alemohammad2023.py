"""Self-consuming loops of a GAN on eight modes, with real data every generation as the control that
shows its own mode collapse.
"""

import jax
import numpy as np

from ..data.toys import toy
from ..engine.simulate import simulate
from ..metrics.samples import coverage, mode_shares, on_samples, precision
from ..recursion import Recursion
from ..workflows import Anchor, Refresh, Replace
from .panels import draw_curve, panel_of_values, tabulated
from .registry import register
from .shapes import Shape, judged

LOOPS = {
    "real data every generation": Refresh(1.0),
    "fully synthetic": Replace(),
    "real data kept": Anchor(),
    "half fresh": Refresh(0.5),
}
MODES = 8
SHOWN = 256
KEY = 3
CURVES = ("precision", "coverage", "mode entropy")


def draw(data):
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(9.4, 7.0), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.3, 1))
    _draw_modes(above, data)
    paths = below.subplots(1, 3)
    for column, loop in enumerate(data.loop.values):
        here, color = data.sel(loop=loop), f"C{column}"
        quality, diversity = (here.simulated.sel(quantity=name) for name in CURVES[:2])
        paths[0].plot(diversity[1:], quality[1:], "-o", color=color, ms=3, label=str(loop))
        for axis, name in zip(paths[1:], (CURVES[0], CURVES[2]), strict=True):
            draw_curve(axis, here.sel(quantity=name), color)
    truth = data.simulated.isel(loop=0, t=0)
    start = truth.sel(quantity="coverage"), truth.sel(quantity="precision")
    paths[0].plot(*start, "ks", ms=5, label="truth")
    paths[0].set(xlabel="coverage (diversity)", ylabel="precision (quality)")
    paths[1].set(xlabel="fits t", ylabel="precision")
    paths[2].set(xlabel="fits t", ylabel="entropy of the modes, nats")
    lines = paths[0].get_legend_handles_labels()
    drawn.legend(*lines, loc="outside lower center", ncols=5, fontsize=8)
    return drawn


def _draw_modes(above, data):
    """Points of the last fit over the truth, and the share of every mode relative to the truth."""
    from matplotlib.colors import TwoSlopeNorm

    last = int(data.t[-1])
    axes = above.subplots(2, len(data.loop))
    # Neutral at the share of the truth, so that lost and overfull modes have different colors.
    scale = TwoSlopeNorm(1 / MODES, 0.0, 2 / MODES)
    for column, loop in enumerate(data.loop.values):
        here, (points, modes) = data.sel(loop=loop), axes[:, column]
        points.scatter(*here.points.sel(t=0).values.T, s=2, color="0.75")
        points.scatter(*here.points.sel(t=last).values.T, s=2, color=f"C{column}")
        points.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[], yticks=[])
        points.set_title(str(loop), fontsize=9)
        shares = here.shares.values.T
        shown = modes.imshow(shares, cmap="RdBu", norm=scale, aspect="auto", origin="lower")
        ticks = range(0, last + 1, max(1, last // 5))
        modes.set(xlabel="fits t", yticks=range(MODES), xticks=ticks)
        for axis in (points, modes):
            axis.grid(False)
    axes[0, 0].set_ylabel(f"truth (gray), fit {last}")
    axes[1, 0].set_ylabel("mode, one replica")
    bar = above.colorbar(shown, ax=axes[1, :], label="share", extend="max", pad=0.01)
    bar.set_ticks([0, 1 / MODES, 2 / MODES], labels=["0", "1/8, truth", "1/4"])


def mode_entropy_of(shares):
    """Entropy of the mode histogram of every replica and generation, nats."""
    return -np.sum(np.where(shares > 0, shares * np.log(np.maximum(shares, 1e-12)), 0.0), axis=-1)


def _shapes(falls, last):
    """Recursive collapse is what synthetic data lose after fit 1; what fit 1 lost, or real data
    lose later, is the GAN's own.
    """
    own, recursive = falls["real data every generation"], falls["fully synthetic"]
    return [
        Shape(f"mode entropy lost from fit 1 to {last}, fully synthetic", recursive),
        Shape("... above that with real data every generation", recursive - own),
        Shape("... of which less than a third with real data", recursive / 3 - own),
        *(
            Shape(f"... above that with {name}", recursive - falls[name])
            for name in ("real data kept", "half fresh")
        ),
    ]


@register(
    "alemohammad2023-gan",
    "self-consuming loops of a GAN on eight modes: quality against diversity, "
    "and the modes that are left",
    "after Alemohammad et al., arXiv 2307.01850 (fully synthetic, augmentation and fresh-data "
    "loops); a toy here, so the shape is compared",
    draw,
)
def compute(quick: bool):
    """The same GAN in four loops under common random numbers."""
    generations, replicas, steps = (6, 8, 2000) if quick else (16, 16, 3000)
    points, angles = toy("eight"), 2 * np.pi * np.arange(MODES) / MODES
    shares = mode_shares(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    shown = on_samples(f"points-{SHOWN}", "generated points", lambda x, y: x[:SHOWN])
    runs = {
        name: _run(workflow, points, steps, generations, replicas, (shares, shown))
        for name, workflow in LOOPS.items()
    }
    entropies = {
        name: mode_entropy_of(np.asarray(run.values(shares), float)) for name, run in runs.items()
    }
    panels = [
        panel_of_values(f"{what}, {name}", run.times, values, at={"loop": name, "quantity": what})
        for name, run in runs.items()
        for what, values in zip(
            CURVES, (run.values(precision), run.values(coverage), entropies[name]), strict=True
        )
    ]
    data = tabulated(panels)
    for column, metric, dims in (
        ("points", shown, ("point", "axis")),
        ("shares", shares, ("mode",)),
    ):
        first = np.stack([np.asarray(run.values(metric))[0] for run in runs.values()])
        data[column] = ("loop", "t", *dims), first
    data.attrs |= points.provenance
    falls = {name: entropy[:, 1] - entropy[:, -1] for name, entropy in entropies.items()}
    return data, [each.row() for each in panels] + judged(_shapes(falls, generations))


def _run(workflow, points, steps, generations, replicas, metrics):
    from .. import nets

    training = nets.Training(steps=steps, batch=64, learning_rate=2e-3, decay=0.5, anneal=0.05)
    family, n = nets.GAN(2, hidden=32, latent=4, training=training), 256
    fresh = {"fresh": n} if workflow.uses_fresh else {}
    return simulate(
        jax.random.key(KEY),
        Recursion(family, workflow, truth=family.data(points.values), n=n, **fresh),
        generations=generations,
        replicas=replicas,
        observe=(*metrics, precision, coverage),
    )
