"""Properties of parameters: what one model has, every model of a trajectory has at its place."""

import inspect

import jax
import numpy as np
import pytest
from marks import every_third

import jaxcollapse as jc
from jaxcollapse.families.categorical import EmpiricalParams
from jaxcollapse.space import Simplest, example_truth, record_of


def properties(kind: type) -> list[str]:
    """Names of the public properties of a type of parameters."""
    found = inspect.getmembers(kind, lambda value: isinstance(value, property))
    return [name for name, _ in found if not name.startswith("_")]


def examples() -> dict[type, tuple]:
    """A family and a truth for every type of parameters that has properties.

    Types that several families share are run once: properties belong to the type.
    """
    found = {}
    for kind in jc.list_families().values():
        if kind.__module__.startswith("jaxcollapse.families."):
            family = record_of(kind, Simplest(), 1)
            truth = example_truth(family)
            if properties(type(truth)):
                found.setdefault(type(truth), (family, truth))
    return found


@pytest.mark.parametrize(
    ("family", "truth"), every_third(examples().values()), ids=lambda value: type(value).__name__
)
def test_a_trajectory_has_the_properties_of_its_models(key, family, truth):
    # Families whose model is its own sample keep as many points as their example.
    kept = isinstance(family, (jc.KernelDensity, jc.OpenVocabulary))
    n = len(truth.weights) if kept else max(8, family.least_size(truth))
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=n)
    params = jc.simulate(key, recursion, generations=2, replicas=3).params
    assert type(params) is type(truth)
    for name in properties(type(params)):
        one = jax.vmap(jax.vmap(lambda model, name=name: getattr(model, name)))(params)
        many = getattr(params, name)
        assert many.shape[:2] == (3, 3), name
        np.testing.assert_allclose(many, one, rtol=1e-6, err_msg=name)


def test_models_that_keep_their_sample_have_the_weights_of_every_model():
    values = np.array([[0, 1, 1], [2, 2, 2]], np.int32)
    many = EmpiricalParams(jc.Labels(np.array([3, 3], np.int32), values, 3))
    np.testing.assert_array_equal(many.weights, [[1, 2, 0], [0, 0, 3]])
