"""`predict` with values is the loop of scalar predictions, for exact laws and all their symbols."""

import dataclasses
import inspect

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import every_third

import jaxcollapse as jc
from jaxcollapse.records import Record
from jaxcollapse.theory.cases import default_cases
from jaxcollapse.theory.substitution import places_of
from jaxcollapse.theory.symbols import symbols_of

EXACT = [law for law in jc.laws() if law.family is not None and isinstance(law.kind, jc.Exact)]
SIZES = ("n", "real", "fresh")


def with_field(record, name, value):
    """The record with a field of that name, its own or of a record in it, or None."""
    names = {each.name: getattr(record, each.name) for each in dataclasses.fields(record)}
    if name in names and not isinstance(names[name], Record):
        return dataclasses.replace(record, **{name: value})
    for inner, part in names.items():
        if isinstance(part, Record) and (new := with_field(part, name, value)) is not None:
            return dataclasses.replace(record, **{inner: new})
    return None


def with_value(recursion, name, value):
    """What a user would write for one value of a symbol."""
    if name in SIZES:
        return dataclasses.replace(recursion, **{name: value})
    for part in ("workflow", "selection", "decoding", "family"):
        if (new := with_field(getattr(recursion, part), name, value)) is not None:
            return dataclasses.replace(recursion, **{part: new})
    known = symbols_of(recursion, None)
    arguments = {
        each: known[each] for each in inspect.signature(recursion.family.params).parameters
    }
    return dataclasses.replace(
        recursion, truth=recursion.family.params(**arguments | {name: value})
    )


def two_values(recursion, name):
    """A symbol's value and one beside it."""
    value = symbols_of(recursion, None)[name]
    if value is None:
        return [0.3, 0.6]
    if isinstance(value, bool):
        return [value, not value]
    if np.ndim(value) > 0:
        return [int(np.max(value)), int(np.max(value)) + 1]
    whole = name in SIZES or isinstance(value, int) or (float(value).is_integer() and value > 1)
    return [int(value), int(value) + 1] if whole else [float(value), 0.9 * float(value) + 0.01]


def outcome(attempt):
    """Numbers, or None where there are none to be had."""
    try:
        return np.asarray(attempt(), float)
    except (ValueError, LookupError):
        return None


def case_of(law):
    recursion, generations = default_cases(law)[0]
    last = min([generations, 8, *recursion.schedules.values()])
    return recursion, np.arange(last + 1) if "t" in law.parameters else None


@pytest.mark.parametrize("law", every_third(EXACT), ids=lambda law: law.name)
def test_broadcasting_is_the_loop(law):
    recursion, t = case_of(law)
    free = {
        name: values for name in places_of(recursion) if (values := two_values(recursion, name))
    }
    shape = () if t is None else t.shape
    together = {}
    for name, values in free.items():
        alone = [
            outcome(
                lambda v=v, name=name: jc.predict(law.quantity, with_value(recursion, name, v), t)
            )
            for v in values
        ]
        upright = np.reshape(values, (2, *[1] * len(shape)))
        both = outcome(
            lambda name=name, v=upright: jc.predict(law.quantity, recursion, t, **{name: v})
        )
        if any(each is None for each in alone):
            assert both is None, name
            continue
        assert both is not None, name
        expected = np.stack([np.broadcast_to(each, shape) for each in alone])
        np.testing.assert_allclose(both, expected, rtol=1e-12, atol=1e-300, err_msg=name)
        together[name] = values
    assert together
    together = {name: values for name, values in together.items() if name != "real"}
    last = None if t is None else t[-1]
    changed = [recursion, recursion]
    for name, values in together.items():
        changed = [
            with_value(each, name, value) for each, value in zip(changed, values, strict=True)
        ]
    alone = [outcome(lambda each=each: jc.predict(law.quantity, each, last)) for each in changed]
    both = outcome(lambda: jc.predict(law.quantity, recursion, last, **together))
    assert (both is None) == any(each is None for each in alone)
    if both is not None:
        np.testing.assert_allclose(both, alone, rtol=1e-12, atol=1e-300)


GAUSSIAN = jc.Recursion(jc.Gaussian(ddof=0), jc.Replace(), truth=jc.Gaussian.params(0.5, 2.0), n=10)
REFRESHED = jc.Recursion(
    jc.Poisson(), jc.Refresh(0.5), truth=jc.Poisson().params(2.0), n=10, fresh=5
)
SHARES = jc.Recursion(jc.Bernoulli(), jc.Replace(), truth=jc.Bernoulli().params(0.3), n=5)
AMBIGUOUS = jc.Recursion(
    jc.DampedGaussian(0.5), jc.Discount(0.5), truth=jc.DampedGaussian().params(), n=10
)
REGRESSION = jc.Recursion(
    jc.LinearRegression(noise=0.5),
    jc.Replace(),
    truth=jc.LinearRegression().params([1.0, 2.0, 3.0]),
    n=9,
)


@given(
    n=st.lists(st.integers(2, 500), min_size=1, max_size=6),
    weight=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4),
    t=st.lists(st.integers(0, 60), min_size=1, max_size=5),
)
def test_a_grid_is_three_loops(n, weight, t):
    grid = jc.predict(
        jc.E(jc.mean_error),
        REFRESHED,
        t,
        n=np.reshape(n, (-1, 1, 1)),
        weight=np.reshape(weight, (-1, 1)),
    )
    assert grid.shape == (len(n), len(weight), len(t))
    for i, j in np.ndindex(grid.shape[:2]):
        one = jc.Recursion(
            jc.Poisson(), jc.Refresh(weight[j]), truth=REFRESHED.truth, n=n[i], fresh=5
        )
        np.testing.assert_allclose(grid[i, j], jc.predict(jc.E(jc.mean_error), one, t), rtol=1e-12)


def test_shapes_are_those_of_numpy():
    quantity = jc.E(jc.variance)
    assert jc.predict(quantity, GAUSSIAN, 3, n=20).shape == ()
    assert jc.predict(quantity, GAUSSIAN, 3, n=[20, 30]).shape == (2,)
    assert jc.predict(quantity, GAUSSIAN, [1, 2], n=[20, 30]).shape == (2,)
    assert jc.predict(quantity, GAUSSIAN, 3, n=[]).shape == (0,)
    assert jc.predict(
        quantity, GAUSSIAN, np.zeros((2, 1), int), n=jnp.asarray([20, 30, 40])
    ).shape == (2, 3)
    assert jc.predict(jc.HittingTime(jc.fixed), SHARES, n=[5, 9]).shape == (2,)


def test_the_law_is_chosen_entry_by_entry():
    """A real data set of its own size makes another law speak; equal batches are the simplest."""
    quantity, recursion = (
        jc.E(jc.mean_error),
        jc.Recursion(jc.Poisson(), jc.Accumulate(), truth=jc.Poisson().params(2.0), n=10),
    )
    found = jc.predict(quantity, recursion, 5, real=[10, 30])
    np.testing.assert_allclose(found[0], jc.predict(quantity, recursion, 5), rtol=1e-12)
    expected = jc.law_named("qvf-accumulate-batches-mean-error")(
        mean=2.0, n=10, real=30, t=5, v0=0.0, v1=1.0, v2=0.0
    )
    np.testing.assert_allclose(found[1], expected, rtol=1e-12)


def test_a_value_takes_the_place_of_a_schedule():
    scheduled = dataclasses.replace(GAUSSIAN, n=np.array([10, 20, 30]))
    quantity = jc.E(jc.mean_error)
    constant = jc.predict(quantity, GAUSSIAN, 9, n=[10, 20])
    np.testing.assert_allclose(jc.predict(quantity, scheduled, 9, n=[10, 20]), constant, rtol=1e-12)
    longer = jc.predict(quantity, scheduled, [1, 3], variance=[[1.0], [3.0]])
    np.testing.assert_allclose(longer[1], 3 * longer[0], rtol=1e-12)
    with pytest.raises(
        ValueError, match=r"t must lie within the schedule Recursion\.n of 3 fits, got 4"
    ):
        jc.predict(quantity, scheduled, 4, variance=[1.0, 2.0])


@pytest.mark.parametrize(
    ("recursion", "quantity", "values", "message"),
    [
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"nn": 3},
            r"symbol 'nn' is unknown: this recursion takes n, real, ddof, mean, variance",
        ),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"weight": 0.5},
            r"symbol 'weight' is unknown: this recursion takes n",
        ),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"sizes": 5},
            r"symbol 'sizes' follows from others: this recursion takes n, real",
        ),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"n": [10, 1]},
            r"Recursion\.n must be at least 2 for Gaussian, got 1",
        ),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"n": [10, 2.5]},
            r"Recursion\.n must be an integer in \[1, 16777215\], got 2\.5",
        ),
        (GAUSSIAN, jc.E(jc.variance), {"n": [10, np.nan]}, r"Recursion\.n must be an integer"),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"n": ["10"]},
            r"n must be a number or an array of numbers, got \['10'\]",
        ),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"ddof": [0, 1.5]},
            r"Gaussian\.ddof must lie in \[0, 1\], got 1\.5",
        ),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"variance": [1.0, -1.0]},
            r"variance must lie in \(0, inf\), got -1",
        ),
        (
            GAUSSIAN,
            jc.E(jc.variance),
            {"n": [10, 20, 30]},
            r"shapes must broadcast, got t \(2,\), n \(3,\)",
        ),
        (
            REFRESHED,
            jc.E(jc.mean_error),
            {"weight": [0.5, 1.5]},
            r"Refresh\.weight must lie in \[0, 1\], got 1\.5",
        ),
        (
            REFRESHED,
            jc.E(jc.mean_error),
            {"fresh": [5, 0]},
            r"Recursion\.fresh must be at least 1 for Refresh",
        ),
        (
            REGRESSION,
            jc.E(jc.excess_risk),
            {"n": [9, 4]},
            r"at n=4; .*regression-replace-excess-risk assumes n > d \+ 1, got n=4",
        ),
        (
            AMBIGUOUS,
            jc.E(jc.variance),
            {"rate": [0.1, 0.2]},
            r"'rate' is ambiguous: workflow\.rate and family\.rate",
        ),
    ],
)
def test_refusals_name_the_argument(recursion, quantity, values, message):
    with pytest.raises(ValueError, match=message):
        jc.predict(quantity, recursion, [1, 2], **values)


def test_a_pair_without_a_law_is_a_lookup_error_at_any_values():
    with pytest.raises(LookupError, match="no exact law"):
        jc.predict(jc.E(jc.w2), dataclasses.replace(GAUSSIAN, workflow=jc.Window(3)), 3, n=[10, 20])


@pytest.mark.parametrize(("n", "problem"), [(2, True), (3, False), (400, False), (401, True)])
def test_a_law_speaks_within_its_own_ranges_only(n, problem):
    recursion = jc.Recursion(
        jc.MedianLocation(), jc.Replace(), truth=jc.MedianLocation().params(), n=n
    )
    if not problem:
        assert jc.predict(jc.E(jc.mean_error), recursion, 2) > 0
        return
    with pytest.raises(
        LookupError, match=rf"mean-error assumes n to be an integer in \[3, 400\], got {n}"
    ):
        jc.predict(jc.E(jc.mean_error), recursion, 2)
