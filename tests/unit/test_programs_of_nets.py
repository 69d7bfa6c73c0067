"""Runs of nets that share one compiled program."""

import jax
import numpy as np
import pytest
from test_nets import digits_of, vae

import jaxcollapse as jc
from jaxcollapse.engine import loop
from jaxcollapse.engine import resume as resumable


def compiled():
    programs = loop.tile, loop.wide_tile, resumable._begin, resumable._advance, resumable._shown
    return sum(program._cache_size() for program in programs)


WORKFLOWS = jc.Replace(), jc.Accumulate(), jc.Anchor(), jc.Window(2)


@pytest.mark.thorough
def test_workflows_numbers_seeds_and_replicas_share_one_program():
    matrices = [32 * jc.mixing_matrix(workflow, 3) for workflow in WORKFLOWS]

    def simulate(matrix, seed=0, replicas=2, **changes):
        recursion = digits_of(vae(**changes), jc.Weighted(matrix))
        return jc.simulate(
            jax.random.key(seed), recursion, generations=3, replicas=replicas
        ).params.weights[:, 1:]

    runs = [simulate(matrices[0])]
    before = compiled()
    runs += [simulate(matrix) for matrix in matrices[1:]]
    assert all(np.isfinite(weights).all() for weights in runs)
    assert len({float(weights[0, 2, 0]) for weights in runs}) == len(runs)
    simulate(matrices[0], seed=1, replicas=7, learning_rate=3e-3)
    assert compiled() == before


@pytest.mark.thorough
@pytest.mark.usefixtures("optimized")
def test_numbers_of_generations_share_one_program_and_extend_each_other(key):
    long = jc.simulate(
        key, digits_of(vae(), jc.Accumulate()), generations=6, replicas=2
    ).params.weights
    before = compiled()
    short = jc.simulate(
        key, digits_of(vae(), jc.Accumulate()), generations=5, replicas=2
    ).params.weights
    chosen = jc.simulate(
        key, digits_of(vae(), jc.Accumulate()), generations=6, replicas=2, at=range(2, 7)
    ).params.weights
    assert compiled() == before
    np.testing.assert_array_equal(short[:, 1:], long[:, 1:6])
    np.testing.assert_array_equal(chosen[:, 1:], long[:, 2:])
    loss, accumulated = jc.E(jc.nets.training_loss), digits_of(vae(), jc.Accumulate())
    losses = [jc.estimate(key, accumulated, loss, generations=t, replicas=2) for t in (5, 6)]
    np.testing.assert_array_equal(losses[0].value, losses[1].value[:6])


@pytest.mark.thorough
def test_generations_below_a_horizon_share_one_program(key, tmp_path):
    setting = {"generations": 5, "replicas": 2}
    jc.resume(key, digits_of(vae()), folder=tmp_path / "two", until=2, **setting)
    before = compiled()
    for until in (3, 5):
        jc.resume(key, digits_of(vae()), folder=tmp_path / str(until), until=until, **setting)
    assert compiled() == before
