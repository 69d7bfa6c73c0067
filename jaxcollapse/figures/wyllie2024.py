r"""Wyllie et al. on ColoredMNIST: fairness of sequences of classifiers and generators, and the
labelings in which groups are absorbed.

`reported` numbers are averages over the source's 25 runs, computed from the result files that it
released (`PUBLISHED`). The source calls our fit t its generation t - 1. Its classifier of a
generation learns from the generator of the same generation, ours from that of the fit before.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import jax
import numpy as np

from ..data.groups import colored_mnist
from ..engine.simulate import simulate
from ..families import Labeled
from ..metrics import GroupTable, annotated_share, predicted_labels
from ..recursion import Recursion
from ..selection import GroupCells, Stratify
from ..workflows import Each, Frozen, Replace, Select
from .panels import panel_of_values, tabulated
from .registry import Comparison, register
from .wyllie2024_claims import EARLY, INSIDE, LABELINGS, Found, rows_of
from .wyllie2024_panels import draw_census, draw_decay, draw_slopes
from .wyllie2024_published import CENSUS, CURVES, GENERATIONS, PUBLISHED

# The source's images have 28 x 28 pixels; of its three colors, blue is black in every image.
SIDE, HELD_OUT, SOURCE_PIXELS = 12, 1000, 2 * 28**2
PIXELS = 2 * SIDE**2


class Form(NamedTuple):
    """How many fits and replicas there are, and how long nets train on how many observations.

    Args:
        kept: share of its last weights from which a generator starts; the rest is fresh.
        weight: of a pixel; unweighted, small images blur within a few fits, since the divergence of
            the code outweighs them.
        budget: of reparation, as a share of its batch; the source's is not in what it released.
        seed: of the key.
        alone: runs of the generator without a classifier in the loop.
    """

    generations: int
    replicas: int
    generator_steps: int
    classifier_steps: int
    observations: int
    kept: float = 1.0
    weight: float = SOURCE_PIXELS / PIXELS
    budget: float = 0.1
    seed: int = 6
    alone: int = 200


FULL, QUICK = Form(40, 25, 2000, 1500, 32768), Form(4, 9, 400, 250, 2048, alone=9)
# For every setting: who labels, and whether the generator, the classifier learn in the loop and are
# repaired.
SETTINGS = {
    "SeqClass": ("previous", "frozen", "plain"),
    "SeqClass, STAR": ("previous", "frozen", "repaired"),
    "SeqGenSeqClass": ("previous", "plain", "plain"),
    "STAR, classifier": ("previous", "plain", "repaired"),
    "STAR, generator": ("previous", "repaired", "plain"),
    "SeqGenNonSeqClass": ("annotator", "plain", "plain"),
}
ALONE = "generator alone"
NEARLY = 0.05


def images():
    """Rows (pixels of red and green, group, label), averaged over blocks of 2 x 2, shuffled.

    A margin of two pixels and the blue channel are black and left out.
    """
    rows = colored_mnist().values
    pixels = rows[:, :-2].reshape(-1, 3, 28, 28)[:, :2, 2:26, 2:26]
    small = pixels.reshape(-1, 2, SIDE, 2, SIDE, 2).mean(axis=(3, 5)).reshape(len(rows), -1)
    found = np.concatenate([small, rows[:, -2:]], axis=1).astype(np.float32)
    return found[np.random.default_rng(0).permutation(len(found))]


def nets_of(labels: str, form: Form) -> Labeled:
    """A VAE with one hidden layer, a convolutional classifier, and an annotator of colors.

    The source trains fresh nets for 30 epochs of 60,000 images. Here generators go on from their
    last weights, and classifiers from half of theirs and half of fresh ones: fresh ones flip a
    tenth of the labels in every fit, and one that keeps all its weights keeps what it knew of a
    label that is drawn no more, so it is not absorbed.
    """
    from .. import nets

    rate = {"learning_rate": 3e-3, "anneal": 0.1}
    half = nets.ShrinkPerturb(shrink=0.5, perturb=0.5)
    judged_by = nets.Training(steps=form.classifier_steps, start=half, **rate)
    classifier = nets.ConvClassifier(SIDE, colors=2, channels=6, training=judged_by)
    told_by = nets.Training(steps=600, start=nets.Warm(), **rate)
    annotator = nets.Classifier(PIXELS, classes=2, hidden=8, width=4, training=told_by)
    start = nets.Warm() if form.kept == 1 else nets.ShrinkPerturb(form.kept, 1 - form.kept)
    drawn_by = nets.Training(steps=form.generator_steps, start=start, **rate)
    likelihood = nets.Pixels(weight=form.weight)
    vae = nets.VAE(PIXELS, hidden=128, latent=16, likelihood=likelihood, training=drawn_by)
    return Labeled(nets.GroupedNet(vae, annotator), classifier, labels=labels)


def recursion_of(setting: str, form: Form) -> Recursion:
    """The configuration of a setting; the first 1,000 images are held out."""
    labels, *parts = (SETTINGS | {ALONE: ("annotator", "plain", "frozen")})[setting]
    # Reparation takes up to 1.75 batches and its budget.
    batch = min(form.observations // 2, int(form.observations / (1.75 + form.budget)))
    star = Stratify(GroupCells(2), batch=batch, budget=int(form.budget * batch))
    learns = {"frozen": Frozen(), "plain": Replace(), "repaired": Select(Replace(), star)}
    family, rows = nets_of(labels, form), images()
    truth = family.generator.data(rows[HELD_OUT:], held_out=rows[:HELD_OUT])  # pyright: ignore
    workflow = Each(*(learns[part] for part in parts))
    return Recursion(family, workflow, truth=truth, n=form.observations)


def labels_of(setting: str, form: Form, replicas) -> tuple[np.ndarray, np.ndarray]:
    """Train one setting: labels of the held-out items, and the generated share of label 1, which
    the annotator tells, as in the source.
    """
    run = simulate(
        jax.random.key(form.seed),
        recursion_of(setting, form),
        generations=form.generations,
        replicas=replicas,
        observe=(predicted_labels, annotated_share),
    )
    return tuple(
        np.asarray(run.values(each))[:, 1:] for each in (predicted_labels, annotated_share)
    )


def alone_of(form: Form) -> np.ndarray:
    """The generated share of label 1 in runs of the generator alone, shape (runs, fits)."""
    alone = form._replace(generations=min(form.generations, EARLY), seed=28)
    return labels_of(ALONE, alone, form.alone)[1]


def results_of(setting: str, form: Form) -> Found:
    """Count the labels of held-out items by group."""
    predicted, share = labels_of(setting, form, form.replicas)
    held_out = images()[:HELD_OUT]
    group, label = held_out[:, -2].astype(int), held_out[:, -1].astype(int)
    table = GroupTable.of(label, predicted, group)
    gaps, every = table.summary(), table.counts.sum(axis=-3)
    curves = {
        "accuracy": (every[..., 0, 0] + every[..., 1, 1]) / len(label),
        "parity": np.asarray(gaps["demographic_parity_difference"]),
        "odds": np.asarray(gaps["equalized_odds_difference"]),
        "share": share,
    }
    absorbed = table.labeling_within(NEARLY).astype(int)
    labeling = np.where(absorbed < 0, INSIDE, absorbed)
    return Found(curves, table.counts, labeling)


def compute(quick: bool):
    """All settings under common random numbers, two at a time: each compiles on one core."""
    form = form_of(quick)
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(partial(results_of, form=form), SETTINGS)
        alone = pool.submit(alone_of, form)
        found = dict(zip(SETTINGS, found, strict=True))
    data, rows = gathered(found, form)
    return data, rows + rows_of(found, alone.result())


def gathered(found: dict[str, Found], form: Form):
    """The data of settings, and their last fits beside the source's."""
    t = np.arange(1, form.generations + 1)
    panels = {
        (name, curve): panel_of_values(
            f"{curve}, {name}", t, values, at={"quantity": curve, "setting": name}
        )
        for name, each in found.items()
        for curve, values in each.curves.items()
    }
    data = tabulated(list(panels.values()))
    counts = np.array([each.census for each in found.values()])
    data["census"] = ("setting", "labeling"), counts
    data["informedness"] = (
        ("setting", "group", "t"),
        np.stack([each.informedness.mean(axis=0).T for each in found.values()]),
    )
    data = data.assign_coords(labeling=list(LABELINGS), group=["red", "green"])
    data.attrs["replicas"] = form.replicas
    return data, [_beside(panels[key], key, form.generations) for key in panels]


def _beside(panel, key, generations: int) -> Comparison:
    """The last fit beside the source's same generation, where it released one."""
    setting, curve = key
    reported = dict(zip(GENERATIONS, PUBLISHED[setting][list(CURVES).index(curve)], strict=True))
    last = max(g for g in GENERATIONS if g < generations)
    return panel.row(reported[last], t=last + 1)


def draw(data):
    import matplotlib.pyplot as plt

    settings = [str(name) for name in data.setting.values]
    drawn, axes = plt.subplots(
        2, len(CURVES) + 2, figsize=(15.5, 5.6), layout="constrained",
        width_ratios=[1] * (len(CURVES) + 1) + [1.25],
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
        axes[0, column].set(ylim=(0, 1), xticklabels=[])
        axes[0, column].set_title(label, fontsize=9)
        axes[1, column].set(xlabel="fit t", ylim=(0, 1))
    axes[0, 0].set_ylabel(f"here, {int(data.attrs.get('replicas', 0))} replicas")
    axes[1, 0].set_ylabel("Wyllie et al., 25 runs")
    draw_decay(axes[0, -2], data)
    draw_slopes(axes[1, -2], settings)
    draw_census(axes[0, -1], data.census.values, settings, "runs absorbed at the last fit")
    axes[0, -1].set(xticklabels=[])
    draw_census(axes[1, -1], [CENSUS.get(name, (0,) * 5) for name in settings], settings, "")
    drawn.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return drawn


def form_of(quick: bool) -> Form:
    """The quick or the full form."""
    return QUICK if quick else FULL


SOURCE = (
    "after Wyllie et al., arXiv 2403.07857: averages over 25 runs of its released results, 60,000 "
    "digits of 28 x 28; 5,000 of 12 x 12 and small nets here, so the shape is compared"
)
register(
    "wyllie2024",
    "fairness of classifiers and generators in sequence, and the labelings that absorb groups",
    SOURCE,
    draw,
)(compute)
