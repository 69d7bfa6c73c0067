"""The linear VAE, a net that is trained, against the exact law of probabilistic PCA, which its
training should end at.
"""

import jax
import numpy as np
from scipy.stats import norm

from ..engine.simulate import simulate
from ..metrics import variance
from ..quantities.base import E
from ..quantities.significance import FALSE_ALARM
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Accumulate, Replace
from .registry import Comparison, register

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
        here = data.sel(workflow=workflow)
        axis.plot(data.generation, here.law, color=f"C{index}")
        axis.errorbar(
            data.generation,
            here.ratio,
            3 * here.error,
            color=f"C{index}",
            fmt="so"[index],
            ms=4,
            label=str(workflow),
        )
    axis.plot(
        data.generation,
        rival(data.generation.values),
        "k:",
        label="replace, if components alone shrank (wrong)",
    )
    axis.set(
        xlabel="fits t",
        xticks=data.generation,
        ylabel=r"$E\,\mathrm{tr}\,\Sigma_t/\mathrm{tr}\,\Sigma_0$",
    )
    axis.legend(title="dots: trained nets ± 3 SE; lines: exact law", title_fontsize=8, fontsize=8)
    return drawn


@register(
    "lucas2019-linear-vae", "a linear VAE trained again and again, against the exact law of probabilistic PCA",
    "derived; that a linear VAE trains to probabilistic PCA: Lucas et al., arXiv 1911.02469; no paper has this figure", draw,
)  # fmt: skip
def compute(quick: bool):
    """The whole data in every step, so that training ends at the optimum; the verdict is a z test
    at a false alarm of 1e-7.
    """
    import xarray as xr

    from .. import nets

    generations, replicas = (4, 512) if quick else (8, 4096)
    x = np.random.default_rng(1).normal(size=(4096, len(SPECTRUM))) * np.sqrt(SPECTRUM) + 1.0
    training = nets.Training(
        steps=1600, batch=N, learning_rate=0.05, anneal=0.02, start=nets.Warm()
    )
    family = nets.LinearVAE(len(SPECTRUM), latent=LATENT, training=training)
    truth, t = family.data(x.astype(np.float32), replacement=True), np.arange(generations + 1)
    rows: dict[str, list] = {"ratio": [], "error": [], "law": []}
    comparisons = []
    for name, workflow in WORKFLOWS.items():
        recursion = Recursion(family, workflow, truth=truth, n=N)
        run = simulate(
            jax.random.key(2),
            recursion,
            generations=generations,
            replicas=replicas,
            observe=variance,
        )
        value, error, _ = E(variance)(run)
        law = law_named(f"probabilistic-pca-{name}-trace-ratio")(n=N, t=t)
        for column, values in zip(
            rows.values(), (value / value[0], error / value[0], law), strict=True
        ):
            column.append(values)
        for fit in (1, generations):
            ratio, spread = value[fit] / value[0], error[fit] / value[0]
            p = float(2 * norm.sf(abs(ratio - law[fit]) / spread))
            verdict = "agrees" if p > FALSE_ALARM else "differs"
            comparisons.append(
                Comparison(
                    f"trace ratio, {name}, t={fit}", None, law[fit], ratio, spread, p, verdict
                )
            )
    shaped = {
        name: (("workflow", "generation"), np.asarray(values)) for name, values in rows.items()
    }
    return xr.Dataset(shaped, {"workflow": list(WORKFLOWS), "generation": t}), comparisons
