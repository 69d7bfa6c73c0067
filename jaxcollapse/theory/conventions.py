"""What a law says about nature's own sample, from which fit 1 is made."""

from ..families.mutation import AbstractReshapedCategorical
from ..selection import Everything
from .law import Law
from .subjects import Faithful


def conventions(law: Law) -> list[str]:
    """Return sentences on how the real data of fit 1 differ from generated data, if they could.

    Example:
        >>> import jaxcollapse as jc
        >>> conventions(jc.law_named("poisson-replace-tilted-mean"))
        ["Nature's own sample, from which fit 1 is made, is not decoded (tilted, tempered)."]
    """
    found = []
    if law.decoding is not Faithful:
        found.append(_sample("is not decoded (tilted, tempered)"))
    if law.selection is not Everything:
        found.append(_sample("is not selected"))
    if law.family is not None and issubclass(law.family, AbstractReshapedCategorical):
        found.append(_sample("is reshaped (mutated, favored) as every later sample is"))
    return found


def _sample(what: str) -> str:
    return f"Nature's own sample, from which fit 1 is made, {what}."
