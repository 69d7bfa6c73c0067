"""Where the errors of nets in the loop come from: finite samples, width, or training that stops.

Every source is switched off in all combinations and in every generation, under common random
numbers. No oracle of a net is exact; certificates say how far a weaker one moves the error.
"""

import functools
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..analysis.decompose import decomposition_of, planned
from ..analysis.decomposition import Decomposition
from ..analysis.drawing import stacked
from ..analysis.oracles import oracles_of
from ..analysis.work import Found
from ..data.images import digits
from ..data.text import prose, windows
from ..metrics.base import unlisted
from ..quantities.base import E
from ..quantities.significance import share_of
from ..recursion import Recursion
from ..workflows import Accumulate, Replace
from .registry import Comparison, register
from .shumailov2024 import as_weights

WORKFLOWS = {"replace": Replace(), "accumulate": Accumulate()}
HOURS = 3600.0


class Setting(NamedTuple):
    """What is decomposed: a family with its truth, the errors by name, and sizes.

    `wider` is the factor of the widths of the net that is wide enough, beside a smaller one, and
    `longer` the factor of the steps of the training that is long enough. `graded` says whether the
    gradients that it leaves are measured.
    """

    family: Any
    truth: Any
    errors: dict
    n: int
    generations: int
    replicas: int
    wider: tuple[float, float]
    longer: int
    graded: bool
    workflows: dict

    def oracles(self, recursion):
        """The oracles of nets, with these factors."""
        from ..analysis.net_oracles import longer, wider

        trained = replace(longer(self.family, self.longer), gradient=self.graded)
        wide = wider(self.family, *self.wider)
        return oracles_of(recursion) | {"expressivity": wide, "approximation": trained}


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
    for name, workflow in setting.workflows.items():
        recursion = Recursion(setting.family, workflow, truth=setting.truth, n=setting.n)
        plan = planned(
            E(both),
            recursion,
            t=t,
            oracles=setting.oracles(recursion),
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
    errors = ({key: each[..., place] for key, each in group.items()} for group in groups)
    return Found(*errors, done.gradients, done.exact)


def _collected(found: dict, t):
    """All decompositions as one dataset, and the numbers of the first and the last fit."""
    import xarray as xr

    arrays, rows = [], []
    for (workflow, error), parts in found.items():
        stored = parts.to_xarray(generation=t).rename(value="simulated").drop_attrs()
        met = {each.source: each.met for each in parts.certificates.values()}
        stored["converged"] = "part", [met.get(str(part), True) for part in stored.part.values]
        arrays.append(stored.expand_dims(workflow=[workflow], error_of=[error]))
        rows += _rows(f"{error}, {workflow}", parts)
    return xr.combine_by_coords(arrays, combine_attrs="drop"), rows


def _rows(what: str, parts: Decomposition) -> list[Comparison]:
    """Parts of some fits, what recursion adds to the first, and what is left of each source."""
    last, rows = len(next(iter(parts.values.values()))[0]), []
    at = {fit: _entry(parts, fit - 1) for fit in sorted({1, 1 + last // 4, last})}
    added = {on: at[last][on] - at[1][on] for on in at[1]}
    fits = {f"fit {fit}": values for fit, values in at.items()}
    fits[f"fits 2 to {last} add"] = added
    for when, values in fits.items():
        of_fit = replace(parts, values=values, beyond={}, t=None)
        table = {"total": of_fit.total, "floor": of_fit.floor}
        table |= {source: of_fit.part(source) for source in parts.sources}
        for name, each in table.items():
            row = f"{what}, {when}: {name}"
            rows.append(Comparison(row, None, None, float(each.value), float(each.error)))
    on = frozenset(parts.sources)
    rows.append(_share(f"{what}: share that fits 2 to {last} add", added[on], at[last][on]))
    for each in parts.certificates.values():
        verdict = "converged" if each.met else "not converged"
        row = f"{what}: what is left of {each.source}, at most"
        rows.append(Comparison(row, None, None, each.gap, each.error, None, verdict))
        if each.gradient is not None:
            row = f"{what}: squared gradient left, in squared standard errors"
            rows.append(Comparison(row, None, None, each.gradient, each.gradient_error))
    return rows


def _entry(parts: Decomposition, place: int) -> dict:
    """Errors of all combinations at one entry of t, shape (replicas,)."""
    return {on: each[:, place] for on, each in parts.values.items()}


def _share(what: str, part: np.ndarray, whole: np.ndarray) -> Comparison:
    """The share of a part, left out where the whole may be zero."""
    found = share_of(part, whole)
    if found is None:
        return Comparison(what, None, None, None, None, None, "not resolved: the whole may be zero")
    return Comparison(what, None, None, found.value, found.error)


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
        return self.data.sel(part=name).rename(simulated="value")


def draw(data):
    import matplotlib.pyplot as plt

    t, errors, workflows = data.generation.values, data.error_of.values, data.workflow.values[::-1]
    size = (3.3 * len(workflows) + 0.4, 2.6 * len(errors) + 0.5)
    shared = {"sharex": True, "sharey": "row", "squeeze": False, "layout": "constrained"}
    drawn, axes = plt.subplots(len(errors), len(workflows), figsize=size, **shared)
    for row, error in zip(axes, errors, strict=True):
        for axis, workflow in zip(row, workflows, strict=True):
            here = data.sel(error_of=error, workflow=workflow)
            stacked(axis, Shown(here, str(error)), t)
            axis.set(title=str(workflow), ylabel=str(error) if axis is row[0] else "")
            if open_ones := [str(each) for each in here.part.values[~here.converged.values]]:
                note = f"not converged: {', '.join(open_ones)}"
                axis.annotate(note, (0.02, 0.98), xycoords="axes fraction", va="top", fontsize=7)
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
    training = nets.Training(steps=60 if quick else 500, batch=64, learning_rate=1e-2, anneal=0.1)
    family = nets.VAE(64, hidden=64, latent=2, training=training)
    truth = family.data(found.values[used], held_out=found.values[apart])
    errors = {"lost variance": _lost_variance, "held-out loss, nats": nets.held_out_loss}
    sizes = (1500, 3, 4) if quick else (1500, 10, 16)
    return Setting(family, truth, errors, *sizes, (2.0, 1.5), 8, True, WORKFLOWS)


def _lost_variance(family, params, truth):
    """One less the total variance of generated observations over that of the real ones."""
    drawn = family.sample(jax.random.key(4), params, 2048)
    real = jnp.asarray(truth.values, drawn.dtype)
    return 1 - jnp.sum(jnp.var(drawn, axis=0)) / jnp.sum(jnp.var(real, axis=0))


def _language(quick: bool) -> Setting:
    from .. import nets

    pieces, codes = windows(prose(), 8)
    pieces = pieces[np.random.default_rng(0).permutation(len(pieces))]
    training = nets.Training(steps=40 if quick else 200, batch=32, learning_rate=1e-2, anneal=0.1)
    family = nets.LanguageModel(len(codes), length=8, width=16, training=training)
    truth = family.data(pieces[1024:], held_out=pieces[:1024])
    errors = {"held-out loss, nats": nets.held_out_loss, "lost entropy, nats": _lost_entropy}
    sizes = (1024, 3, 2) if quick else (1024, 10, 4)
    # As weights the workflows share programs, whose compilation is half of the work here.
    n, generations, _ = sizes
    weights = {name: as_weights(each, generations, n) for name, each in WORKFLOWS.items()}
    return Setting(family, truth, errors, *sizes, (2.0, 1.5), 4, False, weights)


def _lost_entropy(family, params, truth):
    """Entropy of the symbols of real text less that of generated text, nats."""
    drawn = family.sample(jax.random.key(4), params, 1024)
    return _entropy(family, truth.values) - _entropy(family, drawn)


def _entropy(family, symbols):
    counts = jnp.bincount(jnp.ravel(jnp.asarray(symbols)), length=family.vocabulary)
    shares = counts / jnp.sum(counts)
    return -jnp.sum(jax.scipy.special.xlogy(shares, shares))


register(
    "sources-digits",
    "where the errors of a VAE on digits come from, under replace and accumulate",
    "no paper: the sources that Shumailov et al., arXiv 2305.17493, name in words, on 8 x 8 digits",
    draw,
)(functools.partial(compute, _digits))

register(
    "sources-language",
    "where the errors of a small language model come from, under replace and accumulate",
    "no paper: the sources that Shumailov et al., arXiv 2305.17493, name in words, on English",
    draw,
)(functools.partial(compute, _language))
