"""The command line: simulate, predict, law, laws, verify, refute, audit, reproduce. Heavy imports wait until a command runs."""

import json as json_module
import sys
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

app = App(name="jaxcollapse", help="The laboratory for the theory of model collapse.", help_format="plaintext")
CHUNK = 1 << 20


def main() -> None:
    """Run a command; any error is one line on stderr and a non-zero status."""
    try:
        status = app(sys.argv[1:], exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        sys.exit(_refused(str(error).strip() or type(error).__name__, 2))
    except (ValueError, LookupError, OSError) as error:
        sys.exit(_refused(str(error), 1))
    except KeyboardInterrupt:
        sys.exit(_refused("interrupted; what was finished is kept", 130))
    sys.exit(status or 0)


def _refused(message: str, status: int) -> int:
    print("jaxcollapse: " + " ".join(message.split()), file=sys.stderr)
    return status


def _configuration(config, flags):
    from . import configuration

    given = {name: value for name, value in flags.items() if value is not None}
    merged = {**configuration.DEFAULTS, **(configuration.read(config) if config else {}), **given}
    if isinstance(merged.get("truth"), str) and "=" in merged["truth"]:
        merged["truth"] = configuration.assignments(merged["truth"].split(";"))
    for what in ("family", "workflow", "selection", "decoding"):
        if isinstance(merged.get(what), str):
            merged[what] = configuration.written(merged[what])
    return merged


@app.command
def simulate(
    *, config: str | None = None, family: str | None = None, workflow: str | None = None,
    selection: str | None = None, decoding: str | None = None, truth: str | None = None,
    n: int | None = None, real: int | None = None, fresh: int | None = None, generations: int | None = None,
    replicas: int | None = None, seed: int | None = None, carrier: str | None = None, metrics: str | None = None,
    at: str | None = None, out: str | None = None, json: bool = False,
) -> None:  # fmt: skip
    """Run a recursion and summarize or store it.

    Parameters
    ----------
    config: TOML file with the same names as the flags; flags win.
    family: such as gaussian, or gaussian:ddof=0.
    workflow: such as replace, or discount:rate=0.5.
    selection: which generated data get through, such as verify:judge=(within:center=0;radius=2);right=0.9.
    decoding: how models are sampled, such as temperature:temperature=0.9.
    truth: parameters such as "mean=0;variance=1", or data: words:en, text:PATH, csv:PATH:COLUMN.
    n: observations drawn from each model.
    real: observations of fit 1.
    fresh: fresh real observations a generation.
    generations: number of fits.
    replicas: number of trajectories.
    seed: seed of the key.
    carrier: auto, statistics or samples.
    metrics: names separated by commas; the parameters are stored without them.
    at: generations to record, separated by commas; all of them unless given.
    out: .nc or .zarr; a .zarr is continued where it stopped, or extended to more replicas.
    json: print the summary as JSON.
    """
    flags = {name: value for name, value in locals().items() if name not in ("config", "out", "json")}
    merged = _configuration(config, flags)
    from . import storage
    from .configuration import metric_named, recursion_of

    path = storage.check_path(out) if out else None
    names = merged.get("metrics")
    names = names.split(",") if isinstance(names, str) else names
    chosen = tuple(metric_named(name) for name in names) if names else None
    recursion = recursion_of(merged)
    _run(recursion, merged, chosen, path, json)


def _generations(text, what="at") -> list[int] | None:
    """Generations from a comma list or a TOML array."""
    parts = text.split(",") if isinstance(text, str) else text
    try:
        return None if parts is None else [int(part) for part in parts]
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be generations separated by commas, got {text!r}") from None


def _run(recursion, merged, chosen, path, as_json):
    import jax
    import numpy as np

    from . import storage
    from .quantities import E
    from .recursion import simulate
    from .streams import PowerSums

    generations, replicas = merged["generations"], merged["replicas"]
    zarr = path is not None and path.suffix == ".zarr"
    store = storage.ReplicaStore(path, {k: v for k, v in merged.items() if k != "replicas"}) if zarr else None
    start = store.done() if store else 0
    at = _generations(merged.get("at")) if path or merged.get("at") else [generations]
    size = replicas if path and not store else max(1, CHUNK // (len(at) if at else generations + 1))
    sums: dict = {}
    for first in _progress(range(start, replicas, size), "simulate"):
        part = range(first, min(first + size, replicas))
        run = simulate(
            jax.random.key(merged["seed"]), recursion, generations=generations, replicas=part,
            carrier=merged.get("carrier", "auto"), observe=chosen, at=at,
        )  # fmt: skip
        if store:
            store.append(run)
        elif path:
            storage.save(storage.dataset_of(run, configuration=merged), path)
        for metric in chosen or ():
            added = PowerSums.of(run.observed[metric.name][:, [0, -1]])
            sums[metric] = sums[metric].merged(added) if metric in sums else added
    summary: dict = {"replicas": replicas, "generations": generations, "out": str(path) if path else None}
    for metric, total in sums.items():
        value, error, _ = E(metric).of_sums(total, np.array([0, generations]))
        summary[metric.name] = {"truth": float(value[0]), "last": float(value[1]), "error": float(error[1])}
    if as_json:
        print(json_module.dumps(summary))
        return
    last = at[-1] if at else generations
    for name, entry in summary.items():
        if isinstance(entry, dict):
            print(f"{name}: {entry['truth']:.6g} at first, {entry['last']:.6g} ± {entry['error']:.2g} at t={last}")
    print(f"{replicas} replicas x {generations} generations" + (f" in {path}" if path else ""))


def _progress(steps, title):
    """Iterate with a bar where a person looks on."""
    if not sys.stderr.isatty() or len(steps) < 2:
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, title, console=Console(stderr=True))


@app.command
def predict(
    quantity: str, *, t: str = "1", config: str | None = None, family: str | None = None, workflow: str | None = None,
    selection: str | None = None, decoding: str | None = None, truth: str | None = None,
    n: int | None = None, real: int | None = None, fresh: int | None = None,
    json: bool = False,
) -> None:  # fmt: skip
    """Print what an exact law says of a quantity such as "E(variance)" of a recursion at generations t.

    Parameters
    ----------
    quantity: E(metric), Var(metric), P(metric>x) or Rate(metric).
    t: generations, separated by commas.
    config: TOML file with the same names as the flags of simulate; flags win.
    family: such as gaussian, or gaussian:ddof=0.
    workflow: such as replace, or discount:rate=0.5.
    selection: which generated data get through, such as verify:judge=(within:center=0;radius=2);right=0.9.
    decoding: how models are sampled, such as temperature:temperature=0.9.
    """
    flags = {name: value for name, value in locals().items() if name not in ("config", "json", "t", "quantity")}
    merged = _configuration(config, flags)
    import numpy as np

    from .configuration import quantity_named, recursion_of
    from .theory import predict

    times = np.array(_generations(t, "t"))
    values = np.broadcast_to(predict(quantity_named(quantity), recursion_of(merged), times), times.shape)
    if json:
        print(json_module.dumps({"quantity": quantity, "t": times.tolist(), "value": values.tolist()}))
    else:
        print("\n".join(f"{value:.12g}" for value in values))


@app.command
def law(name: str, *symbols: str, json: bool = False) -> None:
    """Evaluate a law: `jaxcollapse law gaussian-replace-w2 n=100 t=50`.

    Parameters
    ----------
    name: the law.
    symbols: assignments such as n=100 or p=0.5,0.3,0.2.
    """
    from .configuration import assignments
    from .theory import law_named

    chosen = law_named(name)
    values = assignments(symbols)
    value = chosen(**values)
    value = value.tolist() if hasattr(value, "tolist") else float(value)
    print(json_module.dumps({"law": name, "symbols": values, "value": value}) if json else _shown(value))


def _shown(value) -> str:
    return "\n".join(map(_shown, value)) if isinstance(value, list) else repr(float(value))


@app.command
def laws(*, json: bool = False) -> None:
    """List the laws: name, kind, statement."""
    from .theory import laws as registered

    if json:
        rows = [{"law": e.name, "kind": type(e.kind).__name__, "symbols": e.symbols, "statement": e.summary,
                 "source": e.cite, "tag": e.tag} for e in registered()]  # fmt: skip
        print(json_module.dumps(rows))
        return
    for each in registered():
        print(f"{each.name:<54} {type(each.kind).__name__:<12} {each.summary}")


@app.command
def verify(
    *names: str, only: str | None = None, quick: bool = False, exhaustive: bool = False, seed: int = 0, json: bool = False
) -> int:
    """Compare laws with simulation; the status is non-zero if any fails.

    Parameters
    ----------
    names: laws; all of them unless given.
    only: laws whose name contains this.
    quick: one configuration a law.
    exhaustive: every family with every workflow.
    """
    import time

    import jax

    from .theory import law_named
    from .theory import laws as registered
    from .verification import verify_all

    wanted = list(names) or [each.name for each in registered() if only is None or only in each.name]
    if not wanted:
        raise ValueError(f"only must be part of a law's name, got {only!r}")
    for name in wanted:
        law_named(name)
    start = time.perf_counter()
    report = None if json else lambda verdict: print(verdict.line() if verdict.passed else _failure(verdict), flush=True)
    verdicts = verify_all(jax.random.key(seed), wanted, quick=quick, exhaustive=exhaustive, report=report)
    failed = [each.law for each in verdicts if not each.passed]
    if json:
        print(json_module.dumps([vars(each) for each in verdicts]))
    else:
        tested = [each for each in verdicts if each.replicas]
        worst = max((each.worst_z for each in tested), default=0.0)
        fine = [each.resolution for each in tested] or [0.0]
        rivals = sum(len(each.rejected) for each in verdicts)
        print(
            f"{len(verdicts)} laws, {len(failed)} failed, worst |z| {worst:.2f}, resolution {min(fine):.1e} to "
            f"{max(fine):.1e}, {rivals} rivals rejected, {time.perf_counter() - start:.0f} s"
        )
    return 1 if failed else 0


def _failure(verdict) -> str:
    undecided = f"; not told from {', '.join(verdict.undecided)}" if verdict.undecided else ""
    return f"{verdict.line()}\n      {verdict.worst}{undecided}"


@app.command
def refute(
    file: str, *names: str, false_alarm: float = 1e-3, configurations: int = 24, seed: int = 0, simulation_only: bool = False,
    json: bool = False,
) -> int:  # fmt: skip
    """Search for the smallest configuration that contradicts the claims of a Python file; the status is non-zero if one is.

    Parameters
    ----------
    file: Python file with functions decorated by @jaxcollapse.claim(...).
    names: claims; all of the file unless given.
    false_alarm: probability that a true claim is called refuted, over its whole search.
    configurations: how many are searched for every claim.
    seed: seed of the key.
    simulation_only: do not compare formulas with the laws first.
    json: print the outcomes as JSON.
    """
    import jax

    from .configuration import known
    from .refutation import load_claims, refute

    claims = {each.name: each for each in load_claims(file)}
    chosen = [claims[known(name, claims, f"claim of {file!r}")] for name in names] or list(claims.values())
    against = {"against": ()} if simulation_only else {}
    outcomes = []
    for each in chosen:
        outcome = refute(each, key=jax.random.key(seed), false_alarm=false_alarm, configurations=configurations, **against)
        outcomes.append(outcome)
        if not json:
            print(outcome, flush=True)
    if json:
        print(json_module.dumps([outcome.as_data() for outcome in outcomes]))
    return 1 if any(outcome.refuted for outcome in outcomes) else 0


@app.command
def audit(*names: str, verify: bool = False, seed: int = 0, json: bool = False) -> int:
    """Evaluate statements of the literature that do not reproduce as printed; the status is non-zero if a check fails.

    Parameters
    ----------
    names: statements; all of them unless given.
    verify: also compare the deciding laws with simulation, one configuration each.
    seed: seed of the key, for --verify.
    json: print the findings as JSON.
    """
    from .audit import statements
    from .configuration import known

    listed = {each.name: each for each in statements()}
    chosen = [listed[known(name, listed, "statement")] for name in names] or list(listed.values())
    rows, failed = [], 0
    for each in chosen:
        found = each.check()
        passed = _passes(each.laws, seed) if verify else {}
        failed += not (found.holds and all(passed.values()))
        about = {name: getattr(each, name) for name in ("name", "cite", "wording", "statement", "fault", "finding", "laws")}
        rows.append({**about, "holds": bool(found.holds), "numbers": found.numbers, "verified": passed})
        if not json:
            print(_audited(each, found, passed), flush=True)
    if json:
        print(json_module.dumps(rows))
    return 1 if failed else 0


def _passes(names, seed: int) -> dict[str, bool]:
    import jax

    from .verification import verify_all

    return {each.law: each.passed for each in verify_all(jax.random.key(seed), names, quick=True)}


def _audited(each, found, passed) -> str:
    laws = ", ".join(name + ("" if name not in passed else " (pass)" if passed[name] else " (FAIL)") for name in each.laws)
    failure = "" if found.holds else "  CHECK FAILS"
    head = f"{each.name}: {each.fault}{failure}\n  {each.cite} ({each.wording}): {each.statement}"
    return f"{head}\n  {each.finding}\n  {found}\n  laws: {laws}"


@app.command
def reproduce(
    *names: str, list_: Annotated[bool, Parameter(name="--list")] = False, out: str = "figures", quick: bool = False
) -> None:
    """Make figures: the picture, its data and the paper's numbers beside ours.

    Parameters
    ----------
    names: figures; see --list.
    list_: list the figures and stop.
    out: folder for the files.
    quick: fewer replicas, for a first look.
    """
    from . import figures

    if list_ or not names:
        for each in figures.figures().values():
            print(f"{each.name:<28} {each.summary}")
        return
    chosen = [figures.figure(name) for name in names]
    for each in chosen:
        result = each.reproduce(quick=quick)
        print(result.table())
        print("wrote " + ", ".join(str(path) for path in result.save(out)))


if __name__ == "__main__":
    main()
