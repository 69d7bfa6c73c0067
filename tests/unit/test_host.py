"""A law that does not compute on the host is read by every number system, one that does by none.

JAX is asked with tracers for every number except the time, which is an index in many laws. mpmath
and SymPy hold one number at a time, so that they are asked about laws of scalars only.
"""

import jax
import mpmath as mp
import numpy as np
import pytest
from marks import every_third
from test_readers import as_arrays, symbols_at

import jaxcollapse as jc
from jaxcollapse.theory.namespaces import jax_namespace, mpmath_namespace, numpy_namespace
from jaxcollapse.theory.ranges import SIZES

READ = [law for law in jc.laws() if not law.host]
HOST = [law for law in jc.laws() if law.host]
INDICES = ("t", "x")


def place_of(law):
    """Symbols to read a law at, with a point for laws of a distribution."""
    point = {"x": 0.7} if "x" in law.parameters else {}
    return as_arrays(symbols_at(law)) | point


def numbers_of(law, symbols, integers):
    """The symbols that JAX traces: real numbers and sizes, and other integers where asked for."""
    found = {}
    for name, value in symbols.items():
        number = value is not None and np.asarray(value).dtype.kind in "fiu"
        integer = isinstance(law.domain(name), jc.Integer) and name not in SIZES
        if number and name not in INDICES and (integers or not integer):
            found[name] = np.asarray(value, float)
    return found


def traced(law, symbols, integers=False):
    """The law as JAX compiles it, without running it."""
    numbers = numbers_of(law, symbols, integers)
    fixed = {name: value for name, value in symbols.items() if name not in numbers}
    with jax.numpy_rank_promotion("allow"):
        read = lambda given: law.body(jax_namespace(), **fixed, **given)
        return jax.jit(read).lower(numbers)


def precise(law, symbols):
    """The law as mpmath reads it, or SymPy where mpmath cannot."""
    exact = {
        name: mp.mpf(float(value)) if np.ndim(value) == 0 and _is_number(value) else value
        for name, value in symbols.items()
    }
    with mp.workdps(30):
        try:
            return float(mp.mpf(law.body(mpmath_namespace(), **exact)))
        except TypeError:
            return float(law.symbolic(**symbols).doit().evalf())


def _is_number(value):
    return value is not None and np.asarray(value).dtype.kind in "fiu"


@pytest.mark.parametrize("law", every_third(READ), ids=lambda law: law.name)
def test_a_law_that_is_not_on_the_host_is_read_by_all(law):
    symbols = place_of(law)
    expected = law.body(numpy_namespace(), **symbols)
    assert traced(law, symbols).out_info.shape == np.shape(expected)
    with jax.enable_x64(True):
        np.testing.assert_allclose(law.jax(**symbols), expected, rtol=1e-8, atol=1e-12)
    vectors = [name for name, value in symbols.items() if name != "sizes" and np.ndim(value)]
    if np.ndim(expected) == 0 and not (set(vectors) - {"arrivals"}):
        np.testing.assert_allclose(precise(law, symbols), expected, rtol=1e-9, atol=1e-12)


def readable(law, symbols):
    """Whether JAX reads the law and, where its symbols are scalars, mpmath or SymPy does."""
    try:
        traced(law, symbols, integers=True)
        if not any(np.ndim(value) for value in symbols.values()):
            precise(law, symbols)
    except Exception:  # whatever JAX or mpmath raises, the law cannot be read
        return False
    return True


@pytest.mark.parametrize("law", HOST, ids=lambda law: law.name)
def test_a_law_on_the_host_cannot_be_read_by_all(law):
    """A law of a whole configuration is on the host, whatever else it computes."""
    assert "recursion" in law.parameters or not readable(law, place_of(law))


def test_no_other_law_takes_a_configuration():
    assert not [law.name for law in READ if "recursion" in law.parameters]
