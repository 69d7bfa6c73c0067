"""The only generation loop of the package: fit 1 on real data, then one step a generation, for many
replicas at once.

A step is written for one replica and vectorized over replicas inside the scan, so that a carrier
chooses where replicas
lie in memory and whatever is the same in all of them is carried once.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._keys import RandomStream, Stream, apart, fold_in, together
from ..selection import Everything
from .carry import settled
from .programs import WIDE, operations

BLOCK = 16


def _replicas(
    key, recursion, carrier, stops, start, present, *, generations, width, metrics, digest
):
    """Replicas `start` to `start + width`: leaves of shape (earlier times, width, ...) and (1,
    width, ...), or their digests.

    From `present` on the last replica stands in, so that a maximum over all lanes is one over those
    that are present.
    """
    lanes = jnp.minimum(jnp.arange(width), present - 1).astype(jnp.uint32)
    replicas = jax.vmap(lambda i: fold_in(key, i))(start + lanes)
    summarized = (
        None
        if digest is None
        else jax.vmap(lambda values: digest(values, jnp.arange(width) < present))
    )
    return _trajectories(replicas, recursion, carrier, stops, generations, metrics, summarized)


_STATIC = ("generations", "width", "metrics", "digest")
tile = jax.jit(_replicas, static_argnames=_STATIC)
wide_tile = jax.jit(_replicas, static_argnames=_STATIC, compiler_options=WIDE)


def operations_of(recursion, carrier, metrics) -> set[str]:
    """Names of all that one replica does."""
    begin, generation, leap, model, _ = one_replica(recursion, carrier, 2)

    def replica(key):
        state = generation(begin(key), key, jnp.int32(2))
        later = leap(state, key, jnp.int32(2), jnp.int32(4)) if carrier.leaps else state
        return recorder(recursion, metrics)(model(state)), later

    return operations(jax.make_jaxpr(replica)(jax.random.key(0)).jaxpr)


@functools.partial(jax.jit, static_argnames="metrics")
def at_truth(recursion, metrics):
    """What is recorded of the truth."""
    truth = floating(recursion.truth)
    return recorder(recursion, metrics)(
        recursion.family.as_fit(truth) if metrics is None else truth
    )


def _trajectories(replicas, recursion, carrier, stops, generations, metrics, summarized):
    """The generation loop: fit 1 on real data, then one step a generation, recorded at every one or
    at `stops`.

    A generation is recorded from the state that the next one starts with, so that nothing is worked
    out twice; a stop that is
    repeated adds nothing. Records are kept as they are, or `summarized`, a few generations at a
    time.
    """
    begin, generation, leap, model, ahead = one_replica(recursion, carrier, generations)
    record = recorder(recursion, metrics)
    begin, varying = settled(begin, generation, replicas, recursion.family)
    axes = jax.tree.map(lambda varies: carrier.replica_axis if varies else None, varying)
    start = jax.vmap(begin, out_axes=axes)
    trained = jax.vmap(
        lambda state, key, t: generation(state, together(key), t)[:-1],
        in_axes=(axes, 0, None),
        out_axes=axes[:-1],
    )
    drawn = jax.vmap(lambda key, t: ahead(together(key), t), in_axes=(0, None), out_axes=axes[-1])
    shown = jax.vmap(
        lambda state: record(model(state)), in_axes=(axes,), axis_size=replicas.shape[0]
    )

    words = apart(replicas)

    @jax.jit
    def advanced(state, t):
        kept = trained(state, words, t)
        return *kept, drawn(words, (_after(kept[0], t) if jax.tree.leaves(axes[-1]) else t) + 1)

    def every(state, t):
        return advanced(state, t), shown(state)

    def steps(state, t, stop):
        return lax.fori_loop(t + 1, stop + 1, lambda t, state: advanced(state, t), state)

    def leaps(state, t, stop):
        leapt = jax.vmap(
            lambda state, key: leap(state, together(key), t, stop), in_axes=(axes, 0), out_axes=axes
        )
        return leapt(state, words)

    def until(carry, stop):
        t, state = carry
        if carrier.leaps:
            return (stop, leaps(state, t, stop)), shown(state)
        return (stop, steps(state, t, stop)), lax.cond(stop > t, shown, unseen, state)

    def unseen(state):
        return jax.tree.map(
            lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(shown, state)
        )

    state = start(replicas)
    run = lax.scan if summarized is None else functools.partial(_summarizing, summarized)
    if stops is None:
        state, earlier = run(every, state, jnp.arange(2, generations + 1, dtype=jnp.int32))
    else:
        first = stops[0], steps(state, jnp.int32(1), stops[0])
        (_, state), earlier = run(until, first, stops[1:])
    last = jax.tree.map(lambda leaf: leaf[None], shown(state))
    return earlier, last if summarized is None else summarized(last)


def _summarizing(summarized, body, carry, times):
    """`lax.scan` whose stacked results are summarized a block at a time, while the block is in the
    cache.
    """
    length = times.shape[0]
    if length <= BLOCK:
        carry, rows = lax.scan(body, carry, times)
        return carry, summarized(rows)
    shapes = jax.eval_shape(body, carry, times[0])[1]
    blank = jax.tree.map(lambda leaf: jnp.zeros((BLOCK, *leaf.shape), leaf.dtype), shapes)

    def block(carry_and_rows, first):
        def one(i, carry_and_rows):
            carry, row = body(carry_and_rows[0], times[first + i])
            return carry, jax.tree.map(
                lambda rows, values: rows.at[i].set(values), carry_and_rows[1], row
            )

        carry, rows = lax.fori_loop(0, jnp.minimum(BLOCK, length - first), one, carry_and_rows)
        return (carry, rows), summarized(rows)

    (carry, _), blocks = lax.scan(block, (carry, blank), jnp.arange(0, length, BLOCK))
    return carry, jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:length], blocks)


def one_replica(recursion, carrier, generations):
    """Fit 1, a later generation, many of them at once, the model in a state, and noise drawn ahead,
    all of one replica.
    """
    workflow, truth = recursion.workflow, floating(recursion.truth)
    decoded = recursion.decoding.through(carrier)

    def ahead(replica, t):
        """What the draws for fit t do not owe to the model."""
        streams = (Stream.DATA, Stream.FRESH) if workflow.uses_fresh else (Stream.DATA,)
        return tuple(carrier.ahead(RandomStream(replica, t, stream), truth) for stream in streams)

    def begin(replica):
        source, size = (
            RandomStream(replica, 1, Stream.DATA),
            recursion.size(1) if recursion.real is None else recursion.real,
        )
        store = carrier.empty(truth)
        real, store = carrier.draw(
            store, carrier.ahead(source, truth), source, Everything(), truth, size, 0
        )
        params, store = carrier.learn(store, _fit_keys(replica, 1), Everything(), real, truth, size)
        return params, workflow.init(real), store, ahead(replica, 2)

    def generation(state, replica, t):
        params, pool, store, drawn = state
        n, source = recursion.size(t), RandomStream(replica, t, Stream.DATA)
        synthetic, store = decoded.draw(
            store, drawn[0], source, recursion.selection, params, n, t - 1
        )
        fresh = None
        if workflow.uses_fresh:
            source, index = RandomStream(replica, t, Stream.FRESH), generations + t - 1
            fresh, store = carrier.draw(
                store, drawn[1], source, Everything(), truth, recursion.arriving(t), index
            )
        evidence, pool = workflow.update(pool, synthetic, fresh)
        params, store = carrier.learn(
            store, _fit_keys(replica, t), workflow.selection, evidence, params, n
        )
        return params, pool, store, ahead(replica, t + 1)

    def leap(state, replica, t, stop):
        params, pool, store, _ = state
        params = carrier.leap(params, RandomStream(replica, t + 1, Stream.DATA))
        return params, pool, store, ahead(replica, stop + 1)

    return begin, generation, leap, lambda state: state[0], ahead


def _after(params, t):
    """The number t, in a form that a compiler cannot know before the model: then new noise takes
    the old one's place, uncopied.
    """
    negative = functools.reduce(
        jnp.logical_and, [jnp.ravel(leaf)[0] < 0 for leaf in jax.tree.leaves(params)]
    )
    return t + (negative.astype(jnp.int32) >> jnp.int32(1))


def _fit_keys(replica, t):
    return fold_in(replica, t, Stream.POOL), fold_in(replica, t, Stream.FIT)


def recorder(recursion, metrics):
    """What is kept of a model: the model itself or metrics of it."""
    family, truth = recursion.family, floating(recursion.truth)
    if metrics is None:
        return family.canonical

    def measured(params):
        params = family.measurable(params)
        return {metric.name: metric(family, params, truth) for metric in metrics}

    return measured


def floating(params):
    """Host float64 leaves in the default precision of JAX."""
    return jax.tree.map(jnp.asarray, params)
