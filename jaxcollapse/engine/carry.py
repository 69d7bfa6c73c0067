"""The types that the loop carries, and which of the carried arrays differ between replicas."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .replica import Replica, State


def stable_types(replica: Replica, key_type) -> tuple[Callable[[Any], State], State]:
    """Find the types that every later state has, and the leaves that depend on the replica.

    A scaled count is no longer an integer, so a state may change its types in its first few
    generations; a scan needs the same types at every step.

    Returns:
        `replica.begin` with its result cast to the stable types, and a state of booleans: whether
        a leaf depends on the replica's key.
    """
    return _stabilized(replica.begin, replica, key_type)


def _stabilized(begin, replica, key_type):
    key, t = jax.ShapeDtypeStruct((), key_type), jax.ShapeDtypeStruct((), jnp.int32)
    first, state = jax.make_jaxpr(begin, return_shape=True)(key)
    for _ in range(3):
        step, after = jax.make_jaxpr(replica.step, return_shape=True)(state, key, t)
        if jax.tree.structure(after.params) != jax.tree.structure(state.params):
            return _stabilized(_canonical(replica), replica, key_type)
        if jax.tree.structure(after) != jax.tree.structure(state):
            raise ValueError(
                "a workflow's update must return a pool of the same structure as its init"
            )
        known, state = state, jax.tree.map(_promoted, state, after)
        if jax.tree.leaves(state) == jax.tree.leaves(known):
            break
    dependent = jax.tree.unflatten(
        jax.tree.structure(state), replica_dependent(first.jaxpr, step.jaxpr)
    )

    def cast(leaf, to):
        return jnp.asarray(leaf).astype(to.dtype)

    return lambda key: jax.tree.map(cast, begin(key), state), dependent


def _promoted(a, b):
    return jax.ShapeDtypeStruct(a.shape, jnp.promote_types(a.dtype, b.dtype))


def _canonical(replica: Replica):
    """Fit 1 in canonical form, for families whose first fit has another form than later ones."""

    def begin(key):
        state = replica.begin(key)
        canonical = replica.recursion.family.canonical(state.params)
        return State(canonical, state.pool, state.store, state.ahead)

    return begin


def replica_dependent(begin, step) -> list[bool]:
    """Which leaves of the state depend on the replica's key, from the programs of begin and step.

    A leaf that does not is the same in all replicas, so the loop carries it once.
    """
    dependent = depends_on(begin, [True])
    # One step can hand dependence on by one leaf only, so it takes at most one pass per leaf.
    for _ in dependent:
        after = depends_on(step, [*dependent, True, False])
        grown = [a or b for a, b in zip(dependent, after, strict=True)]
        if grown == dependent:
            break
        dependent = grown
    return dependent


def depends_on(jaxpr, marked_inputs: list[bool]) -> list[bool]:
    """Which outputs of a program can depend on the marked inputs."""
    marked = {var for var, mark in zip(jaxpr.invars, marked_inputs, strict=True) if mark}

    def reads(variables):
        # Literals have a value `val`; they depend on nothing.
        return any(not hasattr(each, "val") and each in marked for each in variables)

    for equation in jaxpr.eqns:
        if reads(equation.invars):
            marked.update(equation.outvars)
    return [reads([each]) for each in jaxpr.outvars]
