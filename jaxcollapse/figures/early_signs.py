r"""Early signs at one false-alarm rate, and a decline of one group that the overall accuracy hides.

Two loops collapse: Gaussian outputs, whose models are known, and words by a Zipf law. Signs of
`watch` hold their rate by construction. Signs of metrics are cumulative sums whose level is
calibrated on healthy paths, in which every generation is a first fit to real data of its own.
Groups are those of the tables of loans and of recidivism, with labels on counts
(`GroupedLabels`).
"""

from typing import NamedTuple

import jax
import numpy as np

from ..data.groups import loans, recidivism
from ..engine.simulate import simulate
from ..families import Categorical, Gaussian, GroupedLabels
from ..metrics import entropy as entropy_of
from ..metrics import group_accuracy, mean, outside, overall_accuracy, support, tail_mass, variance
from ..monitoring import (
    calibrated_level,
    cusum,
    first_alarms,
    first_crossings,
    self_evidence,
    stream_of_run,
    watch,
)
from ..monitoring.runs import told
from ..monitoring.signs import kinds_of
from ..monitoring.streams import Stream
from ..quantities.base import E
from ..recursion import Recursion
from ..workflows import Replace
from .panels import panel, tabulated
from .registry import Comparison, register

ALPHA, ALLOWANCE, GENERATIONS, HEALTHY = 0.01, 0.5, 30, 4999
OUTPUTS = 50
TABLES = {
    "loans": (loans, ("others", "black"), "approval"),
    "recidivism": (recidivism, ("others", "black"), "return"),
}
# Lenient labels that are right less often than the majority's usual label.
RATES = {"true_positive_rates": 0.85, "false_positive_rates": 0.35}
ITEMS, WATCHED, GROUP_GENERATIONS = 1000, 3000, 25


class Alarms(NamedTuple):
    """First alarms of collapsing and of healthy runs, infinite where there is none."""

    collapsing: np.ndarray
    healthy: np.ndarray


def gaussian():
    """A Gaussian that is refitted to 50 of its own outputs."""
    family = Gaussian()
    return Recursion(family, Replace(), truth=family.params(0.0, 1.0), n=OUTPUTS)


def words():
    """200 words by Zipf's law, refitted to 200 of its own outputs."""
    family, shares = Categorical(), 1 / np.arange(1, 201)
    return Recursion(family, Replace(), truth=family.params(shares / shares.sum()), n=200)


# Signs of metrics: name, metric, and what is watched of a path: its level, or its steps.
METRICS = {
    "Gaussian": (
        ("variance falls (CUSUM)", variance, "level"),
        ("entropy falls (CUSUM)", entropy_of, "level"),
        ("tail coverage falls (CUSUM)", outside(0.1), "level"),
        ("drift freezes (CUSUM)", mean, "step"),
    ),
    "words": (
        ("entropy falls (CUSUM)", entropy_of, "level"),
        ("tail coverage falls (CUSUM)", tail_mass(0.005), "level"),
        ("support falls (CUSUM)", support, "level"),
    ),
}


def watched(values, of: str, start: float):
    """The path of a metric, or the distance of every value from the one before."""
    if of == "level":
        return values
    return np.abs(np.diff(values, axis=1, prepend=start))


def healthy_paths(key, recursion, metric, of: str, replicas: int):
    """Paths of a metric in which every generation is a first fit to real data of its own."""
    first = simulate(key, recursion, generations=1, replicas=replicas * GENERATIONS, observe=metric)
    values = np.asarray(first.values(metric), float)
    usual, start = values[:, 1].reshape(replicas, GENERATIONS), values[0, 0]
    # A healthy step is that of a first fit from the truth.
    return (np.abs(usual - start) if of == "step" else usual), start


def metric_alarms(recursion, run, metric, of: str) -> Alarms:
    """First alarms of the calibrated cumulative sum of how far a metric has fallen."""
    usual, start = healthy_paths(jax.random.key(5), recursion, metric, of, HEALTHY)
    others, _ = healthy_paths(jax.random.key(9), recursion, metric, of, HEALTHY)
    found = watched(np.asarray(run.values(metric), float)[:, 1:], of, start)
    center, scale = usual.mean(), usual.std()
    level = calibrated_level(cusum((center - usual) / scale, ALLOWANCE), ALPHA)
    paths = (cusum((center - each) / scale, ALLOWANCE) for each in (found, others))
    return Alarms(*(1 + first_crossings(path, np.nextafter(level, np.inf)) for path in paths))


def healthy_stream(key, recursion, size: int) -> Stream:
    """Outputs of the truth in every generation."""
    family, truth = recursion.family, recursion.truth
    drawn = told(family, np.asarray(family.sample(key, truth, size * (10 + GENERATIONS))))
    return Stream.of([drawn[: 10 * size], *np.split(drawn[10 * size :], GENERATIONS)])


def watched_alarms(run) -> dict[str, Alarms]:
    """First alarms of the signs of `watch`, which sees outputs only."""
    size, replicas = int(run.recursion.n), range(run.replicas)
    key, null = jax.random.key(7), jax.random.key(10)
    collapsing = [_alarms(stream_of_run(key, run, size, replica)) for replica in replicas]
    healthy = [
        _alarms(healthy_stream(jax.random.fold_in(null, replica), run.recursion, size))
        for replica in replicas
    ]
    return {
        name: Alarms(*(np.array([each[name] for each in several]) for several in both))
        for both in [(collapsing, healthy)]
        for name in collapsing[0]
    }


def _alarms(stream: Stream) -> dict[str, float]:
    """First alarms by sign; one that has to be asked for is not among all signs of watch."""
    seen = watch(stream, alpha=ALPHA)
    signs = {**seen.signs, "all signs of watch": seen.together}
    if "numbers" in kinds_of(stream):
        signs |= watch(stream, signs=["variance-cusum"], alpha=ALPHA).signs
    return {name: each.alarm for name, each in signs.items()}


def alarms_of(loop: str, recursion, replicas: int) -> dict[str, Alarms]:
    """First alarms by sign for one collapsing loop."""
    run = simulate(jax.random.key(3), recursion, generations=GENERATIONS, replicas=replicas)
    found = {name: metric_alarms(recursion, run, *about) for name, *about in METRICS[loop]}
    if loop == "Gaussian":
        evidence = [
            self_evidence(jax.random.key(4), run, outputs=OUTPUTS, source=source)
            for source in (None, recursion.truth)
        ]
        alarms = Alarms(*(first_alarms(each, ALPHA) for each in evidence))
        found["self-evidence (knows models)"] = alarms
    return found | watched_alarms(run)


def tables_of(name: str, replicas: int, streams: int):
    """Labels on counts, from the shares and base rates of a table, that are handed on leniently."""
    load, _, _ = TABLES[name]
    data = load()
    group, label = data.roles.group_of(data.values), data.roles.label_of(data.values)
    shares = np.bincount(group) / len(group)
    base = np.array([label[group == each].mean() for each in (0, 1)])
    # The usual label of the majority is kept more often, as by a labeler that leans to it.
    usual = base[0] > 0.5
    family = GroupedLabels(retention=1.5 if usual else 1 / 1.5)
    truth = family.params(shares, base, **RATES)
    recursion = Recursion(family, Replace(), truth=truth, n=ITEMS)
    run = simulate(jax.random.key(6), recursion, generations=GROUP_GENERATIONS, replicas=replicas)
    several = (stream_of_run(jax.random.key(8), run, WATCHED, each) for each in range(streams))
    hidden = [watch(stream, alpha=1e-3).hidden_decline for stream in several]
    return run, np.array([np.inf if each is None else each.since for each in hidden])


def draw(data):
    import matplotlib.pyplot as plt

    drawn, axes = plt.subplots(1, 4, figsize=(14, 4.6), layout="constrained")
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "fontsize": 7}
    for axis, loop in zip(axes, METRICS, strict=False):
        for index, name in enumerate(data[f"sign_{loop}"].values):
            alarms = np.sort(data[f"alarms_{loop}"].values[index])
            t = np.arange(GENERATIONS + 1)
            share = np.searchsorted(alarms, t, side="right") / len(alarms)
            style = "-" if index < 7 else "--"
            axis.step(t, share, style, where="post", color=f"C{index % 7}", label=str(name))
        axis.set(title=f"{loop}: runs in alarm", xlabel="generation t", ylim=(-0.02, 1.02))
        axis.legend(ncols=2, **below)
    for axis, name in zip(axes[2:], TABLES, strict=True):
        for index, who in enumerate(data.who.values):
            here = data.sel(table=name, who=who)
            axis.plot(here.t, here.simulated, color=f"C{index}", label=f"accuracy, {who}")
        since = data.attrs[f"since_{name}"]
        if np.isfinite(since):
            axis.axvline(since, color="k", ls=":", label="decline of a group found")
        axis.set(title=name, xlabel="generation t")
        axis.legend(ncols=2, **below)
    return drawn


@register(
    "early-signs",
    "alarms of signs of collapse at one false-alarm rate; declines of a group that the whole hides",
    "this package; tables of loans and recidivism from Wooldridge's Introductory Econometrics",
    draw,
)
def compute(quick: bool):
    """Delays by sign, and accuracy by group on two tables."""
    replicas, streams = (100, 20) if quick else (1000, 50)
    alarms = {
        loop: alarms_of(loop, make(), replicas)
        for loop, make in (("Gaussian", gaussian), ("words", words))
    }
    rows = [row for loop, found in alarms.items() for row in _rows_of(loop, found)]
    panels, hidden = [], {}
    for name, (_, groups, _) in TABLES.items():
        run, hidden[name] = tables_of(name, 400, streams)
        for who, metric in (
            ("all", overall_accuracy),
            *((each, group_accuracy(index)) for index, each in enumerate(groups)),
        ):
            panels.append(
                panel(
                    run,
                    E(metric),
                    what=f"accuracy of {who}, {name}",
                    at={"table": name, "who": who},
                )
            )
    data = tabulated(panels)
    rows += [each.row() for each in panels]
    return _with_alarms(data, alarms, hidden, rows, replicas)


def _rows_of(loop: str, found: dict[str, Alarms]) -> list[Comparison]:
    """Median alarm, runs in alarm and healthy runs in alarm of every sign, the earliest first."""
    rows = []
    for sign, each in sorted(found.items(), key=lambda item: np.median(item[1].collapsing)):
        alarms = each.collapsing
        middle = float(np.sort(alarms)[len(alarms) // 2])
        rows.append(Comparison(f"{loop}, {sign}: median alarm", None, None, middle, None))
        for what, several in (("runs", alarms), ("healthy runs", each.healthy)):
            share = float(np.isfinite(several).mean())
            error = float(np.sqrt(share * (1 - share) / len(several)))
            rows.append(Comparison(f"... {what} with an alarm", None, None, share, error))
    return rows


def _with_alarms(data, alarms, hidden, rows, replicas: int):
    """The data and the rows of the table, with alarms and with what was found of groups."""
    for loop, found in alarms.items():
        data[f"alarms_{loop}"] = (
            (f"sign_{loop}", "run"),
            np.stack([each.collapsing for each in found.values()]),
        )
        data = data.assign_coords({f"sign_{loop}": list(found)})
    for name, found in hidden.items():
        since, share = float(np.sort(found)[len(found) // 2]), float(np.isfinite(found).mean())
        data.attrs[f"since_{name}"] = since
        what = f"hidden decline, {name}: "
        rows.append(Comparison(f"{what}median generation", None, None, since, None))
        rows.append(Comparison(f"{what}streams in which it is found", None, None, share, None))
    data.attrs["replicas"] = replicas
    return data, rows
