"""Schedulers of Dask: the page's example for Slurm, PBS and LSF, its job script and a run of it.

Jobs of dask-jobqueue's `LocalCluster` are the job scripts of the other queues, started without one.
"""

import re
import textwrap
from pathlib import Path

import jax
import pytest
import xarray as xr

import jaxcollapse as jc
from jaxcollapse.sweeps.executors import Dask, workers_of

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "sweeps.md"
# Tests talk to loopback only.
HERE = {"interface": "lo", "scheduler-options": {"dashboard_address": "127.0.0.1:0"}}
SIZE = {"generations": 4, "replicas": 64}


def example():
    """The block of the page that names a queue."""
    blocks = re.findall(r"\n\n((?:    .*\n|\n(?=    ))+)", PAGE.read_text("utf-8"))
    (found,) = [block for block in blocks if "SLURMCluster" in block]
    return textwrap.dedent(found)


@pytest.fixture
def loopback():
    pytest.importorskip("dask_jobqueue")
    import dask

    queues = ("slurm", "local")
    with dask.config.set({f"jobqueue.{q}.{name}": HERE[name] for q in queues for name in HERE}):
        yield


@pytest.mark.thorough
@pytest.mark.usefixtures("loopback")
def test_the_job_script_asks_slurm_for_what_the_page_says():
    names: dict = {}
    exec(example().partition("cluster.scale")[0], names)
    with names["cluster"] as cluster:
        script = cluster.job_script()
    for line in ("#SBATCH -n 1", "#SBATCH --cpus-per-task=1", "#SBATCH --mem=4G", "-t 01:00:00"):
        assert line in script
    assert "distributed.cli.dask_worker tcp://" in script


# `LocalCluster` does not wait for the processes that it ends.
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.thorough
@pytest.mark.usefixtures("loopback")
def test_the_example_of_the_page_gives_the_bits_of_one_process(tmp_path, monkeypatch):
    changes = {
        "from dask_jobqueue import SLURMCluster": "from dask_jobqueue.local import LocalCluster",
        "SLURMCluster(": "LocalCluster(",
        "jobs=100": "jobs=1",
        "range(250)": "range(2)",
        str({"generations": 100, "replicas": 1000}).replace("'", '"'): repr(SIZE),
    }
    text = example()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    try:
        exec(text, names)
    finally:
        names["cluster"].close()
    inline = jc.sweep(jax.random.key(0), names["grid"], names["r"], "E(variance)", **SIZE)
    with xr.open_zarr("grid.zarr", chunks=None) as stored:
        xr.testing.assert_equal(stored.load(), inline)


def test_what_is_no_executor_is_refused_by_name():
    with pytest.raises(ValueError, match=r"executor must be .* got 3"):
        workers_of(3)


@pytest.mark.thorough
def test_a_scheduler_of_ours_is_no_default():
    """Left behind, it would be asked to do what others do with Dask, such as a file of xarray."""
    pytest.importorskip("distributed")
    import dask

    with Dask(local=1):
        assert dask.config.get("scheduler", None) is None
