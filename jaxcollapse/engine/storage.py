"""Results as labeled arrays with provenance, and checksums of what is stored."""

import contextlib
import json
import os
import platform
import sys
import uuid
from importlib import metadata
from pathlib import Path

import jax
import numpy as np

from .. import content

PACKAGES = ("jaxcollapse", "jax", "jaxlib", "numpy", "equinox")


class Damaged(ValueError):
    """What is stored is not what was written: cut off, changed, or written by something else."""


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


def run_fingerprint(key, recursion, **about) -> str:
    """SHA-256 of everything that the numbers of a run depend on, versions included.

    Raises:
        ValueError: a recursion that has no record.
    """
    versions = {name: metadata.version(name) for name in ("jaxcollapse", "jax")}
    return content.fingerprint({"key": key, "recursion": recursion, "about": about} | versions)


def dataset_of(run, **more):
    """A trajectory as an `xarray.Dataset`, with its provenance.

    Dimensions are replica, generation and one per parameter axis. The attribute `record` is JSON
    from which `Recursion.from_record` makes the recursion again; a recursion that has no record,
    such as one that holds a function, goes without.
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
    attributes = provenance(run.recursion, run.key, **_identity(run), **more)
    return xr.Dataset(data, coordinates, attrs=attributes)


def _identity(run) -> dict[str, str]:
    """The record of a run's recursion and the fingerprint of the run, if it has a record."""
    about = {"times": np.asarray(run.times), "metrics": list(run.observed)}
    try:
        record = content.canonical(content.recorded(run.recursion))
        return {"record": record, "fingerprint": run_fingerprint(run.key, run.recursion, **about)}
    except ValueError:
        return {}


def with_categories(dataset, labels):
    """A dataset whose parameter axes of the length of `labels` are one axis `category`.

    Raises:
        ValueError: labels that fit no parameter axis.
    """
    axes = {name: size for name, size in dataset.sizes.items() if size == len(labels)}
    chosen = {name: "category" for name in axes if name not in ("replica", "generation")}
    twice = [each.dims for each in dataset.values() if sum(dim in chosen for dim in each.dims) > 1]
    if not chosen or twice:
        sizes = dict(dataset.sizes)
        raise ValueError(f"labels must fit one parameter axis of {sizes}, got {len(labels)}")
    return dataset.rename(chosen).assign_coords(category=list(labels))


def checksum_of(dataset, attributes: bool = True) -> str:
    """SHA-256 of all variables of a dataset and, unless told otherwise, of its attributes."""
    names = {str(name): list(each.dims) for name, each in dataset.variables.items()}
    arrays = {str(name): _plain(each.values) for name, each in dataset.variables.items()}
    about = {"names": names, "attributes": _covered(dataset.attrs) if attributes else {}}
    return content.checksum({"": content.canonical(about)} | arrays)


def checksum_of_attributes(attributes) -> str:
    """SHA-256 of the attributes of a dataset."""
    return content.checksum({"": content.canonical(_covered(attributes))})


def _covered(attributes) -> dict[str, str]:
    return {name: str(value) for name, value in attributes.items() if name != "checksum"}


def _plain(values: np.ndarray) -> np.ndarray:
    """Texts as one text, since readers give their arrays various types."""
    return values if values.dtype.kind in "biufc" else np.asarray("\0".join(map(str, values.flat)))


def written(path: Path, data: bytes, shared: bool = False) -> None:
    """Write a file beside its place, force it to the disk and rename it.

    Args:
        path: the file, which is there whole or not at all.
        data: its bytes.
        shared: other processes may write it too, so that the unfinished one has its own name.

    Raises:
        OSError: it cannot be written; the message names it.
    """
    own = f".{path.name}.{uuid.uuid4().hex}" if shared else f"{path.name}.part"
    unfinished = path.with_name(own)
    try:
        with unfinished.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritten(path, error) from error
        raise


def unwritten(path, error: OSError) -> OSError:
    """The error that says in one line which file or folder cannot be written, and why."""
    return type(error)(f"{str(path)!r} cannot be written: {error.strerror or error}")


def on_one_line(problem: BaseException) -> str:
    """The message of an error on one line, not too long."""
    text, name = " ".join(str(problem).split()), type(problem).__name__
    text = f"{name} {text}" if isinstance(problem, KeyError) else text or name
    return text if len(text) < 160 else text[:157] + "..."
