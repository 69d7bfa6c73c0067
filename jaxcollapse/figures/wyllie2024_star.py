r"""Reparation of the generator with a budget as large as its batch.

The source's budget is not in what it released. In `wyllie2024` it is a tenth of the batch, and does
not remove the labeling "label = green". Generators drift more slowly here: they start from half of
their last weights. One claim is tested, so it has the whole error rate.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from scipy import stats

from .registry import register
from .shapes import Shape, judged
from .wyllie2024 import PIXELS, Form, gathered, results_of
from .wyllie2024_claims import census_rows, labeled_by_green
from .wyllie2024_panels import draw_census
from .wyllie2024_published import CENSUS, GENERATIONS, PUBLISHED

# A pixel weighs as many numbers as the source's image has for it, with blue.
SLOW = {"kept": 0.5, "weight": 3 * 28**2 / PIXELS, "budget": 1.0, "seed": 27}
FULL = Form(40, 36, 2000, 1500, 49152, **SLOW)
QUICK = Form(4, 9, 500, 300, 2048, **SLOW)
PLAIN, REPAIRED = "SeqGenSeqClass", "STAR, generator"


def compute(quick: bool):
    """Both settings under common random numbers."""
    form = QUICK if quick else FULL
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(partial(results_of, form=form), (PLAIN, REPAIRED))
        return compared(dict(zip((PLAIN, REPAIRED), found, strict=True)), form)


def compared(found, form: Form):
    """The data, and the table with the claim."""
    data, rows = gathered(found, form)
    green = {name: labeled_by_green(each) for name, each in found.items()}
    data["green"] = ("setting", "t"), np.stack([each.mean(axis=0) for each in green.values()])
    fewer = green[PLAIN][:, -1] - green[REPAIRED][:, -1]
    claim = Shape(f"label = green less often with {REPAIRED}", fewer)
    return data, rows + census_rows(found) + judged([claim])


def draw(data):
    import matplotlib.pyplot as plt

    drawn, (ever, gap, census) = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    runs, t = int(data.attrs.get("replicas", 0)), data.t.values
    for index, name in enumerate((PLAIN, REPAIRED)):
        color, share = f"C{index}", data.green.sel(setting=name).values
        ever.step(t, share, where="post", color=color, label=name)
        low, high = stats.beta.interval(0.95, share * runs + 0.5, runs - share * runs + 0.5)
        ever.fill_between(t, low, high, step="post", color=color, alpha=0.2, lw=0)
        here = data.sel(quantity="odds", setting=name)
        gap.plot(here.t, here.simulated, color=color, label="" if index else f"here, {runs} runs")
        sides = (here.simulated + sign * here.error for sign in (-1, 1))
        gap.fill_between(here.t, *sides, color=color, alpha=0.2, lw=0)
        theirs = PUBLISHED[name][2]
        gap.plot(
            np.add(GENERATIONS, 1),
            theirs,
            "o:",
            ms=3,
            color=color,
            label="" if index else "Wyllie et al.",
        )
    ever.set(xlabel="fit t", ylim=(0, 1))
    ever.set_title('runs that have been in "label = green"', fontsize=9)
    ever.legend(fontsize=7)
    gap.set(xlabel="fit t", ylim=(0, 1))
    gap.set_title("equalized odds difference", fontsize=9)
    gap.legend(fontsize=7, loc="upper left")
    counts = data.census
    bars = {
        PLAIN: counts.sel(setting=PLAIN).values,
        f"{PLAIN}, source": CENSUS[PLAIN],
        REPAIRED: counts.sel(setting=REPAIRED).values,
        f"{REPAIRED}, source": CENSUS[REPAIRED],
    }
    draw_census(census, list(bars.values()), list(bars), "runs absorbed at the last fit", 0.12)
    return drawn


register(
    "wyllie2024-star",
    'reparation of the generator with a large budget, and the labeling "label = green"',
    "after Wyllie et al., arXiv 2403.07857, 25 runs of its released results; as wyllie2024, with "
    "generators that drift more slowly",
    draw,
)(compute)
