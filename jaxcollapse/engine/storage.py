"""Results on disk: labeled arrays with provenance, as netCDF or Zarr, readable by xarray."""

import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np

PACKAGES = ("jaxcollapse", "jax", "jaxlib", "numpy", "equinox")


def provenance(recursion=None, key=None, **more) -> dict[str, str]:
    """Versions, platform, command, key and configuration, as strings."""
    record = {name: metadata.version(name) for name in PACKAGES}
    record |= {"python": platform.python_version(), "backend": jax.default_backend()}
    record["command"] = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    if key is not None:
        record["key"] = (
            f"{jax.random.key_impl(key)} {np.asarray(jax.random.key_data(key)).tolist()}"
        )
    if recursion is not None:
        record["recursion"] = repr(recursion)
    return record | {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in more.items()
    }


def dataset_of(run, **more):
    """A trajectory as an `xarray.Dataset`, with its provenance.

    Dimensions are replica, generation and one per parameter axis.
    """
    import xarray as xr

    variables = dict(run.observed)
    if run.params is not None:
        leaves = jax.tree_util.tree_flatten_with_path(run.params)[0]
        variables |= {jax.tree_util.keystr(path).strip(".[]'"): leaf for path, leaf in leaves}

    def named(name, leaf):
        axes = [f"{name}_{axis}" for axis in range(np.ndim(leaf) - 2)]
        return ("replica", "generation", *axes), np.asarray(leaf)

    coordinates = {
        "replica": np.arange(run.first, run.first + run.replicas),
        "generation": np.asarray(run.times),
    }
    data = {name: named(name, leaf) for name, leaf in variables.items()}
    return xr.Dataset(data, coordinates, attrs=provenance(run.recursion, run.key, **more))


def check_path(path) -> Path:
    """Return `path`, which has to end in .nc or .zarr and lie in an existing folder.

    Raises:
        ValueError: any other path.
    """
    path = Path(path)
    if path.suffix not in (".nc", ".zarr"):
        raise ValueError(f"out must end in .nc or .zarr, got {str(path)!r}")
    if not path.parent.is_dir():
        raise ValueError(f"out must lie in an existing folder, got {str(path)!r}")
    return path


def save(dataset, path) -> Path:
    """Write a dataset as one netCDF file or Zarr store.

    A file appears under its name only when it is complete.
    """
    path = check_path(path)
    if path.suffix == ".zarr":
        dataset.to_zarr(path, mode="w", consolidated=False)
        return path
    unfinished = path.with_name(path.name + ".part")
    dataset.to_netcdf(unfinished, engine="h5netcdf")
    os.replace(unfinished, path)
    return path


class ReplicaStore:
    """A Zarr store that grows along replicas, so that an interrupted run continues."""

    def __init__(self, path, configuration: dict):
        self.path, self.configuration = check_path(path), json.dumps(configuration, sort_keys=True)

    def done(self) -> int:
        """The number of replicas already stored.

        Raises:
            ValueError: the store holds another configuration.
        """
        import xarray as xr

        if not self.path.exists():
            return 0
        with xr.open_zarr(self.path, consolidated=False) as stored:
            if stored.attrs.get("configuration") != self.configuration:
                raise ValueError(
                    f"out {str(self.path)!r} holds another configuration: choose another name"
                )
            return stored.sizes["replica"]

    def append(self, run) -> None:
        """Add a run's replicas after those already there."""
        where: dict[str, Any] = {"append_dim": "replica"} if self.path.exists() else {"mode": "w"}
        dataset_of(run, configuration=self.configuration).to_zarr(
            self.path, consolidated=False, **where
        )
