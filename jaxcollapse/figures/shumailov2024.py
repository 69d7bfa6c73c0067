"""Shumailov et al. with nets: a VAE that forgets its digits, and a language model that grows sure of itself."""

import equinox as eqx
import jax
import numpy as np

from ..datasets import digits, prose, windows
from ..metrics.samples import coverage, on_samples, precision, vendi
from ..quantities import E
from ..recursion import Recursion, mixing_matrix, simulate
from ..workflows import Accumulate, Anchor, Replace, Weighted
from .registry import Comparison, register

SHOWN = 24
WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate(), "anchor": Anchor()}


def draw_digits(data):
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(9.0, 6.2))
    times = [t for t in (0, 1, 2, 4, 8, 10) if t <= int(data.generation[-1])]
    pictures, plots = drawn.subfigures(2, 1, height_ratios=(1.25, 1), hspace=0.0)
    axes = pictures.subplots(3, len(times), gridspec_kw={"wspace": 0.06, "hspace": 0.08})
    pictures.subplots_adjust(left=0.07, right=0.98, bottom=0.02, top=0.94)
    for row, workflow in enumerate(data.workflow.values):
        for column, t in enumerate(times):
            axis = axes[row, column]
            tiles = data.images.sel(workflow=workflow, generation=t).values.reshape(4, 6, 8, 8)
            tiles = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1)))
            axis.imshow(tiles.transpose(0, 2, 1, 3).reshape(40, 60), cmap="gray_r", vmin=0, vmax=1)
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
            axis.spines[:].set_visible(False)
            if row == 0:
                axis.set_title("real" if t == 0 else f"fit {t}", fontsize=8)
            if column == 0:
                axis.set_ylabel(workflow, fontsize=8)
    below = plots.subplots(1, 3)
    for axis, name, label in zip(
        below, ("entropy", "coverage", "vendi"), ("entropy of the classes, nats", "coverage", "Vendi score, order 2"), strict=True
    ):
        for index, workflow in enumerate(data.workflow.values):
            value, error = data[name].sel(workflow=workflow), data[f"{name}_error"].sel(workflow=workflow)
            axis.errorbar(data.generation, value, error, color=f"C{index}", marker="o", ms=3, label=str(workflow))
        axis.set(xlabel="fits t", ylabel=label, ylim=(0, None))
    below[0].axhline(np.log(10), color="k", lw=0.8, ls=":")
    below[0].legend(fontsize=7)
    below[2].set_yscale("log")
    below[2].set_ylim(1, 300)
    plots.subplots_adjust(left=0.07, right=0.98, wspace=0.3, bottom=0.2, top=0.93)
    return drawn


def as_weights(workflow, generations: int, n: int) -> Weighted:
    """The same workflow as a matrix of weights, so that all of them are one compiled program."""
    return Weighted(n * mixing_matrix(workflow, generations))


@register(
    "shumailov2024-digits", "a VAE trained on its own digits: samples, classes, precision and coverage",
    "after Shumailov et al., arXiv 2305.17493, VAE on MNIST; scikit-learn's digits here, so the shape is compared", draw_digits,
)  # fmt: skip
def compute_digits(quick: bool):
    """Decoder means are passed on, as in the paper."""
    from .. import nets

    generations, replicas, steps = (6, 6, 500) if quick else (10, 16, 2000)
    found = digits()
    judge = nets.Classifier(64).train(jax.random.key(7), found.values, found.targets)
    family = nets.VAE(64, hidden=64, latent=4, training=nets.Training(steps=steps, batch=64, learning_rate=2e-3, anneal=0.1))
    truth, n = family.data(found.values), len(found.values)
    images = on_samples(f"images-{SHOWN}", "the first generated observations", lambda x, y: x[:SHOWN])
    entropy = judge.entropy()

    def of(workflow):
        recursion = Recursion(family, as_weights(workflow, generations, n), truth=truth, n=n)
        measured = (images, entropy, precision, coverage, vendi)
        return simulate(jax.random.key(1), recursion, generations=generations, replicas=replicas, observe=measured)

    runs = {name: of(workflow) for name, workflow in WORKFLOWS.items()}
    data, comparisons = _collected(runs, entropy, (precision, coverage, vendi))
    data["images"] = (("workflow", "generation", "shown", "pixel"), data.attrs.pop("images"))
    data.attrs |= found.provenance | {"classifier_accuracy": judge.accuracy(found.values, found.targets)}
    return data, comparisons


def _collected(runs, entropy, others):
    import xarray as xr

    columns: dict = {}
    comparisons = []
    for name, run in runs.items():
        for label, metric in (("entropy", entropy), *((str(m), m) for m in others)):
            value, error, _ = E(metric)(run)
            columns.setdefault(label, []).append(value)
            columns.setdefault(f"{label}_error", []).append(error)
            comparisons.append(Comparison(f"{label}, {name}, t={run.generations}", None, None, float(value[-1]), float(error[-1])))
    shaped = {name: (("workflow", "generation"), np.asarray(values)) for name, values in columns.items()}
    generation = np.arange(len(columns["entropy"][0]))
    pictures = np.stack([np.asarray(run.observed[f"images-{SHOWN}"])[0] for run in runs.values()])
    return xr.Dataset(shaped, {"workflow": list(runs), "generation": generation}, {"images": pictures}), comparisons


def draw_language(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(1, 5, figsize=(13.5, 3.0))
    for axis, workflow in zip(axes[:4], data.workflow.values, strict=True):
        edges = np.linspace(0, float(data.surprise.max()), 40)
        for index, t in enumerate(data.generation.values):
            color = "k" if t == 0 else plt.get_cmap("viridis")((index - 1) / max(len(data.generation) - 2, 1))
            shown, label = data.surprise.sel(workflow=workflow, generation=t), "real" if t == 0 else f"fit {t}"
            axis.hist(shown.values.ravel(), edges, density=True, histtype="step", color=color, label=label)
        axis.set(xlabel="log perplexity under fit 1, nats", yscale="log")
        axis.set_title(str(workflow), fontsize=9)
    axes[0].set_ylabel("density of windows")
    axes[0].legend(fontsize=7)
    for index, workflow in enumerate(data.workflow.values):
        value, error = data.held_out.sel(workflow=workflow)[1:], data.held_out_error.sel(workflow=workflow)[1:]
        axes[4].errorbar(data.generation[1:], value, error, color=f"C{index}", marker="o", ms=3, label=str(workflow))
    axes[4].set(xlabel="fits t", ylabel="real text, nats a symbol")
    axes[4].legend(fontsize=7)
    drawn.tight_layout()
    return drawn


@register(
    "shumailov2024-language", "a language model trained on its own text: perplexity of what it writes, and of real text under it",
    "after Shumailov et al., Nature 631:755 (2024), OPT-125m on wikitext2 by beam search; a byte-level transformer drawn from at a "
    "temperature here, so the shape is compared",
    draw_language,
)  # fmt: skip
def compute_language(quick: bool):
    """Replace at two temperatures, replace with a tenth of real data kept, accumulate: one program."""
    import xarray as xr

    from .. import nets

    generations, replicas, steps = (4, 2, 300) if quick else (9, 8, 2500)
    text = prose()
    pieces, codes = windows(text, 32)
    pieces = pieces[np.random.default_rng(0).permutation(len(pieces))]
    family = nets.LanguageModel(len(codes), training=nets.Training(steps=steps, batch=32, learning_rate=5e-3, anneal=0.1))
    truth, n = family.data(pieces[512:], held_out=pieces[:512]), 2048
    first = simulate(jax.random.key(2), Recursion(family, Replace(), truth=truth, n=n), generations=1, replicas=1)
    surprise = family.surprise_under(jax.tree.map(lambda leaf: leaf[0, 1], first.params), "fit-1")
    kept = np.eye(generations) * 0.9
    kept[:, 0] += 0.1
    replace = as_weights(Replace(), generations, n)
    loops = {
        "replace": (replace, 1.0), "replace, temperature 0.7": (replace, 0.7), "10 % real kept": (Weighted(kept), 1.0),
        "accumulate": (as_weights(Accumulate(), generations, n), 1.0),
    }  # fmt: skip
    rows: dict = {"surprise": [], "held_out": [], "held_out_error": []}
    comparisons = []
    for name, (workflow, temperature) in loops.items():
        writer = eqx.tree_at(lambda f: f.decoding, family, nets.Sharpened(temperature))
        recursion = Recursion(writer, workflow, truth=truth, n=n)
        measured = (surprise, nets.held_out_loss)
        run = simulate(jax.random.key(1), recursion, generations=generations, replicas=replicas, observe=measured)
        value, error, _ = E(nets.held_out_loss)(run)
        rows["surprise"].append(np.asarray(run.observed[surprise.name]))
        rows["held_out"].append(value)
        rows["held_out_error"].append(error)
        what = f"held-out nats a symbol, {name}, t={generations}"
        comparisons.append(Comparison(what, None, None, float(value[-1]), float(error[-1])))
    dims = {"surprise": ("workflow", "replica", "generation", "window")}
    shaped = {name: (dims.get(name, ("workflow", "generation")), np.asarray(values)) for name, values in rows.items()}
    data = xr.Dataset(shaped, {"workflow": list(loops), "generation": np.arange(generations + 1)})
    data.attrs |= text.provenance
    return data, comparisons
