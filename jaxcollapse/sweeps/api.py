"""A sweep from Python: a grid of recursions as a labeled dataset."""

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..recursion import Recursion
from .driver import Driver, Report
from .executors import workers_of
from .sweep import Sweep


def sweep(
    key,
    grid: Mapping[str, Any],
    recursion: Recursion,
    quantities: Any = (),
    *,
    generations: int,
    replicas: int,
    store=None,
    executor: Any = None,
    **more,
) -> Any:
    """Estimate quantities in every cell of a grid of recursions.

    A cell's key is folded from `key` and the content of the cell: no cell depends on the others.

    Args:
        key: a typed key.
        grid: values by field, such as `{"n": [10, 100], "workflow.weight": [0.1, 0.5]}`; fields
            that vary together stand under a name: `{"size": {"n": [10, 20], "real": [5, 6]}}`.
        recursion: what all cells share.
        quantities: as in `estimate`, and `HittingTime` and `Distribution`; or their texts.
        generations, replicas: of every cell.
        store: a folder named .zarr, which a later call continues; a temporary one unless given.
        executor: any `concurrent.futures.Executor`, or the address, client or cluster of a Dask;
            threads of this process unless given.
        **more: the other fields of `Sweep`.

    Returns:
        An `xarray.Dataset` with one dimension per axis.

    Raises:
        ValueError: a grid or a cell that is refused, or a store of another sweep.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> truth, grid = jc.Gaussian.params(0.0, 1.0), {"n": [5, 10]}
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=truth, n=10)
        >>> size = {"generations": 3, "replicas": 100}
        >>> jc.sweep(jax.random.key(0), grid, r, "E(variance)", **size).n.values
        array([ 5, 10])
    """
    axes: Any = grid
    planned = Sweep(key, recursion, axes, generations, replicas, quantities, **more)
    return _kept(planned, store, executor)


def _kept(planned: Sweep, store, executor):
    workers = workers_of(executor)
    if store is not None:
        return _run(planned, Path(store), workers)
    with tempfile.TemporaryDirectory() as folder:
        return _run(planned, Path(folder) / "sweep.zarr", workers)


def _run(planned: Sweep, store: Path, workers):
    driver = Driver(planned, store, workers=workers)
    report = driver.run()
    _complain(report, planned)
    return dataset_in(store).load()


def _complain(report: Report, planned: Sweep) -> None:
    if report.interrupted:
        raise KeyboardInterrupt
    if report.stopped:
        raise RuntimeError(report.stopped)
    if report.failures:
        first = next(iter(report.lines(planned)))
        warnings.warn(
            f"{len(report.failures)} of {report.cells} cells failed and are NaN; {first}",
            RuntimeWarning,
            stacklevel=4,
        )


def dataset_in(store):
    """The arrays of a store as an `xarray.Dataset`, read when they are used."""
    import xarray as xr

    return xr.open_zarr(store, consolidated=True, chunks=None)
