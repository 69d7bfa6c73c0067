"""Our own picture: the English language forgetting its words."""

import jax

from ..data.text import word_frequencies
from ..engine.simulate import simulate
from ..families import Categorical
from ..metrics import support
from ..quantities.base import E
from ..recursion import Recursion
from ..theory import law_named
from ..workflows import Accumulate, Replace
from .panels import draw_panel, panel, panel_of_law, tabulated
from .registry import generations_shown, register

SIZES = (1000, 10_000, 100_000)
LAST = 100
# Accumulated data grow with every fit, so few fits are simulated; the law goes on without them.
WORKFLOWS = {"replace": (Replace(), LAST), "accumulate": (Accumulate(), 11)}


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axis = plt.subplots(figsize=(6.4, 4.2))
    for index, n in enumerate(SIZES):
        color = f"C{index}"
        replace, accumulate = (data.sel(n=n, workflow=name) for name in WORKFLOWS)
        draw_panel(axis, replace, color, marker="o", line=color)
        draw_panel(axis, accumulate, color, marker="s", line=color, dashes="--")
        top = 1.25 * float(replace.law[0])
        axis.annotate(f"n = {n:,}", (1.05, top), color=color, fontsize=8)
    types = float(data.types)
    axis.axhline(types, color="k", lw=0.8)
    axis.annotate(f"{int(types):,} words in the truth", (1.05, 1.12 * types), fontsize=8)
    axis.set(xscale="log", yscale="log", xlabel="fits t", ylabel="words left", ylim=(10, 9e5))
    axis.plot([], [], "ko-", ms=3, label="replace: simulated ± 3 SE, exact expectation")
    last = WORKFLOWS["accumulate"][1]
    label = f"accumulate: the same, simulated to t = {last} only"
    axis.plot([], [], "ks--", ms=3, label=label)
    axis.legend(fontsize=7, loc="lower left")
    axis.set_title("English, retrained on its own output, forgets its words", fontsize=10)
    return drawn


@register(
    "english",
    "the English language forgetting its words: 321,180 types, replace against accumulate",
    "word frequencies of wordfreq (large English list); no paper has this figure",
    draw,
)
def compute(quick: bool):
    """Real word frequencies are the truth of a categorical recursion.

    The quick form leaves out the simulation of the largest n.
    """
    words, t = word_frequencies("en"), generations_shown(LAST, 18)
    truth = words.truth(Categorical())
    p = truth.weights / truth.total
    panels = []
    for n in SIZES:
        for name, (workflow, generations) in WORKFLOWS.items():
            law = law_named(f"categorical-{name}-support")(n=n, t=t, p=p)
            at, what = {"n": n, "workflow": name}, f"words left, {name}, n={n}"
            if quick and n == max(SIZES):
                panels.append(panel_of_law(what, t, law, at))
                continue
            run = simulate(
                jax.random.key(0),
                Recursion(Categorical(), workflow, truth=truth, n=n),
                generations=generations,
                replicas=8 if n <= 10_000 else 2,
                observe=support,
            )
            panels.append(panel(run, E(support), law, what=what, t=t, at=at))
    data = tabulated(panels).assign(types=((), float(len(p))))
    data.attrs |= words.provenance
    return data, [each.row() for each in panels if each.compared.any()]
