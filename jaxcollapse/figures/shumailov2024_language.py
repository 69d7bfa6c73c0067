"""Shumailov et al. with text: a language model trained on its own writing, judged by its first fit and by real text."""

import equinox as eqx
import jax
import numpy as np

from ..datasets import prose, windows
from ..quantities import E
from ..recursion import Recursion, simulate
from ..workflows import Accumulate, Replace, Weighted
from .registry import Comparison, register
from .shumailov2024 import as_weights


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
