"""Columns of tables: CSV, TSV, Parquet and Excel, read with pandas.

What is not said is found from the file, and said in the note of the data set.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import check_all, check_is_path, checked
from .cells import Table, read_table
from .dataset import Dataset, file_hash
from .numerals import NotNumbers, numbers

TERMS = "the user's"
COLUMN = (str, int)
# What pandas takes for missing.
MISSING = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip


def _check_missing(name: str, values) -> None:
    if not isinstance(values, str):
        check_all(name, values, str)


@checked(
    path=check_is_path,
    column=COLUMN,
    categories=bool,
    weights=COLUMN,
    groups=COLUMN,
    missing=_check_missing,
    decimal=str,
    thousands=str,
)
def table_column(
    path,
    column: str | int,
    *,
    categories: bool = False,
    weights: str | int | None = None,
    groups: str | int | None = None,
    missing: Sequence[str] | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    **reading: Any,
) -> Dataset:
    """A column of a table: numbers, or categories with their frequencies.

    Args:
        path: a CSV or TSV file, also compressed by gzip, bzip2 or xz, or Parquet or Excel.
        column: its name, or its number from 0.
        categories: take what looks like numbers as categories.
        weights: column of the weights of the rows.
        groups: column of the groups that rows belong to; their codes become the `targets`.
        missing: texts that stand for a missing value; pandas' list unless given. An empty cell is
            always missing. Rows with a missing value are left out.
        decimal, thousands: marks of numbers, found from the column unless given.
        **reading: `delimiter`, `encoding`, `comment` and `header` of a text; `sheet` of Excel.

    Returns:
        The data set. Its `note` says what was read, left out, and found about the file.

    Raises:
        ValueError: a file that cannot be read, a column that is not there or whose name occurs
            twice, and a value that is no number in a column that looks numeric, by its row.

    Example:
        >>> import jaxcollapse as jc, tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "prices.csv"
        ...     _ = path.write_text("price;kind\\n1.299,50;a\\nNA;b\\n899,00;a\\n")
        ...     prices = jc.table_column(path, "price")
        >>> prices.values.tolist(), prices.note
        ([1299.5, 899.0], '2 numbers, 1 missing left out; delimiter semicolon, decimal comma, ...')
    """
    table = read_table(path, **reading)
    listed = [missing] if isinstance(missing, str) else missing
    read = _Reader(table, MISSING if listed is None else listed, decimal, thousands)
    return read.dataset({"column": column, "weights": weights, "groups": groups}, categories)


@checked(path=check_is_path)
def table_columns(path, **reading: Any) -> dict[str, np.ndarray]:
    """Every column of a table by its name: numbers where all of its cells are, otherwise texts.

    Args:
        path: a file as in `table_column`.
        **reading: as in `table_column`.

    Raises:
        ValueError: a file that cannot be read, two columns of one name, or a missing value, by its
            row.
    """
    table = read_table(path, **reading)
    reader, found = _Reader(table, MISSING, None, None), {}
    reader.kept = list(range(len(table.rows)))
    for name in table.header:
        cells = table.column(name, "column")
        for row in (row for row, cell in enumerate(cells) if reader.is_missing(cell)):
            raise ValueError(
                f"column {name!r} of {str(table.path)!r} has no value in row {row + 1}"
            )
        values = reader.numbers(cells, name)
        found[name] = np.array([_text(cell) for cell in cells]) if values is None else values
    return found


def _dataset(source, values, labels, weights, groups) -> Dataset:
    """A data set of numbers, of frequencies of categories, or of categories one by one."""
    name, file, digest, note = source
    about: dict[str, Any] = {"note": note}
    if groups is not None:
        names, about["targets"] = np.unique(groups, return_inverse=True)
        about["groups"] = tuple(names.tolist())
    if labels is not None:
        counts = Counter(labels)
        if len(counts) < 2:
            raise ValueError(f"data {name!r} must hold at least two categories, got {labels[0]!r}")
        codes = {label: code for code, label in enumerate(counts)}
        values = np.array([codes[label] for label in labels])
        if groups is None:
            shares = np.bincount(values, weights)
            return Dataset(name, shares / shares.sum(), tuple(counts), file, digest, TERMS, **about)
        about["symbols"] = tuple(counts)
    elif len(values) < 2:
        raise ValueError(f"data {name!r} must hold at least two finite numbers, got {len(values)}")
    return Dataset(name, values, None, file, digest, TERMS, weights=weights, **about)


class _Reader:
    """A table whose columns are read, without the rows that have a missing value."""

    def __init__(self, table: Table, missing, decimal, thousands):
        self.table, self.missing = table, frozenset(missing)
        self.decimal, self.thousands = decimal, thousands
        self.kept: list[int] = []
        self.notes: list[str] = []

    def dataset(self, asked: dict[str, Any], categories: bool) -> Dataset:
        """The data set of a column, with those of weights and groups, by their names."""
        path, column = self.table.path, asked["column"]
        chosen = self._kept({what: name for what, name in asked.items() if name is not None})
        weights = None
        if "weights" in chosen:
            weights = self.weights(chosen["weights"], asked["weights"])
        values = None if categories else self.numbers(chosen["column"], column)
        left = len(self.table.rows) - len(self.kept)
        what = f"{len(self.kept)} {'values in categories' if values is None else 'numbers'}"
        about = ", ".join(self.table.notes + self.notes)
        note = what + f", {left} missing left out" * bool(left) + f"; {about}" * bool(about)
        source = (f"table:{path}:{column}", path.name, file_hash(path), note)
        labels = [_text(cell) for cell in chosen["column"]] if values is None else None
        groups = [_text(cell) for cell in chosen["groups"]] if "groups" in chosen else None
        return _dataset(source, values, labels, weights, groups)

    def _kept(self, asked: dict[str, Any]) -> dict[str, list]:
        """The cells of columns in the rows where none of them is missing."""
        cells = {what: self.table.column(name, what) for what, name in asked.items()}
        rows = enumerate(zip(*cells.values(), strict=True))
        self.kept = [row for row, each in rows if not any(map(self.is_missing, each))]
        if not self.kept:
            path = str(self.table.path)
            raise ValueError(f"column {asked['column']!r} of {path!r} holds no value")
        return {what: [each[row] for row in self.kept] for what, each in cells.items()}

    def is_missing(self, cell) -> bool:
        """Whether a cell is empty or stands for a missing value."""
        if cell is None or (isinstance(cell, float) and np.isnan(cell)):
            return True
        text = _text(cell)
        return not text or text in self.missing

    def numbers(self, cells, column) -> np.ndarray | None:
        """The numbers of a column; None where it holds other things."""
        if all(
            isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
            for cell in cells
        ):
            values = np.array(cells, float)
            for place in np.flatnonzero(~np.isfinite(values))[:1]:
                raise self._refused(
                    column, NotNumbers(str(cells[place]), int(place), "is infinite")
                )
            return values
        texts = [_text(cell) for cell in cells]
        try:
            found = numbers(texts, self.decimal, self.thousands, self.table.delimiter)
        except NotNumbers as problem:
            raise self._refused(column, problem) from None
        if found is None:
            return None
        values, style = found
        self.notes += [style.note] * bool(style.note)
        return values

    def weights(self, cells, column) -> np.ndarray:
        """The weights of rows: numbers that are not negative, with a positive sum."""
        values = self.numbers(cells, column)
        if values is None:
            raise ValueError(f"weights must be a column of numbers, got {column!r}")
        for place in np.flatnonzero(values < 0)[:1]:
            raise self._refused(column, NotNumbers(_text(cells[place]), int(place), "is negative"))
        if not values.sum() > 0:
            raise ValueError(f"weights must have a positive sum, got column {column!r}")
        return values

    def _refused(self, column, problem: NotNumbers) -> ValueError:
        row = self.kept[problem.place] + 1
        cure = "" if "give" in str(problem) else "; list it as missing, or ask for categories"
        return ValueError(
            f"row {row} of column {column!r} in {str(self.table.path)!r} {problem}: "
            f"{problem.cell!r}{cure}"
        )


def _text(cell) -> str:
    """A cell as text, without spaces around it."""
    return str(cell).strip(" \t\n\r\u00a0\u202f")
