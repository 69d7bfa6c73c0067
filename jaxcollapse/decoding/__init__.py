r"""Decoding: how a fitted model is sampled.

A decoding maps the law of the model to another law, which synthetic data are drawn from.
Temperature samples $p^{1/T}$, a tilt samples $p\,e^{r}$, top-k and top-p cut tails, truncation cuts
at the scale of the model. Real data are never decoded. Where the decoded law stays in the family
(`closed`), exact statistics stay exact.
"""

from .base import AbstractClosedDecoding, AbstractDecoding, Composed, Faithful
from .categories import Edit, TopK, TopP
from .powers import Temperature, Tilt, tempered, tilted
from .truncation import Truncate, truncated_sample

__all__ = [
    "AbstractClosedDecoding",
    "AbstractDecoding",
    "Composed",
    "Edit",
    "Faithful",
    "Temperature",
    "Tilt",
    "TopK",
    "TopP",
    "Truncate",
    "tempered",
    "tilted",
    "truncated_sample",
]
