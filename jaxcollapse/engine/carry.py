"""What the loop carries from one generation to the next: its types, and which of its leaves differ
between replicas.
"""

import jax
import jax.numpy as jnp


def settled(begin, generation, replicas, family):
    """`begin` with the types of later states, where a scaled count is no longer an integer, and
    which leaves replicas differ in.
    """
    replica, t = jax.ShapeDtypeStruct((), replicas.dtype), jax.ShapeDtypeStruct((), jnp.int32)
    first, state = jax.make_jaxpr(begin, return_shape=True)(replica)
    for _ in range(3):
        step, after = jax.make_jaxpr(generation, return_shape=True)(state, replica, t)
        if jax.tree.structure(after[0]) != jax.tree.structure(state[0]):
            return settled(
                lambda replica: _canonical(begin(replica), family), generation, replicas, family
            )
        if jax.tree.structure(after) != jax.tree.structure(state):
            raise ValueError(
                "a workflow's update must return a pool of the same structure as its init"
            )
        known, state = state, jax.tree.map(_promoted, state, after)
        if jax.tree.leaves(state) == jax.tree.leaves(known):
            break
    varying = jax.tree.unflatten(jax.tree.structure(state), _varying(first.jaxpr, step.jaxpr))
    return lambda replica: jax.tree.map(
        lambda leaf, to: jnp.asarray(leaf).astype(to.dtype), begin(replica), state
    ), varying


def _promoted(a, b):
    return jax.ShapeDtypeStruct(a.shape, jnp.promote_types(a.dtype, b.dtype))


def _canonical(state, family):
    params, *rest = state
    return family.canonical(params), *rest


def _varying(first, step) -> list[bool]:
    """Which leaves of the state differ between replicas: those that a replica's key can reach."""
    varying = _reached(first, [True])
    for _ in varying:
        grown = [
            a or b for a, b in zip(varying, _reached(step, [*varying, True, False]), strict=True)
        ]
        if grown == varying:
            break
        varying = grown
    return varying


def _reached(jaxpr, inputs: list[bool]) -> list[bool]:
    """Which outputs of a program can depend on the marked inputs."""
    marked = {var for var, mark in zip(jaxpr.invars, inputs, strict=True) if mark}

    def reads(variables):
        return any(not hasattr(each, "val") and each in marked for each in variables)

    for equation in jaxpr.eqns:
        if reads(equation.invars):
            marked.update(equation.outvars)
    return [reads([each]) for each in jaxpr.outvars]
