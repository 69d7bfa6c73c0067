"""Columns of tables: CSV, TSV, Parquet and Excel, read with pandas.

What is not said is found from the file, and said in the note of the data set.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .cells import Table, read_table
from .dataset import Dataset, file_hash
from .numerals import NotNumbers, numbers

TERMS = "the user's"
# What pandas takes for missing.
MISSING = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip


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
        The data set. Its `note` says how many values there are, what was left out, and what was
        found about the file.

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
        ([1299.5, 899.0], "2 numbers, 1 missing left out; delimiter ';', decimal comma, ...")
    """
    table = read_table(path, **reading)
    absent = frozenset(
        MISSING if missing is None else [missing] if isinstance(missing, str) else missing
    )
    asked = {"column": column, "weights": weights, "groups": groups}
    cells = {what: table.column(name, what) for what, name in asked.items() if name is not None}
    kept = [
        row for row, each in enumerate(zip(*cells.values(), strict=True))
        if not any(_is_missing(cell, absent) for cell in each)
    ]  # fmt: skip
    chosen = {what: [each[row] for row in kept] for what, each in cells.items()}
    if not kept:
        raise ValueError(f"column {column!r} of {str(path)!r} holds no value")
    read = _Reader(table, kept, decimal, thousands)
    weighed = None if weights is None else read.weights(chosen["weights"], weights)
    found = None if categories else read.numbers(chosen["column"], column)
    about = [f"{len(table.rows) - len(kept)} missing left out"] * (len(kept) < len(table.rows))
    what = f"{len(kept)} {'values in categories' if found is None else 'numbers'}"
    note = "; ".join(filter(None, [", ".join([what, *about]), ", ".join(table.notes + read.notes)]))
    source = (f"table:{path}:{column}", Path(path).name, file_hash(path), note)
    labels = [_text(cell) for cell in chosen["column"]] if found is None else None
    group = None if groups is None else [_text(cell) for cell in chosen["groups"]]
    return _dataset(source, found, labels, weighed, group)


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
    """Cells of the rows that are kept, as numbers."""

    def __init__(self, table: Table, kept: list[int], decimal, thousands):
        self.table, self.kept, self.notes = table, kept, []
        self.decimal, self.thousands = decimal, thousands

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


def _is_missing(cell, absent) -> bool:
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return True
    text = _text(cell)
    return not text or text in absent


def _text(cell) -> str:
    """A cell as text, without spaces around it."""
    return str(cell).strip(" \t\n\r\u00a0\u202f")
