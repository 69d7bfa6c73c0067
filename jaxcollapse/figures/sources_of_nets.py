"""Where the errors of nets in the loop come from: finite samples, width, or training that stops.

Every source is switched off in all combinations and in every generation, under common random
numbers. No oracle of a net is exact; certificates say how far a weaker one moves the error.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..analysis.decompose import decomposition_of, planned
from ..analysis.drawing import stacked
from ..analysis.work import Found
from ..data.images import digits
from ..metrics.base import unlisted
from ..quantities.base import E
from ..recursion import Recursion
from ..workflows import Accumulate, Replace
from .registry import Comparison, register

WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate()}
HOURS = 3600.0


class Setting(NamedTuple):
    """What is decomposed: a family with its truth, the errors by name, and sizes."""

    family: object
    truth: object
    errors: dict
    n: int
    generations: int
    replicas: int


def compute(setting_of, quick: bool):
    """One decomposition per workflow and error, from the same runs."""
    setting, found = setting_of(quick), {}
    t = np.arange(1, setting.generations + 1)
    both = unlisted("errors", "the errors side by side")
    both.of(type(setting.family))(
        lambda family, params, truth: jnp.stack(
            [formula(family, params, truth) for formula in setting.errors.values()]
        )
    )
    for name, workflow in WORKFLOWS.items():
        recursion = Recursion(setting.family, workflow, truth=setting.truth, n=setting.n)
        plan = planned(
            E(both),
            recursion,
            t=t,
            key=jax.random.key(1),
            replicas=setting.replicas,
            seconds=HOURS,
            memory=8e9,
        )
        done = plan.work.done()
        for place, error in enumerate(setting.errors):
            found[name, error] = decomposition_of(plan, _at(done, place))
    return _collected(found, t)


def _at(done: Found, place: int) -> Found:
    """What was found of one error."""
    groups = (done.values, done.beyond, done.gaps)
    return Found(*({key: each[..., place] for key, each in group.items()} for group in groups))


def _collected(found: dict, t):
    """All decompositions as one dataset, and the numbers of the last fit."""
    import xarray as xr

    arrays, rows = [], []
    for (workflow, error), parts in found.items():
        stored = parts.to_xarray(generation=t).expand_dims(workflow=[workflow], error_of=[error])
        arrays.append(stored.drop_attrs())
        table = {"total": parts.total, "floor": parts.floor}
        table |= {source: parts.part(source) for source in parts.sources}
        for name, each in table.items():
            what = f"{error}, {workflow}, {name} at fit {t[-1]}"
            rows.append(Comparison(what, None, None, each.value[-1], each.error[-1]))
        grown = parts.total.value[-1] - parts.total.value[0]
        what = f"{error}, {workflow}: share that fits 2 to {t[-1]} add"
        rows.append(Comparison(what, None, None, grown / parts.total.value[-1], None))
        for each in parts.certificates.values():
            verdict = "converged" if each.met else "not converged"
            what = f"{error}, {workflow}: what is left of {each.source}, at most"
            rows.append(Comparison(what, None, None, each.gap, each.error, None, verdict))
    return xr.combine_by_coords(arrays, combine_attrs="drop"), rows


class Shown(NamedTuple):
    """A decomposition read from a dataset, for the drawing."""

    data: object
    quantity: str
    kind: str = "recursive"

    @property
    def sources(self):
        return [str(p) for p in self.data.part.values if p not in ("floor", "total")]

    @property
    def total(self):
        return self.part("total")

    @property
    def floor(self):
        return self.part("floor")

    def part(self, name):
        return self.data.sel(part=name)


def draw(data):
    import matplotlib.pyplot as plt

    t, errors, workflows = data.generation.values, data.error_of.values, data.workflow.values[::-1]
    size = (3.3 * len(workflows) + 0.4, 2.6 * len(errors) + 0.5)
    drawn, axes = plt.subplots(
        len(errors), len(workflows), figsize=size, sharex=True, sharey="row", layout="constrained"
    )
    for row, error in zip(axes, errors, strict=True):
        for axis, workflow in zip(row, workflows, strict=True):
            stacked(axis, Shown(data.sel(error_of=error, workflow=workflow), str(error)), t)
            axis.set(title=str(workflow), ylabel=str(error) if axis is row[0] else "")
            axis.label_outer()
            axis.margins(y=0.08)
    handles = {}
    for axis in axes.ravel():
        handles |= dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True))
    drawn.legend(
        handles.values(), handles, loc="outside lower center", ncols=len(handles), fontsize=8
    )
    return drawn


def _digits(quick: bool) -> Setting:
    from .. import nets

    found = digits()
    order = np.random.default_rng(0).permutation(len(found.values))
    apart, used = order[: len(order) // 6], order[len(order) // 6 :]
    training = nets.Training(steps=60 if quick else 500, batch=64, learning_rate=2e-3, anneal=0.1)
    family = nets.VAE(64, hidden=64, latent=2, training=training)
    truth = family.data(found.values[used], held_out=found.values[apart])
    errors = {"lost variance": _lost_variance, "held-out loss, nats": nets.held_out_loss}
    return Setting(family, truth, errors, 1500, 3 if quick else 10, 4 if quick else 16)


def _lost_variance(family, params, truth):
    """One less the total variance of generated observations over that of the real ones."""
    drawn = family.sample(jax.random.key(4), params, 2048)
    real = jnp.asarray(truth.values, drawn.dtype)
    return 1 - jnp.sum(jnp.var(drawn, axis=0)) / jnp.sum(jnp.var(real, axis=0))


register(
    "sources-digits",
    "where the errors of a VAE on digits come from, under replace and accumulate",
    "no paper: the sources that Shumailov et al., arXiv 2305.17493, name in words, on 8 x 8 digits",
    draw,
)(functools.partial(compute, _digits))
