"""What a call compiles, traces and runs: values are leaves, words are drawn once."""

import re
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first
from running import named, plan_of, replaced, tiled

import jaxcollapse as jc
from jaxcollapse.engine import loop
from jaxcollapse.engine.simulate import gathered


@pytest.mark.usefixtures("optimized")
def test_tiles_that_start_together_share_one_compilation(key):
    compiled = []

    def listen(event, duration, fun_name="", **more):
        del duration, more
        if event.endswith("backend_compile_duration") and "replicas" in fun_name:
            compiled.append(fun_name)

    plan = tiled(plan_of(key, replaced(jc.Gaussian()), 11, 40), 8)
    assert len(plan.starts) == 5
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        jax.clear_caches()
        gathered(plan)
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert len(compiled) == 1


def test_changing_values_compiles_nothing(key):
    def run(n, ddof, mean):
        recursion = jc.Recursion(
            jc.Gaussian(ddof), jc.Replace(), truth=jc.Gaussian.params(mean, 2.0), n=n
        )
        jc.simulate(key, recursion, generations=3, replicas=4, observe=jc.fisher_risk)

    run(9, 1, 0.0)
    compiled = loop.wide_tile._cache_size()
    run(1000, 0, 1.5)
    assert loop.wide_tile._cache_size() == compiled


@pytest.mark.parametrize("at", [None, [3, 7]], ids=["every", "some"])
def test_a_step_is_traced_a_few_times_at_most(at, key):
    traced = []

    class Traced(jc.Replace):
        def update(self, pool, synthetic, fresh):
            traced.append(1)
            return super().update(pool, synthetic, fresh)

    recursion = replace(replaced(jc.Gaussian()), workflow=Traced())
    for times in (3, 0):
        traced.clear()
        jc.simulate(key, recursion, generations=9, replicas=5, at=at)
        assert len(traced) <= times, (
            "tracing is most of what a short run costs: types, program and operations, once each"
        )


def calls_of(run, names):
    """How often each of the functions `names` is called while `run` runs."""
    made = dict.fromkeys(names, 0)

    def seen(frame, event, _):
        if event == "call" and (name := frame.f_code.co_qualname) in made:
            made[name] += 1

    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(None)
    return made


@pytest.mark.parametrize("family", first([jc.Gaussian(), jc.Bernoulli()]), ids=named)
@pytest.mark.parametrize("streamed", [False, True], ids=["simulate", "estimate"])
def test_a_warm_call_traces_nothing_runs_no_single_operation_and_makes_few_records(
    family, streamed, key
):
    def run():
        if streamed:
            jc.estimate(key, recursion, [jc.E(jc.mean)], generations=50, replicas=7)
        else:
            jc.simulate(key, recursion, generations=50, replicas=7, observe=jc.mean)

    def cold():
        jax.clear_caches()
        jax.jit(lambda: jnp.zeros(2) + 1)()
        jnp.cumsum(jnp.arange(3))
        replaced(family)

    trace, operation, record = "trace_to_jaxpr_dynamic", "apply_primitive", "_ModuleMeta.__call__"
    recursion = replaced(family, 10**6)
    run()
    assert min(calls_of(cold, (trace, operation, record)).values()) > 0, (
        "JAX or Equinox calls these functions otherwise"
    )
    run()
    made = calls_of(run, (trace, operation, record))
    assert made[trace] == made[operation] == 0
    assert made[record] <= 4, (
        "methods of modules and records take 10 to 20 us each: call fewer where every call passes"
    )


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize(
    ("family", "n", "metric"),
    first([(jc.Gaussian(), 9, jc.variance), (jc.RegressionRisk(dimension=20), 50, jc.excess_risk)]),
    ids=["Gaussian", "RegressionRisk"],
)
def test_a_compiled_loop_draws_its_words_once(family, n, metric, key):
    plan = plan_of(key, replaced(family, n), 50, 4096, (metric,))
    inputs = (plan.key, plan.recursion, plan.carrier, None, np.uint32(0), np.int32(5))
    program = (
        loop.wide_tile.lower(*inputs, generations=50, width=4096, metrics=plan.metrics, digest=None)
        .compile()
        .as_text()
    )
    bodies = [part for part in program.split("\n\n") if "/while/body" in part]
    ciphers = sum(len(re.findall(r"\bxor\(", part)) for part in bodies)
    assert 20 <= ciphers <= 42, (
        "threefry has 20 rounds and a key schedule: more means that words are drawn more than once"
    )
