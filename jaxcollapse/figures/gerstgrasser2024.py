"""Gerstgrasser et al.: replace against accumulate for a VAE and a language model, loss on real data
at every fit.
"""

import jax
import numpy as np

from ..data.images import digits
from ..data.text import prose, windows
from ..engine.simulate import simulate
from ..recursion import Recursion
from ..workflows import Accumulate, Replace
from .panels import panel_of_values
from .registry import register
from .shapes import Shape, judged
from .shumailov2024 import as_weights

WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate()}
MODELS = {"VAE": "minus ELBO of real digits, nats", "language model": "real text, nats per symbol"}


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    for axis, (model, label) in zip(axes, MODELS.items(), strict=True):
        for index, workflow in enumerate(data.workflow.values):
            losses = data.loss.sel(model=model, workflow=workflow).dropna("generation", how="all")
            low, middle, high = (losses.quantile(q, "replica") for q in (0.1, 0.5, 0.9))
            axis.fill_between(losses.generation, low, high, color=f"C{index}", alpha=0.25, lw=0)
            axis.plot(
                losses.generation,
                middle,
                color=f"C{index}",
                marker="so"[index],
                ms=4,
                label=str(workflow),
            )
        axis.set(xlabel="fits t", ylabel=label, title=model, xticks=losses.generation)
    axes[0].legend()
    drawn.supxlabel("line: median of replicas; band: 10 % to 90 %", fontsize=8)
    return drawn


def autoencoder(quick: bool):
    """The VAE, its truth, the observations of a generation and the fits."""
    from .. import nets

    images = digits().values[np.random.default_rng(0).permutation(1797)]
    training = nets.Training(steps=500 if quick else 1500, batch=64, learning_rate=2e-3, anneal=0.1)
    family = nets.VAE(64, hidden=64, latent=4, training=training)
    return family, family.data(images[297:], held_out=images[:297]), 1500, 5 if quick else 10


def language_model(quick: bool):
    """The transformer, its truth, the windows of a generation and the fits."""
    from .. import nets

    pieces, codes = windows(prose(), 32)
    pieces = pieces[np.random.default_rng(0).permutation(len(pieces))]
    training = nets.Training(steps=200 if quick else 1000, batch=32, learning_rate=5e-3, anneal=0.1)
    family = nets.LanguageModel(len(codes), training=training)
    return (
        family,
        family.data(pieces[512:], held_out=pieces[:512]),
        1024 if quick else 2048,
        4 if quick else 8,
    )


def losses_of(setting, quick: bool, replicas: int):
    """Loss on real held-out data by workflow, shape (replicas, fits)."""
    from .. import nets

    family, truth, n, generations = setting(quick)

    def of(workflow):
        recursion = Recursion(family, as_weights(workflow, generations, n), truth=truth, n=n)
        run = simulate(
            jax.random.key(1),
            recursion,
            generations=generations,
            replicas=replicas,
            observe=nets.held_out_loss,
        )
        return np.asarray(run.values(nets.held_out_loss), float)[:, 1:]

    return {name: of(workflow) for name, workflow in WORKFLOWS.items()}


@register(
    "gerstgrasser2024-nets",
    "replace against accumulate for a VAE and a language model: loss on real data",
    "after Gerstgrasser et al., arXiv 2404.01413: GPT-2 and Llama-2 on TinyStories, a VAE on "
    "CelebA; a byte-level transformer and 8 x 8 digits here, so the shape is compared",
    draw,
)
def compute(quick: bool):
    """Both workflows of a model are one program, under common random numbers."""
    replicas = 8 if quick else 16
    found = {
        "VAE": losses_of(autoencoder, quick, replicas),
        "language model": losses_of(language_model, quick, replicas),
    }
    rows, shapes = [], []
    for model, losses in found.items():
        for name, loss in losses.items():
            fits = np.arange(1, loss.shape[1] + 1)
            shown = panel_of_values(f"loss, {model}, {name}", fits, loss)
            rows += [shown.row(t=1), shown.row()]
        shapes += _shapes(model, losses["replace"], losses["accumulate"])
    return _collected(found), rows + judged(shapes)


def _shapes(model, replace, accumulate):
    """Replacement loses more than accumulation, more than its own fit 1, and still more later."""
    last, excess = replace.shape[1], replace - accumulate
    gains = f"{model}: replace gains more than accumulate at the last fit"
    return [
        Shape(f"{model}: replace above accumulate, t={last}", excess[:, -1]),
        Shape(f"{model}: replace above its fit 1, t={last}", replace[:, -1] - replace[:, 0]),
        Shape(gains, np.diff(excess)[:, -1]),
    ]


def _collected(found):
    import xarray as xr

    longest = max(each["replace"].shape[1] for each in found.values())

    def padded(losses):
        return np.pad(losses, ((0, 0), (0, longest - losses.shape[1])), constant_values=np.nan)

    values = np.asarray([[padded(losses) for losses in each.values()] for each in found.values()])
    coordinates = {
        "model": list(found),
        "workflow": list(WORKFLOWS),
        "generation": np.arange(1, longest + 1),
    }
    data = xr.Dataset(
        {"loss": (("model", "workflow", "replica", "generation"), values)}, coordinates
    )
    for source in (digits(), prose()):
        data.attrs |= {f"{source.name}_{key}": value for key, value in source.provenance.items()}
    return data
