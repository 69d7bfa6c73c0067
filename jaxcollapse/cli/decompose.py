"""The command that decomposes an expected error into its sources."""

import json as json_module
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..progress import show_progress
from .app import app
from .flags import RecursionFlags, Whole, generations_of, key_of
from .numbers import plain, shown


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class WorkFlags:
    """The work of a decomposition.

    Attributes:
        t: generations, separated by commas.
        kind: recursive, oracles act in every generation, or one-shot, in generation t alone.
        replicas: trajectories of each combination; by the allowed seconds unless given.
        error: largest standard error that a part may have.
        seed: seed of the key.
        seconds: most seconds that the work may take, by an estimate made before it.
        memory: most gigabytes that it may take.
        exact: by closed forms alone.
    """

    t: str = "1,5,10"
    kind: str = "recursive"
    replicas: Whole | None = None
    error: float | None = None
    seed: Whole = 0
    seconds: float = 120.0
    memory: float = 4.0
    exact: Annotated[bool, Parameter(negative="")] = False


PICTURES = (".png", ".pdf", ".svg")
USUAL = RecursionFlags()
MODERATE = WorkFlags()


@app.command
def decompose(
    file: str | None = None,
    *,
    quantity: str | None = None,
    out: str | None = None,
    json: bool = False,
    flags: RecursionFlags = USUAL,
    work: WorkFlags = MODERATE,
) -> int:
    """Print the sources of an expected error: finite samples, the class, the optimizer.

    The exit status is 0, and 3 (not resolved) if an oracle did not converge.

    Args:
        file: TOML file with the names of the flags of simulate; flags win.
        quantity: the error, such as "E(w2)"; the first of kl, w2, squared-distance, excess-risk,
            held-out-loss and mean-error that the family has unless given.
        out: the picture, which ends in .png, .pdf or .svg.
        json: print as JSON.
        flags: the recursion.
        work: the work.
    """
    from ..analysis.decompose import decomposed, planned
    from .configuration import merged, recursion_from

    _check_picture(out)
    recursion = recursion_from(merged(_with_file(flags, file)))
    plan = planned(
        _quantity(quantity, recursion.family),
        recursion,
        t=generations_of(work.t, "t"),
        kind=work.kind,
        key=None if work.exact else key_of(work.seed),
        replicas=work.replicas,
        error=work.error,
        seconds=work.seconds,
        memory=1e9 * work.memory,
    )
    _announce(plan)
    with show_progress():
        parts = decomposed(plan)
    if out is not None:
        _draw(parts, out)
    print(json_module.dumps(plain(_record(parts))) if json else _table(parts))
    return 0 if parts.converged else 3


def _announce(plan) -> None:
    if plan.cost is not None:
        print(f"{plan.work.replicas} replicas, {plan.cost}", file=sys.stderr)


def _check_picture(out: str | None) -> None:
    if out is not None and Path(out).suffix not in PICTURES:
        raise ValueError(f"out must end in {', '.join(PICTURES)}, got {out!r}")


def _with_file(flags: RecursionFlags, file: str | None) -> RecursionFlags:
    if file is None:
        return flags
    if flags.config is not None:
        raise ValueError(f"give one configuration, got {file!r} and --config {flags.config!r}")
    return replace(flags, config=file)


USUAL_ERRORS = ("kl", "w2", "squared-distance", "excess-risk", "held-out-loss", "mean-error")


def _quantity(text: str | None, family) -> Any:
    from ..metrics import list_metrics
    from ..quantities.base import E
    from ..quantities.names import quantity_named

    if text is not None:
        return quantity_named(text)
    metrics = list_metrics()
    for name in USUAL_ERRORS:
        if metrics[name].applies_to(type(family)):
            return E(metrics[name])
    owner = type(family).__name__
    raise ValueError(f"quantity must be given for {owner}, which has no {', '.join(USUAL_ERRORS)}")


def _table(parts) -> str:
    """One line per part and generation, and one per source about its oracle."""
    columns = "part", "t", "value", "error", "least of orders", "largest of orders"
    lines = ["{:<14} {:>4}  {:<11} {:<9} {:<21} {}".format(*columns)]
    for name, found, ends in _rows(parts):
        for i, t in enumerate(parts.t):
            value, error = found.value[i], shown(found.error[i], ".2g")
            low, high = (f"{end.value[i]:.4g} ± {shown(end.error[i], '.2g')}" for end in ends)
            ordered = f"{low:<21} {high}" if name in parts.certificates else ""
            lines.append(f"{name:<14} {t:>4}  {value:<11.5g} {error:<9} {ordered}".rstrip())
    replicas = parts.total.replicas
    few = {0: "closed form", 1: "1 replica: no errors"}
    means = few.get(replicas, f"means of {replicas} replicas")
    lines.append(f"{parts.quantity}, {parts.kind} interventions, {means}")
    lines.append("of orders: increment of a source, over all orders of switching sources on")
    lines += [f"  {each}" for each in parts.certificates.values()]
    if not parts.converged:
        names = " and of ".join(_open(parts))
        lines.append(f"NOT RESOLVED: the oracle of {names} did not converge")
        lines.append("  parts and floor are off by what is left of that source")
    return "\n".join(lines)


def _open(parts) -> list[str]:
    """The sources whose oracles did not converge."""
    return [name for name, each in parts.certificates.items() if not each.met]


def _rows(parts):
    for name in parts.certificates:
        yield name, parts.part(name), parts.order_range(name)
    for name, found in {"floor": parts.floor, "total": parts.total}.items():
        yield name, found, (found, found)


def _record(parts) -> dict:
    rows = {
        name: {
            "value": found.value.tolist(),
            "error": found.error.tolist(),
            "least": ends[0].value.tolist(),
            "largest": ends[1].value.tolist(),
            "least_error": ends[0].error.tolist(),
            "largest_error": ends[1].error.tolist(),
        }
        for name, found, ends in _rows(parts)
    }
    about = {"quantity": parts.quantity, "kind": parts.kind, "t": parts.t.tolist()}
    oracles = {name: str(each) for name, each in parts.certificates.items()}
    return about | {
        "replicas": int(parts.total.replicas),
        "converged": bool(parts.converged),
        "not_converged": _open(parts),
        "oracles": oracles,
        "parts": rows,
    }


def _draw(parts, out: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure = parts.plot()
    figure.savefig(out, dpi=150)
    plt.close(figure)
