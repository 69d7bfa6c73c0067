"""Our own picture: eight definitions of collapse, seven ways of retraining, three families."""

import math

import jax
import numpy as np

from ..analysis.definitions import FALSE_ALARM, list_definitions, quantities_of
from ..engine.simulate import simulate
from ..families import Categorical, Gaussian, Poisson
from ..quantities.significance import allowed_sigmas
from ..recursion import Recursion
from ..theory import predict
from ..workflows import Accumulate, AccumulateSubsample, Anchor, Refresh, Replace, Window
from .registry import Comparison, register

N, LAST = 16, 40
FAMILIES = {
    "Gaussian": (Gaussian(ddof=0), Gaussian.params(0.7, 1.7)),
    "Categorical": (Categorical(), Categorical.params([0.3, 0.25, 0.2, 0.13, *[0.01] * 12])),
    "Poisson": (Poisson(), Poisson().params(0.4)),
}
SCENARIOS = {
    "replace": lambda n: {"workflow": Replace(), "n": n},
    "window of 3": lambda n: {"workflow": Window(3), "n": n},
    "growing n": lambda n: {"workflow": Replace(), "n": n * np.arange(1, LAST + 1)},
    "subsample": lambda n: {"workflow": AccumulateSubsample(), "n": n},
    "accumulate": lambda n: {"workflow": Accumulate(), "n": n},
    "anchor": lambda n: {"workflow": Anchor(), "n": n},
    "refresh": lambda n: {"workflow": Refresh(), "n": n, "fresh": n},
}
WARM, COOL, NEUTRAL = "#b5402f", "#2f6f8f", "#f3efe6"


def _color(value, threshold, rises):
    """Warm beyond the threshold, cool on this side of it; full at a factor of four."""
    from matplotlib.colors import LinearSegmentedColormap

    side = math.log(max(value, 1e-3) / threshold) * (1 if rises else -1)
    scale = LinearSegmentedColormap.from_list(
        "collapse", [COOL, "#a9c9d6", NEUTRAL, "#e6b39a", WARM]
    )
    return scale(0.5 + 0.5 * math.copysign(min(0.15 + abs(side) / math.log(4), 1.0), side))


def _cell(axis, x, y, here, definition):
    """One finding: the law's number in bold where there is a law, with a dot where simulation
    agrees; else the simulated one.
    """
    from matplotlib.patches import FancyBboxPatch

    exact, simulated, error = float(here.law), float(here.simulated), float(here.error)
    value = exact if np.isfinite(exact) else simulated
    if not np.isfinite(value):
        axis.text(x, y, "·", ha="center", va="center", color="0.7", fontsize=11)
        return
    known = np.isfinite(exact)
    open_verdict = (
        not known and abs(value - definition.threshold) <= allowed_sigmas(1, FALSE_ALARM) * error
    )
    face = _color(value, definition.threshold, definition.rises)
    box = FancyBboxPatch(
        (x - 0.42, y - 0.4), 0.84, 0.8, boxstyle="round,pad=0,rounding_size=0.12", fc="0.93" if open_verdict else face,
        ec="0.6" if open_verdict else "none", ls=(0, (2, 1.5)), lw=0.8,
    )  # fmt: skip
    axis.add_patch(box)
    dark = not open_verdict and np.dot(face[:3], [0.3, 0.59, 0.11]) < 0.55
    ink = "white" if dark else "0.15"
    label = f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 4.95 else f"{value:.2f}"
    axis.text(
        x,
        y,
        label,
        ha="center",
        va="center",
        color=ink,
        fontsize=8,
        weight="bold" if known else "normal",
    )
    if known and np.isfinite(simulated):
        agrees = abs(simulated - exact) <= allowed_sigmas(1, FALSE_ALARM) * error + 1e-4 * abs(
            exact
        )
        axis.plot(x + 0.31, y - 0.28, "o" if agrees else "X", ms=2.2 if agrees else 6, color=ink)


def draw(data):
    import matplotlib.pyplot as plt

    every = list_definitions()
    drawn, axes = plt.subplots(
        1, data.sizes["family"], figsize=(13.2, 4.9), sharey=True, squeeze=False
    )
    for axis, family in zip(axes[0], data.family.values, strict=True):
        axis.set_title(family, fontsize=11, pad=62)
        for x, scenario in enumerate(data.scenario.values):
            for y, name in enumerate(data.definition.values):
                _cell(
                    axis,
                    x,
                    y,
                    data.sel(family=family, scenario=scenario, definition=name),
                    every[name],
                )
        axis.set(
            xlim=(-0.55, data.sizes["scenario"] - 0.45),
            ylim=(data.sizes["definition"] - 0.45, -0.55),
        )
        axis.xaxis.tick_top()
        axis.set_xticks(
            range(data.sizes["scenario"]),
            data.scenario.values,
            rotation=40,
            ha="left",
            fontsize=8.5,
        )
        axis.set_yticks(
            range(data.sizes["definition"]),
            [_rule(every[name]) for name in data.definition.values],
            fontsize=8.5,
        )
        axis.tick_params(length=0)
        axis.grid(False)
        for side in axis.spines.values():
            side.set_visible(False)
    drawn.text(
        0.5, -0.015, "warm: collapse by this definition; cool: none; dashed: undecided.  Bold: exact law, its dot: "
        f"simulation agrees; plain: simulated; ·: nothing to say.  n = {int(data.n)}, T = {int(data.generations)} fits.",
        ha="center", va="top", fontsize=8.5, color="0.3",
    )  # fmt: skip
    drawn.tight_layout(w_pad=1.2)
    return drawn


def _rule(definition):
    sign = ">" if definition.rises else "<"
    return f"{definition.name.replace('-', ' ')}\n${definition.symbol}$ {sign} {definition.threshold:.3g}"


def _curves(recursions, quantities, replicas):
    """Simulated estimates and exact curves of every quantity at both sizes; None where no law is
    known.
    """
    metrics = tuple(dict.fromkeys(quantity.metric for quantity in quantities))
    runs = [
        simulate(jax.random.key(0), each, generations=LAST, replicas=replicas, observe=metrics)
        if replicas
        else None
        for each in recursions
    ]
    simulated = {
        quantity: [quantity(run) if run else None for run in runs] for quantity in quantities
    }
    return simulated, {
        quantity: [_law(quantity, each) for each in recursions] for quantity in quantities
    }


def _law(quantity, recursion):
    try:
        return np.asarray(predict(quantity, recursion, np.arange(LAST + 1)), float)
    except LookupError:
        return None


def _findings(family, recursions, replicas):
    """Rows (law, simulated, error) of all definitions for one scenario of one family."""
    simulated, exact = _curves(recursions, quantities_of(family), replicas)
    for definition in list_definitions().values():
        quantity, row = definition.quantity(family), [np.nan] * 3
        if quantity is not None:
            laws = exact[quantity][: len(definition.scales)]
            estimates = simulated[quantity][: len(definition.scales)]
            if all(law is not None for law in laws):
                row[0] = definition.find(laws).statistic
            if replicas:
                found = definition.find(
                    [each.value for each in estimates], [each.error for each in estimates]
                )
                row[1:] = found.statistic, found.error
        yield row


@register(
    "definitions", "eight definitions of collapse, seven ways of retraining, three families: which says yes to what",
    "the definitions of Schaeffer et al., arXiv 2503.03150; statistics and thresholds are ours", draw,
)  # fmt: skip
def compute(quick: bool):
    """Laws of all cells; simulations of all, or of the Gaussian ones alone in the quick form."""
    import xarray as xr

    found, comparisons = [], []
    for index, (name, (family, truth)) in enumerate(FAMILIES.items()):
        for scenario, configured in SCENARIOS.items():
            recursions = [
                Recursion(family, truth=truth, **configured(scale * N)) for scale in (1, 2)
            ]
            sampled = recursions[0].workflow.selection.selects
            replicas = (200 if sampled else 2000) if quick else (4000 if sampled else 20_000)
            rows = list(_findings(family, recursions, 0 if quick and index else replicas))
            found.append(rows)
            comparisons += [
                Comparison(f"{definition}, {name}, {scenario}", None, *row)
                for definition, row in zip(list_definitions(), rows, strict=True) if np.all(np.isfinite(row))
            ]  # fmt: skip
    shape = (len(FAMILIES), len(SCENARIOS), len(list_definitions()), 3)
    whole = np.reshape(found, shape)
    axes = ("family", "scenario", "definition")
    data = {
        part: (axes, whole[..., index]) for index, part in enumerate(("law", "simulated", "error"))
    }
    coordinates = {
        "family": list(FAMILIES),
        "scenario": list(SCENARIOS),
        "definition": list(list_definitions()),
    }
    return xr.Dataset(data | {"n": ((), N), "generations": ((), LAST)}, coordinates), comparisons
