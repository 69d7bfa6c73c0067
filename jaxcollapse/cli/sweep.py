"""The commands of a sweep: plan, run, status, verify, export, plot."""

import json as json_module
import sys
from pathlib import Path

from cyclopts import App

from .app import app
from .flags import Whole

sweep = App(name="sweep", help="Grids of recursions that survive their processes.")
app.command(sweep)


@sweep.command
def plan(file: str, *, out: str | None = None, calibrate: bool = True, json: bool = False) -> None:
    """Print cells, compilations, bytes and an estimate of the time; refuse a disk too small.

    Args:
        file: the sweep, a TOML file.
        out: the store; the file's name with .zarr unless given.
        calibrate: time one cell of every structure.
        json: print as JSON.
    """
    from ..sweeps.cost import cost_of
    from .sweep_file import lines_said, sweep_of

    planned = sweep_of(file)
    with lines_said(file):
        found = cost_of(planned, _store(file, out), calibrate)
    print(json_module.dumps(found.record()) if json else found)
    found.check()


@sweep.command
def run(
    file: str,
    *,
    out: str | None = None,
    workers: Whole = 0,
    dask: str | None = None,
    dask_local: Whole | None = None,
    shard: str | None = None,
    tries: Whole = 2,
    in_a_row: Whole = 5,
    json: bool = False,
) -> int:
    """Compute what a store lacks of a sweep. The same command resumes, retries and extends.

    The exit status is 0 if every cell is done, 1 if cells failed, and 130 after an interrupt.

    Args:
        file: the sweep, a TOML file.
        out: the store; the file's name with .zarr unless given.
        workers: processes on this machine; threads of this process unless given.
        dask: address of a Dask scheduler, such as tcp://10.0.0.1:8786.
        dask_local: processes of a Dask cluster on this machine.
        shard: part i of N of the cells, such as 1/4, for job arrays.
        tries: attempts at a cell before it is set aside.
        in_a_row: identical failures in a row that stop the run.
        json: print the report as JSON.
    """
    from ..sweeps.tasks import Policy

    how = {"workers": _workers(workers, dask, dask_local), "shard": _shard(shard)}
    return _run(file, _store(file, out), json, policy=Policy(tries, in_a_row), **how)


def _run(file: str, store: Path, as_json: bool, **how) -> int:
    from ..progress import show_progress
    from ..sweeps.driver import Driver
    from .sweep_file import lines_said, sweep_of

    planned = sweep_of(file)
    with show_progress():
        with lines_said(file):
            driver = Driver(planned, store, **how)
        report = driver.run()
    print(json_module.dumps(report.record()) if as_json else report.text(store))
    for line in report.lines(driver.sweep):
        print(line, file=sys.stderr)
    if report.interrupted:
        return 130
    return 1 if report.failures or report.stopped else 0


@sweep.command
def status(store: str, *, json: bool = False) -> int:
    """Print how many cells of a store are done, planned and set aside; list the failures.

    The exit status is 0 if every cell is done.

    Args:
        store: the store.
        json: print as JSON.
    """
    from ..sweeps.status import status_of

    found = status_of(store)
    print(json_module.dumps(found.record()) if json else found)
    return 0 if found.complete else 1


def _store(file: str, out: str | None) -> Path:
    from ..sweeps.store import checked_store

    return checked_store(out if out is not None else Path(file).with_suffix(".zarr"))


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    which, _, count = text.partition("/")
    if not (which.isdigit() and count.isdigit() and 1 <= int(which) <= int(count)):
        raise ValueError(f"shard must look like 1/4, from 1/N to N/N, got {text!r}")
    return int(which), int(count)


def _workers(workers: int, dask: str | None, dask_local: int | None):
    from ..domains import Integer
    from ..sweeps.executors import Dask, Inline, Processes

    given = {"workers": workers, "dask": dask, "dask-local": dask_local}
    chosen = [name for name, value in given.items() if value]
    if len(chosen) > 1:
        raise ValueError(f"{' and '.join(chosen)} must not stand together: choose one")
    Integer(0).check("workers", workers)
    if dask_local is not None:
        Integer(1).check("dask-local", dask_local)
    if dask or dask_local:
        return Dask(dask, dask_local)
    return Processes(workers) if workers else Inline()


@sweep.command
def verify(store: str, *, resolution: float = 0.5, json: bool = False) -> int:
    """Compare the cells of a store with exact laws, at one error rate for the whole grid.

    The exit status is 0 if all hold, 1 if any fails, and 3 if none fails but some are not resolved.

    Args:
        store: the store.
        resolution: the relative error that is fine enough.
        json: print the verdicts as JSON.
    """
    from ..sweeps.verdicts import verify_store
    from ..verification import summary

    verdicts = verify_store(store, resolution)
    if json:
        print(json_module.dumps([each.as_data() for each in verdicts]))
    else:
        for each in verdicts:
            if not each.passed:
                print(each.explained())
        print(summary(verdicts))
    outcomes = {each.outcome for each in verdicts}
    return 1 if "fails" in outcomes else 3 if "not resolved" in outcomes else 0


@sweep.command
def export(store: str, out: str) -> None:
    """Write a store as netCDF, CSV or Parquet.

    Args:
        store: the store.
        out: the file, which ends in .nc, .csv or .parquet.
    """
    from ..sweeps.export import export

    print(f"wrote {export(store, out)}")


@sweep.command
def plot(store: str, out: str, *, quantity: str | None = None, x: str | None = None) -> None:
    """Draw a quantity of a store with its standard errors and its laws.

    Args:
        store: the store.
        out: the picture, which ends in .png, .pdf or .svg.
        quantity: the text of the quantity; the first one unless given.
        x: the axis of numbers, or generation; the first axis of numbers unless given.
    """
    from ..sweeps.export import plot

    print(f"wrote {plot(store, out, quantity, x)}")
