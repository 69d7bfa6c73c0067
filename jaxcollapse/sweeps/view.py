"""The labeled arrays of a store: a Zarr group with one dimension per axis.

The metadata of all arrays stand in one file, the group's, which is replaced as a whole; a chunk of
an array is a file that is replaced as a whole too. So `xarray.open_zarr` reads the store at any
moment. Where a grid grows, its new chunks come under other names (with another separator) before
the metadata change, and the old ones go after it.
"""

import json
import math
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.storage import written
from .ledger import FOLDER

CHUNK_BYTES = 1 << 20
SEPARATORS = (".", "/")


@dataclass(frozen=True)
class Variable:
    """An array of a store: its dimensions and sizes beyond the grid, and what is missing."""

    dims: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    dtype: str = "f8"
    missing: Any = math.nan
    attributes: Mapping[str, Any] | None = None

    @property
    def bytes(self) -> int:
        """Bytes of one cell."""
        return math.prod(self.sizes) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class Layout:
    """What arrays a store has: the grid, coordinates as (dimension, values), and variables."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coordinates: Mapping[str, tuple[str, np.ndarray]]
    variables: Mapping[str, Variable]
    attributes: Mapping[str, Any]

    @property
    def bytes(self) -> int:
        """Bytes of all arrays, before compression."""
        return math.prod(self.shape) * sum(each.bytes for each in self.variables.values())


class View:
    """The Zarr arrays of a store."""

    def __init__(self, path):
        self.path = Path(path)

    @property
    def attributes(self) -> dict:
        """The attributes of the group; none where there is none yet."""
        file = self.path / "zarr.json"
        return json.loads(file.read_text("utf-8"))["attributes"] if file.exists() else {}

    def group(self):
        """The Zarr group, for reading and writing."""
        import zarr

        return zarr.open_group(self.path, mode="r+")

    def array(self, name: str) -> np.ndarray:
        """The values of one array."""
        found: Any = self.group()[name]
        return np.asarray(found[...])

    def build(self, layout: Layout, fill: Callable[[Any], None]) -> None:
        """Make all arrays anew, let `fill` write cells into them, and show them at once."""
        import zarr

        used = self.attributes.get("separator")
        separator = SEPARATORS[1 - SEPARATORS.index(used)] if used in SEPARATORS else SEPARATORS[0]
        next_ = self.path / FOLDER / "next"
        shutil.rmtree(next_, ignore_errors=True)
        attributes = {**layout.attributes, "separator": separator}
        group = zarr.create_group(next_, zarr_format=3, attributes=attributes)
        self._make(group, layout, separator)
        fill(group)
        self._show(next_, separator)

    @staticmethod
    def _make(group, layout: Layout, separator: str) -> None:
        from zarr.codecs import ZstdCodec

        about: Any = {
            "chunk_key_encoding": {"name": "default", "separator": separator},
            "compressors": [ZstdCodec(level=1, checksum=True)],
        }
        for name, (dim, values) in layout.coordinates.items():
            texts = values.dtype.kind in "OU"
            array = group.create_array(
                name,
                shape=values.shape,
                chunks=values.shape,
                dtype=str if texts else values.dtype,
                dimension_names=(dim,),
                **about,
            )
            array[...] = values
        for name, each in layout.variables.items():
            group.create_array(
                name,
                shape=(*layout.shape, *each.sizes),
                chunks=(*_chunks(layout.shape, each.bytes), *each.sizes),
                dtype=each.dtype,
                fill_value=each.missing,
                dimension_names=(*layout.dims, *each.dims),
                attributes=dict(each.attributes or {}),
                **about,
            )

    def _show(self, next_: Path, separator: str) -> None:
        """Move the chunks beside the old ones, replace the metadata, remove the old chunks."""
        arrays = sorted(each.name for each in next_.iterdir() if each.is_dir())
        metadata = {}
        for name in arrays:
            target = self.path / name
            target.mkdir(exist_ok=True)
            _remove_chunks(target, separator)
            for chunk in _chunk_files(next_ / name, separator):
                os.replace(chunk, target / chunk.name)
            text = (next_ / name / "zarr.json").read_bytes()
            written(target / "zarr.json", text, shared=True)
            metadata[name] = json.loads(text)
        root = json.loads((next_ / "zarr.json").read_text("utf-8"))
        root["consolidated_metadata"] = {
            "kind": "inline",
            "must_understand": False,
            "metadata": metadata,
        }
        written(self.path / "zarr.json", json.dumps(root, indent=1).encode(), shared=True)
        for each in self.path.iterdir():
            if each.is_dir() and each.name != FOLDER:
                if each.name in metadata:
                    _remove_chunks(each, SEPARATORS[1 - SEPARATORS.index(separator)])
                else:
                    shutil.rmtree(each)
        shutil.rmtree(next_)

    def intact(self) -> bool:
        """Whether every chunk of every array can be read."""
        import zarr

        try:
            group = zarr.open_group(self.path, mode="r")
            for _, array in group.arrays():
                for block in np.ndindex(*array.cdata_shape):
                    array.get_block_selection(block)
        except Exception:
            # Codecs raise whatever their libraries raise.
            return False
        return True


def put(group, layout: Layout, cells: Iterable[tuple[tuple[int, ...], Mapping[str, Any]]]) -> None:
    """Write values of cells, given as (index, values by variable); the states come last."""
    listed = list(cells)
    names = [name for name in layout.variables if name != "state"] + ["state"]
    grid = len(layout.shape)
    for name in names:
        array = group[name]
        step = array.chunks[:grid]
        blocks: dict[tuple, list] = defaultdict(list)
        for index, values in listed:
            if name in values:
                block = tuple(i // s for i, s in zip(index, step, strict=True))
                blocks[block].append((index, values[name]))
        for block, entries in blocks.items():
            corner = tuple(b * s for b, s in zip(block, step, strict=True))
            region = tuple(
                slice(c, min(c + s, n)) for c, s, n in zip(corner, step, layout.shape, strict=True)
            )
            content = array[region]
            for index, value in entries:
                content[tuple(i - c for i, c in zip(index, corner, strict=True))] = value
            array[region] = content


def _chunks(shape, bytes_of_cell: int) -> tuple[int, ...]:
    """The chunks of the grid: about a megabyte each."""
    room, found = CHUNK_BYTES // max(bytes_of_cell, 1), []
    for size in reversed(shape):
        found.append(max(1, min(size, room)))
        room //= found[-1]
    return tuple(reversed(found))


def _chunk_files(folder: Path, separator: str) -> list[Path]:
    """The files of chunks under names of a separator, or the folder that holds them."""
    return [each for each in folder.glob("c" if separator == "/" else "c.*")]


def _remove_chunks(folder: Path, separator: str) -> None:
    for each in _chunk_files(folder, separator):
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()
