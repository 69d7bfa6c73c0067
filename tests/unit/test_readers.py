"""Every law broadcasts over its symbols, and what JAX differentiates agrees with finite differences."""

import jax
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.theory.cases import default_cases
from jaxcollapse.theory.kinds import Exact
from jaxcollapse.theory.registry import SIZES
from jaxcollapse.theory.symbols import symbols_of

WITHOUT_ARGUMENT = [law for law in jc.laws() if "x" not in law.parameters]
SMOOTH = [law for law in jc.laws() if isinstance(law.kind, Exact) and law.continuous]


def symbols_at(law):
    """The symbols of a law at the first place where it is tried."""
    case = default_cases(law)[0]
    if isinstance(case, dict):
        return {name: value for name, value in case.items() if name in law.parameters}
    recursion, generations = case
    found = symbols_of(recursion, min([generations, *recursion.schedules.values()]))
    return {name: found[name] for name in law.parameters if name in found}


def as_arrays(symbols):
    """Lists as arrays, which JAX wants."""
    return {name: np.asarray(value, float) if isinstance(value, (list, tuple)) else value for name, value in symbols.items()}


def neighbors(name, domain, value):
    """Two values of a scalar symbol, or None for a symbol that is no number; time goes back, as schedules end."""
    if value is None or not isinstance(domain, (jc.Real, jc.Integer)):
        return None
    if not isinstance(domain, jc.Integer):
        return np.asarray([value, 0.9 * value])
    return np.asarray([value, value - 1 if domain.problem(np.asarray(value - 1)) is None and name == "t" else value + 1])


@pytest.mark.parametrize("law", WITHOUT_ARGUMENT, ids=lambda law: law.name)
def test_laws_broadcast_over_time_and_every_scalar(law):
    symbols = symbols_at(law)
    varied = {name: neighbors(name, law.domain(name), value) for name, value in symbols.items() if np.ndim(value) == 0}
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


@pytest.mark.parametrize("law", SMOOTH, ids=lambda law: law.name)
def test_gradients_agree_with_finite_differences(law):
    symbols = as_arrays(symbols_at(law))
    with jax.enable_x64(True):
        for name in [name for name in law.continuous if symbols.get(name, 0.0) is not None]:
            value = float(symbols.get(name, law.parameters[name].default))
            both = jax.jit(jax.value_and_grad(lambda x, name=name: law.jax(**{**symbols, name: x})))
            step = 1e-5 * max(abs(value), 1.0)
            centre = value if law.domain(name).problem(np.asarray(value + step)) is None or name in SIZES else value - step
            (low, _), (middle, slope), (high, _) = (both(centre + shift) for shift in (-step, 0.0, step))
            scale = abs(float(middle)) / max(abs(value), 1.0)
            np.testing.assert_allclose(slope, (high - low) / (2 * step), rtol=1e-6, atol=1e-6 * scale, err_msg=name)
