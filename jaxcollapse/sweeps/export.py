"""A store as a file of another kind, and as a picture."""

from pathlib import Path

import numpy as np

from .._names import known
from .api import dataset_in
from .axes import ShareOf
from .store import STATES, checked_store, stored_sweep

KINDS = (".nc", ".csv", ".parquet")
PICTURES = (".png", ".pdf", ".svg")


def export(store, path) -> Path:
    """Write the arrays of a store as netCDF, CSV or Parquet, by the end of the file's name.

    A table has one row per cell and generation, and one column per axis and variable; variables of
    other dimensions, such as histograms, are left to netCDF.

    Args:
        store: the store.
        path: the file.

    Raises:
        ValueError: another end, or not a store of a sweep.
    """
    path = Path(path)
    _check_end(path, KINDS)
    stored_sweep(store)
    dataset = dataset_in(checked_store(store))
    if path.suffix == ".parquet":
        _needs_pyarrow()
    unfinished = path.with_name(path.name + ".part")
    if path.suffix == ".nc":
        _as_netcdf(dataset).to_netcdf(unfinished, engine="h5netcdf")
    else:
        table = _table(dataset)
        if path.suffix == ".csv":
            table.to_csv(unfinished, index=False)
        else:
            table.to_parquet(unfinished, index=False)
    unfinished.replace(path)
    return path


def _needs_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ValueError("Parquet needs pyarrow: pip install pyarrow") from None


def _as_netcdf(dataset):
    """Names without slashes and texts as netCDF knows them."""
    names = {name: str(name).replace("/", "_") for name in dataset.variables if "/" in str(name)}
    found = dataset.rename(names)
    texts = [name for name in found.coords if found[name].dtype.kind not in "biuf"]
    return found.assign_coords({name: found[name].astype(object) for name in texts})


def _table(dataset):
    wide = {"generation", *(axis for axis in dataset.state.dims)}
    kept = [name for name in dataset.data_vars if set(dataset[name].dims) <= wide]
    table = dataset[kept].to_dataframe().reset_index()
    table["state"] = np.asarray(STATES)[table["state"].astype(int)]
    return table


def _check_end(path: Path, ends) -> None:
    """Raise a `ValueError` unless the name of a file has one of the ends."""
    if path.suffix not in ends:
        raise ValueError(f"out must end in {', '.join(ends)}, got {str(path)!r}")


def plot(store, path, quantity: str | None = None, x: str | None = None) -> Path:
    """Draw a quantity of a store at the last generation, one line per cell of the other axes.

    Dots with bars are estimates with two standard errors, lines are exact laws. Dotted lines join
    estimates where no exact law speaks. A dot is hollow where its error cannot be trusted.

    Args:
        store: the store.
        path: the picture: .png, .pdf or .svg.
        quantity: its text; the first one of the sweep unless given.
        x: an axis of numbers, or "generation"; the first axis of numbers unless given.

    Raises:
        ValueError: an unknown quantity or axis, or not a store of a sweep.
    """
    _check_end(Path(path), PICTURES)
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sweep, dataset = stored_sweep(store), dataset_in(checked_store(store)).load()
    names = [str(each) for each in sweep.quantities if "generation" in dataset[str(each)].dims]
    chosen = known(quantity or next(iter(names), "none"), names, "quantity")
    numbers = [axis.name for axis in sweep.axes if dataset[axis.name].dtype.kind in "iuf"]
    along = known(
        x or next(iter(numbers), "generation"), [*numbers, "generation"], "axis of numbers"
    )
    if along != "generation":
        dataset = dataset.isel(generation=-1)
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    _lines(axes, dataset, chosen, along)
    title = "" if along == "generation" else f"generation {sweep.times[-1]}"
    axes.set(xlabel=_described(sweep, along), ylabel=chosen, title=title)
    places = dataset[along].values
    if places.min() > 0 and places.max() > 10 * places.min():
        axes.set_xscale("log")
    drawn = dataset[chosen].values
    if np.nanmin(drawn) > 0 and np.nanmax(drawn) > 10 * np.nanmin(drawn):
        axes.set_yscale("log")
    axes.legend(fontsize="x-small")
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return Path(path)


def _described(sweep, along: str) -> str:
    """An axis in words: a share says of what."""
    points = {axis.name: axis.points[0][0] for axis in sweep.axes}
    first = points.get(along)
    return f"{along} / {first.of}" if isinstance(first, ShareOf) else along


def _lines(axes, dataset, chosen: str, along: str) -> None:
    values, errors = dataset[chosen], dataset[f"{chosen} error"]
    others = [dim for dim in values.dims if dim != along]
    trusted = dataset.get(f"{chosen} trusted", np.ones_like(errors)) != 0
    law = dataset.get(f"{chosen} law")
    shape = tuple(values.sizes[dim] for dim in others)
    for number, index in enumerate(np.ndindex(*shape)):
        at = dict(zip(others, index, strict=True))
        label = ", ".join(f"{dim} {values[dim].values[i]}" for dim, i in at.items())
        color = f"C{number % 10}"
        if np.isnan(values.isel(at)).all():
            continue
        _dots(axes, values.isel(at), errors.isel(at), trusted.isel(at), color)
        axes.plot([], [], "o", ms=3, color=color, label=label if number < 30 else None)
        line, style = values.isel(at), ":"
        if law is not None and not np.isnan(law.isel(at)).all():
            line, style = law.isel(at), "-"
        axes.plot(values[along], line, color=color, lw=1, ls=style)


def _dots(axes, values, errors, trusted, color) -> None:
    """Estimates with two standard errors, hollow where these cannot be trusted."""
    places = values[values.dims[0]]
    for part, face in ((trusted, color), (~trusted, "w")):
        shown = values.where(part), 2 * errors.where(part)
        axes.errorbar(places, *shown, fmt="o", ms=3, color=color, mfc=face)
