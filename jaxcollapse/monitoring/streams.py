"""Streams: what is watched, generation after generation, the real data first."""

from dataclasses import dataclass, field

import numpy as np

from ..arguments import check_is_path, checked, some
from ..data.tables import table_columns
from ..domains import Whole
from ..metrics.fairness import check_present

LABELED = ("label", "prediction", "group")


@dataclass(frozen=True)
class Stream:
    """Observations of every generation; generation 0 is the reference, such as real data.

    Attributes:
        values: rows of every generation, shape (size, numbers), or words, shape (size,); empty
            where only labels are watched.
        labeled: for every generation true labels, predictions and groups, shape (3, size); empty
            where there are none.
        groups: for every generation the group of every row; empty where there are none.
        gains: for every later generation, the log-likelihood of outputs under their model less that
            under the truth, which only a run knows; else None.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> jc.Stream.of([np.zeros(9), np.ones(5)]).generations
        1
    """

    values: list[np.ndarray] = field(default_factory=list)
    labeled: list[np.ndarray] = field(default_factory=list)
    groups: list[np.ndarray] = field(default_factory=list)
    gains: np.ndarray | None = None

    @classmethod
    def of(cls, generations, groups=None) -> "Stream":
        """Return a stream of arrays, one for each generation.

        Args:
            generations: rows of every generation.
            groups: the group of every row, an array for each generation; each group has two rows or
                more in generation 0.

        Raises:
            ValueError: fewer than two generations, a generation without observations, values that
                are not finite, generations of different shapes, groups of other lengths, or a group
                with fewer rows in generation 0.
        """
        values = [_rows(t, each) for t, each in enumerate(generations)]
        _check_length(values)
        kinds = {(each.dtype.kind in "US", each.shape[1:]) for each in values}
        if len(kinds) > 1:
            raise ValueError(f"generations must have observations of one shape, got {kinds}")
        return cls(values, groups=[] if groups is None else _groups(values, groups))

    def of_group(self, name) -> "Stream":
        """Return the rows and labels of one group."""
        inside = [each == name for each in self.groups]
        values = [each[there] for each, there in zip(self.values, inside, strict=False)]
        labeled = [each[:, there] for each, there in zip(self.labeled, inside, strict=False)]
        return Stream(values, labeled)

    @classmethod
    def of_labels(cls, labels, predictions, groups, classes=None) -> "Stream":
        """Return a stream of true labels, predictions and groups, an array for each generation.

        Args:
            labels: true labels.
            predictions: what they are said to be.
            groups: groups, each of which has items in generation 0.
            classes: what labels and predictions may be; those of generation 0 unless given.

        Raises:
            ValueError: as for `of`, arrays of different lengths, a label or a prediction that is
                none of the classes, or a group without items in generation 0.
        """
        found, counts = [], [len(each) for each in (labels, predictions, groups)]
        if len(set(counts)) > 1:
            raise ValueError(
                f"labels, predictions and groups must have as many generations, got {counts}"
            )
        for t, columns in enumerate(zip(labels, predictions, groups, strict=True)):
            arrays = [np.asarray(each) for each in columns]
            if (
                len({each.shape for each in arrays}) > 1
                or arrays[0].ndim != 1
                or not arrays[0].size
            ):
                shapes = ", ".join(str(each.shape) for each in arrays)
                raise ValueError(
                    f"generation {t} must have as many labels, predictions and groups, got {shapes}"
                )
            for name, each in zip(LABELED, arrays, strict=True):
                check_present(f"{name} of generation {t}", each)
            found.append(np.stack([each.astype(object) for each in arrays]))
        _check_length(found)
        _check_known(found, classes)
        return cls([], found, [each[2] for each in found])

    @property
    def generations(self) -> int:
        """Number of generations after the reference."""
        return len(self.values or self.labeled) - 1


@checked(
    path=check_is_path, generation=str, classes=some(str), label=str, prediction=str, group=str
)
def read_stream(
    path,
    generation: str = "generation",
    classes=None,
    *,
    label: str = "label",
    prediction: str = "prediction",
    group: str = "group",
) -> Stream:
    """Return the stream of a table with one row per observation.

    The column `generation` counts from 0, the reference. Labels and predictions are watched by
    group. The other columns are values: numbers, or words in a single column; with a column of
    groups they are watched by group too. Files are read as in `table_column`.

    Args:
        path: the file.
        generation: name of the column that counts generations.
        classes: what label and prediction may be, as texts of the file; what generation 0 has
            unless given.
        label, prediction, group: names of the columns with true labels, what they are said to be,
            and groups. A table may lack all of them, or have groups alone.

    Raises:
        ValueError: a file that cannot be read, a column that is missing, generations that are
            missing or no integers, values that are missing, or classes and groups as for
            `Stream.of_labels`.
    """
    import pandas as pd

    table = pd.DataFrame({name: _codes(cells) for name, cells in table_columns(path).items()})
    roles = dict(zip(LABELED, (label, prediction, group), strict=True))
    needed = [generation, *(name for role, name in roles.items() if name != role)]
    if missing := [name for name in needed if name not in table]:
        raise ValueError(
            f"column {missing[0]!r} must be in {str(path)!r}, which has {', '.join(table)}"
        )
    members = _members(table[generation])
    return _stream_of(table.drop(columns=generation), members, generation, roles, classes)


def _members(times) -> list:
    """For every generation, which rows are of it."""
    import pandas as pd

    name = f"column {times.name!r}"
    if not pd.api.types.is_numeric_dtype(times):
        raise ValueError(f"{name} must hold integers, got {times.iloc[0]!r}")
    Whole().check(name, times.to_numpy())
    present, last = set(times), int(np.max(times.to_numpy()))
    if missing := [t for t in range(last + 1) if t not in present]:
        raise ValueError(f"generations 0 to {last} must all be there, {missing} are missing")
    return [times == t for t in range(last + 1)]


def _codes(cells):
    """Integers where all cells are whole numbers, so that groups are named as in the file."""
    whole = (
        cells.dtype.kind == "f" and np.all(cells == np.round(cells)) and abs(cells).max() < 2**53
    )
    return cells.astype(int) if whole else cells


def _stream_of(table, members, generation: str, roles, classes) -> Stream:
    import pandas as pd

    there = [name for name in roles.values() if name in table]
    if there not in ([], [roles["group"]], [*roles.values()]):
        raise ValueError(
            f"columns {', '.join(roles.values())} go together, or {roles['group']} stands alone "
            f"beside values; got {', '.join(there)}"
        )
    if classes is not None and len(there) < len(roles):
        needed = ", ".join(roles.values())
        raise ValueError(f"classes needs columns {needed} in the table, got {classes}")
    rest = table.drop(columns=there)
    values, labeled = [], []
    groups = [table[roles["group"]][m].to_numpy(object) for m in members] if there else []
    if rest.shape[1]:
        column = rest.iloc[:, 0] if rest.shape[1] == 1 else rest
        values = Stream.of([column[m].to_numpy() for m in members], groups or None).values
    if len(there) > 1:
        arrays = ([table[name][m].to_numpy() for m in members] for name in roles.values())
        if classes is not None and pd.api.types.is_numeric_dtype(table[roles["label"]]):
            classes = _numbers(classes, roles["label"])
        labeled = Stream.of_labels(*arrays, classes=classes).labeled
    if not values and not labeled:
        raise ValueError(f"the stream must have columns beside {generation!r}, got none")
    return Stream(values, labeled, groups)


def _numbers(classes, label: str) -> list[int | float]:
    try:
        return [int(each) if float(each).is_integer() else float(each) for each in classes]
    except ValueError:
        raise ValueError(
            f"classes must be numbers, as column {label!r} holds, got "
            f"{', '.join(map(str, classes))}"
        ) from None


def _rows(t: int, values) -> np.ndarray:
    found = np.asarray(values)
    if found.dtype.kind == "O":
        found = found.astype(str)
    if found.ndim == 0 or len(found) == 0:
        raise ValueError(f"generation {t} must have observations, got shape {found.shape}")
    if found.dtype.kind in "US":
        return found
    if found.dtype.kind not in "biuf" or not np.all(np.isfinite(found)):
        raise ValueError(f"generation {t} must have finite values, got NaN or no numbers")
    return found.reshape(len(found), -1).astype(float)


def _groups(values, groups) -> list[np.ndarray]:
    """The group of every row, checked."""
    found = [np.asarray(each).astype(object) for each in groups]
    if (sizes := [each.shape for each in found]) != (rows := [(len(each),) for each in values]):
        raise ValueError(f"groups must have one entry for each row, {rows}, got {sizes}")
    for t, each in enumerate(found):
        check_present(f"group of generation {t}", each)
    names, counts = np.unique(found[0].astype(str), return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            f"groups must have two rows or more in generation 0, got {counts.min()} of "
            f"{str(names[counts.argmin()])!r}"
        )
    for t, each in enumerate(found):
        _check_one_of(f"group of generation {t}", each, {*found[0]}, "groups of generation 0")
    return found


def _check_known(labeled, classes) -> None:
    """Raise a `ValueError` for a class or a group that the reference has not."""
    first = labeled[0]
    known = set(first[:2].ravel() if classes is None else classes)
    for t, columns in enumerate(labeled):
        for name, column in zip(LABELED, columns, strict=True):
            those = (
                ({*first[2]}, "groups of generation 0") if name == "group" else (known, "classes")
            )
            _check_one_of(f"{name} of generation {t}", column, *those)


def _check_one_of(what: str, column, known: set, called: str) -> None:
    if other := set(column) - known:
        listed = ", ".join(sorted(map(str, known)))
        wrong = sorted(other, key=str)[0]
        raise ValueError(f"{what} must be one of the {called} {listed}, got {wrong!r}")


def _check_length(generations) -> None:
    if len(generations) < 2:
        raise ValueError(
            f"a stream must have a reference and a generation or more, got {len(generations)}"
        )
