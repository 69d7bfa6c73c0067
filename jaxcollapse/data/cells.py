"""Files of tables as cells, read with pandas: encoding, delimiter, comments and header."""

import bz2
import csv
import gzip
import io
import itertools
import lzma
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arguments import check_is

PACKED = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " ", "bar": "|"}
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
OPTIONS = {"header": (bool,), "sheet": (str, int)}
LOOKED_AT = 64  # records from which the delimiter is found


@dataclass(frozen=True)
class Table:
    """The cells of a table, what separated them, and what was found about the file."""

    path: Path
    header: list[str]
    rows: list[tuple]
    delimiter: str
    notes: list[str]

    def column(self, name: str | int, what: str) -> list:
        """The cells of a column. Raises `ValueError` where its name is not there or not unique."""
        if isinstance(name, int):
            if not 0 <= name < len(self.header):
                raise ValueError(f"{what} must be from 0 to {len(self.header) - 1}, got {name}")
            return [row[name] for row in self.rows]
        places = [i for i, each in enumerate(self.header) if each == name]
        if len(places) > 1:
            numbers = " and ".join(map(str, places))
            raise ValueError(
                f"{what} {name!r} occurs {len(places)} times in {str(self.path)!r}: "
                f"give its number, {numbers}"
            )
        if not places:
            has = ", ".join(repr(each) for each in self.header[:12]) + ", …" * (
                len(self.header) > 12
            )
            raise ValueError(
                f"{what} must be in the data file {str(self.path)!r}, which has {has}; got {name!r}"
            )
        return [row[places[0]] for row in self.rows]


def read_table(path, **reading: Any) -> Table:
    """Read a table. Raises `ValueError` for one that cannot be read, with the row where it ends."""
    path = Path(path)
    kind = path.suffix.lower()
    known = {"header"} | ({"sheet"} if kind in EXCEL else set())
    known |= set() if kind in EXCEL or kind in PARQUET else {"delimiter", "encoding", "comment"}
    for name in reading:
        if name not in known:
            raise ValueError(f"{name} is no option of {path.suffix or 'text'} files")
        check_is(name, reading[name], *OPTIONS.get(name, (str,)))
    try:
        if kind in PARQUET:
            table = _parquet(path)
        elif kind in EXCEL:
            table = _excel(path, **reading)
        else:
            table = _text_table(path, **reading)
    except OSError as problem:
        reason = problem.strerror or problem
        raise ValueError(f"data file {str(path)!r} cannot be read: {reason}") from None
    if not table.rows:
        raise ValueError(f"data file {str(path)!r} is empty")
    return table


PARQUET, EXCEL = (".parquet", ".pq"), (".xlsx", ".xlsm", ".xls", ".ods")


def _parquet(path: Path) -> Table:
    import pandas as pd

    frame = _by_pandas(path, "pyarrow", lambda: pd.read_parquet(path))
    header = [str(name) for name in frame.columns]
    return Table(
        path, header, list(frame.astype(object).itertuples(index=False, name=None)), "", []
    )


def _excel(path: Path, sheet: str | int = 0, header: bool = True) -> Table:
    import pandas as pd

    def read():
        return pd.read_excel(
            path, sheet_name=sheet, header=None, dtype=object, na_filter=False, na_values=[]
        )

    rows = list(_by_pandas(path, "openpyxl", read).itertuples(index=False, name=None))
    names, rows = _split(rows, header)
    rows = [row[: len(names)] for row in rows if any(each != "" for each in row)]
    return Table(path, names, rows, "", [])


def _by_pandas(path: Path, package: str, read):
    """Read a binary format. Raises `ValueError` without the package, or for a damaged file."""
    with path.open("rb"):
        pass
    try:
        return read()
    except ImportError:
        raise ValueError(
            f"data file {str(path)!r} needs {package}: pip install {package}"
        ) from None
    # Parsers of binary formats raise whatever they meet.
    except Exception as problem:
        reason = " ".join(str(problem).split())[:160] or type(problem).__name__
        raise ValueError(f"data file {str(path)!r} cannot be read: {reason}") from None


def _text_table(path: Path, delimiter=None, encoding=None, comment=None, header=True) -> Table:
    text, notes = decoded(path, encoding)
    if comment is None:
        text, skipped = _without_first_comments(text)
        notes += [f"{skipped} lines of comments skipped"] * bool(skipped)
    if not text.strip():
        raise ValueError(f"data file {str(path)!r} is empty")
    mark = DELIMITERS.get(delimiter or "", delimiter) or _delimiter(text)
    shown = next((name for name, each in DELIMITERS.items() if each == mark), repr(mark))
    notes += [f"delimiter {shown}"] * (mark != "," and not delimiter)
    rows = _records(path, text, mark, comment)
    lengths = _lengths(text, mark) if comment is None else []
    names, rows = _rectangular(path, rows, lengths if len(lengths) == len(rows) else [], header)
    return Table(path, names, rows, mark, notes)


def _split(rows, header: bool) -> tuple[list[str], list[tuple]]:
    """The names of the columns and the rows below; columns without a header have their numbers."""
    if not rows or not header:
        return [str(i) for i in range(len(rows[0]) if rows else 0)], rows
    return [str(each).strip() for each in rows[0]], rows[1:]


def _rectangular(path: Path, records, lengths, header: bool):
    """Names and rows of one length. Raises `ValueError` for the first row of another length.

    Records have room for one cell more than the first one; `lengths` are their own numbers of
    cells, where known.
    """
    width = len(records[0]) - 1
    names, rows = _split(records, header)
    extra = [row[width] for row in rows]
    if header and width > 1 and rows and all(each != "" for each in extra):
        # As R writes tables: the first column has no name.
        return ["", *names[:width]], rows
    for place, length in enumerate(lengths[header:]):
        # A row may end in a delimiter.
        if length != width and not (length == width + 1 and extra[place] == ""):
            raise ValueError(
                f"row {place + 1} of {str(path)!r} must have {width} cells, as the header has, "
                f"got {length}: look at its quotes and delimiters, or give the delimiter"
            )
    return names[:width], [row[:width] for row in rows]


def _records(path: Path, text: str, mark: str, comment) -> list[tuple]:
    """The records of a text, cells as they are written, with room for one more than the first."""
    import pandas as pd

    width = _lengths(text, mark, 1)[0] + 1
    options: dict[str, Any] = {
        "sep": r"\s+" if mark == " " else mark, "comment": comment, "names": range(width),
        "header": None, "dtype": object, "keep_default_na": False, "index_col": False,
        "skipinitialspace": mark != " ",
    }  # fmt: skip
    try:
        frame = pd.read_csv(io.StringIO(text, newline=""), **options)
    # Among them ParserError, and the errors of the module csv.
    except (ValueError, csv.Error) as problem:
        raise _unreadable(path, problem) from None
    return list(frame.itertuples(index=False, name=None))


def _unreadable(path: Path, problem: Exception) -> ValueError:
    """The error for a text that pandas cannot split, with the row that it names."""
    text = " ".join(str(problem).split()).removeprefix("Error tokenizing data. C error: ")
    if found := re.search(r"EOF inside string starting at row (\d+)", text):
        text = f"a quote that opens in row {found[1]} is not closed"
    elif found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", text):
        text = f"line {found[2]} has {found[3]} cells and the header has {int(found[1]) - 1}"
    return ValueError(f"data file {str(path)!r} cannot be read: {text}")


def decoded(path: Path, encoding: str | None, fallback: bool = True) -> tuple[str, list[str]]:
    """The text of a file, and its encoding where that is found and not the usual one.

    Args:
        path: the file, which may be compressed.
        encoding: that of the file; found from its first bytes, or UTF-8, where None.
        fallback: whether a file that is not UTF-8 is read as the encodings of Western Europe.

    Raises:
        ValueError: a file that cannot be read as text.
    """
    raw = unpacked(path)
    marked = next((name for mark, name in MARKS if raw.startswith(mark)), None)
    first = encoding or marked or "utf-8"
    for name in (first, *(("cp1252", "latin-1") if fallback and not (encoding or marked) else ())):
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise ValueError(f"encoding {name!r} is unknown, for {str(path)!r}") from None
        if "\0" in text:
            break
        unusual = not encoding and name not in ("utf-8", "utf-8-sig")
        return text.removeprefix("\ufeff"), [f"encoding {name}"] * unusual
    raise ValueError(f"data file {str(path)!r} cannot be read: it is not {first.upper()} text")


def unpacked(path: Path) -> bytes:
    """The bytes of a file, unpacked. Raises `ValueError` where they cannot be had."""
    try:
        raw = path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or problem
        raise ValueError(f"data file {str(path)!r} cannot be read: {reason}") from None
    unpack = PACKED.get(path.suffix.lower())
    try:
        return unpack(raw) if unpack else raw
    except (OSError, EOFError, lzma.LZMAError, ValueError, zlib.error):
        raise ValueError(f"data file {str(path)!r} cannot be read: it is damaged") from None


def _without_first_comments(text: str) -> tuple[str, int]:
    """The text below the first lines that start with #, and their number."""
    found = re.match(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*", text)
    skipped = found[0] if found else ""
    return text[len(skipped) :], len(re.findall("#[^\r\n]*", skipped))


def _delimiter(text: str) -> str:
    """What separates cells: the mark that gives the first records the same length, above one."""
    best, chosen = (0.0, 0), ","
    for mark in (",", ";", "\t", "|", " "):
        lengths = _lengths(text, mark, LOOKED_AT)
        usual, count = Counter(lengths[1:] or lengths).most_common(1)[0]
        headed = lengths[0] in (usual, usual - 1) and (lengths[0] > 1 or usual == 1)
        score = (count / len(lengths[1:] or lengths) * headed, usual)
        if usual > 1 and score > best and score[0] > 0:
            best, chosen = score, mark
    return chosen


def _rows(source, mark: str):
    return csv.reader(source, delimiter=mark, skipinitialspace=True)


def _lengths(text: str, mark: str, count: int | None = None) -> list[int]:
    """The numbers of cells of the first records, or of all of them; none where quotes stay open."""
    source = io.StringIO(text, newline="")
    if mark == " ":
        records = (line.split() for line in source if line.strip())
    else:
        records = (record for record in _rows(source, mark) if record)
    try:
        return [len(each) for each in itertools.islice(records, count)] or [1]
    except csv.Error:
        return [1]
