"""Shumailov et al. with images: a VAE that forgets its digits, seen in what it draws and in its
code of real ones.
"""

import functools

import jax
import numpy as np

from ..data.images import digits, mnist
from ..engine.mixing import mixing_matrix
from ..engine.simulate import simulate
from ..metrics.samples import coverage, on_samples
from ..recursion import Recursion
from ..workflows import Accumulate, Anchor, Replace, Weighted
from .registry import COLORS, Comparison, generations_shown, register
from .shapes import Shape, judged

SHOWN = 16
CODES_SHOWN = 300
WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate(), "real data kept": Anchor()}
CURVES = {
    "entropy": "class entropy, nats",
    "spread": "variance, share of the real",
    "codes": "variance of the codes",
}


def as_weights(workflow, generations: int, n: int) -> Weighted:
    """The same workflow as a matrix of weights, so that all of them are one compiled program."""
    return Weighted(n * mixing_matrix(workflow, generations))


def draw(data):
    import matplotlib.pyplot as plt

    times = generations_shown(int(data.generation[-1]), 4)
    drawn = plt.figure(figsize=(9.8, 5.8), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.55, 1))
    left, right = above.subfigures(
        1, 2, width_ratios=(len(times) + 1, len(times) + 0.2), wspace=0.02
    )
    _draw_images(left, data, [0, *times])
    _draw_codes(right, data, times)
    for axis, (name, label) in zip(below.subplots(1, 3), CURVES.items(), strict=True):
        for index, workflow in enumerate(data.workflow.values):
            value, error = (
                data[name].sel(workflow=workflow),
                data[f"{name}_error"].sel(workflow=workflow),
            )
            axis.errorbar(
                data.generation,
                value,
                error,
                color=f"C{index}",
                marker="so^"[index],
                ms=4,
                label=str(workflow),
            )
        axis.set(
            xlabel="fits t",
            ylabel=label,
            ylim=(0, None),
            xticks=data.generation[:: 1 + int(data.generation[-1]) // 8],
        )
    below.axes[0].axhline(np.log(10), color="k", lw=0.8, ls=":")
    below.legend(*below.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return drawn


def _draw_images(part, data, times):
    """Tiles of generated images, a row a workflow and a column a fit."""
    side = int(np.sqrt(data.sizes["pixel"]))
    axes = part.subplots(len(data.workflow), len(times))
    for (row, column), axis in np.ndenumerate(axes):
        tiles = (
            data.images.isel(workflow=row)
            .sel(generation=times[column])
            .values.reshape(4, 4, side, side)
        )
        edge = side // 8
        tiles = np.pad(tiles, ((0, 0), (0, 0), (edge, edge), (edge, edge))).transpose(0, 2, 1, 3)
        smoothing = "nearest" if side < 16 else "auto"
        axis.imshow(
            tiles.reshape(4 * (side + 2 * edge), -1),
            cmap="gray_r",
            vmin=0,
            vmax=1,
            interpolation=smoothing,
        )
        _frame(axis, data, row, column, "real" if times[column] == 0 else f"fit {times[column]}")
    part.suptitle("what the model draws", fontsize=9)


def _draw_codes(part, data, times):
    """Mean codes of held-out real images under each fit; the marker of a point is its class."""
    axes = part.subplots(len(data.workflow), len(times), sharex=True, sharey=True)
    reach = 1.1 * float(np.nanquantile(np.abs(data.code), 0.998))
    for (row, column), axis in np.ndenumerate(axes):
        here = data.isel(workflow=row, seen=slice(CODES_SHOWN)).sel(generation=times[column])
        for label in np.unique(here.label):
            x, y = here.code.values[here.label.values == label].T
            axis.scatter(x, y, s=13, marker=f"${label}$", color=COLORS[label % 7], lw=0.1)
        axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        _frame(axis, data, row, column, f"fit {times[column]}")
    part.suptitle("held-out real digits in the code of the model, by class", fontsize=9)


def _frame(axis, data, row, column, title):
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
    axis.spines[:].set_visible(True)
    axis.spines[:].set(color="0.8", lw=0.6)
    if row == 0:
        axis.set_title(title, fontsize=8.5)
    if column == 0:
        axis.set_ylabel(str(data.workflow.values[row]), fontsize=8.5)


def compute(source, family_of, sizes, quick: bool):
    """Decoder means are passed on, as in the paper; the workflows are one program under common
    random numbers.
    """
    from .. import nets

    found, (generations, replicas, n) = source(), sizes(quick)
    order = np.random.default_rng(0).permutation(len(found.values))
    apart, used = order[: len(order) // 6], order[len(order) // 6 :]
    judge = nets.Classifier(found.values.shape[1]).train(
        jax.random.key(7), found.values[used], found.targets[used]
    )
    family = family_of(quick)
    truth = family.data(found.values[used], held_out=found.values[apart])
    images = on_samples(
        f"images-{SHOWN}", "the first generated observations", lambda x, y: x[:SHOWN]
    )
    spread = on_samples(
        "relative-variance",
        "total variance over that of the truth",
        lambda x, y: x.var(0).sum() / y.var(0).sum(),
    )
    measured = (images, nets.mean_codes, judge.entropy(1024), spread, coverage)

    def of(workflow):
        recursion = Recursion(family, as_weights(workflow, generations, n), truth=truth, n=n)
        return simulate(
            jax.random.key(1),
            recursion,
            generations=generations,
            replicas=replicas,
            observe=measured,
        )

    runs = {name: of(workflow) for name, workflow in WORKFLOWS.items()}
    data, comparisons = _collected(
        runs, dict(zip(("images", "code", "entropy", "spread", "coverage"), measured, strict=True))
    )
    data["label"] = "seen", found.targets[apart]
    data.attrs |= found.provenance | {
        "classifier_accuracy": judge.accuracy(found.values[apart], found.targets[apart])
    }
    return data, comparisons


def _collected(runs, metrics):
    """Pictures of replica 0, means over replicas of the numbers, and the claims on them."""
    import xarray as xr

    pictures = {
        name: np.stack([np.asarray(run.values(metrics[name]))[0] for run in runs.values()])
        for name in ("images", "code")
    }
    numbers = {name: {key: np.asarray(run.values(metrics[name]), float) for key, run in runs.items()} for name in metrics
               if name not in pictures}  # fmt: skip
    numbers["codes"] = {
        key: np.asarray(run.values(metrics["code"]), float).var(axis=2).sum(axis=-1)
        for key, run in runs.items()
    }
    shaped = {"images": (("workflow", "generation", "shown", "pixel"), pictures["images"]),
              "code": (("workflow", "generation", "seen", "axis"), pictures["code"])}  # fmt: skip
    comparisons = []
    for name, values in numbers.items():
        stacked = np.asarray(list(values.values()))
        means, errors = (
            stacked.mean(axis=1),
            stacked.std(axis=1, ddof=1) / np.sqrt(stacked.shape[1]),
        )
        shaped |= {
            name: (("workflow", "generation"), means),
            f"{name}_error": (("workflow", "generation"), errors),
        }
        last = means.shape[1] - 1
        comparisons += [
            Comparison(f"{name}, {key}, t={last}", None, None, *pair)
            for key, *pair in zip(runs, means[:, -1], errors[:, -1], strict=True)
        ]
    data = xr.Dataset(shaped, {"workflow": list(runs), "generation": np.arange(last + 1)})
    return data, comparisons + judged(_claims(numbers, last))


def _claims(numbers, last):
    """Replacement loses classes, variance and codes after fit 1, and more of them than either
    workflow that keeps real data.
    """
    claims = []
    for name, what in (
        ("entropy", "class entropy"),
        ("spread", "variance of the images"),
        ("codes", "variance of the codes"),
    ):
        lost = {key: values[:, 1] - values[:, -1] for key, values in numbers[name].items()}
        claims.append(
            Shape(f"{what} lost from fit 1 to {last} by replace, above zero", lost["replace"])
        )
        claims += [
            Shape(f"... above that by {key}", lost["replace"] - lost[key]) for key in list(lost)[1:]
        ]
    return claims


def digits_vae(quick: bool):
    """A VAE of a plane code on 64 pixels."""
    from .. import nets

    training = nets.Training(
        steps=1000 if quick else 2000, batch=64, learning_rate=2e-3, anneal=0.1
    )
    return nets.VAE(64, hidden=64, latent=2, training=training)


def mnist_vae(quick: bool):
    """A VAE of a plane code on 784 pixels."""
    from .. import nets

    training = nets.Training(steps=500 if quick else 1000, batch=64, learning_rate=4e-3, anneal=0.1)
    return nets.VAE(784, hidden=64, latent=2, training=training)


register(
    "shumailov2024-digits", "a VAE trained on its own digits: what it draws, its code of real digits, the classes left",
    "after Shumailov et al., arXiv 2305.17493, VAE on MNIST; 8 x 8 digits of scikit-learn here, so the shape is compared", draw,
)(functools.partial(compute, digits, digits_vae, lambda quick: (6, 8, 1500) if quick else (10, 16, 1500)))  # fmt: skip

register(
    "shumailov2024-mnist", "the same on 5,000 MNIST digits of 28 x 28 pixels",
    "after Shumailov et al., arXiv 2305.17493, VAE on MNIST; 5,000 of its digits here, so the shape is compared", draw,
)(functools.partial(compute, mnist, mnist_vae, lambda quick: (4, 8, 512) if quick else (12, 8, 512)))  # fmt: skip
