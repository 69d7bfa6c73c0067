"""Metrics on generated windows of symbols: diversity and repetition.

They apply to any family whose observations are rows of integers.
"""

import jax.numpy as jnp

from ..domains import Integer
from .base import Metric
from .parametrized import SIZE, parametrized
from .samples import compared


@parametrized("distinct-{order}", order=Integer(1, 8))
def distinct(name: str, order: int, size: int = SIZE) -> Metric:
    """Number of different n-grams over all n-grams of the generated windows (distinct-n).

    n is the `order`. Evaluation raises a `ValueError` for windows that are shorter.

    References:
        Li et al., arXiv 1510.03055.
    """

    def formula(x, y):
        _check_length(name, x, order)
        return different_rows(grams(x, order)) / (x.shape[0] * (x.shape[1] - order + 1))

    return compared(name, f"different {order}-grams over all {order}-grams", formula, size)


@parametrized("repetition-{order}", order=Integer(1, 64))
def repetition(name: str, order: int = 4, size: int = SIZE) -> Metric:
    """Share of the n-grams of a window that occurred earlier in the same window.

    Evaluation raises a `ValueError` for windows that are shorter than the `order` n.
    """

    def formula(x, y):
        _check_length(name, x, order)
        windows = jnp.stack([x[:, i : x.shape[1] - order + 1 + i] for i in range(order)], axis=-1)
        same = jnp.all(windows[:, :, None] == windows[:, None, :], axis=-1)
        earlier = jnp.tril(jnp.ones(same.shape[1:], bool), -1)
        return jnp.mean(jnp.any(same & earlier[None], axis=2).astype(jnp.result_type(float)))

    return compared(name, f"share of {order}-grams seen before in their window", formula, size)


@parametrized("vocabulary-survival")
def survival(name: str, size: int = SIZE) -> Metric:
    """Share of the symbols of a true sample that a sample of the model still has.

    Both samples have the same size.
    """

    def formula(x, y):
        shown = different_rows(y.reshape(-1, 1))
        # By inclusion and exclusion, since the symbols that both have cannot be listed in a static
        # shape.
        both = different_rows(jnp.concatenate([x, y]).reshape(-1, 1))
        return (shown + different_rows(x.reshape(-1, 1)) - both) / shown

    return compared(name, "share of the truth's symbols that the model still uses", formula, size)


@parametrized("self-bleu-{order}", order=Integer(1, 8))
def self_bleu(name: str, order: int = 4, size: int = 64) -> Metric:
    """Mean BLEU of every window with all other windows as references.

    It is one where they repeat each other and zero where none does. There is no smoothing: a window
    that shares no n-gram of some length up to `order` with the others scores zero.

    Args:
        order: longest n-gram, 1 to 8.
        size: windows generated.

    Raises:
        ValueError: an order out of range; when it is evaluated, windows shorter than the order.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> family = jc.nets.LanguageModel(4, length=6, width=8)
        >>> same = family.data(np.tile(np.int32([0, 1, 2, 3, 0, 1]), (16, 1)))
        >>> round(float(jc.self_bleu(2, size=8)(family, same, same)), 4)
        1.0

    References:
        Zhu et al., arXiv 1802.01886 (Texygen); BLEU: Papineni et al., ACL 2002.
    """
    return compared(
        name, f"BLEU of a window against the others, to {order}-grams", _bleu(order, name), size
    )


def _bleu(order, name="self-bleu"):
    def formula(x, y):
        _check_length(name, x, order)
        symbols = same = x[:, :, None, None] == x[None, None, :, :]
        others = 1 - jnp.eye(x.shape[0])
        logarithm = 0.0
        for n in range(1, order + 1):
            if n > 1:
                # Two n-grams agree if their first n - 1 symbols do and the last ones do.
                same = same[:, :-1, :, :-1] & symbols[:, n - 1 :, :, n - 1 :]
            counts = jnp.sum(same.astype(others.dtype), axis=3)
            own = jnp.sum(counts * jnp.eye(x.shape[0])[:, None, :], axis=2)
            most = jnp.max(counts * others[:, None, :], axis=2)
            logarithm += jnp.log(jnp.mean(jnp.minimum(own, most) / own, axis=1)) / order
        return jnp.mean(jnp.exp(logarithm))

    return formula


def _check_length(name: str, windows, order: int) -> None:
    """Raise a `ValueError` for windows that are shorter than their n-grams."""
    if (length := windows.shape[1]) < order:
        raise ValueError(
            f"metric {name!r} needs observations of at least {order} symbols, got {length}"
        )


def grams(x, order: int):
    """Return all n-grams as rows, shape (size * (length - order + 1), order)."""
    return jnp.stack([x[:, i : x.shape[1] - order + 1 + i] for i in range(order)], axis=-1).reshape(
        -1, order
    )


def different_rows(rows):
    """Return the number of different rows, by sorting."""
    order = jnp.lexsort(rows.T)
    changes = jnp.any(rows[order][1:] != rows[order][:-1], axis=1)
    return 1 + jnp.sum(changes.astype(jnp.result_type(float)))
