"""Files inside installed packages, found without importing them."""

import importlib.util
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TypeVar

Content = TypeVar("Content")


def packaged_file(data: str, package: str, module: str, inside: str) -> tuple[Path, str]:
    """A file of an installed package, and the name and version of the package.

    Args:
        data: the data set, for the message.
        package: what pip calls the package.
        module: what Python calls it.
        inside: the path of the file in it.

    Raises:
        ValueError: the package is not installed, or has no such file.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.submodule_search_locations is None:
        raise ValueError(f"data {data!r} needs the package {package}: pip install {package}")
    file = Path(spec.submodule_search_locations[0]) / inside
    source = f"{package} {metadata.version(package)}"
    if not file.is_file():
        raise ValueError(f"data {data!r} is missing in {source}: there is no {inside}")
    return file, source


def read_packaged(data: str, file: Path, read: Callable[[Path], Content]) -> Content:
    """What a reader finds in a file of a package.

    Args:
        data: the data set, for the message.
        file: the file.
        read: raises whatever it meets where the file is damaged.

    Raises:
        ValueError: the file is damaged; the message names it.
    """
    try:
        return read(file)
    except Exception as problem:
        reason = " ".join(str(problem).split())[:160] or type(problem).__name__
        raise ValueError(
            f"data {data!r} cannot be read, install its package again: file {str(file)!r} is "
            f"damaged: {reason}"
        ) from None


def check_shape(rows, shape: tuple[int, ...]) -> None:
    """Raise a `ValueError` unless a table has the rows and columns that its package ships."""
    if rows.shape != shape:
        raise ValueError(f"its shape must be {shape}, got {rows.shape}")
