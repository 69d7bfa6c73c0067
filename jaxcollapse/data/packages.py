"""Files inside installed packages, found without importing them."""

import importlib.util
from importlib import metadata
from pathlib import Path


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
