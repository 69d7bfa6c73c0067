"""What evidence is: it can be added to its like and scaled by a weight."""

import abc
import dataclasses
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Num

from ..arguments import checked
from ..domains import Integer
from ..records import axes_of


class AbstractEvidence(eqx.Module):
    """Something that can be added to its like and scaled; `count` is its total weight."""

    count: eqx.AbstractVar[Num[Array, ""]]

    def __check_init__(self):
        for each in dataclasses.fields(self):  # pyright: ignore[reportArgumentType]
            value = getattr(self, each.name)
            name = f"{type(self).__name__}.{each.name}"
            optional = value is None and each.default is None
            if axes_of(each.type) is not None and not (optional or _is_number(value)):
                raise ValueError(f"{name} must be an array of numbers, got {value!r}")
            if each.type is int:
                Integer(1).check_one(name, value)

    @abc.abstractmethod
    def __add__(self, other) -> Self:
        """Pool two bodies of evidence."""

    @abc.abstractmethod
    def __rmul__(self, weight) -> Self:
        """Give every observation `weight` times its weight."""

    def reduced(self) -> "AbstractEvidence":
        """The form that pools keep: the same type whatever is added to it."""
        return self


def _is_number(value) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number or (hasattr(value, "shape") and hasattr(value, "dtype"))


@checked(stacked=AbstractEvidence, length=Integer(1))
def pooled(stacked: AbstractEvidence, length: int) -> AbstractEvidence:
    """Sum evidence stacked along a leading axis of `length`.

    It adds halves to halves: log2(length) vectorized additions.
    """
    while length > 1:
        half = length // 2
        first, second, rest = (
            jax.tree.map(lambda a, s=s: a[s], stacked)
            for s in (slice(0, half), slice(half, 2 * half), slice(2 * half, length))
        )
        total = jax.vmap(lambda a, b: a + b)(first, second)
        stacked = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), total, rest)
        length -= half
    return jax.tree.map(lambda a: a[0], stacked)
