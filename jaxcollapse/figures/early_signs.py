r"""Early signs at one false-alarm rate, and a decline of one group that the overall accuracy hides.

Two loops collapse: Gaussian outputs, whose models are known, and words by a Zipf law. Signs of
`watch` hold their rate by construction. Signs of metrics are cumulative sums whose level is
calibrated on healthy paths, in which every generation is a first fit to real data of its own.
Groups are those of the tables of loans and of recidivism, with labels on counts
(`GroupedLabels`).
"""

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
from ..monitoring.streams import Stream
from ..quantities.base import E
from ..recursion import Recursion
from ..workflows import Replace
from .panels import panel, tabulated
from .registry import Comparison, register

ALPHA, ALLOWANCE, GENERATIONS, HEALTHY = 0.01, 0.5, 30, 499
OUTPUTS = 50
TABLES = {
    "loans": (loans, ("others", "black"), "approval"),
    "recidivism": (recidivism, ("others", "black"), "return"),
}
# Lenient labels that are right less often than the majority's usual label.
RATES = {"true_positive_rates": 0.85, "false_positive_rates": 0.35}
ITEMS, WATCHED, GROUP_GENERATIONS = 1000, 3000, 25


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


def metric_alarms(recursion, run, metric, of: str):
    """First alarms of the calibrated cumulative sum of how far a metric has fallen."""
    first = simulate(
        jax.random.key(5), recursion, generations=1, replicas=HEALTHY * GENERATIONS, observe=metric
    )
    values = np.asarray(first.values(metric), float)
    usual, start = values[:, 1].reshape(HEALTHY, GENERATIONS), values[0, 0]
    # A healthy step is that of a first fit from the truth.
    usual = np.abs(usual - start) if of == "step" else usual
    found = watched(np.asarray(run.values(metric), float)[:, 1:], of, start)
    center, scale = usual.mean(), usual.std()
    level = calibrated_level(cusum((center - usual) / scale, ALLOWANCE), ALPHA)
    paths = cusum((center - found) / scale, ALLOWANCE)
    return 1 + first_crossings(paths, np.nextafter(level, np.inf))


def watched_alarms(run, replicas: int):
    """First alarms of the signs of `watch`, which sees outputs only."""
    found, size = [], int(run.recursion.n)
    for replica in range(replicas):
        stream = stream_of_run(jax.random.key(7), run, size, replica)
        if isinstance(run.recursion.family, Categorical):
            stream = Stream.of(
                [np.char.add("w", each.astype(int).astype(str))[:, 0] for each in stream.values]
            )
        seen = watch(stream, alpha=ALPHA)
        signs = {**seen.signs, "all signs of watch": seen.together}
        found.append({name: each.alarm for name, each in signs.items()})
    return {name: np.array([each[name] for each in found]) for name in found[0]}


def alarms_of(loop: str, recursion, replicas: int):
    """First alarms by sign, shape (replicas,), for one collapsing loop."""
    run = simulate(jax.random.key(3), recursion, generations=GENERATIONS, replicas=replicas)
    found = {name: metric_alarms(recursion, run, *about) for name, *about in METRICS[loop]}
    if loop == "Gaussian":
        evidence = self_evidence(jax.random.key(4), run, outputs=OUTPUTS)
        found["self-evidence (knows models)"] = first_alarms(evidence, ALPHA)
    return found | watched_alarms(run, replicas)


def tables_of(name: str, replicas: int):
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
    stream = stream_of_run(jax.random.key(8), run, WATCHED)
    return run, watch(stream, alpha=1e-3).hidden_decline


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
    replicas = 12 if quick else 40
    alarms = {
        loop: alarms_of(loop, make(), replicas)
        for loop, make in (("Gaussian", gaussian), ("words", words))
    }
    rows = []
    for loop, found in alarms.items():
        for sign, each in sorted(found.items(), key=lambda item: np.median(item[1])):
            share = float(np.isfinite(each).mean())
            middle = float(np.sort(each)[len(each) // 2])
            what = f"{loop}, {sign}: median alarm"
            rows.append(Comparison(what, None, None, middle, None))
            rows.append(Comparison("... runs with an alarm", None, None, share, None))
    panels, hidden = [], {}
    for name, (_, groups, _) in TABLES.items():
        run, hidden[name] = tables_of(name, 400)
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


def _with_alarms(data, alarms, hidden, rows, replicas: int):
    """The data and the rows of the table, with alarms and with what was found of groups."""
    for loop, found in alarms.items():
        data[f"alarms_{loop}"] = (f"sign_{loop}", "run"), np.stack(list(found.values()))
        data = data.assign_coords({f"sign_{loop}": list(found)})
    for name, found in hidden.items():
        since = np.nan if found is None else found.since
        data.attrs[f"since_{name}"] = float(since)
        rows.append(
            Comparison(f"hidden decline found, {name}: generation", None, None, since, None)
        )
    data.attrs["replicas"] = replicas
    return data, rows
