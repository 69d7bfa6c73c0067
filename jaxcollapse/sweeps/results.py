"""The results of a chunk: batches of runs, and what is kept of them as arrays."""

from collections.abc import Sequence

import jax
import numpy as np

from .._keys import fold_in
from ..engine.batches import narrowed, run_batch
from ..engine.plan import Plan
from ..quantities.base import AbstractMomentQuantity, Histogram
from ..quantities.estimates import Estimate
from ..quantities.streaming import Summaries, digest_of
from ..quantities.summaries import PowerSums
from .beside import laws_of_cells
from .cells import Cell, Point
from .sweep import Sweep

# What is kept of an estimate that power sums do not give.
KEPT = ("value", "error", "censored")
POWERS = ("mean", "second", "third", "fourth")


def plan_of(sweep: Sweep, point: Point, replicas: range, models: bool = False) -> Plan:
    """The plan of the runs of a point, for their quantities or for their models."""
    return sweep.recent(_plan_at, point, replicas, models)


def _plan_at(sweep: Sweep, point: Point, replicas: range, models: bool) -> Plan:
    observe = None if models else tuple(dict.fromkeys(q.metric for q in sweep.quantities))
    at = [sweep.generations] if models and sweep.models == "final" else sweep.at
    plan = Plan.of(
        sweep.key,
        sweep.recursion_of(point),
        sweep.generations,
        replicas,
        sweep.carrier,
        observe,
        at,
    )
    return narrowed(plan, sweep.replicas)


@jax.jit
def _folded(key, words):
    for i in range(words.shape[1]):
        key = jax.vmap(fold_in)(key, words[:, i])
    return key


def keys_of(sweep: Sweep, cells: Sequence[Cell], identities: Sequence[bytes]):
    """The key of every cell: the base key, into which the words of its hash are folded."""
    words = np.stack([sweep.words(*each) for each in zip(cells, identities, strict=True)])
    # Padded, so that chunks of all lengths share a program.
    padded = np.zeros((1 << max(6, (len(words) - 1).bit_length()), words.shape[1]), np.uint32)
    padded[: len(words)] = words
    return _folded(jax.numpy.broadcast_to(sweep.key, (len(padded),)), padded)


def results_of(sweep: Sweep, cells, identities, replicas: range, device=None) -> dict:
    """Run cells that share a program; the arrays of their chunk, cells first."""
    keys, arrays = keys_of(sweep, cells, identities), {}
    if sweep.quantities:
        plans = [plan_of(sweep, cell.point, replicas) for cell in cells]
        streamed = all(isinstance(q, AbstractMomentQuantity | Histogram) for q in sweep.quantities)
        kept = _streamed if streamed else _stored
        arrays |= kept(sweep, plans, keys, device)
    if sweep.theory and sweep.quantities:
        arrays["law"] = laws_of_cells(sweep, cells)
    if sweep.models != "none":
        plans = [plan_of(sweep, cell.point, replicas, models=True) for cell in cells]
        for plan, tiles in zip(plans, run_batch(plans, keys, device=device), strict=True):
            for name, leaf in _models(plan, tiles).items():
                arrays.setdefault(f"model.{name}", []).append(leaf)
    return {
        name: np.stack(each) if isinstance(each, list) else each for name, each in arrays.items()
    }


def _streamed(sweep, plans, keys, device) -> dict:
    digest = digest_of(plans[0], sweep.quantities)
    found = []
    for plan, tiles in zip(plans, run_batch(plans, keys, digest, device), strict=True):
        left = {
            start: jax.tree.map(lambda *parts: np.concatenate(parts), *tile)
            for start, tile in tiles.items()
        }
        found.append(Summaries.of(plan, digest, left, sweep.quantities))
    return _packed(sweep, found)


def _stored(sweep, plans, keys, device) -> dict:
    """Quantities that need the values of all replicas, and the others from the same values."""
    found, arrays = [], {}
    for plan, tiles in zip(plans, run_batch(plans, keys, device=device), strict=True):
        values = plan.units.restored(_joined(plan, tiles))
        found.append(_summarized(sweep, plan, values))
        for i, quantity in _others(sweep):
            estimate = quantity.of_values(values[quantity.metric.name].swapaxes(0, 1), plan.times)
            numbers = {name: getattr(estimate, name) for name in KEPT}
            for name, each in numbers.items():
                arrays.setdefault(f"{name}{i}", []).append(np.asarray(each, float))
    return arrays | _packed(sweep, found)


def _others(sweep):
    summed = AbstractMomentQuantity | Histogram
    return [(i, q) for i, q in enumerate(sweep.quantities) if not isinstance(q, summed)]


def _summarized(sweep, plan, values) -> Summaries:
    by_replica = {name: each.swapaxes(0, 1) for name, each in values.items()}
    sums = {name: PowerSums.of(by_replica[name]) for name in metrics_summed(sweep)}
    counts = {
        str(q): q.counts(by_replica[q.metric.name])
        for q in sweep.quantities
        if isinstance(q, Histogram)
    }
    return Summaries(plan.times, len(plan.replicas), sums, counts)


def metrics_summed(sweep: Sweep) -> list[str]:
    """Names of the metrics whose power sums are kept."""
    summed = [q for q in sweep.quantities if isinstance(q, AbstractMomentQuantity)]
    return list(dict.fromkeys(q.metric.name for q in summed))


def _joined(plan: Plan, tiles: dict):
    """Records of all replicas below that of the truth, generations first."""
    size, width = len(plan.replicas), plan.tiling.width
    parts = [tiles[start] for start in sorted(tiles)]

    def one(truth, *columns):
        pairs = zip(columns[::2], columns[1::2], strict=True)
        sides = [np.concatenate(pair)[:, :width] for pair in pairs]
        whole = np.concatenate(sides, axis=1)[:, :size]
        first = np.broadcast_to(np.asarray(truth, whole.dtype), whole.shape[1:])
        return np.concatenate([first[None], whole])

    flat = [each for pair in parts for each in pair]
    return jax.tree.map(one, plan.at_truth, *flat)


def _models(plan: Plan, tiles: dict) -> dict[str, np.ndarray]:
    """Parameters by name, replicas first, without the truth."""
    from ..engine.trajectory import Trajectory

    joined = _joined(plan, tiles)
    run = Trajectory.assemble(plan.recursion, plan, joined, plan.times)
    leaves = jax.tree_util.tree_flatten_with_path(run.params)[0]
    return {leaf_name(path): np.asarray(leaf)[:, 1:] for path, leaf in leaves}


def leaf_name(path) -> str:
    """The name of a parameter."""
    return jax.tree_util.keystr(path).strip(".[]'")


def _packed(sweep: Sweep, found: Sequence[Summaries]) -> dict:
    """Power sums as one array (cells, metrics, powers, times), bin counts as one per histogram."""
    names, arrays = metrics_summed(sweep), {}
    if names:
        arrays["sums"] = np.stack(
            [
                [[getattr(each.sums[name], power) for power in POWERS] for name in names]
                for each in found
            ]
        )
    for i, quantity in enumerate(sweep.quantities):
        if isinstance(quantity, Histogram):
            arrays[f"counts{i}"] = np.stack([each.counts[str(quantity)] for each in found])
    return arrays


def summaries_at(sweep: Sweep, arrays, row: int, replicas: int) -> Summaries:
    """The summaries of a cell, from the arrays of its chunk."""
    sums = {
        name: PowerSums(replicas, *arrays["sums"][row, i])
        for i, name in enumerate(metrics_summed(sweep))
    }
    counts = {
        str(q): arrays[f"counts{i}"][row]
        for i, q in enumerate(sweep.quantities)
        if isinstance(q, Histogram)
    }
    return Summaries(sweep.times, replicas, sums, counts)


def estimates_at(sweep: Sweep, pieces: Sequence[tuple[dict, int, int]]) -> list[Estimate]:
    """The estimates of a cell, from chunks of its replicas as (arrays, row, replicas)."""
    first, row, replicas = pieces[0]
    merged = summaries_at(sweep, first, row, replicas)
    for arrays, other, more in pieces[1:]:
        merged = merged.merged(summaries_at(sweep, arrays, other, more))
    others = dict(_others(sweep))
    return [
        Estimate(**{name: first[f"{name}{i}"][row] for name in KEPT}, replicas=replicas)
        if i in others
        else merged.estimate(quantity)
        for i, quantity in enumerate(sweep.quantities)
    ]
