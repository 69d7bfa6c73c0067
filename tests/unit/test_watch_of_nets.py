"""False alarms of `watch` where a net is trained once and then resampled in every generation.

`pytest -m slow tests/unit/test_watch_of_nets.py` watches 4,000 streams.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc
from jaxcollapse import nets
from jaxcollapse.monitoring.signs import SIGNS

ALPHA, MISTAKE = 1e-3, 1e-7
REFERENCE, OUTPUTS, GENERATIONS = 400, 40, 8


@functools.cache
def resampled():
    """A function of a number: outputs of one VAE, trained on digits of 4 x 4 pixels."""
    family = nets.VAE(16, hidden=32, latent=6, training=nets.Training(steps=300, lanes=1))
    small = jc.digits().values.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    truth = family.data(small.astype(np.float32))
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=512)
    run = jc.simulate(jax.random.key(0), recursion, generations=1, replicas=1)
    model = jax.tree.map(lambda leaf: jnp.asarray(leaf)[0, 1], run.params)
    size = REFERENCE + GENERATIONS * OUTPUTS
    draw = jax.jit(lambda number: family.sample(jax.random.key(number), model, size))

    def stream(number):
        rows = np.asarray(draw(number))
        return jc.Stream.of([rows[:REFERENCE], *np.split(rows[REFERENCE:], GENERATIONS)])

    return stream


def alarms(numbers, asked: bool) -> dict[str, int]:
    """Streams in which each sign that has or has not to be asked for, and all, raise an alarm."""
    names = [name for name, each in SIGNS.items() if (each.of, each.asked) == ("numbers", asked)]
    found = [jc.watch(resampled()(number), signs=names, alpha=ALPHA) for number in numbers]
    counts = {name: sum(np.isfinite(each.signs[name].alarm) for each in found) for name in names}
    return {**counts, "all": sum(np.isfinite(each.first_alarm) for each in found)}


def at_most(count, streams):
    """Whether a count is one that a rate of at most alpha explains."""
    return stats.binom.sf(count - 1, streams, ALPHA) > MISTAKE


@pytest.mark.thorough
@pytest.mark.parametrize("asked", [False, True])
def test_false_alarms_of_a_net_are_rare(asked):
    counts = alarms(range(40), asked)
    assert all(at_most(count, 40) for count in counts.values()), counts


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "streams"), [(False, 4000), (True, 1000)])
def test_false_alarms_of_a_net_are_rare_in_thousands_of_streams(asked, streams):
    counts = alarms(range(1000, 1000 + streams), asked)
    assert all(at_most(count, streams) for count in counts.values()), counts
