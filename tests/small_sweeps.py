"""A small grid whose programs all tests of sweeps share."""

import jax
import xarray as xr

import jaxcollapse as jc
from jaxcollapse.engine import batches
from jaxcollapse.sweeps.driver import Driver
from jaxcollapse.sweeps.sweep import Sweep

KEY = jax.random.key(3)
TRUTH = jc.Gaussian.params(0.3, 1.7)
BASE = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=TRUTH, n=10)
WORKFLOWS = [jc.Replace(), jc.Accumulate()]


def planned(n=(5, 10, 20), replicas=64, workflows=WORKFLOWS, **more):
    """A sweep whose programs all tests share."""
    axes = {"n": list(n), "workflow": workflows}
    return Sweep(more.pop("key", KEY), BASE, axes, 4, replicas, ["E(variance)", "P(w2>1)"], **more)


def run(sweep, path, **how):
    return Driver(sweep, path, **how).run()


def opened(path):
    with xr.open_zarr(path, chunks=None) as found:
        return found.load()


def uninterrupted(path):
    """The store of the largest grid: its path, arrays, compilations, and grid."""
    before = batches.compilations()
    driver = Driver(planned(), path)
    driver.run()
    return path, opened(path), batches.compilations() - before, driver.grid


def same(a, b):
    xr.testing.assert_equal(a, b)
