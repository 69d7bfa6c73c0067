"""Wide vectors, and the programs that may have them.

XLA's CPU compiler gains up to 1.8 times from 512-bit vectors, but computes the arc tangent wrongly
with them (jaxlib 0.10.2).
So a program gets them only when it is made of the operations listed here, each of which is tested
against narrow vectors.
Programs that call LAPACK hang when several threads run them, so their tiles run one after the
other.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

WIDE = {"xla_cpu_prefer_vector_width": 512}
REMEMBERED = 1024

TRUSTED = frozenset({
    "abs", "add", "and", "argmax", "argmin", "bitcast_convert_type", "broadcast_in_dim", "clamp", "complex", "concatenate", "cond",
    "convert_element_type", "copy", "copy_p", "cumlogsumexp", "cumsum", "custom_jvp_call", "custom_vmap_call", "div",
    "dot_general", "dynamic_slice", "dynamic_update_slice", "eq", "exp", "exp2", "expm1", "floor", "gather", "ge",
    "gt", "imag", "integer_pow", "iota", "is_finite", "jit", "le", "log", "log1p", "logistic", "lt", "lt_to", "max",
    "min", "mul", "ne", "neg", "not", "or", "pad", "population_count", "pow", "random_gamma", "random_unwrap",
    "random_wrap", "real", "reduce_and", "reduce_max", "reduce_min", "reduce_or", "reduce_sum", "rem", "reshape",
    "rev", "round", "rsqrt", "scan", "scatter", "scatter-add", "select_n", "shift_left", "shift_right_arithmetic",
    "shift_right_logical", "sign",
    "slice", "split", "sqrt", "square", "squeeze", "stack", "stop_gradient", "sub", "tanh", "transpose", "while",
    "xor",
})  # fmt: skip

LAPACK = frozenset(
    {
        "cholesky",
        "eig",
        "eigh",
        "geqrf",
        "householder_product",
        "lu",
        "qr",
        "svd",
        "triangular_solve",
    }
)


def operations(jaxpr) -> set[str]:
    """Names of the operations of a program, those of its inner programs included."""
    found = set()
    for equation in jaxpr.eqns:
        found.add(equation.primitive.name)
        for value in equation.params.values():
            for part in value if isinstance(value, (tuple, list)) else (value,):
                inner = getattr(part, "jaxpr", part)
                found |= operations(inner) if hasattr(inner, "eqns") else set()
    return found


def rounded_up(count: int, an_octave: int) -> int:
    """The smallest of so many sizes an octave that holds `count`, so that nearby sizes share a
    program.
    """
    step = max(1, (1 << max(0, count - 1).bit_length()) // (2 * an_octave))
    return -(-count // step) * step


def by_structure(function):
    """Remember what a function of pytrees returns, by their structure and the shapes of their
    leaves: values do not matter.

    Keywords are hashable and count as part of the structure. The oldest of 1,024 answers gives way
    to a new one.
    """
    found = {}

    @functools.wraps(function)
    def remembering(*trees, **static):
        leaves, structure = jax.tree.flatten(trees)
        shapes = tuple([(np.shape(leaf), getattr(leaf, "dtype", type(leaf))) for leaf in leaves])
        known = (
            structure,
            shapes,
            tuple(static.items()),
            jnp.result_type(float),
            jax.default_backend(),
        )
        answer = found.get(known, found)
        if answer is found:
            answer = function(*trees, **static)
            if len(found) >= REMEMBERED:
                found.pop(next(iter(found)), None)
            found[known] = answer
        return answer

    return remembering


@jax.jit
def _nothing():
    return jnp.zeros(())


def is_traced(*trees) -> bool:
    """Whether these are part of a larger program that is being compiled or vectorized, by their
    leaves or all around.
    """
    return any(isinstance(leaf, jax.core.Tracer) for leaf in (_nothing(), *jax.tree.leaves(trees)))
