"""Tables of numbers with classes, from installed packages, without a download."""

import jax
import jax.numpy as jnp
import numpy as np

from ..families import LogisticRegression
from ..families.logistic_regression import most_likely
from .dataset import Dataset, empirical, file_hash
from .packages import check_shape, packaged_file, read_packaged

BREAST_CANCER = "datasets/data/breast_cancer.csv"


def breast_cancer() -> Dataset:
    """569 tumors with 30 measurements and their classes, 0 malignant and 1 benign, from
    scikit-learn's wheel, not imported.

    The columns are the means of ten measurements over cell nuclei, their standard errors and their
    largest values: radius, texture, perimeter, area, smoothness, compactness, concavity, concave
    points, symmetry and fractal dimension.

    Raises:
        ValueError: scikit-learn is not installed, or its file is damaged.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.breast_cancer().values.shape
        (569, 30)
    """
    file, source = packaged_file("breast-cancer", "scikit-learn", "sklearn", BREAST_CANCER)
    rows = read_packaged("breast-cancer", file, _measurements)
    return Dataset(
        "breast-cancer",
        rows[:, :-1],
        None,
        file.name,
        file_hash(file),
        f"{source}: code BSD-3-Clause, data from UCI, CC BY 4.0",
        rows[:, -1].astype(np.int32),
    )


def _measurements(file) -> np.ndarray:
    rows = np.loadtxt(file, delimiter=",", skiprows=1)
    check_shape(rows, (569, 31))
    return rows


@empirical.register
def _(family: LogisticRegression, data):
    rows = np.asarray(family.design.rows, float)
    if data.targets is None or set(np.unique(data.targets)) != {0, 1}:
        raise ValueError(f"data {data.name!r} has no classes 0 and 1 for a logistic regression")
    if len(rows) != len(data.targets):
        raise ValueError(
            f"FixedDesign.rows must hold the inputs of the {len(data.targets)} classes of data "
            f"{data.name!r}, got {len(rows)} rows"
        )
    with jax.enable_x64(True):
        once, start = jnp.ones(len(rows)), jnp.zeros(rows.shape[1])
        ones = jnp.asarray(data.targets, once.dtype)
        weights = np.asarray(most_likely(jnp.asarray(rows), once, ones, start))
    if np.isnan(weights).any():
        raise ValueError(
            f"data {data.name!r} has classes that these inputs separate, or inputs that depend on "
            "each other: no weights have the largest likelihood; use other columns"
        )
    return family.params(weights)
