"""Files of runs: netCDF files and Zarr stores, with checksums; what is missing, what is damaged."""

import contextlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import content
from ..arguments import check_is_path
from .storage import Damaged, checksum_of, checksum_of_attributes, dataset_of, on_one_line

ADVICE = "choose another name, or remove it"


def check_path(path) -> Path:
    """Return `path`, which has to end in .nc or .zarr and lie in a folder that can be written.

    Raises:
        ValueError: any other path.
    """
    path = check_is_path("out", path)
    if path.suffix not in (".nc", ".zarr"):
        raise ValueError(f"out must end in .nc or .zarr, got {str(path)!r}")
    if not path.parent.is_dir():
        raise ValueError(f"out must lie in an existing folder, got {str(path)!r}")
    kind = "file" if path.suffix == ".nc" else "folder"
    if path.exists() and path.is_dir() == (kind == "file"):
        raise ValueError(f"out must be a {kind}, got {str(path)!r}")
    check_folder(path if path.is_dir() else path.parent)
    return path


def check_folder(folder) -> None:
    """Make a folder if it is not there. Raises `ValueError` where no file can be written to it."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as problem:
        reason = problem.strerror or problem
        raise ValueError(f"out must be writable, got folder {str(folder)!r}: {reason}") from None


def save(dataset, path) -> Path:
    """Write a dataset as one netCDF file, with a checksum.

    A file appears under its name only when it is complete.
    """
    path = check_path(path)
    unfinished = path.with_name(path.name + ".part")
    whole = dataset.assign_attrs(checksum=checksum_of(dataset))
    whole.to_netcdf(unfinished, engine="h5netcdf")
    os.replace(unfinished, path)
    return path


def load_run(path):
    """Read a netCDF file or Zarr store that this package wrote, as an `xarray.Dataset` in memory.

    Raises:
        ValueError: a file that is not there or cannot be read, or whose content is not what was
            written.
    """
    path = check_is_path("path", path)
    if not path.exists():
        raise ValueError(f"{str(path)!r} does not exist")
    with _readable(path):
        dataset = _opened(path).load()
    if path.suffix == ".zarr":
        whole = [
            part for part, digest in _parts(dataset).items() if _digest(dataset, part) == digest
        ]
        complete = sum(map(len, whole)) == dataset.sizes["replica"]
    else:
        complete = dataset.attrs.get("checksum") == checksum_of(dataset)
    if not complete:
        raise Damaged(f"{str(path)!r} is damaged: its content differs from its checksum")
    return dataset


def _opened(path: Path):
    """The dataset of a path before any check of its content; that of a Zarr store is read later."""
    import h5py
    import xarray as xr

    with _readable(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".zarr":
            return xr.open_zarr(path, chunks=None)
        # Where h5netcdf meets damage, it leaves a half-made object whose end prints.
        with h5py.File(path, "r") as file:
            file.visititems(lambda name, each: list(each.attrs.items()))
            list(file.attrs.items())
        with xr.open_dataset(path, engine="h5netcdf") as stored:
            return stored.load()


@contextlib.contextmanager
def _readable(path: Path):
    """Turn whatever the parsers of damaged bytes raise into one error."""
    try:
        yield
    except Damaged:
        raise
    except Exception as problem:
        raise Damaged(f"{str(path)!r} cannot be read: {on_one_line(problem)}") from None


def store_at(path, configuration: dict, fingerprint: str, say: Callable[[str], None]):
    """The store of a run at a path, by its suffix.

    It keeps the configuration and the fingerprint of the run; `say` is told of damaged parts.
    """
    kind = ReplicaStore if check_path(path).suffix == ".zarr" else FileStore
    return kind(path, configuration, fingerprint, say)


class FileStore:
    """A netCDF file that holds one run, and is never written over another one."""

    def __init__(self, path, configuration: dict, fingerprint: str, say):
        self.path, self.say = check_path(path), say
        self.about: dict[str, Any] = {"configuration": configuration, "store": fingerprint}
        self.parts: dict[range, str] = {}

    def missing(self, replicas: int) -> list[range]:
        """The replicas to compute: none or all.

        Raises:
            ValueError: the file holds something else.
        """
        if not self.path.exists():
            return [range(replicas)]
        try:
            stored = load_run(self.path)
        except Damaged as problem:
            raise ValueError(f"out: {problem}; {ADVICE}") from None
        if stored.attrs.get("store") != self.about["store"] or stored.sizes["replica"] != replicas:
            raise ValueError(f"out {str(self.path)!r} holds another run: {ADVICE}")
        return []

    def add(self, run) -> None:
        """Write the run."""
        save(dataset_of(run, **self.about), self.path)

    def ends(self, name: str, replicas: int) -> tuple[np.ndarray, np.ndarray]:
        """First and last generation of a metric."""
        values = load_run(self.path)[name].values[:replicas]
        return values[:, 0], values[:, -1]


class ReplicaStore(FileStore):
    """A Zarr store that grows along replicas, so that an interrupted run continues.

    The attribute `parts` lists the replicas of every part with a checksum, and the attribute
    `checksum` covers the attributes. A part that is not what was written is computed again.
    """

    def missing(self, replicas):
        """The replicas that are not there or damaged, as ranges.

        Raises:
            ValueError: the store holds another run, or is not a store of runs.
        """
        if not self.path.exists():
            return [range(replicas)]
        try:
            kept = self._kept()
        except Damaged as problem:
            self._check_ours(problem)
            self.say(f"out {problem}; it is computed again")
            shutil.rmtree(self.path)
            return [range(replicas)]
        found, place = [], 0
        for part in [*sorted(kept, key=lambda part: part.start), range(replicas, replicas)]:
            found.append(range(place, min(part.start, replicas)))
            place = max(place, part.stop)
        return [part for part in found if len(part)]

    def _kept(self) -> list[range]:
        """The parts that are what was written; the others are named.

        Raises:
            ValueError: the store holds another run, or its metadata are damaged.
        """
        dataset = _opened(self.path)
        if "parts" in dataset.attrs and dataset.attrs.get("store") != self.about["store"]:
            raise ValueError(f"out {str(self.path)!r} holds another run: {ADVICE}")
        parts, self.parts = _parts(dataset), _whole(dataset)
        with _readable(self.path):
            _check_metadata(self.path)
        for part in parts.keys() - self.parts.keys():
            replicas = f"replicas {part.start} to {part.stop - 1} of {str(self.path)!r}"
            self.say(f"out: {replicas} are damaged and are computed again")
        return list(self.parts)

    def _check_ours(self, problem: Exception) -> None:
        """Raise a `ValueError` unless the metadata name this run: others are not ours to remove."""
        try:
            known = self.about["store"].encode() in (self.path / "zarr.json").read_bytes()
        except OSError:
            known = False
        if not known:
            raise ValueError(f"out {problem}; {ADVICE}") from None

    def add(self, run):
        """Add a run's replicas, in their places."""
        import zarr

        part = range(run.first, run.first + run.replicas)
        dataset = dataset_of(run, **self.about, parts="{}")
        if not self.path.exists():
            _quietly(lambda: dataset.to_zarr(self.path, mode="w", consolidated=False))
        group = zarr.open_group(self.path, mode="r+", use_consolidated=False)
        stop = max(each.stop for each in (part, *self.parts))
        for name, values in dataset.variables.items():
            _write(group, str(name), values, part, stop)
        self.parts[part] = checksum_of(dataset, attributes=False)
        self._seal(group)
        if _digest(_opened(self.path), part) != self.parts[part]:
            raise ValueError(f"out {str(self.path)!r} is damaged, and reads what was not written")

    def _seal(self, group) -> None:
        """Write which parts there are, and the checksum of the attributes."""
        import zarr

        names = {f"{part.start}-{part.stop}": digest for part, digest in self.parts.items()}
        attributes = dict(group.attrs) | {"parts": content.canonical(names)}
        attributes["checksum"] = checksum_of_attributes(attributes)
        group.attrs.update(attributes)
        _quietly(lambda: zarr.consolidate_metadata(self.path))


def _write(group, name: str, values, part: range, stop: int) -> None:
    """Write the replicas of one part to an array of a store, which then ends at `stop`."""
    array: Any = group[name]
    if "replica" not in values.dims:
        array[...] = values.values
        return
    if array.shape[0] != stop:
        array.resize((stop, *array.shape[1:]))
    array[part.start : part.stop] = values.values


def _parts(dataset) -> dict[range, str]:
    """The parts of a store with their checksums, as its attributes list them."""
    attributes = dataset.attrs
    try:
        parts = json.loads(attributes["parts"])
        found = {range(*map(int, name.split("-"))): digest for name, digest in parts.items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        found = None
    if found is None or attributes.get("checksum") != checksum_of_attributes(attributes):
        raise Damaged("its attributes are damaged")
    return found


def _whole(dataset) -> dict[range, str]:
    """The parts that are what was written."""
    found = {}
    for part, digest in _parts(dataset).items():
        with contextlib.suppress(Damaged), _readable(Path()):
            if _digest(dataset, part) == digest:
                found[part] = digest
    return found


def _check_metadata(path: Path) -> None:
    """Raise a `ValueError` unless arrays are described alike beside them and in the root.

    Where an extension was interrupted, they are longer beside them.
    """
    import zarr

    both: Any = [zarr.open_group(path, mode="r", use_consolidated=each) for each in (True, False)]
    for name, _ in both[0].arrays():
        found = [group[name].metadata.to_dict() for group in both]
        # As text, because a fill value of NaN is not equal to itself.
        one, other = (str(each | {"shape": each["shape"][1:]}) for each in found)
        if one != other:
            raise ValueError(f"{name} is described in two ways")


def _digest(dataset, part: range) -> str:
    """The checksum of some replicas, and of what all replicas share."""
    chosen = dataset.isel(replica=slice(part.start, part.stop))
    return checksum_of(chosen, attributes=False)


def _quietly(write) -> None:
    """Call without the warning that consolidated metadata are not part of Zarr 3 yet."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        write()
