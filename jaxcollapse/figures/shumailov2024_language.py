"""Shumailov et al. with text: a language model trained on its own writing, judged by its first fit
and by real text.
"""

import equinox as eqx
import jax
import numpy as np

from ..data.text import prose, windows
from ..engine.simulate import simulate
from ..recursion import Recursion
from ..workflows import Accumulate, Replace, Weighted
from .registry import Comparison, register
from .shapes import Shape, judged
from .shumailov2024 import as_weights

TAIL = 0.99
CURVES = {
    "tail": "share beyond the dashed line",
    "middle": "log perplexity, median",
    "held_out": "real text, nats a symbol",
}


def draw(data):
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(10.4, 6.6), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.2, 1))
    _draw_densities(above, data)
    for axis, (name, label) in zip(below.subplots(1, 3), CURVES.items(), strict=True):
        for index, workflow in enumerate(data.workflow.values):
            here = data[name].sel(workflow=workflow)[:, 1:]
            error = here.std("replica", ddof=1) / np.sqrt(data.sizes["replica"])
            axis.errorbar(data.generation[1:], here.mean("replica"), error, color=f"C{index}", marker="so^D"[index], ms=4,
                          label=str(workflow))  # fmt: skip
        axis.set(xlabel="fits t", ylabel=label, xticks=data.generation[1:])
    below.axes[0].axhline(1 - TAIL, color="k", lw=0.8, ls=":")
    below.axes[0].set_ylim(0, None)
    below.legend(*below.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawn


def _draw_densities(above, data):
    """Densities of generated windows, one ridge a fit from top to bottom; the dashed line is the
    quantile of fit 1.
    """
    import matplotlib.pyplot as plt

    last = int(data.generation[-1])
    times = list(dict.fromkeys([0, 1, *np.round(np.linspace(1, last, 4)).astype(int)[1:]]))
    edges = np.linspace(0, float(data.surprise.quantile(0.9998)) + 0.2, 46)
    axes = above.subplots(1, len(data.workflow), sharex=True, sharey=True)
    for axis, workflow in zip(axes, data.workflow.values, strict=True):
        for row, t in enumerate(times):
            color = (
                "0.35"
                if t == 0
                else plt.get_cmap("viridis")(0.85 * (row - 1) / max(len(times) - 2, 1))
            )
            shown = data.surprise.sel(workflow=workflow, generation=t).values.ravel()
            height = np.histogram(shown, edges)[0] / len(shown) / (edges[1] - edges[0])
            axis.stairs(
                np.minimum(height, 1.7) - row,
                edges,
                baseline=-row,
                color=color,
                alpha=0.75,
                fill=True,
            )
            axis.stairs(np.minimum(height, 1.7) - row, edges, baseline=-row, color=color, lw=0.8)
        axis.axvline(float(data.threshold), color="k", lw=0.8, ls="--")
        axis.set_title(str(workflow), fontsize=9)
        axis.set_yticks(
            [-row for row in range(len(times))], ["real" if t == 0 else f"fit {t}" for t in times]
        )
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)
        axis.grid(False, axis="y")
    above.supxlabel(
        "log perplexity of a window under fit 1, nats a symbol (dashed: its quantile 0.99 at fit 1)",
        fontsize=9,
    )


@register(
    "shumailov2024-language", "a language model trained on its own text: what it writes, its tail, real text under it",
    "after Shumailov et al., Nature 631:755 (2024), OPT-125m on wikitext2 by beam search; a byte-level transformer drawn from at a "
    "temperature here, so the shape is compared",
    draw,
)  # fmt: skip
def compute(quick: bool):
    """Replace at two temperatures, replace with a tenth of real data kept, accumulate: one
    program.
    """
    from .. import nets

    generations, replicas, steps = (3, 8, 120) if quick else (9, 12, 1500)
    text = prose()
    pieces, codes = windows(text, 32)
    pieces = pieces[np.random.default_rng(0).permutation(len(pieces))]
    family = nets.LanguageModel(
        len(codes), training=nets.Training(steps=steps, batch=32, learning_rate=5e-3, anneal=0.1)
    )
    truth, n = family.data(pieces[512:], held_out=pieces[:512]), 768 if quick else 2048
    first = simulate(
        jax.random.key(2), Recursion(family, Replace(), truth=truth, n=n), generations=1, replicas=1
    )
    surprise = family.surprise_under(jax.tree.map(lambda leaf: leaf[0, 1], first.params), "fit-1")
    kept = np.eye(generations) * 0.9
    kept[:, 0] += 0.1
    replace = as_weights(Replace(), generations, n)
    loops = {
        "replace": (replace, 1.0), "10 % real kept": (Weighted(n * kept), 1.0),
        "accumulate": (as_weights(Accumulate(), generations, n), 1.0), "replace, temperature 0.7": (replace, 0.7),
    }  # fmt: skip
    found = {}
    for name, (workflow, temperature) in loops.items():
        writer = eqx.tree_at(lambda f: f.decoding, family, nets.Sharpened(temperature))
        recursion = Recursion(writer, workflow, truth=truth, n=n)
        measured = (surprise, nets.held_out_loss)
        run = simulate(
            jax.random.key(1),
            recursion,
            generations=generations,
            replicas=replicas,
            observe=measured,
        )
        found[name] = tuple(np.asarray(run.values(metric), float) for metric in measured)
    data, comparisons = _collected(found)
    data.attrs |= text.provenance
    return data, comparisons


def _collected(found):
    import xarray as xr

    surprise, held_out = (np.stack(each) for each in zip(*found.values(), strict=True))
    threshold = float(np.quantile(surprise[0, :, 1], TAIL))
    numbers = {
        "tail": np.mean(surprise > threshold, axis=-1),
        "middle": np.median(surprise, axis=-1),
        "held_out": held_out,
    }
    last = held_out.shape[-1] - 1
    comparisons = []
    for column, label in CURVES.items():
        for name, values in zip(found, numbers[column], strict=True):
            error = values[:, -1].std(ddof=1) / np.sqrt(len(values))
            comparisons.append(
                Comparison(f"{label}, {name}, t={last}", None, None, values[:, -1].mean(), error)
            )
    shaped = {
        name: (("workflow", "replica", "generation"), values) for name, values in numbers.items()
    }
    shaped |= {
        "surprise": (("workflow", "replica", "generation", "window"), surprise.astype(np.float32)),
        "threshold": ((), threshold),
    }
    data = xr.Dataset(shaped, {"workflow": list(found), "generation": np.arange(last + 1)})
    return data, comparisons + judged(
        _claims(
            {name: dict(zip(found, values, strict=True)) for name, values in numbers.items()}, last
        )
    )


def _claims(numbers, last):
    """Of the two movements in the paper, ancestral sampling shows the longer tail and sharpening
    the shift to low perplexity.
    """
    tail, middle, loss = (numbers[name] for name in CURVES)
    cold, kept, pooled = "replace, temperature 0.7", "10 % real kept", "accumulate"
    return [
        Shape(
            f"tail at fit {last} above that at fit 1, replace",
            tail["replace"][:, -1] - tail["replace"][:, 1],
        ),
        *(
            Shape(f"... larger than with {name}", (tail["replace"] - tail[name])[:, -1])
            for name in (pooled, kept)
        ),
        Shape(
            f"median at fit 1 above that at fit {last}, temperature 0.7",
            middle[cold][:, 1] - middle[cold][:, -1],
        ),
        Shape(
            f"loss on real text at fit {last} above that at fit 1, replace",
            loss["replace"][:, -1] - loss["replace"][:, 1],
        ),
        *(
            Shape(f"... above that with {name}", (loss["replace"] - loss[name])[:, -1])
            for name in (kept, pooled)
        ),
        Shape(
            "loss at temperature 0.7 above that at 1, replace",
            (loss[cold] - loss["replace"])[:, -1],
        ),
    ]
