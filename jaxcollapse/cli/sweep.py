"""The commands of a sweep: plan, run, status, verify, export, plot."""

import json as json_module
import sys
from pathlib import Path

from cyclopts import App

from .app import app

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
    from .sweep_file import sweep_of

    found = cost_of(sweep_of(file), _store(file, out), calibrate)
    print(json_module.dumps(found.record()) if json else found)
    found.check()


@sweep.command
def run(
    file: str,
    *,
    out: str | None = None,
    workers: int = 0,
    dask: str | None = None,
    dask_local: int | None = None,
    shard: str | None = None,
    tries: int = 2,
    in_a_row: int = 5,
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
    from .sweep_file import sweep_of

    with show_progress():
        driver = Driver(sweep_of(file), store, **how)
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
