"""Sources of error: closed forms beside interventions, a smaller class that helps, and a learner
that shrinks although data accumulate.
"""

import jax
import numpy as np

from ..analysis.decompose import decompose
from ..engine.simulate import simulate
from ..families import (
    ColdDescent,
    DampedCategorical,
    DampedGaussian,
    Features,
    FixedDesign,
    LinearRegression,
    ProbabilisticPCA,
    Ridge,
)
from ..metrics.names import excess_risk, kl, squared_distance, trace_ratio
from ..quantities.base import E
from ..recursion import Recursion
from ..workflows import Accumulate, Replace
from .panels import Panel, draw_panel, panel_of_values, tabulated
from .registry import COLORS, register

SHOWN = {"statistical": 0, "expressivity": 1, "approximation": 2, "floor": 6}
SHRINKING = "signal under accumulate"
# Shares of the signal that one fit keeps, by ridge and by early stopping.
LEARNERS = {"ridge": Ridge(0.25), "early stopping": ColdDescent(steps=3, rate=0.3)}


def recursions():
    """What is decomposed, with its error, by name."""
    some = LinearRegression(estimator=Features(5, ColdDescent(2, 0.4)), noise=0.4)
    weights = some.params([0.6, -0.5, 0.4, 0.5, -0.3, 0.3, -0.2, 0.2])
    damped, few = DampedGaussian(0.6), DampedCategorical([1.0, 1.0, 1.0, 0.0], 0.6)
    pca = ProbabilisticPCA(1)
    truth = pca.params(np.zeros(4), np.diag([4.0, 2.0, 1.0, 0.5]))
    return {
        "regression: excess risk": (
            E(excess_risk),
            Recursion(some, Replace(), truth=weights, n=16),
        ),
        "damped Gaussian: KL": (
            E(kl),
            Recursion(damped, Replace(), truth=damped.params(0.7, 1.7), n=24),
        ),
        "damped categories: squared distance": (
            E(squared_distance),
            Recursion(few, Replace(), truth=few.params([0.5, 0.25, 0.15, 0.1]), n=20),
        ),
        "probabilistic PCA: trace ratio": (
            E(trace_ratio),
            Recursion(pca, Replace(), truth=truth, n=24),
        ),
    }


def draw(data):
    import matplotlib.pyplot as plt

    names = [str(each) for each in data.case.values]
    drawn, axes = plt.subplots(2, 3, figsize=(10.4, 5.6), layout="constrained")
    for axis, name in zip(axes.ravel(), names[:-1], strict=False):
        for source, color in SHOWN.items():
            here = data.sel(case=name, source=source)
            if np.any(np.isfinite(here.law) & (np.abs(here.law) > 1e-9)):
                draw_panel(axis, here.sel(t=slice(1, 10)), f"C{color}", source)
        axis.axhline(0, color="0.6", lw=0.6)
        axis.set(xlabel="fits t", xticks=range(1, 11, 3))
        axis.set_ylabel(name, fontsize=8)
    _draw_bars(axes[1, 1], data.attrs, names[0])
    _draw_power(axes[1, 2], data)
    handles = {}
    for axis in axes.ravel()[:4]:
        handles |= dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True))
    drawn.legend(handles.values(), handles, loc="outside lower center", ncols=4, fontsize=8)
    return drawn


def _draw_bars(axis, numbers, name):
    sources = [source for source in SHOWN if source != "floor"]
    for place, source in enumerate(sources):
        value, low, high = (numbers[f"{source}_{end}"] for end in ("part", "least", "largest"))
        axis.bar(place, value, color=COLORS[SHOWN[source]], alpha=0.75)
        axis.plot([place + 0.2] * 2, [low, high], color="0.35", lw=3, solid_capstyle="butt")
    axis.axhline(0, color="k", lw=0.6)
    axis.set_xticks(range(len(sources)), sources, fontsize=8)
    axis.set(ylabel=name, title="fit 10; gray: range over orders")
    axis.title.set_fontsize(9)


def _draw_power(axis, data):
    for index, name in enumerate(LEARNERS):
        here = data.sel(case=SHRINKING, source=name)
        draw_panel(axis, here, f"C{3 + index}", name)
    axis.set(xscale="log", yscale="log", xlabel="fits t", ylabel="share of the signal, accumulate")
    marks = (0.1, 0.2, 0.5, 1)
    axis.set_yticks(marks, [f"{each:g}" for each in marks])
    axis.minorticks_off()
    axis.legend(fontsize=8)


@register(
    "sources-closed",
    "parts of errors by closed forms and by intervention; accumulation and a shrinking learner",
    "no paper: the decomposition of Shumailov et al., arXiv 2305.17493, in closed form",
    draw,
)
def compute(quick: bool):
    """Parts at ten fits by both ways, and the signal that ridge and early stopping keep."""
    t, replicas = np.arange(1, 11), 1 << (10 if quick else 14)
    panels, numbers = [], {}
    for name, (error, recursion) in recursions().items():
        exact = decompose(error, recursion, t=t)
        found = decompose(
            error, recursion, t=t, key=jax.random.key(3), replicas=replicas, seconds=1e4
        )
        panels += [_panel(name, each, exact, found) for each in (*exact.sources, "floor")]
        for source in exact.sources if not numbers else ():
            ends = zip(("least", "largest"), exact.order_range(source), strict=True)
            parts = {"part": exact.part(source), **dict(ends)}
            numbers |= {f"{source}_{key}": float(e.value[-1]) for key, e in parts.items()}
    panels += _signals(quick)
    data = tabulated(panels).assign_attrs(numbers)
    return data, [each.row() for each in panels]


def _panel(name: str, source: str, exact, found) -> Panel:
    """One part of an error by intervention beside its closed form."""
    law, made = (x.floor if source == "floor" else x.part(source) for x in (exact, found))
    # A part that is nothing but rounding of single precision is none.
    size = np.max(np.abs(found.total.value))
    value, error = (np.where(np.abs(made.value) < 1e-6 * size, 0.0, e) for e in list(made)[:2])
    at, replicas = {"case": name, "source": source}, found.total.replicas
    columns = value, error, law.value, made.skewness
    return Panel(f"{name}, {source}", found.t, *columns, replicas, at)


def _signals(quick: bool) -> list[Panel]:
    """The share of the signal that is left, on orthogonal inputs with hardly any noise."""
    last, found = 100 if quick else 1000, []
    times = np.unique(np.round(np.geomspace(1, last, 25)).astype(int))
    design = FixedDesign(np.sqrt(2) * np.concatenate([np.eye(2), -np.eye(2)]))
    for name, estimator in LEARNERS.items():
        family = LinearRegression(design, estimator=estimator, noise=1e-4)
        recursion = Recursion(family, Accumulate(), family.params([0.8, -0.6]), n=4)
        run = simulate(
            jax.random.key(5),
            recursion,
            generations=last,
            replicas=64,
            observe=excess_risk,
            at=times,
        )
        risk = np.asarray(run.observed["excess-risk"], float)[:, 1:]
        kept = 1 - np.sqrt(risk)
        h = float(estimator.response(1.0))
        law = _left(h, times)
        found.append(
            panel_of_values(
                f"{SHRINKING}, {name}", times, kept, law, {"case": SHRINKING, "source": name}
            )
        )
    return found


def _left(h: float, t):
    r"""The share $\frac{h\,\Gamma(t+h)}{\Gamma(1+h)\,\Gamma(t+1)}$ of the signal after t fits."""
    from scipy.special import gammaln

    return h * np.exp(gammaln(t + h) - gammaln(1 + h) - gammaln(t + 1))
