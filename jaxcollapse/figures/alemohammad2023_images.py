"""Self-consuming loops of a GAN that draws digits: quality and diversity, with and without a bias
in sampling.
"""

import equinox as eqx
import jax
import numpy as np

from ..data.images import digits
from ..engine.simulate import simulate
from ..metrics.samples import (
    fidelity,
    frechet,
    frechet_distance,
    on_samples,
    precision,
    recalled,
    recall,
    through,
)
from ..recursion import Recursion
from ..workflows import Accumulate, Refresh, Replace
from .registry import Comparison, register
from .shapes import Shape, judged
from .shumailov2024 import as_weights

N = 1024
SHOWN = 24
BIAS = 0.5
BIASED = f"fully synthetic, bias {BIAS}"
LOOPS = {
    "fully synthetic": (Replace(), 1.0), BIASED: (Replace(), BIAS),
    "augmentation": (Accumulate(), 1.0), "half fresh": (Refresh(0.5), 1.0),
}  # fmt: skip
CURVES = {
    "frechet": "Fréchet distance",
    "precision": "precision (quality)",
    "recall": "recall (diversity)",
}
MARKERS = "so^D"


def draw(data):
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(9.8, 6.3), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.5, 1))
    _draw_images(above, data)
    paths, *axes = below.subplots(1, 4)
    for index, loop in enumerate(data.loop.values):
        style = {"color": f"C{index}", "marker": MARKERS[index], "ms": 4}
        here = {name: data[name].sel(loop=loop)[:, 1:] for name in CURVES}
        means = {name: values.mean("replica") for name, values in here.items()}
        paths.plot(means["recall"], means["precision"], **style)
        for axis, (name, values) in zip(axes, here.items(), strict=True):
            error = values.std("replica", ddof=1) / np.sqrt(data.sizes["replica"])
            axis.errorbar(data.generation[1:], means[name], error, label=str(loop), **style)
    for axis, label in zip(axes, CURVES.values(), strict=True):
        axis.set(xlabel="fits t", ylabel=label, xticks=data.generation[1:])
    start = [
        float(data[name].isel(loop=0, generation=1).mean("replica"))
        for name in ("recall", "precision")
    ]
    paths.plot(*start, "o", mfc="none", mec="k", ms=11)
    paths.annotate(
        "fit 1", start, xytext=(0, 9), textcoords="offset points", ha="center", fontsize=8
    )
    paths.set(xlabel="recall (diversity)", ylabel="precision (quality)")
    below.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawn


def _draw_images(above, data):
    """Tiles of generated digits, a row a loop and a column a fit."""
    last = int(data.generation[-1])
    times = list(dict.fromkeys([0, 1, (1 + last) // 2, last]))
    axes = above.subplots(len(data.loop), len(times))
    for (row, column), axis in np.ndenumerate(axes):
        tiles = (
            data.images.isel(loop=row)
            .sel(generation=times[column])
            .values[:SHOWN]
            .reshape(3, SHOWN // 3, 8, 8)
        )
        tiles = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1))).transpose(0, 2, 1, 3)
        axis.imshow(tiles.reshape(30, -1), cmap="gray_r", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
        axis.spines[:].set_visible(True)
        axis.spines[:].set(color="0.8", lw=0.6)
        if row == 0:
            axis.set_title("real" if times[column] == 0 else f"fit {times[column]}", fontsize=9)
        if column == 0:
            axis.set_ylabel(
                str(data.loop.values[row]).replace(", ", ",\n"),
                rotation=0,
                ha="right",
                va="center",
                fontsize=8.5,
            )


@register(
    "alemohammad2023-images", "self-consuming loops of a GAN on digits: quality against diversity, with a bias in sampling",
    "after Alemohammad et al., arXiv 2307.01850: StyleGAN on FFHQ and a conditional diffusion model on MNIST; a conditional GAN on "
    "8 x 8 digits here, so the shape is compared", draw,
)  # fmt: skip
def compute(quick: bool):
    """The same GAN, told the class as in the paper, in four loops under one key, measured on a
    judge's features.
    """
    from .. import nets

    generations, replicas, steps = (3, 8, 800) if quick else (6, 10, 1500)
    found = digits()
    judge = nets.Classifier(64).train(jax.random.key(7), found.values, found.targets)
    training = nets.Training(steps=steps, batch=64, learning_rate=1e-3, decay=0.5, anneal=0.05)
    family = nets.GAN(
        64,
        hidden=64,
        latent=8,
        game=nets.NonSaturating(0.5),
        condition=nets.ByClass(10),
        training=training,
    )
    truth = family.data(found.values, labels=found.targets)
    images = on_samples(
        f"images-{SHOWN}", "the first generated observations", lambda x, y: x[:SHOWN]
    )
    compared = ((frechet, frechet_distance), (precision, fidelity), (recall, recalled))
    measured = dict(
        zip(CURVES, (through(judge, of, compare) for of, compare in compared), strict=True)
    )

    def of(workflow, bias):
        loop = (
            {"workflow": workflow, "fresh": N}
            if workflow.uses_fresh
            else {"workflow": as_weights(workflow, generations, N)}
        )
        recursion = Recursion(
            eqx.tree_at(lambda f: f.sampling_bias, family, bias), truth=truth, n=N, **loop
        )
        observed = (images, *measured.values())
        return simulate(
            jax.random.key(3),
            recursion,
            generations=generations,
            replicas=replicas,
            observe=observed,
        )

    runs = {name: of(*loop) for name, loop in LOOPS.items()}
    numbers = {
        name: {key: np.asarray(run.values(metric), float) for key, run in runs.items()}
        for name, metric in measured.items()
    }
    pictures = np.stack([np.asarray(run.values(images))[0] for run in runs.values()])
    data = _dataset(numbers, pictures)
    data.attrs |= found.provenance
    return data, _compared(numbers, generations)


def _dataset(numbers, pictures):
    import xarray as xr

    shaped = {
        name: (("loop", "replica", "generation"), np.stack(list(values.values())))
        for name, values in numbers.items()
    }
    shaped["images"] = ("loop", "generation", "shown", "pixel"), pictures
    return xr.Dataset(shaped, {"loop": list(LOOPS), "generation": np.arange(pictures.shape[1])})


def _compared(numbers, last):
    rows = []
    for name, values in numbers.items():
        for loop, each in values.items():
            error = each[:, -1].std(ddof=1) / np.sqrt(len(each))
            rows.append(
                Comparison(
                    f"{CURVES[name]}, {loop}, t={last}", None, None, each[:, -1].mean(), error
                )
            )
    return rows + judged(_claims(numbers, last))


def _claims(numbers, last):
    """Without fresh data quality or diversity falls; a bias in sampling keeps quality and costs
    diversity.
    """
    distance, quality, diversity = (numbers[name] for name in CURVES)
    alone = "fully synthetic"
    return [
        Shape(
            f"distance at fit {last} above that at fit 1, fully synthetic",
            distance[alone][:, -1] - distance[alone][:, 1],
        ),
        *(
            Shape(f"... larger than that of {loop}", (distance[alone] - distance[loop])[:, -1])
            for loop in ("augmentation", "half fresh")
        ),
        Shape(
            f"diversity at fit 1 larger than at fit {last}, fully synthetic",
            diversity[alone][:, 1] - diversity[alone][:, -1],
        ),
        Shape(
            f"diversity at fit {last}, half fresh larger than fully synthetic",
            (diversity["half fresh"] - diversity[alone])[:, -1],
        ),
        Shape(
            f"diversity at fit {last}, unbiased above biased",
            (diversity[alone] - diversity[BIASED])[:, -1],
        ),
        Shape(
            f"quality at fit {last}, biased above unbiased",
            (quality[BIASED] - quality[alone])[:, -1],
        ),
    ]
