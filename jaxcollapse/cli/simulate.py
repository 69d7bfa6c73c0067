"""The command that runs a recursion, and summarizes or stores it."""

import json as json_module

from ..progress import show_progress, task
from .app import app
from .flags import RunFlags, generations_of

CHUNK = 1 << 20
USUAL = RunFlags()


@app.command
def simulate(flags: RunFlags = USUAL, *, out: str | None = None, json: bool = False) -> None:
    """Run a recursion and summarize or store it.

    Args:
        flags: the run.
        out: .nc or .zarr; a .zarr is continued where it stopped, or extended to more replicas.
        json: print the summary as JSON.
    """
    from ..domains import Integer
    from ..engine import storage
    from ..metrics import metric_named
    from .configuration import merged, recursion_from

    found = merged(flags)
    path = storage.check_path(out) if out else None
    names = found.get("metrics")
    names = names.split(",") if isinstance(names, str) else names
    chosen = tuple(metric_named(name) for name in names) if names else None
    Integer(1).check("replicas", found["replicas"])
    _run(recursion_from(found), found, chosen, path, json)


def _run(recursion, merged, chosen, path, as_json):
    generations, replicas = merged["generations"], merged["replicas"]
    at = generations_of(merged.get("at")) if path or merged.get("at") else [generations]
    sums = _sums(recursion, merged, chosen or (), path, at)
    summary = {
        "replicas": replicas,
        "generations": generations,
        "out": str(path) if path else None,
        **{metric.name: each.record() for metric, each in sums.items()},
    }
    if as_json:
        print(json_module.dumps(summary))
        return
    last = at[-1] if at else generations
    for metric, each in sums.items():
        print(f"{metric.name}: {each.text(last)}")
    print(f"{replicas} replicas x {generations} generations" + (f" in {path}" if path else ""))


def _sums(recursion, merged, chosen, path, at) -> dict:
    """Simulate in parts, store each, and sum the metrics at the first and the last generation."""
    import jax

    from ..engine import storage
    from ..engine.simulate import simulate
    from .summary import Summary

    generations, replicas = merged["generations"], merged["replicas"]
    zarr = path is not None and path.suffix == ".zarr"
    about = {name: value for name, value in merged.items() if name != "replicas"}
    store = storage.ReplicaStore(path, about) if zarr else None
    size = replicas if path and not store else max(1, CHUNK // (len(at) if at else generations + 1))
    done, sums = store.done() if store else 0, {}
    with show_progress(), task("simulate", replicas - done, "replicas"):
        for first in range(done, replicas, size):
            run = simulate(
                jax.random.key(merged["seed"]),
                recursion,
                generations=generations,
                replicas=range(first, min(first + size, replicas)),
                carrier=merged.get("carrier", "auto"),
                observe=chosen or None,
                at=at,
            )
            if store:
                store.append(run)
            elif path:
                storage.save(storage.dataset_of(run, configuration=merged), path)
            for metric in chosen:
                values = run.observed[metric.name]
                added = Summary.of(values[:, 0], values[:, -1])
                sums[metric] = sums[metric].merged(added) if metric in sums else added
    return sums
