"""Panels of the figures of Wyllie et al.: the two laws, and where runs end."""

import numpy as np

from .wyllie2024_claims import EARLY, LABELINGS
from .wyllie2024_published import CURVES, GENERATIONS, PUBLISHED, RETENTION, SLOPES


def draw_decay(axis, data):
    """TPR - FPR of both groups, and its geometric decay by the flips of fits 2 and 3."""
    for color, name in enumerate(RETENTION):
        for style, group in (("-", "red"), ("--", "green")):
            kept = data.informedness.sel(setting=name, group=group)
            t, kept = kept.t.values, kept.values
            axis.plot(t, kept, style, color=f"C{color}", lw=1)
            if len(t) > 2:
                axis.plot(t[1:], kept[1] * (kept[2] / kept[1]) ** (t[1:] - t[1]), ":", color="0.4")
            theirs = kept[1] * RETENTION[name][group] ** (t[-1] - t[1])
            axis.plot(
                t[-1], theirs, "o", ms=3, color=f"C{color}", mfc="w" if style == "--" else None
            )
    axis.set_yscale("log")
    axis.set(ylim=(0.3, 1), yticks=[0.3, 0.5, 1], yticklabels=["0.3", "0.5", "1"])
    axis.minorticks_off()
    axis.set_title(
        "TPR - FPR of red (line), green (dashes)\nlaw from flips (dots); o: their decay", fontsize=7
    )


def draw_slopes(axis, settings):
    """The law of log-odds that are linear in t, on the source's averages."""
    t = np.arange(EARLY) + 1
    for index, name in enumerate(settings):
        share = np.array(PUBLISHED[name][list(CURVES).index("share")])
        odds = np.log(share / (1 - share))
        early = np.array(GENERATIONS) < EARLY
        axis.plot(np.add(GENERATIONS, 1)[early], odds[early], "o", ms=3, color=f"C{index}")
        if name in SLOPES:
            middle = odds[early].mean() - SLOPES[name] * (np.array(GENERATIONS)[early].mean() + 1)
            axis.plot(t, middle + SLOPES[name] * t, lw=1, color=f"C{index}")
    axis.set(xlabel="fit t")
    axis.set_title("log-odds of their share of label 1,\nand the slope of fits 1 to 16", fontsize=7)


def draw_census(axis, counts, settings, title, below=0.04):
    """Bars of the share of runs in each labeling, with a legend so far below them."""
    shares = np.asarray(counts, float)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    left, grays = np.zeros(len(settings)), ("0.35", "C3", "C2", "C5", "0.88")
    for place, labeling in enumerate(LABELINGS):
        axis.barh(settings, shares[:, place], left=left, color=grays[place], label=labeling)
        left += shares[:, place]
    axis.invert_yaxis()
    axis.set(xlim=(0, 1), xlabel="" if title else "share of runs")
    axis.set_title(title, fontsize=9)
    if title:
        axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -below), ncols=3)
    axis.grid(False)
