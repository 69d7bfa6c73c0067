r"""What the raw results of Wyllie et al. say, as numbers and as claims on paired replicas.

Labels are flipped more often the nearer an image is to the border of the classes, and images of a
wrong label are nearer. So the law $J_t=\kappa^tJ_0$ of TPR - FPR takes the flips of each group and
true class. Its $\kappa$ is read from one generation, the first between two classifiers of generated
images (fits 2 and 3), and compared with the decay over all later fits.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..metrics import GroupTable
from .registry import Comparison
from .shapes import Shape, judged
from .wyllie2024_published import CENSUS, RETENTION, SLOPES

# Labelings by number, as digits of green and red; INSIDE has both labels in some group.
LABELINGS = ("all 0", "label = red", "label = green", "all 1", "inside")
INSIDE = len(LABELINGS) - 1
# Settings whose generators learn in the loop and never see a label: the law of what they generate
# is that of a generator alone.
UNLABELED = ("SeqGenSeqClass", "STAR, classifier", "SeqGenNonSeqClass")
EARLY = 16
MARGIN = 0.02
RUNS = 25


class Found(NamedTuple):
    """Results of one setting.

    Curves and labelings have shape (replicas, fits), counts by group, true class and label
    (replicas, fits, 2, 2, 2).
    """

    curves: dict[str, np.ndarray]
    counts: np.ndarray
    labeling: np.ndarray

    @property
    def informedness(self) -> np.ndarray:
        """TPR - FPR, shape (replicas, fits, groups)."""
        return GroupTable(self.counts, ("red", "green")).rate("informedness")

    @property
    def census(self) -> np.ndarray:
        """Number of runs in every labeling at the last fit."""
        return np.bincount(self.labeling[:, -1], minlength=len(LABELINGS))


def early_shares(found: dict[str, Found], alone) -> dict[str, np.ndarray]:
    """The generated share of label 1 over the source's generations 0 to 15, for every setting.

    Settings of `UNLABELED` have one and the same, to which `alone`, runs of the generator without
    a classifier, adds more.
    """
    early = {name: each.curves["share"][:, :EARLY] for name, each in found.items()}
    together = np.concatenate([early[UNLABELED[0]], alone])
    return early | {name: together for name in UNLABELED}


def pseudo_values(statistic, values) -> np.ndarray:
    r"""$R\theta-(R-1)\theta_{-i}$ for a statistic of the mean over R replicas: their mean is the
    statistic less its bias, their standard error that of the jackknife.
    """
    replicas = len(values)
    left_out = (values.sum(axis=0) - values) / (replicas - 1)
    of_all = replicas * statistic(values.mean(axis=0))
    return np.array([of_all - (replicas - 1) * statistic(each) for each in left_out])


def _slope(share) -> float:
    share = np.clip(share, 1e-3, 1 - 1e-3)
    return float(np.polyfit(np.arange(len(share)), np.log(share / (1 - share)), 1)[0])


def rows_of(found: dict[str, Found], alone) -> list[Comparison]:
    """The rows of the table beside the curves, with the verdicts of the claims."""
    shares = early_shares(found, alone)
    rows = census_rows(found) + _slope_rows(shares)
    for name in RETENTION:
        rows += _retention_rows(name, found[name])
    return rows + judged(claims_of(found, shares))


def census_rows(found) -> list[Comparison]:
    """Share of runs in each labeling at the last fit, with the interval of Clopper and Pearson."""
    rows = []
    for name, each in found.items():
        for place, labeling in enumerate(LABELINGS):
            theirs = CENSUS[name][place] / RUNS if name in CENSUS else None
            runs, count = int(each.census.sum()), int(each.census[place])
            if count or theirs:
                low, high = stats.binomtest(count, runs).proportion_ci()
                what = f"runs {labeling}, {name} (95 %: {low:.2f} to {high:.2f})"
                rows.append(Comparison(what, theirs, None, count / runs, None))
    return rows


def _slope_rows(shares) -> list[Comparison]:
    rows = []
    for name, each in shares.items():
        # As the source's averages have it: the slope of the mean share.
        slopes = pseudo_values(_slope, each)
        what = f"slope of the log-odds of label 1, {name}"
        error = slopes.std(ddof=1) / np.sqrt(len(slopes))
        rows.append(Comparison(what, SLOPES.get(name), None, float(slopes.mean()), float(error)))
    return rows


def decays(each: Found) -> tuple[np.ndarray, np.ndarray]:
    """kappa of every replica and group: from the flips of fits 2 to 3, and over fits 2 and later.

    Shapes (replicas, groups). Flips by group and true class are what changes TPR and FPR.
    """
    kept = np.maximum(each.informedness[:, 1:], 1e-3)
    t = np.arange(kept.shape[1])
    slope = np.apply_along_axis(lambda path: np.polyfit(t, np.log(path), 1)[0], 1, kept)
    return kept[:, 1] / kept[:, 0], np.exp(slope)


def _retention_rows(name: str, each: Found) -> list[Comparison]:
    first, later = decays(each)
    return [
        Comparison(
            f"kappa of {color}, {name}; law: flips of fits 2 to 3",
            theirs,
            float(first[:, index].mean()),
            float(later[:, index].mean()),
            float(later[:, index].std(ddof=1) / np.sqrt(len(later))),
        )
        for index, (color, theirs) in enumerate(RETENTION[name].items())
    ]


def labeled_by_green(each: Found) -> np.ndarray:
    """Whether a run has been in "label = green" at a fit or before, as 0 or 1."""
    return np.maximum.accumulate(each.labeling == LABELINGS.index("label = green"), axis=1) * 1.0


def claims_of(found: dict[str, Found], shares) -> list[Shape]:
    """Claims on every setting, as one difference for each replica."""
    one, both, star = (found[name] for name in ("SeqClass", "SeqGenSeqClass", "STAR, generator"))
    odds, inside = both.curves["odds"], lambda each: (each.labeling[:, -1] == INSIDE) * 1.0
    lost = one.informedness[:, 0] - one.informedness[:, -1]
    accuracy = {name: each.curves["accuracy"] for name, each in found.items()}
    most = odds[:, odds.mean(axis=0).argmax()]
    return [
        Shape(
            "accuracy lost by SeqClass", accuracy["SeqClass"][:, 0] - accuracy["SeqClass"][:, -1]
        ),
        Shape(
            "accuracy of SeqClass above that of SeqGenSeqClass",
            accuracy["SeqClass"][:, -1] - accuracy["SeqGenSeqClass"][:, -1],
        ),
        Shape("SeqGenSeqClass absorbed more often than SeqClass", inside(one) - inside(both)),
        Shape("SeqGenSeqClass absorbed in more than half of the runs", 0.5 - inside(both)),
        Shape("equalized odds gap of SeqGenSeqClass: largest above first", most - odds[:, 0]),
        Shape("equalized odds gap of SeqGenSeqClass: largest above last", most - odds[:, -1]),
        Shape("TPR - FPR lost by SeqClass", lost.mean(axis=-1)),
        Shape(
            "label = green less often with STAR, generator",
            labeled_by_green(both)[:, -1] - labeled_by_green(star)[:, -1],
        ),
        *_near(found, shares),
    ]


def _near(found, shares) -> list[Shape]:
    """Numbers that are near the source's, or near those that a law says."""
    near = []
    # Where the generator is frozen the source's share does not rise.
    rising = {name: slope for name, slope in SLOPES.items() if slope > 0}
    for name, source in rising.items():
        values = pseudo_values(partial(_inside, source=source), shares[name])
        near.append(Shape(f"slope of {name} within a factor of 2", values))
    first, later = (each.mean(axis=1) for each in decays(found["SeqClass"]))
    near.append(Shape(f"kappa from flips above the decay - {MARGIN}", first - later + MARGIN))
    near.append(Shape(f"kappa from flips below the decay + {MARGIN}", later - first + MARGIN))
    _, repaired = decays(found["SeqClass, STAR"])
    near.append(Shape("TPR - FPR decays more slowly with STAR", repaired.mean(axis=1) - later))
    return near


def _inside(share, source: float) -> float:
    """How far a slope is inside a factor of two of the source's, on a logarithmic scale."""
    return float(np.log(2) - abs(np.log(max(_slope(share), 1e-3) / source)))
