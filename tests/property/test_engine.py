"""The engine: vector widths, chosen generations, tiles, skeletons and streaming."""

import os
import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import further
from running import FAMILIES, named, plan_of, replaced, tiled
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.engine.executor import run_tile
from jaxcollapse.engine.programs import TRUSTED, WIDE, operations
from jaxcollapse.engine.simulate import gathered
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.quantities.streaming import Digest

FUNCTIONS = {
    "exp": jnp.exp,
    "expm1": jnp.expm1,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "logistic": jax.nn.sigmoid,
    "pow": lambda x: x**2.5,
    "rsqrt": jax.lax.rsqrt,
    "sqrt": jnp.sqrt,
    "tanh": jnp.tanh,
    "exp2": jnp.exp2,
    "floor": lambda x: jnp.floor(9 * x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_trusted_functions_are_the_same_in_wide_and_narrow_vectors(name, optimized):
    function = FUNCTIONS[name]
    assert operations(jax.make_jaxpr(function)(jnp.ones(3)).jaxpr) <= TRUSTED
    for width in (5, 64, 100, 4096):
        x = jnp.linspace(0.05, 0.95, width)
        narrow, wide = (
            jax.jit(function, compiler_options=optimized | options)(x) for options in ({}, WIDE)
        )
        np.testing.assert_allclose(wide, narrow, rtol=2e-6)


def test_an_untrusted_operation_is_compiled_with_narrow_vectors(key):
    turned = jc.metric("turned-for-a-test", "arc tangent of the variance")
    turned.of(jc.Gaussian)(lambda family, params, truth: jnp.arctan(jnp.exp(params.log_variance)))
    plan = plan_of(key, replaced(jc.Gaussian()), 3, 64, (turned,))
    assert not plan.tiling.wide
    assert plan_of(key, replaced(jc.Gaussian()), 3, 64, (jc.variance,)).tiling.wide


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_wide_and_narrow_loops_agree(family, key):
    plan = plan_of(key, replaced(family), 4, 64)
    narrow = gathered(replace(plan, tiling=plan.tiling._replace(wide=False)))
    for a, b in zip(jax.tree.leaves(gathered(plan)), jax.tree.leaves(narrow), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_chosen_generations_are_slices_of_the_whole_run(family, key):
    whole = gathered(plan_of(key, replaced(family), 4, 5))
    part = jc.simulate(key, replaced(family), generations=4, replicas=5, at=[1, 3, 4])
    assert part.times.tolist() == [0, 1, 3, 4]
    for a, b in zip(jax.tree.leaves(part.params), jax.tree.leaves(whole), strict=True):
        b = np.moveaxis(b, 1, 0)[:, part.times]
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_the_width_of_a_tile_moves_nothing_beyond_rounding(family, key):
    plan = plan_of(key, replaced(family), 4, 40)
    wanted = jax.tree.leaves(gathered(plan))
    for width in (8, 64):
        for a, b in zip(jax.tree.leaves(gathered(tiled(plan, width))), wanted, strict=True):
            exact = np.issubdtype(b.dtype, np.integer) or isinstance(family, jc.Categorical)
            np.testing.assert_allclose(a, b, rtol=0 if exact else 2e-5, atol=0 if exact else 2e-5)


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize(
    ("family", "metric"),
    further((jc.Bernoulli(), jc.mean), (jc.Categorical(), jc.heterozygosity)),
    ids=["two", "many"],
)
def test_a_skeleton_has_the_law_of_the_chain(family, metric, key):
    recursion, run = (
        replaced(family, n=30),
        {"generations": 21, "replicas": 1 << 13, "observe": metric},
    )
    steps = np.asarray(jc.simulate(key, recursion, carrier="samples", **run).values(metric))[
        :, [11, 21]
    ]
    leaps = np.asarray(
        jc.simulate(key, recursion, carrier="skeleton", at=[1, 11, 21], **run).values(metric)
    )[:, 2:]
    for i in range(2):
        assert stats.ks_2samp(steps[:, i].round(4), leaps[:, i].round(4)).pvalue > FALSE_ALARM
    assert abs(np.corrcoef(steps.T)[0, 1] - np.corrcoef(leaps.T)[0, 1]) < 6 * 2 / np.sqrt(1 << 13)


@pytest.mark.parametrize(
    ("at", "workflow"), [(None, jc.Replace()), ([1, 2, 4], jc.Replace()), ([1, 3], jc.Accumulate())]
)
def test_a_skeleton_refuses_what_it_cannot_leap(at, workflow, key):
    recursion = jc.Recursion(jc.Bernoulli(), workflow, truth=jc.Bernoulli().params(0.4), n=8)
    with pytest.raises(ValueError, match="skeleton"):
        jc.simulate(key, recursion, generations=4, replicas=2, at=at, carrier="skeleton")


@pytest.mark.parametrize("at", [[0, 2], [3, 3], [1, 9], [], [1.5]])
def test_generations_to_record_are_checked(at, key):
    with pytest.raises(ValueError, match="at must"):
        jc.simulate(key, replaced(jc.Gaussian()), generations=4, replicas=2, at=at)


def test_streamed_moments_and_histograms_equal_stored_ones(key):
    recursion = replaced(jc.Gaussian())
    wanted = [
        jc.E(jc.mean),
        jc.Var(jc.log_variance),
        jc.Rate(jc.log_variance),
        jc.Histogram(jc.log_variance, -3.0, 3.0, 12),
    ]
    run = jc.simulate(
        key, recursion, generations=6, replicas=5000, observe=(jc.mean, jc.log_variance), at=[2, 6]
    )
    streamed = jc.estimate(key, recursion, wanted, generations=6, replicas=5000, at=[2, 6])
    for quantity, found in zip(wanted, streamed, strict=True):
        stored = quantity(run)
        np.testing.assert_allclose(found.value, stored.value, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(found.error, stored.error, rtol=1e-4, atol=1e-9)


def test_absent_lanes_repeat_the_last_replica(key):
    _, last = run_tile(plan_of(key, replaced(jc.Gaussian()), 3, 5, (jc.mean,)), 0)
    values = np.asarray(last["mean"][0])
    np.testing.assert_allclose(values[5:], values[4], rtol=1e-6)
    assert len(set(values[:5].tolist())) == 5


def test_streamed_moments_of_huge_values_do_not_overflow(key):
    recursion = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1e12), n=9)
    found = jc.estimate(key, recursion, jc.Var(jc.variance), generations=3, replicas=300)
    stored = jc.Var(jc.variance)(
        jc.simulate(key, recursion, generations=3, replicas=300, observe=jc.variance)
    )
    np.testing.assert_allclose(found.value, stored.value, rtol=1e-4)
    np.testing.assert_allclose(found.error, stored.error, rtol=1e-3)


def test_streaming_refuses_undefined_values(key):
    lost = jc.metric("lost-for-a-test", "not a number now and then")
    lost.of(jc.Gaussian)(
        lambda family, params, truth: jnp.where(params.mean > 0.7, jnp.nan, params.mean)
    )
    with pytest.raises(ValueError, match="lost-for-a-test"):
        jc.estimate(key, replaced(jc.Gaussian()), jc.E(lost), generations=2, replicas=100)


@pytest.mark.parametrize(("quantity", "order"), [(jc.P, 1), (jc.E, 3), (jc.Rate, 3), (jc.Var, 4)])
def test_a_digest_sums_the_powers_that_its_quantity_needs(quantity, order):
    metric = jc.variance > 1.0 if quantity is jc.P else jc.variance
    assert Digest.of([quantity(metric)]).moments == ((metric.name, order),)
    assert Digest.of([quantity(metric), jc.Var(metric)]).moments == ((metric.name, 4),)


@pytest.mark.slow
def test_two_devices_give_the_bits_of_one():
    code = (
        "import jax, numpy as np, jaxcollapse as jc\n"
        "from jaxcollapse.space.examples import example_truth\n"
        "for f in (jc.Gaussian(), jc.Categorical()):\n"
        "    r = jc.Recursion(f, jc.Replace(), truth=example_truth(f), n=9)\n"
        "    run = jc.simulate(jax.random.key(3), r, generations=5, replicas=20000)\n"
        "    bits = [np.asarray(x).tobytes().__hash__() for x in jax.tree.leaves(run.params)]\n"
        "    print(len(jax.devices()), bits)\n"
    )
    shown = []
    for devices in (1, 2):
        environment = os.environ | {
            "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
            "PYTHONHASHSEED": "0",
        }
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        assert done.stdout.startswith(str(devices))
        shown.append([line.split(" ", 1)[1] for line in done.stdout.splitlines()])
    assert shown[0] == shown[1]
