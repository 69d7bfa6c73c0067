"""One run and the files that hold it, for tests of stores."""

import warnings

import jax

import jaxcollapse as jc
from jaxcollapse.engine.storage import run_fingerprint
from jaxcollapse.engine.stores import load_run, store_at

KEY = jax.random.key(5)
RECURSION = jc.Recursion(
    jc.Gaussian(), jc.Refresh(0.5), truth=jc.Gaussian.params(0.3, 2.0), n=9, fresh=5
)
OTHER = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.3, 2.0), n=9)
RUN = {"generations": 4, "observe": (jc.variance, jc.w2)}
REPLICAS = 6
FINGERPRINT = run_fingerprint(KEY, RECURSION)


def simulated(replicas):
    return jc.simulate(KEY, RECURSION, replicas=replicas, **RUN)


class Folder:
    """The folder of a run that is resumed."""

    name = "run"

    def make(self, path, recursion=RECURSION):
        return jc.resume(KEY, recursion, replicas=REPLICAS, folder=path, **RUN)

    def again(self, path) -> tuple[list[str], dict]:
        """Lines that are said, and the numbers that are had."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            observed = self.make(path).observed
        return [str(each.message) for each in caught], observed


class Store:
    """A Zarr store of two parts, or a netCDF file."""

    def __init__(self, name):
        self.name = name

    def add(self, path, say, fingerprint=FINGERPRINT):
        store = store_at(path, {}, fingerprint, say)
        halves = [range(3), range(3, REPLICAS)] if path.suffix == ".zarr" else [range(REPLICAS)]
        for part in store.missing(REPLICAS):
            for half in halves:
                both = range(max(part.start, half.start), min(part.stop, half.stop))
                if len(both):
                    store.add(simulated(both))
        return store

    def make(self, path, recursion=RECURSION):
        self.add(path, print, FINGERPRINT if recursion is RECURSION else "another")

    def again(self, path):
        said: list[str] = []
        self.add(path, said.append)
        whole = load_run(path)
        return said, {name: whole[name].values for name in ("variance", "w2")}
