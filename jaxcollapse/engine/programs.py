"""Compiled programs: which may use wide vectors, which call LAPACK, and what is remembered of them.

XLA's CPU compiler gains up to 1.8 times from 512-bit vectors, but computes the arc tangent wrongly
with them (jaxlib 0.10.2). So a program may use them only if it consists of the operations listed
here, each of which a test compares with narrow vectors.
"""

import functools

import jax
import jax.core
import jax.numpy as jnp
import numpy as np

WIDE = {"xla_cpu_prefer_vector_width": 512}
REMEMBERED = 1024

TRUSTED = frozenset({
    "abs", "add", "and", "argmax", "argmin", "bitcast_convert_type", "broadcast_in_dim",
    "clamp", "complex", "concatenate", "cond", "convert_element_type", "copy", "copy_p",
    "cumlogsumexp", "cumsum", "custom_jvp_call", "custom_vmap_call", "div", "dot_general",
    "dynamic_slice", "dynamic_update_slice", "eq", "exp", "exp2", "expm1", "floor", "gather",
    "ge", "gt", "imag", "integer_pow", "iota", "is_finite", "jit", "le", "log", "log1p",
    "logistic", "lt", "lt_to", "max", "min", "mul", "ne", "neg", "not", "or", "pad",
    "population_count", "pow", "random_gamma", "random_unwrap", "random_wrap", "real",
    "reduce_and", "reduce_max", "reduce_min", "reduce_or", "reduce_sum", "rem", "reshape",
    "rev", "round", "rsqrt", "scan", "scatter", "scatter-add", "select_n", "shift_left",
    "shift_right_arithmetic", "shift_right_logical", "sign", "slice", "split", "sqrt", "square",
    "squeeze", "stack", "stop_gradient", "sub", "tanh", "transpose", "while", "xor",
})  # fmt: skip

# Operations whose programs hang when several threads run them: their tiles run one after the other.
LAPACK = frozenset({
    "cholesky", "eig", "eigh", "geqrf", "householder_product", "lu", "qr", "svd",
    "triangular_solve",
})  # fmt: skip


def operations(jaxpr) -> set[str]:
    """Names of the operations of a program and of its inner programs."""
    found = set()
    for equation in jaxpr.eqns:
        found.add(equation.primitive.name)
        for value in equation.params.values():
            for part in value if isinstance(value, (tuple, list)) else (value,):
                inner = getattr(part, "jaxpr", part)
                found |= operations(inner) if hasattr(inner, "eqns") else set()
    return found


def rounded_up(count: int, per_octave: int) -> int:
    """Round `count` up to one of a few sizes per octave, so that nearby sizes share a program."""
    step = max(1, (1 << max(0, count - 1).bit_length()) // (2 * per_octave))
    return -(-count // step) * step


def by_structure(function):
    """Remember what a function of pytrees returns, by their structure and the shapes of leaves.

    The function must not look at the values of leaves. Keywords are hashable and count as part of
    the structure. The oldest of 1,024 answers gives way to a new one.
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
