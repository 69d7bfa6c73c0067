"""What a run keeps of every model: the model itself, or metrics of it."""

import functools

import jax
import jax.numpy as jnp


def recorder(recursion, metrics):
    """Return the function of a model that gives its record: parameters, or metrics by name."""
    family, truth = recursion.family, floating(recursion.truth)
    if metrics is None:
        return family.canonical

    def measured(params):
        params = family.measurable(params)
        return {metric.name: metric(family, params, truth) for metric in metrics}

    return measured


@functools.partial(jax.jit, static_argnames="metrics")
def at_truth(recursion, metrics):
    """The record of the truth, index 0 of every trajectory."""
    truth = floating(recursion.truth)
    return recorder(recursion, metrics)(
        recursion.family.as_fit(truth) if metrics is None else truth
    )


def floating(params):
    """Convert float64 leaves of the host to the default precision of JAX."""
    return jax.tree.map(jnp.asarray, params)
