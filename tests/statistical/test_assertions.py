"""Assertions: true statements pass, wrong ones fail with the numbers, and the error rates are what
they say.
"""

import dataclasses
import re

import jax
import numpy as np
import pytest

import jaxcollapse as jc
import jaxcollapse.testing as jct


def exponential(key, replicas):
    return np.asarray(jax.random.exponential(key, (replicas, 2))) * np.array([1.0, 3.0])


def test_replicas_grow_until_the_resolution_is_reached():
    coarse = jct.assert_expectation(exponential, [1.0, 3.0], resolution=0.2)
    fine = jct.assert_expectation(exponential, [1.0, 3.0], resolution=0.05)
    assert coarse.replicas < fine.replicas


def test_a_wrong_expectation_fails_with_its_numbers():
    with pytest.raises(AssertionError) as failed:
        jct.assert_expectation(exponential, [1.0, 3.2], resolution=0.05)
    pattern = (
        r"entry 1: simulated [\d.]+ ± [\d.]+ \(\d+ replicas\), law 3.2, "
        r"[\d.]+ sigmas, [\d.]+ allowed"
    )
    assert re.fullmatch(pattern, str(failed.value))


def test_rivals_decide_the_sample_size_and_a_true_rival_is_never_told_apart():
    near = jct.assert_expectation(exponential, [1.0, 3.0], rivals={"near": [1.02, 3.0]})
    far = jct.assert_expectation(exponential, [1.0, 3.0], rivals={"far": [1.5, 3.0]})
    assert far.replicas < near.replicas
    with pytest.raises(AssertionError, match="unresolved with 8192 replicas"):
        jct.assert_expectation(exponential, [1.0, 3.0], rivals={"near": [1.0001, 3.0]}, most=8192)


@pytest.mark.parametrize(("side", "bound"), [("upper", [1.3, 3.9]), ("lower", [0.8, 2.4])])
def test_bounds_are_one_sided(side, bound):
    jct.assert_expectation(exponential, bound, side=side)
    with pytest.raises(AssertionError, match="sigmas"):
        jct.assert_expectation(exponential, bound, side="lower" if side == "upper" else "upper")


def test_false_alarms_are_as_rare_as_stated():
    rate, calls, failures = 0.2, 400, 0

    def normal(key, replicas):
        seed = np.asarray(jax.random.key_data(key)).tolist()
        return np.random.default_rng(seed).normal(1.0, 0.1, (replicas, 3))

    for call in range(calls):
        try:
            jct.assert_expectation(
                normal, 1.0, resolution=0.05, false_alarm=rate, key=jax.random.key(call)
            )
        except AssertionError:
            failures += 1
    assert abs(failures - calls * rate) < 5.5 * np.sqrt(calls * rate * (1 - rate))


def _numpy(sampler):
    return lambda key, replicas: sampler(
        np.random.default_rng(np.asarray(jax.random.key_data(key)).tolist()), replicas
    )


def test_same_law_is_found_and_a_different_one_is_not():
    sums = _numpy(lambda rng, replicas: rng.poisson(2.0, (replicas, 3)).cumsum(axis=1))
    direct = _numpy(
        lambda rng, replicas: np.stack([rng.poisson(2.0 * k, replicas) for k in (1, 2, 3)], axis=1)
    )
    shifted = _numpy(
        lambda rng, replicas: np.stack(
            [rng.poisson(rate, replicas) for rate in (2.0, 4.0, 6.5)], axis=1
        )
    )
    assert jct.assert_same_law(sums, direct) < 0.01
    pattern = (
        r"entry 2: distance 0\.\d+ of the distribution functions, 0\.0100 allowed "
        r"\(\d+ replicas each\)"
    )
    with pytest.raises(AssertionError, match=pattern):
        jct.assert_same_law(sums, shifted)
    with pytest.raises(ValueError, match="as many entries as each other, got 3 and 2"):
        jct.assert_same_law(sums, exponential)


def test_laws_are_asserted_at_a_recursion_or_at_their_cases():
    recursion = jc.Recursion(jc.NormalMean(), jc.Replace(), truth=jc.NormalMean().params(2.0), n=6)
    assert jct.assert_law("qvf-replace-variance", recursion, 3).passed
    assert jct.assert_law("gaussian-replace-log-variance").passed
    with pytest.raises(ValueError, match="says nothing about NormalMean under Replace"):
        jct.assert_law("gaussian-replace-w2", recursion, 3)
    with pytest.raises(ValueError, match="generations must be an integer"):
        jct.assert_law("qvf-replace-variance", recursion)
    with pytest.raises(ValueError, match=r"law .* is unknown"):
        jct.assert_law("qvf-replace-varience", recursion, 3)


def test_a_law_that_fails_says_where():
    recursion = jc.Recursion(jc.NormalMean(), jc.Replace(), truth=jc.NormalMean().params(2.0), n=6)
    right = jc.law_named("qvf-any-mean-error")

    def late(xp, recursion, t, mean, v0, v1, v2):
        return right.body(xp, recursion, t + 1, mean, v0, v1, v2)

    with pytest.raises(
        AssertionError, match=r"law qvf-any-mean-error fails: NormalMean/Replace at t=\d: simulated"
    ):
        jct.assert_law(dataclasses.replace(right, body=late), recursion, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resolution": 0}, "resolution must lie in"),
        ({"false_alarm": 0.7}, "false_alarm must lie in"),
        ({"side": "left"}, "side must be"),
        ({"key": 3}, "key must be a typed key"),
        ({"most": 3}, "most must be"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        jct.assert_expectation(exponential, [1.0, 3.0], **arguments)


def test_a_draw_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="one row for each of 4096 replicas, got shape"):
        jct.assert_expectation(lambda key, replicas: np.ones(3), 1.0)
    with pytest.raises(ValueError, match="expected must have one entry or 2"):
        jct.assert_expectation(exponential, [1.0, 2.0, 3.0])
