"""What evidence is: it can be added to its like and scaled by a weight."""

import abc
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Num


class AbstractEvidence(eqx.Module):
    """Something that can be added to its like and scaled; `count` is its total weight."""

    count: eqx.AbstractVar[Num[Array, ""]]

    @abc.abstractmethod
    def __add__(self, other) -> Self:
        """Pool two bodies of evidence."""

    @abc.abstractmethod
    def __rmul__(self, weight) -> Self:
        """Give every observation `weight` times its weight."""

    def reduced(self) -> "AbstractEvidence":
        """The form that pools keep: the same type whatever is added to it."""
        return self


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
