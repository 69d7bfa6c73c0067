"""A trajectory as an xarray dataset: dimensions, coordinates, values and provenance."""

import jax
import jaxlib
import numpy as np
import pytest

import jaxcollapse as jc

GAUSSIAN = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.5, 2.0), n=10)


def test_parameters_are_variables_over_replica_and_generation(key):
    run = jc.simulate(key, GAUSSIAN, generations=3, replicas=range(4, 9))
    stored = run.to_xarray()
    assert dict(stored.sizes) == {"replica": 5, "generation": 4}
    assert set(stored.data_vars) == {"mean", "log_variance"}
    np.testing.assert_array_equal(stored.replica, np.arange(4, 9))
    np.testing.assert_array_equal(stored.generation, np.arange(4))
    for name in stored.data_vars:
        assert stored[name].dims == ("replica", "generation")
        np.testing.assert_array_equal(stored[name], getattr(run.params, name))
    np.testing.assert_array_equal(stored["mean"].sel(generation=0), np.full(5, 0.5))


def test_axes_of_a_parameter_are_dimensions_of_its_own(key):
    truth = jc.Categorical.params([0.5, 0.3, 0.2])
    run = jc.simulate(
        key,
        jc.Recursion(jc.Categorical(), jc.Replace(), truth=truth, n=10),
        generations=2,
        replicas=3,
    )
    stored = run.to_xarray()
    assert stored["weights"].dims == ("replica", "generation", "weights_0")
    assert stored["weights"].shape == (3, 3, 3)
    assert stored["total"].dims == ("replica", "generation")


def test_metrics_are_variables_at_the_generations_on_record(key):
    run = jc.simulate(
        key, GAUSSIAN, generations=9, replicas=2, observe=[jc.variance, jc.w2 > 0.25], at=[2, 9]
    )
    stored = run.to_xarray()
    assert set(stored.data_vars) == {"variance", "w2>0.25"}
    np.testing.assert_array_equal(stored.generation, [0, 2, 9])
    np.testing.assert_array_equal(stored["variance"], run.values(jc.variance))
    with pytest.raises(
        ValueError, match=r"'kl' was not observed in this run, which kept variance, w2>0\.25"
    ):
        run.values(jc.kl)


def test_provenance_says_what_made_the_numbers(key):
    attributes = jc.simulate(key, GAUSSIAN, generations=1, replicas=1).to_xarray().attrs
    assert attributes["jax"] == jax.__version__
    assert attributes["jaxlib"] == jaxlib.__version__
    assert attributes["numpy"] == np.__version__
    assert attributes["backend"] == jax.default_backend()
    assert str(np.asarray(jax.random.key_data(key)).tolist()) in attributes["key"]
    assert attributes["recursion"] == repr(GAUSSIAN)
    assert all(isinstance(value, str) for value in attributes.values())
