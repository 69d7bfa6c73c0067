"""The command that runs a recursion, and summarizes or stores it."""

import json as json_module
import sys

from ..progress import show_progress, task
from .app import app
from .flags import RunFlags, generations_of, key_of

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
    from ..engine.stores import check_path
    from ..metrics import metric_named
    from .configuration import merged, recursion_from

    found = merged(flags)
    if found.get("carrier") == "tilted":
        raise ValueError("carrier 'tilted' gives every replica a weight: use it from Python")
    path = check_path(out) if out else None
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
    for metric in sums:
        print(f"  {metric.name}: {metric.summary}")
    if sums:
        print("  ±: one standard error of the mean over replicas")


def _sums(recursion, merged, chosen, path, at) -> dict:
    """Simulate in parts, store each, and sum the metrics at the first and the last generation."""

    from ..engine.simulate import simulate

    generations, replicas = merged["generations"], merged["replicas"]
    store = _store(recursion, merged, path)
    whole = path is not None and path.suffix == ".nc"
    size = replicas if whole else max(1, CHUNK // (len(at) if at else generations + 1))
    missing = store.missing(replicas) if store else [range(replicas)]
    parts = [each[i : i + size] for each in missing for i in range(0, len(each), size)]
    sums: dict = {}
    with show_progress(), task("simulate", sum(map(len, parts)), "replicas"):
        for part in parts:
            run = simulate(
                key_of(merged["seed"]),
                recursion,
                generations=generations,
                replicas=part,
                carrier=merged.get("carrier", "auto"),
                observe=chosen or None,
                at=at,
            )
            if store:
                store.add(run)
                continue
            for metric in chosen:
                values = run.observed[metric.name]
                _add(sums, metric, values[:, 0], values[:, -1])
    if store:
        for metric in chosen:
            _add(sums, metric, *store.ends(metric.name, replicas))
    return sums


def _add(sums, metric, first, last):
    from .summary import Summary

    added = Summary.of(first, last)
    sums[metric] = sums[metric].merged(added) if metric in sums else added


def _store(recursion, merged, path):
    """The store at a path, for a run of this recursion; None without a path."""
    if path is None:
        return None
    import jax

    from ..engine.storage import run_fingerprint
    from ..engine.stores import store_at

    about = {name: value for name, value in merged.items() if name != "replicas"}
    run = {name: about.get(name) for name in ("generations", "carrier", "metrics", "at")}
    fingerprint = run_fingerprint(jax.random.key(merged["seed"]), recursion, **run)
    return store_at(path, about, fingerprint, lambda line: print(line, file=sys.stderr))
