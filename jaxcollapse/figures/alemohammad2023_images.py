"""Self-consuming loops of a GAN that draws digits: quality and diversity, with and without a bias
in sampling.
"""

import equinox as eqx
import jax
import numpy as np

from ..data.images import digits
from ..engine.simulate import simulate
from ..metrics.comparisons import fidelity, frechet_distance, recalled
from ..metrics.samples import frechet, on_samples, precision, recall, through
from ..recursion import Recursion
from ..workflows import Accumulate, Refresh, Replace
from .panels import draw_curve, panel_of_values, tabulated
from .registry import register
from .shapes import Shape, judged
from .shumailov2024 import as_weights

N = 1024
SHOWN = 24
BIAS = 0.5
BIASED = f"fully synthetic, bias {BIAS}"
LOOPS = {
    "fully synthetic": (Replace(), 1.0),
    BIASED: (Replace(), BIAS),
    "augmentation": (Accumulate(), 1.0),
    "half fresh": (Refresh(0.5), 1.0),
}
CURVES = {
    "frechet": "Fréchet distance",
    "precision": "precision (quality)",
    "recall": "recall (diversity)",
}
MARKERS = "so^D"
PATH = ("recall", "precision")


def draw(data):
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(9.8, 6.3), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.5, 1))
    _draw_images(above, data)
    paths, *axes = below.subplots(1, 4)
    for index, loop in enumerate(data.loop.values):
        color, marker, here = f"C{index}", MARKERS[index], data.sel(loop=loop)
        diversity, quality = (here.simulated.sel(quantity=name)[1:] for name in PATH)
        paths.plot(diversity, quality, color=color, marker=marker, ms=4)
        for axis, name in zip(axes, CURVES, strict=True):
            draw_curve(axis, here.sel(quantity=name), color, str(loop), marker=marker, first=1)
    for axis, label in zip(axes, CURVES.values(), strict=True):
        axis.set(xlabel="fits t", ylabel=label, xticks=data.t[1:])
    start = [float(data.simulated.isel(loop=0, t=1).sel(quantity=name)) for name in PATH]
    paths.plot(*start, "o", mfc="none", mec="k", ms=11)
    beside = {"xytext": (-9, -3), "textcoords": "offset points", "ha": "right"}
    paths.annotate("fit 1", start, fontsize=8, **beside)
    paths.set(xlabel="recall (diversity)", ylabel="precision (quality)")
    below.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawn


def _draw_images(above, data):
    """Tiles of generated digits, one row per loop and one column per fit."""
    last = int(data.t[-1])
    times = list(dict.fromkeys([0, 1, (1 + last) // 2, last]))
    axes = above.subplots(len(data.loop), len(times))
    for (row, column), axis in np.ndenumerate(axes):
        t = times[column]
        images = data.images.isel(loop=row).sel(t=t).values[:SHOWN]
        tiles = np.pad(images.reshape(3, SHOWN // 3, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)))
        axis.imshow(tiles.transpose(0, 2, 1, 3).reshape(30, -1), cmap="gray_r", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
        axis.spines[:].set_visible(True)
        axis.spines[:].set(color="0.8", lw=0.6)
        if row == 0:
            axis.set_title("real" if t == 0 else f"fit {t}", fontsize=9)
        if column == 0:
            label = str(data.loop.values[row]).replace(", ", ",\n")
            axis.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=8.5)


def _judge_and_family(found, steps):
    """A classifier of real digits, and a GAN that is told the class, as in the paper."""
    from .. import nets

    judge = nets.Classifier(64).train(jax.random.key(7), found.values, found.targets)
    training = nets.Training(steps=steps, batch=64, learning_rate=1e-3, decay=0.5, anneal=0.05)
    game, condition = nets.NonSaturating(0.5), nets.ByClass(10)
    return judge, nets.GAN(
        64, hidden=64, latent=8, game=game, condition=condition, training=training
    )


@register(
    "alemohammad2023-images",
    "self-consuming loops of a GAN on digits: quality against diversity, with a bias in sampling",
    "after Alemohammad et al., arXiv 2307.01850: StyleGAN on FFHQ and a conditional diffusion "
    "model on MNIST; a conditional GAN on 8 x 8 digits here, so the shape is compared",
    draw,
)
def compute(quick: bool):
    """The same GAN in four loops under one key, measured on the features of the judge."""
    generations, replicas, steps = (3, 8, 800) if quick else (6, 10, 1500)
    found = digits()
    judge, family = _judge_and_family(found, steps)
    truth = family.data(found.values, labels=found.targets)
    what = "the first generated observations"
    images = on_samples(f"images-{SHOWN}", what, lambda x, y: x[:SHOWN])
    compared = ((frechet, frechet_distance), (precision, fidelity), (recall, recalled))
    metrics = [through(judge, of, compare) for of, compare in compared]

    def run_of(workflow, bias):
        fresh = {"fresh": N} if workflow.uses_fresh else {}
        # As weights all workflows without fresh data are one compiled program.
        loop = workflow if workflow.uses_fresh else as_weights(workflow, generations, N)
        biased = eqx.tree_at(lambda f: f.sampling_bias, family, bias)
        return simulate(
            jax.random.key(3),
            Recursion(biased, loop, truth=truth, n=N, **fresh),
            generations=generations,
            replicas=replicas,
            observe=(images, *metrics),
        )

    runs = {name: run_of(*loop) for name, loop in LOOPS.items()}
    numbers = {
        name: {loop: np.asarray(run.values(metric), float) for loop, run in runs.items()}
        for name, metric in zip(CURVES, metrics, strict=True)
    }
    pictures = np.stack([np.asarray(run.values(images))[0] for run in runs.values()])
    data, panels = _collected(numbers, pictures)
    data.attrs |= found.provenance
    return data, [each.row() for each in panels] + judged(_shapes(numbers, generations))


def _collected(numbers, pictures):
    """Panels of means over replicas, with every replica and the pictures of replica 0 beside."""
    t = np.arange(pictures.shape[1])
    panels = [
        panel_of_values(f"{CURVES[name]}, {loop}", t, each, at={"quantity": name, "loop": loop})
        for name, values in numbers.items()
        for loop, each in values.items()
    ]
    data = tabulated(panels)
    replicas = np.stack([list(values.values()) for values in numbers.values()])
    data["replicas"] = ("quantity", "loop", "replica", "t"), replicas
    data["images"] = ("loop", "t", "shown", "pixel"), pictures
    return data, panels


def _shapes(numbers, last):
    """Without fresh data quality or diversity falls; a bias in sampling keeps quality and costs
    diversity.
    """
    distance, quality, diversity = (numbers[name] for name in CURVES)
    alone, fresh = "fully synthetic", "half fresh"
    end = {
        loop: tuple(each[loop][:, -1] for each in (distance, quality, diversity)) for loop in LOOPS
    }
    grown, lost = end[alone][0] - distance[alone][:, 1], diversity[alone][:, 1] - end[alone][2]
    return [
        Shape(f"distance at fit {last} above that at fit 1, {alone}", grown),
        Shape("... larger than that of augmentation", end[alone][0] - end["augmentation"][0]),
        Shape(f"... larger than that of {fresh}", end[alone][0] - end[fresh][0]),
        Shape(f"diversity at fit 1 larger than at fit {last}, {alone}", lost),
        Shape(
            f"diversity at fit {last}, {fresh} larger than {alone}", end[fresh][2] - end[alone][2]
        ),
        Shape(f"diversity at fit {last}, unbiased above biased", end[alone][2] - end[BIASED][2]),
        Shape(f"quality at fit {last}, biased above unbiased", end[BIASED][1] - end[alone][1]),
    ]
