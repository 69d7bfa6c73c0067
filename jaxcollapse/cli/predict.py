"""The commands that evaluate laws: of a quantity of a recursion, by name, and the list of them."""

import json as json_module
import math
from typing import Annotated

from cyclopts import Parameter

from .app import app
from .flags import RecursionFlags, generations_of
from .numbers import plain, shown

USUAL = RecursionFlags()


@app.command
def predict(
    quantity: str, *symbols: str, t: str = "1", flags: RecursionFlags = USUAL, json: bool = False
) -> None:
    """Print what an exact law says of a quantity of a recursion, such as "E(variance)".

    `jaxcollapse predict "E(variance)" n=10,100,1000 --t 0,10,100` is a table over all combinations.

    Args:
        quantity: E(metric), Var(metric), P(metric>x) or Rate(metric).
        symbols: values that take the place of the recursion's, such as n=10,100,1000 or
            weight=0.1,0.5.
        t: generations, separated by commas.
        flags: the recursion.
        json: print the predictions as JSON.
    """
    import numpy as np

    from ..quantities.names import quantity_named
    from ..theory import predict
    from .assignments import assignments
    from .configuration import merged, recursion_from

    recursion = recursion_from(merged(flags))
    columns = {name: np.atleast_1d(value) for name, value in assignments(symbols).items()}
    *grid, times = np.meshgrid(*columns.values(), generations_of(t, "t"), indexing="ij")
    replaced = dict(zip(columns, grid, strict=True))
    found = predict(quantity_named(quantity), recursion, times, **replaced)
    values = np.broadcast_to(found, times.shape)
    if json:
        axes = {"t": generations_of(t), **{name: each.tolist() for name, each in columns.items()}}
        found = {"quantity": quantity, **axes, "value": plain(values.tolist())}
        print(json_module.dumps(found))
        return
    if columns:
        print(*columns, "t", "value", sep="\t")
    rows = [*grid, times, values] if columns else [values]
    for row in zip(*(axis.ravel() for axis in rows), strict=True):
        print(*(shown(each, ".12g") for each in row), sep="\t")


@app.command
def law(name: str, *symbols: str, json: bool = False) -> None:
    """Evaluate a law: `jaxcollapse law gaussian-replace-w2 n=100 t=50`.

    Args:
        name: the law.
        symbols: assignments such as n=100 or p=0.5,0.3,0.2.
        json: print the value as JSON.
    """
    from ..theory import law_named
    from .assignments import assignments

    chosen = law_named(name)
    values = assignments(symbols)
    value = chosen(**values)
    value = value.tolist() if hasattr(value, "tolist") else float(value)
    print(
        json_module.dumps({"law": name, "symbols": values, "value": plain(value)})
        if json
        else _shown(value)
    )


def _described(law) -> dict:
    from ..theory.conventions import conventions

    about = {"law": law.name, "kind": type(law.kind).__name__, "symbols": law.symbols}
    return about | {
        "statement": law.summary,
        "conventions": conventions(law),
        "source": law.cite,
        "tag": law.tag,
        "status": law.status,
        "proof": None if law.proof is None else law.proof.name,
    }


def _shown(value) -> str:
    if isinstance(value, list):
        return "\n".join(map(_shown, value))
    return repr(float(value)) if math.isfinite(value) else shown(value)


@app.command
def laws(
    *, proved: Annotated[bool | None, Parameter(negative="--unproved")] = None, json: bool = False
) -> None:
    """List the laws: name, kind, status, statement.

    The status is what a law rests on: proved, certified, derived, enumerated, cited or verified.

    Args:
        proved: only laws that a Coq theorem states, or only the others.
        json: print them as JSON, with symbols, sources and the name of the proof.
    """
    from ..theory import laws as registered

    listed = [each for each in registered() if proved in (None, each.status == "proved")]
    if json:
        print(json_module.dumps([_described(each) for each in listed]))
        return
    for each in listed:
        print(f"{each.name:<54} {type(each.kind).__name__:<14} {each.status:<10} {each.summary}")
