r"""Wyllie et al. on ColoredMNIST: fairness of sequences of classifiers and generators, and the
labelings in which groups are absorbed.

The figure has three of the six settings; `compute(tuple(SETTINGS), sizes_of, quick)` takes all.

`reported` numbers are averages over the source's 25 runs, computed from the result files that it
released (`PUBLISHED`). The source calls our fit t its generation t - 1.
"""

import functools
from typing import NamedTuple

import jax
import numpy as np

from ..data.groups import colored_mnist
from ..engine.simulate import simulate
from ..families import Labeled
from ..metrics import GroupTable, positive_share, predicted_labels
from ..recursion import Recursion
from ..selection import GroupCells, Stratify
from ..workflows import Each, Frozen, Replace, Select
from .panels import panel_of_values, tabulated
from .registry import Comparison, register
from .shapes import Shape, judged
from .wyllie2024_published import CENSUS, GENERATIONS, PUBLISHED, RETENTION, SLOPES

SIDE = 12
OBSERVATIONS = 2048
STAR = Select(Replace(), Stratify(GroupCells(2), batch=1024, budget=102))
SETTINGS = {
    "SeqClass": ("previous", Each(Frozen(), Replace())),
    "SeqClass, STAR": ("previous", Each(Frozen(), STAR)),
    "SeqGenSeqClass": ("previous", Each(Replace(), Replace())),
    "STAR, classifier": ("previous", Each(Replace(), STAR)),
    "STAR, generator": ("previous", Each(STAR, Replace())),
    "SeqGenNonSeqClass": ("annotator", Each(Replace(), Replace())),
}
THREE = ("SeqClass", "SeqGenSeqClass", "STAR, generator")
CURVES = {
    "accuracy": "accuracy",
    "parity": "demographic parity difference",
    "odds": "equalized odds difference",
    "share": "share of label 1, generated",
}
# Labelings by number, as digits of green and red; INSIDE has both labels in some group.
LABELINGS = ("all 0", "label = red", "label = green", "all 1", "inside")
INSIDE = len(LABELINGS) - 1
NEARLY = 0.05


class Found(NamedTuple):
    """Results of one setting, shape (replicas, fits) each, and labels (replicas, fits, items)."""

    curves: dict[str, np.ndarray]
    informedness: np.ndarray
    labeling: np.ndarray
    labels: np.ndarray


def images():
    """Rows (pixels of red and green, group, label), averaged over blocks of 2 x 2, shuffled.

    A margin of two pixels and the blue channel are black and left out.
    """
    rows = colored_mnist().values
    pixels = rows[:, :-2].reshape(-1, 3, 28, 28)[:, :2, 2:26, 2:26]
    small = pixels.reshape(-1, 2, SIDE, 2, SIDE, 2).mean(axis=(3, 5)).reshape(len(rows), -1)
    found = np.concatenate([small, rows[:, -2:]], axis=1).astype(np.float32)
    return found[np.random.default_rng(0).permutation(len(found))]


def nets_of(labels: str) -> Labeled:
    """A VAE with one hidden layer, a convolutional classifier, and an annotator of colors."""
    from .. import nets

    pixels = 2 * SIDE**2
    trained = nets.Training(steps=600, batch=64, learning_rate=3e-3, anneal=0.1)
    classifier = nets.ConvClassifier(SIDE, colors=2, channels=6, training=trained)
    annotator = nets.Classifier(pixels, classes=2, hidden=8, width=4, training=trained)
    vae = nets.VAE(pixels, hidden=64, latent=10, training=trained)
    return Labeled(nets.GroupedNet(vae, annotator), classifier, labels=labels)


def results_of(setting: str, generations: int, replicas: int) -> Found:
    """Train one setting, and count its labels of held-out items by group."""
    labels, workflow = SETTINGS[setting]
    family, rows = nets_of(labels), images()
    held_out = rows[:1000]
    truth = family.generator.data(rows[1000:], held_out=held_out)  # pyright: ignore
    run = simulate(
        jax.random.key(1),
        Recursion(family, workflow, truth=truth, n=OBSERVATIONS),
        generations=generations,
        replicas=replicas,
        observe=(predicted_labels, positive_share),
    )
    group, label = held_out[:, -2].astype(int), held_out[:, -1].astype(int)
    predicted = np.asarray(run.values(predicted_labels))[:, 1:]
    table = GroupTable.of(label, predicted, group)
    gaps, every = table.summary(), table.counts.sum(axis=-3)
    curves = {
        "accuracy": (every[..., 0, 0] + every[..., 1, 1]) / len(label),
        "parity": np.asarray(gaps["demographic_parity_difference"]),
        "odds": np.asarray(gaps["equalized_odds_difference"]),
        "share": np.asarray(run.values(positive_share))[:, 1:],
    }
    absorbed = table.labeling_within(NEARLY).astype(int)
    labeling = np.where(absorbed < 0, INSIDE, absorbed)
    return Found(curves, table.rate("informedness"), labeling, predicted)


def compute(settings, sizes, quick: bool):
    """Settings under common random numbers."""
    generations, replicas = sizes(quick)
    found = {name: results_of(name, generations, replicas) for name in settings}
    t = np.arange(1, generations + 1)
    panels = {
        (name, curve): panel_of_values(
            f"{curve}, {name}", t, values, at={"quantity": curve, "setting": name}
        )
        for name, each in found.items()
        for curve, values in each.curves.items()
    }
    data = tabulated(list(panels.values()))
    counts = np.array([np.bincount(each.labeling[:, -1], minlength=5) for each in found.values()])
    data["census"] = ("setting", "labeling"), counts
    data["informedness"] = (
        ("setting", "group", "t"),
        np.stack([each.informedness.mean(axis=0).T for each in found.values()]),
    )
    data = data.assign_coords(labeling=list(LABELINGS), group=["red", "green"])
    data.attrs["replicas"] = replicas
    rows = [_beside(panels[key], key, generations) for key in panels]
    rows += _census_rows(counts, settings, replicas) + _slope_rows(found)
    return data, rows + _retention_rows(found["SeqClass"]) + judged(_shapes(found))


def _beside(panel, key, generations: int) -> Comparison:
    """The last fit beside the source's same generation, where it released one."""
    setting, curve = key
    reported = dict(zip(GENERATIONS, PUBLISHED[setting][list(CURVES).index(curve)], strict=True))
    last = max(g for g in GENERATIONS if g < generations)
    return panel.row(reported[last], t=last + 1)


def _census_rows(counts, settings, replicas: int) -> list[Comparison]:
    """Share of runs absorbed in each labeling at the last fit."""
    rows = []
    for name, row in zip(settings, counts, strict=True):
        for place, labeling in enumerate(LABELINGS):
            theirs = CENSUS[name][place] / 25 if name in CENSUS else None
            if row[place] or theirs:
                what = f"runs {labeling}, {name}, last fit"
                rows.append(Comparison(what, theirs, None, row[place] / replicas, None))
    return rows


def _slope_rows(found) -> list[Comparison]:
    """Slope of the log-odds of the mean generated share, over the source's generations 0 to 15."""
    rows = []
    for name, each in found.items():
        share = each.curves["share"][:, :16]
        if share.shape[1] < 3:
            continue
        mean = np.clip(share.mean(axis=0), 1e-4, 1 - 1e-4)
        slope = np.polyfit(np.arange(len(mean)), np.log(mean / (1 - mean)), 1)[0]
        what = f"slope of the log-odds of label 1, {name}"
        rows.append(Comparison(what, SLOPES.get(name), None, float(slope), None))
    return rows


def _retention_rows(each: Found) -> list[Comparison]:
    """Decay of TPR - FPR in SeqClass, and what the flips from fit 1 to 2 alone say of it."""
    rows, group = [], images()[:1000, -2]
    for index, color in enumerate(RETENTION):
        mean = np.maximum(each.informedness[:, :, index].mean(axis=0), 1e-3)
        decay = np.exp(np.polyfit(np.arange(len(mean)), np.log(mean), 1)[0])
        first, second = (each.labels[:, fit, group == index] for fit in (0, 1))
        flips = second[first == 1].mean() - second[first == 0].mean()
        what = f"kappa of {color}, SeqClass; law: one generation's flips"
        rows.append(Comparison(what, RETENTION[color], float(flips), float(decay), None))
    return rows


def _shapes(found) -> list[Shape]:
    """What the source's raw results say, as differences between paired replicas."""
    one, both = found["SeqClass"], found["SeqGenSeqClass"]
    inside = {name: (each.labeling[:, -1] == INSIDE).astype(float) for name, each in found.items()}
    green = {name: (each.labeling[:, -1] == 2).astype(float) for name, each in found.items()}
    kept = {name: each.curves["accuracy"][:, -1] for name, each in found.items()}
    forgotten = (one.informedness[:, 0] - one.informedness[:, -1]).mean(axis=-1)
    odds = both.curves["odds"]
    most = odds[:, odds.mean(axis=0).argmax()]
    more, less = "SeqGenSeqClass", "STAR, generator"
    return [
        Shape("accuracy lost by SeqClass", one.curves["accuracy"][:, 0] - kept["SeqClass"]),
        Shape(f"accuracy of SeqClass above that of {more}", kept["SeqClass"] - kept[more]),
        Shape(f"{more} absorbed more often than SeqClass", inside["SeqClass"] - inside[more]),
        Shape(f"equalized odds gap of {more}: largest above first", most - odds[:, 0]),
        Shape(f"equalized odds gap of {more}: largest above last", most - odds[:, -1]),
        Shape("TPR - FPR lost by SeqClass", forgotten),
        Shape(f"label = green less often with {less}", green[more] - green[less]),
    ]


def draw(data):
    import matplotlib.pyplot as plt

    settings = [str(name) for name in data.setting.values]
    drawn, axes = plt.subplots(
        2, len(CURVES) + 1, figsize=(13, 5.6), layout="constrained",
        sharex="col", width_ratios=[1] * len(CURVES) + [1.25],
    )  # fmt: skip
    for column, (curve, label) in enumerate(CURVES.items()):
        for index, name in enumerate(settings):
            here = data.sel(quantity=curve, setting=name).dropna("t", subset=["simulated"])
            color = f"C{index}"
            axes[0, column].plot(here.t, here.simulated, color=color, label=name)
            low, high = (here.simulated + sign * here.error for sign in (-1, 1))
            axes[0, column].fill_between(here.t, low, high, color=color, alpha=0.2, lw=0)
            theirs = PUBLISHED[name][list(CURVES).index(curve)]
            axes[1, column].plot(np.add(GENERATIONS, 1), theirs, "o-", ms=3, color=color)
        axes[0, column].set(ylim=(0, 1))
        axes[0, column].set_title(label, fontsize=9)
        axes[1, column].set(xlabel="fit t", ylim=(0, 1))
    axes[0, 0].set_ylabel(f"here, {int(data.attrs.get('replicas', 0))} replicas")
    axes[1, 0].set_ylabel("Wyllie et al., 25 runs")
    _draw_census(axes[0, -1], data.census.values, settings, "runs absorbed at the last fit")
    _draw_census(axes[1, -1], [CENSUS.get(name, (0,) * 5) for name in settings], settings, "")
    drawn.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return drawn


def _draw_census(axis, counts, settings, title):
    """Bars of the share of runs in each labeling."""
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
        axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.04), ncols=3)
    axis.grid(False)


def sizes_of(quick: bool):
    """Fits and replicas."""
    return (6, 8) if quick else (40, 8)


SOURCE = (
    "after Wyllie et al., arXiv 2403.07857: averages over 25 runs of its released results, 60,000 "
    "digits of 28 x 28; 5,000 of 12 x 12 and small nets here, so the shape is compared"
)
register(
    "wyllie2024",
    "fairness of classifiers and generators in sequence, and the labelings that absorb groups",
    SOURCE,
    draw,
)(functools.partial(compute, THREE, sizes_of))
