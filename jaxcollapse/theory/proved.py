"""Which laws are proved by machine, as `python proofs/formulas.py` reads it off the proofs."""

from functools import cache
from importlib import resources


@cache
def theorems() -> dict[str, str]:
    """The theorem of each proved law, as `File.theorem`, by the name of the law.

    Example:
        >>> theorems()["categorical-replace-heterozygosity"]
        'Replacement.categorical_replace_heterozygosity_correct'
    """
    table = resources.files(__package__).joinpath("proved.txt").read_text(encoding="utf-8")
    return dict(line.split() for line in table.splitlines())
