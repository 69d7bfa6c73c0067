"""The linear VAE, a net that is trained, against the exact law of probabilistic PCA, which its
training should end at.
"""

import jax
import numpy as np

from ..engine.simulate import simulate
from ..metrics import variance
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Accumulate, Replace
from .panels import draw_panel, panel_of_values, tabulated
from .registry import register

SPECTRUM = (4.0, 2.5, 1.4, 0.9)
WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate()}
N = 16
LATENT = 1


def rival(t):
    """What replacement would do if the components alone shrank: a nearby wrong law."""
    wrong = law_named("probabilistic-pca-replace-trace-ratio").rivals["components alone"]
    return wrong(np, n=N, t=t, d=len(SPECTRUM), latent=LATENT)


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axis = plt.subplots(figsize=(5.2, 3.6), layout="constrained")
    for index, workflow in enumerate(data.workflow.values):
        color, marker = f"C{index}", "so"[index]
        here = data.sel(workflow=workflow)
        draw_panel(axis, here, color, str(workflow), marker=marker, line=color)
    label = "replace, if components alone shrank (wrong)"
    axis.plot(data.t, rival(data.t.values), "k:", label=label)
    ratio = r"$E\,\mathrm{tr}\,\Sigma_t/\mathrm{tr}\,\Sigma_0$"
    axis.set(xlabel="fits t", xticks=data.t, ylabel=ratio)
    axis.legend(title="dots: trained nets ± 3 SE; lines: exact law", title_fontsize=8, fontsize=8)
    return drawn


@register(
    "lucas2019-linear-vae",
    "a linear VAE trained again and again, against the exact law of probabilistic PCA",
    "derived; that a linear VAE trains to probabilistic PCA: Lucas et al., arXiv 1911.02469; "
    "no paper has this figure",
    draw,
)
def compute(quick: bool):
    """The whole data in every step, so that training ends at the optimum."""
    from .. import nets

    generations, replicas = (4, 512) if quick else (8, 4096)
    x = np.random.default_rng(1).normal(size=(4096, len(SPECTRUM))) * np.sqrt(SPECTRUM) + 1.0
    training = nets.Training(
        steps=1600, batch=N, learning_rate=0.05, anneal=0.02, start=nets.Warm()
    )
    family = nets.LinearVAE(len(SPECTRUM), latent=LATENT, training=training)
    truth, t = family.data(x.astype(np.float32), replacement=True), np.arange(generations + 1)
    panels = []
    for name, workflow in WORKFLOWS.items():
        run = simulate(
            jax.random.key(2),
            Recursion(family, workflow, truth=truth, n=N),
            generations=generations,
            replicas=replicas,
            observe=variance,
        )
        values = run.values(variance).astype(float)
        law = law_named(f"probabilistic-pca-{name}-trace-ratio")(n=N, t=t)
        what, at = f"trace ratio, {name}", {"workflow": name}
        panels.append(panel_of_values(what, t, values / values[0, 0], law, at))
    rows = [row for each in panels for row in (each.row(t=1), each.row())]
    return tabulated(panels), rows
