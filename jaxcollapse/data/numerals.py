"""Cells of a table as numbers: which marks of decimals and thousands a column uses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Signs and codes of currencies, before or after a number.
CODES = "USD EUR GBP JPY CHF CNY INR CAD AUD NZD SEK NOK DKK PLN CZK BRL MXN ZAR KRW RUB TRY"
CURRENCY = rf"(?:(?:US|CA|AU|NZ)\$|[$€£¥₹₩₽₺₫₪฿]|kr|zł|{'|'.join(CODES.split())})"
SPACES = " \u00a0\u202f\u2009"
THOUSANDS = ("", ",", ".", " ", "'", "’")
PLAIN = re.compile(r"\d+\.?\d*|\.\d+")
SHARE_OF_NUMBERS = 0.5  # a column looks numeric from this share of numbers on


@dataclass(frozen=True)
class Style:
    """How numbers are written: the marks of decimals and of thousands, and what stands beside."""

    decimal: str
    thousands: str
    beside: str = ""

    def number(self, cell: str) -> float | None:
        """The number that a cell writes; None where it writes none in this style."""
        text = cell.strip().replace("−", "-")
        sign = ""
        if text[:1] in ("-", "+"):
            sign, text = text[0], text[1:].lstrip()
        if self.beside:
            if self.beside not in text:
                return None
            text = text.replace(self.beside, "", 1).strip()
            if text[:1] in ("-", "+") and not sign:
                sign, text = text[0], text[1:]
        exponent = match[0] if (match := re.search(r"[eE][-+]?[0-9]+$", text)) else ""
        mantissa = text.removesuffix(exponent)
        whole = self._without_thousands(mantissa)
        if whole is None or not PLAIN.fullmatch(whole) or not whole.isascii():
            return None
        value = float(f"{sign}{whole}{exponent}")
        return value / 100 if self.beside == "%" else value

    def _without_thousands(self, text: str) -> str | None:
        """The digits with a decimal point; None where groups are not of three digits."""
        head, mark, tail = text.partition(self.decimal)
        if self.thousands:
            marks = SPACES if self.thousands == " " else self.thousands
            parts = re.split(f"[{re.escape(marks)}]", head)
            if len(parts) > 1:
                if not re.fullmatch(r"[0-9]{1,3}", parts[0]):
                    return None
                if not all(re.fullmatch(r"[0-9]{3}", part) for part in parts[1:]):
                    return None
            head = "".join(parts)
        if not re.fullmatch(r"[0-9]*", head) or not re.fullmatch(r"[0-9]*", tail):
            return None
        return head + ("." if mark else "") + tail

    @property
    def note(self) -> str:
        """What is said of a style that is not the usual one."""
        marks = {",": "comma", ".": "point", " ": "space"}
        said = []
        if self.decimal != ".":
            said.append("decimal comma")
        if self.thousands:
            said.append(f"thousands {marks.get(self.thousands, 'apostrophe')}")
        if self.beside == "%":
            said.append("percent divided by 100")
        elif self.beside:
            said.append(f"{self.beside} left out")
        return ", ".join(said)


class NotNumbers(ValueError):
    """A column that looks numeric and is not: the first cell that is no number."""

    def __init__(self, cell: str, place: int, reason: str):
        super().__init__(reason)
        self.cell, self.place = cell, place


def numbers(
    cells: Sequence[str], decimal: str | None, thousands: str | None, delimiter: str
) -> tuple[np.ndarray, Style] | None:
    """The numbers of a column and how they are written; None for a column of other things.

    Args:
        cells: of the column, without missing ones.
        decimal, thousands: their marks; found from the cells where None.
        delimiter: of the table. Where commas separate cells, they do not separate decimals.

    Raises:
        NotNumbers: a column that looks numeric, by its first cell that is no number, or numbers
            that two styles read differently.
    """
    styles = _styles(cells, decimal, thousands)
    read = {style: [style.number(cell) for cell in cells] for style in styles}
    whole = {style: values for style, values in read.items() if None not in values}
    if not whole:
        best = max(read, key=lambda style: sum(value is not None for value in read[style]))
        found = sum(value is not None for value in read[best])
        if found == 0 or found < SHARE_OF_NUMBERS * len(cells):
            return None
        place = read[best].index(None)
        raise NotNumbers(str(cells[place]), place, "is no number")
    style = next(iter(whole))
    values, cells = np.array(whole[style], float), list(cells)
    for others in map(np.array, whole.values()):
        for place in np.flatnonzero(others != values)[:1]:
            if _doubtful(style, delimiter):
                both = f"{values[place]:.15g} or {others[place]:.15g}"
                raise NotNumbers(cells[place], int(place), f"is {both}: give decimal or thousands")
    for place in np.flatnonzero(~np.isfinite(values))[:1]:
        raise NotNumbers(cells[place], int(place), "is beyond the range of numbers")
    return values, style


def _styles(cells, decimal, thousands) -> list[Style]:
    """The styles that a column may have, the usual one first."""
    beside = [""]
    first = next((cell for cell in cells if re.search(r"[0-9]", cell)), "")
    if first.rstrip().endswith("%"):
        beside.append("%")
    beside += re.findall(CURRENCY, first)[:1]
    pairs = [
        (point, mark)
        for point in ([decimal] if decimal else [".", ","])
        for mark in ([thousands] if thousands is not None else THOUSANDS)
        if point != mark
    ]
    return [Style(*pair, each) for each in beside for pair in pairs]


def _doubtful(style: Style, delimiter: str) -> bool:
    """Whether a style that reads all cells may be the wrong one, where another reads them too."""
    if style == Style(".", "", style.beside):
        return delimiter == ";"
    return delimiter != ","
