"""Self-consuming loops of a GAN on eight modes, with real data every generation as the control that
shows its own mode collapse.
"""

import jax
import numpy as np

from ..data.toys import toy
from ..engine.simulate import simulate
from ..metrics.samples import coverage, mode_shares, on_samples, precision
from ..quantities.base import E
from ..recursion import Recursion
from ..workflows import Anchor, Refresh, Replace
from .registry import Comparison, register
from .shapes import Shape, judged

LOOPS = {
    "real data every generation": Refresh(1.0),
    "fully synthetic": Replace(),
    "real data kept": Anchor(),
    "half fresh": Refresh(0.5),
}
SHOWN = 256


def draw(data):
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(9.4, 7.0), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.3, 1))
    _draw_modes(above, data)
    paths = below.subplots(1, 3)
    for column, loop in enumerate(data.loop.values):
        here = data.sel(loop=loop)
        paths[0].plot(
            here.coverage[1:], here.precision[1:], "-o", color=f"C{column}", ms=3, label=str(loop)
        )
        for axis, name in zip(paths[1:], ("precision", "mode_entropy"), strict=True):
            axis.errorbar(
                data.generation,
                here[name],
                here[f"{name}_error"],
                color=f"C{column}",
                marker="o",
                ms=3,
            )
    paths[0].plot(
        *(data[name].isel(loop=0, generation=0) for name in ("coverage", "precision")),
        "ks",
        ms=5,
        label="truth",
    )
    paths[0].set(xlabel="coverage (diversity)", ylabel="precision (quality)")
    paths[1].set(xlabel="fits t", ylabel="precision")
    paths[2].set(xlabel="fits t", ylabel="entropy of the modes, nats")
    drawn.legend(
        *paths[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=8
    )
    return drawn


def _draw_modes(above, data):
    last = int(data.generation[-1])
    axes = above.subplots(2, len(data.loop))
    for column, loop in enumerate(data.loop.values):
        here, (points, modes) = data.sel(loop=loop), axes[:, column]
        points.scatter(*here.points.sel(generation=0).values.T, s=2, color="0.75")
        points.scatter(*here.points.sel(generation=last).values.T, s=2, color=f"C{column}")
        points.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[], yticks=[])
        points.set_title(str(loop), fontsize=9)
        shown = modes.imshow(
            here.shares.values.T, cmap="cividis", vmin=0, vmax=0.4, aspect="auto", origin="lower"
        )
        modes.set(xlabel="fits t", yticks=range(8), xticks=range(0, last + 1, max(1, last // 5)))
        for axis in (points, modes):
            axis.grid(False)
    axes[0, 0].set_ylabel(f"truth (gray), fit {last}")
    axes[1, 0].set_ylabel("mode, one replica")
    above.colorbar(shown, ax=axes[1, :], label="share", extend="max", pad=0.01)


def mode_entropy_of(shares):
    """Entropy of the mode histogram of every replica and generation, nats."""
    return -np.sum(np.where(shares > 0, shares * np.log(np.maximum(shares, 1e-12)), 0.0), axis=-1)


def _claims(falls, last):
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
    "alemohammad2023-gan", "self-consuming loops of a GAN on eight modes: quality against diversity, and the modes that are left",
    "after Alemohammad et al., arXiv 2307.01850 (fully synthetic, augmentation and fresh-data loops); a toy here, so the shape is "
    "compared",
    draw,
)  # fmt: skip
def compute(quick: bool):
    """The same GAN in four loops under common random numbers."""
    import xarray as xr

    from .. import nets

    generations, replicas, steps = (6, 8, 2000) if quick else (16, 16, 3000)
    points, angles = toy("eight"), np.pi * np.arange(8) / 4
    shares = mode_shares(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    shown = on_samples(f"points-{SHOWN}", "generated points", lambda x, y: x[:SHOWN])
    training = nets.Training(steps=steps, batch=64, learning_rate=2e-3, decay=0.5, anneal=0.05)
    family = nets.GAN(2, hidden=32, latent=4, training=training)
    truth, n = family.data(points.values), 256
    rows: dict = {}
    comparisons, falls = [], {}
    for name, workflow in LOOPS.items():
        extra = {"fresh": n} if workflow.uses_fresh else {}
        recursion = Recursion(family, workflow, truth=truth, n=n, **extra)
        measured = (shares, shown, precision, coverage)
        run = simulate(
            jax.random.key(3),
            recursion,
            generations=generations,
            replicas=replicas,
            observe=measured,
        )
        entropy = mode_entropy_of(np.asarray(run.observed[shares.name], float))
        falls[name] = entropy[:, 1] - entropy[:, -1]
        columns = {
            "points": np.asarray(run.observed[shown.name])[0], "shares": np.asarray(run.observed[shares.name])[0],
            "mode_entropy": entropy.mean(axis=0), "mode_entropy_error": entropy.std(axis=0, ddof=1) / np.sqrt(replicas),
        }  # fmt: skip
        for metric in (precision, coverage):
            columns[str(metric)], columns[f"{metric}_error"], _ = E(metric)(run)
        for column, values in columns.items():
            rows.setdefault(column, []).append(values)
        for column in ("precision", "coverage", "mode_entropy"):
            value, error = float(columns[column][-1]), float(columns[f"{column}_error"][-1])
            comparisons.append(
                Comparison(f"{column}, {name}, t={generations}", None, None, value, error)
            )
    comparisons += judged(_claims(falls, generations))
    dims = {"points": ("point", "axis"), "shares": ("mode",)}
    shaped = {
        name: (("loop", "generation", *dims.get(name, ())), np.asarray(values))
        for name, values in rows.items()
    }
    data = xr.Dataset(shaped, {"loop": list(LOOPS), "generation": np.arange(generations + 1)})
    data.attrs |= points.provenance
    return data, comparisons
