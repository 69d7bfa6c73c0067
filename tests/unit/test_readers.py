"""Every law broadcasts over its symbols, refuses what breaks its hypotheses, and JAX differentiates
it as finite differences do.
"""

import re

import jax
import numpy as np
import pytest
import quick
from marks import every_third
from tried import symbols_at

import jaxcollapse as jc
from jaxcollapse.theory.ranges import SIZES

WITHOUT_ARGUMENT = [law for law in jc.laws() if "x" not in law.parameters]
SMOOTH = [law for law in jc.laws() if law.continuous]


def as_arrays(symbols):
    """Lists as arrays, which JAX wants."""
    return {
        name: np.asarray(value, float) if isinstance(value, (list, tuple)) else value
        for name, value in symbols.items()
    }


def neighbors(name, domain, value):
    """Two values of a scalar symbol, or None for a symbol that is no number; times and symbols go
    back, as schedules and alphabets end.
    """
    if value is None or not isinstance(domain, (jc.Real, jc.Integer)):
        return None
    if not isinstance(domain, jc.Integer):
        return np.asarray([value, 0.9 * value])
    return np.asarray(
        [
            value,
            value - 1
            if domain.problem(np.asarray(value - 1)) is None and name in ("t", "symbol")
            else value + 1,
        ]
    )


@pytest.mark.parametrize("law", WITHOUT_ARGUMENT, ids=lambda law: law.name)
def test_laws_broadcast_over_time_and_every_scalar(law):
    symbols = symbols_at(law)
    varied = {
        name: neighbors(name, law.domain(name), value)
        for name, value in symbols.items()
        if np.ndim(value) == 0
    }
    varied = {name: values for name, values in varied.items() if values is not None}
    if not varied:
        pytest.skip("the law has no scalar symbol")
    if np.ndim(law(**symbols)) > 0:
        pytest.skip("the law says more than one number")
    whole = law(**{**symbols, **varied})
    assert np.shape(whole) == (2,)
    for i in range(2):
        each = law(**{**symbols, **{name: values[i] for name, values in varied.items()}})
        np.testing.assert_allclose(whole[i], each, rtol=1e-9)


@pytest.mark.parametrize("law", every_third(SMOOTH), ids=lambda law: law.name)
def test_gradients_agree_with_finite_differences(law):
    symbols = as_arrays(symbols_at(law))
    if np.ndim(law(**symbols)) > 0:
        pytest.skip("the law says more than one number")
    names = [name for name in law.continuous if symbols.get(name, 0.0) is not None]
    values = [float(symbols.get(name, law.parameters[name].default)) for name in names]

    def slopes(at):
        return [
            jax.value_and_grad(lambda x, name=name: law.jax(**{**symbols, name: x}))(each)
            for name, each in zip(names, at, strict=True)
        ]

    with jax.enable_x64(True):
        centers, steps = [], []
        for name, value in zip(names, values, strict=True):
            step = 1e-5 * max(abs(value), 1e-2)
            inside = law.domain(name).problem(np.asarray(value + step)) is None or name in SIZES
            centers.append(value if inside else value - step)
            steps.append(step)
        centers, steps = np.asarray(centers), np.asarray(steps)
        program = jax.jit(slopes, compiler_options=quick.QUICK)
        found = [jax.tree.map(float, program(centers + shift * steps)) for shift in (-1, 0, 1)]
    for name, value, step, (low, _), (middle, slope), (high, _) in zip(
        names, values, steps, *found, strict=True
    ):
        scale = abs(middle) / max(abs(value), 1.0)
        np.testing.assert_allclose(
            slope, (high - low) / (2 * step), rtol=1e-6, atol=1e-6 * scale, err_msg=name
        )


SIZED = [
    law for law in WITHOUT_ARGUMENT if {"n", "d"} <= set(law.parameters) and law.family is not None
]
INTERVALS = [
    (law, name)
    for law in jc.laws()
    for name in law.parameters
    if isinstance(law.domain(name), jc.Real)
    and np.isfinite([law.domain(name).low, law.domain(name).high]).all()
]


@pytest.mark.parametrize("law", SIZED, ids=lambda law: law.name)
def test_no_sample_is_too_small_for_a_number(law):
    """At every sample size a law in d dimensions is a finite number, a risk that is not negative,
    or names what it assumes.
    """
    symbols = symbols_at(law)
    d = int(symbols["d"])
    for n in range(1, d + 7):
        try:
            value = np.asarray(law(**{**symbols, "n": n}))
        except ValueError as refusal:
            assert re.search(r"assumes .*n . |must be an integer", str(refusal))  # noqa: PT017  the other outcome is a number
        else:
            assert np.all(np.isfinite(value)), n
            assert "risk" not in law.name or np.all(value >= 0), n


@pytest.mark.parametrize(
    "law",
    [law for law in jc.laws() if {"sizes", "t"} <= set(law.parameters)],
    ids=lambda law: law.name,
)
def test_a_schedule_that_is_too_short_is_refused(law):
    symbols = symbols_at(law)
    with pytest.raises(
        ValueError, match=r"assumes t at most the length of sizes, got t=4, sizes=\[5 6 7\]"
    ):
        law(**{**symbols, "sizes": [5, 6, 7], "t": 4})


@pytest.mark.parametrize(("law", "name"), INTERVALS, ids=lambda each: getattr(each, "name", each))
def test_a_symbol_outside_its_interval_is_refused(law, name):
    low, high = law.domain(name).low, law.domain(name).high
    place = {"x": 1.0} if "x" in law.parameters else {}
    for value in (low - 0.5, high + 0.5):
        with pytest.raises(ValueError, match=f"{name} of law {law.name} must lie in"):
            law(**{**symbols_at(law), **place, name: value})


@pytest.mark.parametrize(
    ("n", "problem"),
    [(4, r"regression-replace-excess-risk assumes n > d \+ 1, got n=4, d=3"), (5, None)],
)
def test_prediction_names_the_hypothesis_that_sizes_break(n, problem):
    family = jc.LinearRegression(noise=0.5)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params([1.0, 2.0, 3.0]), n=n)
    if problem is None:
        np.testing.assert_allclose(
            jc.predict(jc.E(jc.excess_risk), recursion, t=2), 2 * 0.5 * 3 / (5 - 3 - 1)
        )
        return
    with pytest.raises(LookupError, match=problem):
        jc.predict(jc.E(jc.excess_risk), recursion, t=2)
