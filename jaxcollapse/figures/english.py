"""Our own picture: the English language forgetting its words."""

import jax
import numpy as np

from ..data.text import word_frequencies
from ..engine.simulate import simulate
from ..families import Categorical
from ..metrics import support
from ..quantities.base import E
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Accumulate, Replace
from .registry import Comparison, generations_shown, register

SIZES = (1000, 10_000, 100_000)
LAST = 100


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axis = plt.subplots(figsize=(6.4, 4.0))
    for index, n in enumerate(SIZES):
        here, color = data.sel(n=n), f"C{index}"
        axis.plot(data.t, here.kept_law, color=color, lw=1.0, ls="--")
        axis.plot(data.t, here.kept, "s", color=color, ms=3.5, mfc="white")
        axis.plot(data.t, here.left_law, color=color, lw=1.4)
        axis.plot(data.t, here.left, "o", color=color, ms=3.5)
        axis.annotate(f"n = {n:,}", (1.05, 1.25 * float(here.left_law[0])), color=color, fontsize=8)
    axis.axhline(float(data.types), color="k", lw=0.8)
    axis.annotate(
        f"{int(data.types):,} words in the truth", (1.05, 1.12 * float(data.types)), fontsize=8
    )
    axis.set(xscale="log", yscale="log", xlabel="fits t", ylabel="words left", ylim=(10, 9e5))
    axis.plot([], [], "ko-", ms=3.5, label="replace: simulated, exact expectation")
    axis.plot([], [], "ks--", ms=3.5, mfc="white", label="accumulate: simulated, exact expectation")
    axis.legend(fontsize=7, loc="lower left")
    axis.set_title("English, retrained on its own output, forgets its words", fontsize=10)
    return drawn


@register(
    "english", "the English language forgetting its words: 321,180 types, replace against accumulate",
    "word frequencies of wordfreq (large English list); no paper has this figure", draw,
)  # fmt: skip
def compute(quick: bool):
    """Real word frequencies are the truth of a categorical recursion."""
    import xarray as xr

    sizes = SIZES[:2] if quick else SIZES
    words = word_frequencies("en")
    family = Categorical()
    truth, t = words.truth(family), generations_shown(LAST, 18)
    p = truth.weights / truth.total
    rows: dict[str, list] = {
        name: [] for name in ("left", "left_se", "left_law", "kept", "kept_se", "kept_law")
    }
    comparisons = []
    for n in SIZES:
        replicas = 8 if n <= 10_000 else 2
        for column, workflow in (("left", Replace()), ("kept", Accumulate())):
            if n in sizes:
                generations = LAST if column == "left" else 10
                recursion = Recursion(family, workflow, truth=truth, n=n)
                run = simulate(
                    jax.random.key(0),
                    recursion,
                    generations=generations,
                    replicas=replicas,
                    observe=support,
                )
                whole = E(support)(run)
                value, error = (
                    np.append(x[1:], np.full(LAST - generations, np.nan))[t - 1] for x in whole[:2]
                )
            else:
                value = error = np.full(len(t), np.nan)
            name = "replace" if column == "left" else "accumulate"
            law = law_named(f"categorical-{name}-support")(n=n, t=t, p=p)
            for part, values in zip(
                (column, f"{column}_se", f"{column}_law"), (value, error, law), strict=True
            ):
                rows[part].append(values)
            if n in sizes:
                last = int(np.flatnonzero(np.isfinite(value))[-1])
                what = f"words left, {name}, n={n}, t={t[last]}"
                comparisons.append(Comparison(what, None, law[last], value[last], error[last]))
    data = {name: (("n", "t"), np.asarray(values)) for name, values in rows.items()}
    whole = xr.Dataset(data | {"types": ((), float(len(p)))}, {"n": list(SIZES), "t": t})
    whole.attrs |= words.provenance
    return whole, comparisons
