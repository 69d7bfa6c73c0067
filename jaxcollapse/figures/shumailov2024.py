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
from .panels import draw_curve, panel_of_values, tabulated
from .registry import COLORS, generations_shown, register
from .shapes import Shape, judged

SHOWN = 16
CODES_SHOWN = 300
WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate(), "real data kept": Anchor()}
CURVES = {
    "entropy": "class entropy, nats",
    "spread": "variance, over the real",
    "codes": "variance of the codes",
}


def as_weights(workflow, generations: int, n: int) -> Weighted:
    """The same workflow as a matrix of weights, so that all of them are one compiled program."""
    return Weighted(n * mixing_matrix(workflow, generations))


def draw(data):
    import matplotlib.pyplot as plt

    last = int(data.t[-1])
    times = generations_shown(last, 4)
    drawn = plt.figure(figsize=(9.8, 5.8), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.55, 1))
    widths = len(times) + 1, len(times) + 0.2
    left, right = above.subfigures(1, 2, width_ratios=widths, wspace=0.02)
    _draw_images(left, data, [0, *times])
    _draw_codes(right, data, times)
    for axis, (name, label) in zip(below.subplots(1, 3), CURVES.items(), strict=True):
        for index, workflow in enumerate(data.workflow.values):
            here = data.sel(quantity=name, workflow=workflow)
            draw_curve(axis, here, f"C{index}", str(workflow), marker="so^"[index])
        axis.set(xlabel="fits t", ylabel=label, ylim=(0, None), xticks=data.t[:: 1 + last // 8])
    below.axes[0].axhline(np.log(10), color="k", lw=0.8, ls=":")
    below.legend(*below.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return drawn


def _draw_images(part, data, times):
    """Tiles of generated images, one row per workflow and one column per fit."""
    side = int(np.sqrt(data.sizes["pixel"]))
    edge, smoothing = side // 8, "nearest" if side < 16 else "auto"
    style = {"cmap": "gray_r", "vmin": 0, "vmax": 1, "interpolation": smoothing}
    axes = part.subplots(len(data.workflow), len(times))
    for (row, column), axis in np.ndenumerate(axes):
        t = times[column]
        images = data.images.isel(workflow=row).sel(t=t).values.reshape(4, 4, side, side)
        tiles = np.pad(images, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
        axis.imshow(tiles.transpose(0, 2, 1, 3).reshape(4 * (side + 2 * edge), -1), **style)
        _frame(axis, data, row, column, "real" if t == 0 else f"fit {t}")
    part.suptitle("what the model draws", fontsize=9)


def _draw_codes(part, data, times):
    """Mean codes of held-out real images under each fit; the marker of a point is its class."""
    axes = part.subplots(len(data.workflow), len(times), sharex=True, sharey=True)
    reach = 1.1 * float(np.nanquantile(np.abs(data.code), 0.998))
    for (row, column), axis in np.ndenumerate(axes):
        here = data.isel(workflow=row, seen=slice(CODES_SHOWN)).sel(t=times[column])
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
    """Decoder means are passed on, as in the paper, under common random numbers."""
    found, (generations, replicas, n) = source(), sizes(quick)
    order = np.random.default_rng(0).permutation(len(found.values))
    apart, used = order[: len(order) // 6], order[len(order) // 6 :]
    judge, metrics = _judge_and_metrics(found, used)
    family = family_of(quick)
    truth = family.data(found.values[used], held_out=found.values[apart])
    # As weights the three workflows are one compiled program.
    runs = {
        name: simulate(
            jax.random.key(1),
            Recursion(family, as_weights(workflow, generations, n), truth=truth, n=n),
            generations=generations,
            replicas=replicas,
            observe=tuple(metrics.values()),
        )
        for name, workflow in WORKFLOWS.items()
    }
    data, rows = _collected(runs, metrics)
    data["label"] = "seen", found.targets[apart]
    accuracy = judge.accuracy(found.values[apart], found.targets[apart])
    data.attrs |= found.provenance | {"classifier_accuracy": accuracy}
    return data, rows


def _judge_and_metrics(found, used):
    """A classifier of real digits, and what is observed of every fit."""
    from .. import nets

    values, targets = found.values[used], found.targets[used]
    judge = nets.Classifier(values.shape[1]).train(jax.random.key(7), values, targets)
    what = "the first generated observations"
    images = on_samples(f"images-{SHOWN}", what, lambda x, y: x[:SHOWN])
    spread = on_samples(
        "relative-variance",
        "total variance over that of the truth",
        lambda x, y: x.var(0).sum() / y.var(0).sum(),
    )
    return judge, {
        "images": images,
        "code": nets.mean_codes,
        "entropy": judge.entropy(1024),
        "spread": spread,
        "coverage": coverage,
    }


def _collected(runs, metrics):
    """Panels of means over replicas, with the pictures and codes of replica 0 beside."""
    observed = {
        name: {key: np.asarray(run.values(metric)) for key, run in runs.items()}
        for name, metric in metrics.items()
    }
    images, codes = observed.pop("images"), observed.pop("code")
    # A fit's codes have shape (replicas, fits, seen, axes): their total variance over what is seen.
    observed["codes"] = {
        key: each.astype(float).var(axis=2).sum(axis=-1) for key, each in codes.items()
    }
    t = np.arange(next(iter(images.values())).shape[1])
    panels = [
        panel_of_values(f"{name}, {key}", t, each, at={"quantity": name, "workflow": key})
        for name, values in observed.items()
        for key, each in values.items()
    ]
    data = tabulated(panels)
    for name, found, dims in (
        ("images", images, ("shown", "pixel")),
        ("code", codes, ("seen", "axis")),
    ):
        data[name] = ("workflow", "t", *dims), np.stack([each[0] for each in found.values()])
    return data, [each.row() for each in panels] + judged(_shapes(observed, int(t[-1])))


def _shapes(numbers, last):
    """Replacement loses classes, variance and codes after fit 1, and more of them than either
    workflow that keeps real data.
    """
    names = {
        "entropy": "class entropy",
        "spread": "variance of the images",
        "codes": "variance of the codes",
    }
    shapes = []
    for name, what in names.items():
        lost = {
            key: (values[:, 1] - values[:, -1]).astype(float)
            for key, values in numbers[name].items()
        }
        replace = lost.pop("replace")
        shapes.append(Shape(f"{what} lost from fit 1 to {last} by replace, above zero", replace))
        shapes += [Shape(f"... above that by {key}", replace - each) for key, each in lost.items()]
    return shapes


def digits_vae(quick: bool):
    """A VAE on 64 pixels with a code of two numbers."""
    from .. import nets

    steps = 1000 if quick else 2000
    training = nets.Training(steps=steps, batch=64, learning_rate=2e-3, anneal=0.1)
    return nets.VAE(64, hidden=64, latent=2, training=training)


def mnist_vae(quick: bool):
    """A VAE on 784 pixels with a code of two numbers."""
    from .. import nets

    steps = 500 if quick else 1000
    training = nets.Training(steps=steps, batch=64, learning_rate=4e-3, anneal=0.1)
    return nets.VAE(784, hidden=64, latent=2, training=training)


def digits_sizes(quick: bool):
    """Fits, replicas and observations per fit."""
    return (6, 8, 1500) if quick else (10, 16, 1500)


def mnist_sizes(quick: bool):
    """Fits, replicas and observations per fit."""
    return (4, 8, 512) if quick else (12, 8, 512)


register(
    "shumailov2024-digits",
    "a VAE trained on its own digits: what it draws, its code of real digits, the classes left",
    "after Shumailov et al., arXiv 2305.17493, VAE on MNIST; 8 x 8 digits of scikit-learn here, "
    "so the shape is compared",
    draw,
)(functools.partial(compute, digits, digits_vae, digits_sizes))

register(
    "shumailov2024-mnist",
    "the same on 5,000 MNIST digits of 28 x 28 pixels",
    "after Shumailov et al., arXiv 2305.17493, VAE on MNIST; 5,000 of its digits here, so the "
    "shape is compared",
    draw,
)(functools.partial(compute, mnist, mnist_vae, mnist_sizes))
