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
from .panels import draw_curve, panel_of_values, tabulated
from .registry import register
from .shapes import Shape, judged
from .shumailov2024 import as_weights

TAIL = 0.99
COLD = "replace, temperature 0.7"
ENDS = ("tail", "held_out")
CURVES = {
    "tail": "share beyond the dashed line",
    "middle": "log perplexity, median",
    "held_out": "real text, nats per symbol",
}


def draw(data):
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(10.4, 6.6), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=(1.2, 1))
    _draw_densities(above, data)
    for axis, (name, label) in zip(below.subplots(1, 3), CURVES.items(), strict=True):
        for index, workflow in enumerate(data.workflow.values):
            here = data.sel(quantity=name, workflow=workflow)
            draw_curve(axis, here, f"C{index}", str(workflow), marker="so^D"[index], first=1)
        axis.set(xlabel="fits t", ylabel=label, xticks=data.t[1:])
    below.axes[0].axhline(1 - TAIL, color="k", lw=0.8, ls=":")
    below.axes[0].set_ylim(0, None)
    below.legend(*below.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawn


def _draw_densities(above, data):
    """Densities of generated windows, one ridge per fit; dashed: the quantile of fit 1."""
    import matplotlib.pyplot as plt

    last = int(data.t[-1])
    times = list(dict.fromkeys([0, 1, *np.round(np.linspace(1, last, 4)).astype(int)[1:]]))
    edges = np.linspace(0, float(data.surprise.quantile(0.9998)) + 0.2, 46)
    axes = above.subplots(1, len(data.workflow), sharex=True, sharey=True)
    for axis, workflow in zip(axes, data.workflow.values, strict=True):
        for row, t in enumerate(times):
            shade = 0.85 * (row - 1) / max(len(times) - 2, 1)
            color = "0.35" if t == 0 else plt.get_cmap("viridis")(shade)
            shown = data.surprise.sel(workflow=workflow, t=t).values.ravel()
            height = np.histogram(shown, edges)[0] / len(shown) / (edges[1] - edges[0])
            ridge = np.minimum(height, 1.7) - row
            axis.stairs(ridge, edges, baseline=-row, color=color, alpha=0.75, fill=True)
            axis.stairs(ridge, edges, baseline=-row, color=color, lw=0.8)
        axis.axvline(float(data.threshold), color="k", lw=0.8, ls="--")
        axis.set_title(str(workflow), fontsize=9)
        labels = ["real" if t == 0 else f"fit {t}" for t in times]
        axis.set_yticks([-row for row in range(len(times))], labels)
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)
        axis.grid(False, axis="y")
    above.supxlabel(
        "log perplexity of a window under fit 1, nats per symbol "
        "(dashed: its quantile 0.99 at fit 1)",
        fontsize=9,
    )


@register(
    "shumailov2024-language",
    "a language model trained on its own text: what it writes, its tail, real text under it",
    "after Shumailov et al., Nature 631:755 (2024), OPT-125m on wikitext2 by beam search; a "
    "byte-level transformer drawn from at a temperature here, so the shape is compared",
    draw,
)
def compute(quick: bool):
    """Replace at two temperatures, replace with a tenth of real data kept, and accumulate."""
    from .. import nets

    generations, replicas, steps = (3, 8, 120) if quick else (9, 12, 1500)
    n, text = 768 if quick else 2048, prose()
    family, truth = _family_and_truth(text, steps)
    first = simulate(
        jax.random.key(2), Recursion(family, Replace(), truth=truth, n=n), generations=1, replicas=1
    )
    surprise = family.surprise_under(jax.tree.map(lambda leaf: leaf[0, 1], first.params), "fit-1")
    observed: dict[str, dict] = {"surprise": {}, "held_out": {}}
    for name, (workflow, temperature) in _loops(generations, n).items():
        writer = eqx.tree_at(lambda f: f.decoding, family, nets.Sharpened(temperature))
        metrics = surprise, nets.held_out_loss
        run = simulate(
            jax.random.key(1),
            Recursion(writer, workflow, truth=truth, n=n),
            generations=generations,
            replicas=replicas,
            observe=metrics,
        )
        for values, metric in zip(observed.values(), metrics, strict=True):
            values[name] = np.asarray(run.values(metric), float)
    data, rows = _collected(**observed)
    data.attrs |= text.provenance
    return data, rows


def _family_and_truth(text, steps):
    from .. import nets

    pieces, codes = windows(text, 32)
    pieces = pieces[np.random.default_rng(0).permutation(len(pieces))]
    training = nets.Training(steps=steps, batch=32, learning_rate=5e-3, anneal=0.1)
    family = nets.LanguageModel(len(codes), training=training)
    return family, family.data(pieces[512:], held_out=pieces[:512])


def _loops(generations, n):
    """Workflows as weights, so that all loops are one compiled program, with temperatures."""
    kept = np.eye(generations) * 0.9
    kept[:, 0] += 0.1
    replace = as_weights(Replace(), generations, n)
    return {
        "replace": (replace, 1.0),
        "10 % real kept": (Weighted(n * kept), 1.0),
        "accumulate": (as_weights(Accumulate(), generations, n), 1.0),
        COLD: (replace, 0.7),
    }


def _collected(surprise, held_out):
    """Panels of means over replicas, with the log perplexity of every window beside."""
    threshold = float(np.quantile(surprise["replace"][:, 1], TAIL))
    numbers = {
        "tail": {key: np.mean(each > threshold, axis=-1) for key, each in surprise.items()},
        "middle": {key: np.median(each, axis=-1) for key, each in surprise.items()},
        "held_out": held_out,
    }
    t = np.arange(held_out["replace"].shape[-1])
    panels = [
        panel_of_values(f"{CURVES[name]}, {key}", t, each, at={"quantity": name, "workflow": key})
        for name, values in numbers.items()
        for key, each in values.items()
    ]
    data = tabulated(panels).assign(threshold=((), threshold))
    windows = np.stack(list(surprise.values())).astype(np.float32)
    data["surprise"] = ("workflow", "replica", "t", "window"), windows
    return data, [each.row() for each in panels] + judged(_shapes(numbers, int(t[-1])))


def _shapes(numbers, last):
    """Of the two movements in the paper, ancestral sampling shows the longer tail and sharpening
    the shift to low perplexity.
    """
    kept, pooled = "10 % real kept", "accumulate"
    tail, loss = ({key: each[:, -1] for key, each in numbers[name].items()} for name in ENDS)
    tail_1, loss_1 = (numbers[name]["replace"][:, 1] for name in ENDS)
    cold = numbers["middle"][COLD]
    return [
        Shape(f"tail at fit {last} above that at fit 1, replace", tail["replace"] - tail_1),
        *(
            Shape(f"... larger than with {name}", tail["replace"] - tail[name])
            for name in (pooled, kept)
        ),
        Shape(
            f"median at fit 1 above that at fit {last}, temperature 0.7", cold[:, 1] - cold[:, -1]
        ),
        Shape(
            f"loss on real text at fit {last} above that at fit 1, replace",
            loss["replace"] - loss_1,
        ),
        *(
            Shape(f"... above that with {name}", loss["replace"] - loss[name])
            for name in (kept, pooled)
        ),
        Shape("loss at temperature 0.7 above that at 1, replace", loss[COLD] - loss["replace"]),
    ]
