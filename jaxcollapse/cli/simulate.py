"""The command that runs a recursion, and summarizes or stores it."""

import json as json_module
import sys

from .app import app
from .flags import generations_of, merged_configuration

CHUNK = 1 << 20


@app.command
def simulate(
    *, config: str | None = None, family: str | None = None, workflow: str | None = None,
    selection: str | None = None, decoding: str | None = None, truth: str | None = None,
    n: int | None = None, real: int | None = None, fresh: int | None = None, generations: int | None = None,
    replicas: int | None = None, seed: int | None = None, carrier: str | None = None, metrics: str | None = None,
    at: str | None = None, out: str | None = None, json: bool = False,
) -> None:  # fmt: skip
    """Run a recursion and summarize or store it.

    Args:
        config: TOML file with the same names as the flags; flags win.
        family: such as gaussian, or gaussian:ddof=0.
        workflow: such as replace, or discount:rate=0.5.
        selection: which generated data get through, such as
            verify:judge=(within:center=0;radius=2);right=0.9.
        decoding: how models are sampled, such as temperature:temperature=0.9.
        truth: parameters such as "mean=0;variance=1", or data: words:en, text:PATH,
            csv:PATH:COLUMN.
        n: observations drawn from each model.
        real: observations of fit 1.
        fresh: fresh real observations a generation.
        generations: number of fits.
        replicas: number of trajectories.
        seed: seed of the key.
        carrier: auto, statistics, samples, skeleton or population.
        metrics: names separated by commas; the parameters are stored without them.
        at: generations to record, separated by commas; all of them unless given.
        out: .nc or .zarr; a .zarr is continued where it stopped, or extended to more replicas.
        json: print the summary as JSON.
    """
    flags = {
        name: value for name, value in locals().items() if name not in ("config", "out", "json")
    }
    merged = merged_configuration(config, flags)
    from ..domains import Integer
    from ..engine import storage
    from .configuration import metric_named, recursion_from

    path = storage.check_path(out) if out else None
    names = merged.get("metrics")
    names = names.split(",") if isinstance(names, str) else names
    chosen = tuple(metric_named(name) for name in names) if names else None
    Integer(1).check("replicas", merged["replicas"])
    recursion = recursion_from(merged)
    _run(recursion, merged, chosen, path, json)


def _run(recursion, merged, chosen, path, as_json):
    generations, replicas = merged["generations"], merged["replicas"]
    at = generations_of(merged.get("at")) if path or merged.get("at") else [generations]
    sums = _sums(recursion, merged, chosen or (), path, at)
    summary = {
        "replicas": replicas,
        "generations": generations,
        "out": str(path) if path else None,
        **_means(sums, generations),
    }
    if as_json:
        print(json_module.dumps(summary))
        return
    last = at[-1] if at else generations
    for name, entry in summary.items():
        if isinstance(entry, dict):
            print(
                f"{name}: {entry['truth']:.6g} at first, {entry['last']:.6g} ± {entry['error']:.2g} at t={last}"
            )
    print(f"{replicas} replicas x {generations} generations" + (f" in {path}" if path else ""))


def _sums(recursion, merged, chosen, path, at) -> dict:
    """Simulate in parts, store each, and sum the metrics at the first and the last recorded
    generation.
    """
    import jax

    from ..engine import storage
    from ..engine.simulate import simulate
    from ..quantities.summaries import PowerSums

    generations, replicas = merged["generations"], merged["replicas"]
    zarr = path is not None and path.suffix == ".zarr"
    store = (
        storage.ReplicaStore(path, {k: v for k, v in merged.items() if k != "replicas"})
        if zarr
        else None
    )
    size = replicas if path and not store else max(1, CHUNK // (len(at) if at else generations + 1))
    sums: dict = {}
    for first in _progress(range(store.done() if store else 0, replicas, size), "simulate"):
        run = simulate(
            jax.random.key(merged["seed"]), recursion, generations=generations, replicas=range(first, min(first + size, replicas)),
            carrier=merged.get("carrier", "auto"), observe=chosen or None, at=at,
        )  # fmt: skip
        if store:
            store.append(run)
        elif path:
            storage.save(storage.dataset_of(run, configuration=merged), path)
        for metric in chosen:
            added = PowerSums.of(run.observed[metric.name][:, [0, -1]])
            sums[metric] = sums[metric].merged(added) if metric in sums else added
    return sums


def _means(sums, generations) -> dict:
    import numpy as np

    from ..quantities.base import E

    times, found = np.array([0, generations]), {}
    for metric, total in sums.items():
        value, error, _ = E(metric).of_sums(total, times)
        found[metric.name] = {
            "truth": float(value[0]),
            "last": float(value[1]),
            "error": float(error[1]),
        }
    return found


def _progress(steps, title):
    """Iterate with a bar where a person looks on."""
    if not sys.stderr.isatty() or len(steps) < 2:
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, title, console=Console(stderr=True))
