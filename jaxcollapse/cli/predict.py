"""The commands that evaluate laws: of a quantity of a recursion, by name, and the list of them."""

import json as json_module

from .app import app
from .flags import generations_of, merged_configuration


@app.command
def predict(
    quantity: str, *symbols: str, t: str = "1", config: str | None = None, family: str | None = None, workflow: str | None = None,
    selection: str | None = None, decoding: str | None = None, truth: str | None = None,
    n: int | None = None, real: int | None = None, fresh: int | None = None,
    json: bool = False,
) -> None:  # fmt: skip
    """Print what an exact law says of a quantity such as "E(variance)" of a recursion at
    generations t, and at any symbols.

    `jaxcollapse predict "E(variance)" n=10,100,1000 --t 0,10,100` is a table over all combinations.

    Args:
        quantity: E(metric), Var(metric), P(metric>x) or Rate(metric).
        symbols: values that take the place of the recursion's, such as n=10,100,1000 or
            weight=0.1,0.5.
        t: generations, separated by commas.
        config: TOML file with the same names as the flags of simulate; flags win.
        family: such as gaussian, or gaussian:ddof=0.
        workflow: such as replace, or discount:rate=0.5.
        selection: which generated data get through, such as
            verify:judge=(within:center=0;radius=2);right=0.9.
        decoding: how models are sampled, such as temperature:temperature=0.9.
        truth: parameters such as "mean=0;variance=1".
        n: observations drawn from each model.
        real: observations of fit 1.
        fresh: fresh real observations a generation.
        json: print the predictions as JSON.
    """
    flags = {
        name: value
        for name, value in locals().items()
        if name not in ("config", "json", "t", "quantity", "symbols")
    }
    merged = merged_configuration(config, flags)
    import numpy as np

    from ..theory import predict
    from .configuration import assignments, quantity_named, recursion_from

    columns = {name: np.atleast_1d(value) for name, value in assignments(symbols).items()}
    *grid, times = np.meshgrid(*columns.values(), generations_of(t, "t"), indexing="ij")
    found = predict(
        quantity_named(quantity),
        recursion_from(merged),
        times,
        **dict(zip(columns, grid, strict=True)),
    )
    values = np.broadcast_to(found, times.shape)
    if json:
        axes = {name: column.tolist() for name, column in columns.items()}
        print(
            json_module.dumps(
                {"quantity": quantity, "t": generations_of(t), **axes, "value": values.tolist()}
            )
        )
        return
    if columns:
        print(*columns, "t", "value", sep="\t")
    rows = [*grid, times, values] if columns else [values]
    for row in zip(*(axis.ravel() for axis in rows), strict=True):
        print(*(f"{each:.12g}" for each in row), sep="\t")


@app.command
def law(name: str, *symbols: str, json: bool = False) -> None:
    """Evaluate a law: `jaxcollapse law gaussian-replace-w2 n=100 t=50`.

    Args:
        name: the law.
        symbols: assignments such as n=100 or p=0.5,0.3,0.2.
        json: print the value as JSON.
    """
    from ..theory import law_named
    from .configuration import assignments

    chosen = law_named(name)
    values = assignments(symbols)
    value = chosen(**values)
    value = value.tolist() if hasattr(value, "tolist") else float(value)
    print(
        json_module.dumps({"law": name, "symbols": values, "value": value})
        if json
        else _shown(value)
    )


def _shown(value) -> str:
    return "\n".join(map(_shown, value)) if isinstance(value, list) else repr(float(value))


@app.command
def laws(*, json: bool = False) -> None:
    """List the laws: name, kind, statement.

    Args:
        json: print them as JSON, with symbols and sources.
    """
    from ..theory import laws as registered

    if json:
        rows = [{"law": e.name, "kind": type(e.kind).__name__, "symbols": e.symbols, "statement": e.summary,
                 "source": e.cite, "tag": e.tag} for e in registered()]  # fmt: skip
        print(json_module.dumps(rows))
        return
    for each in registered():
        print(f"{each.name:<54} {type(each.kind).__name__:<12} {each.summary}")
