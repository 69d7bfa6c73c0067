"""Laws of selections and decodings: what keeps all changes nothing, groups have one winner,
replicas stand alone.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import every_third, first
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.engine.carriers.population import expected_statistics
from jaxcollapse.selection import Everything
from jaxcollapse.space.examples import example_truth

GAUSSIAN, CATEGORICAL = jc.Gaussian(), jc.Categorical()
SHARES = CATEGORICAL.params([0.5, 0.3, 0.2])
LIKING = jc.Table([0.0, 1.0, 2.0])
SIZE = 16


def gaussian(**changes):
    return jc.Recursion(GAUSSIAN, jc.Replace(), truth=GAUSSIAN.params(0.7, 1.7), n=12, **changes)


def categorical(**changes):
    return jc.Recursion(CATEGORICAL, jc.Replace(), truth=SHARES, n=12, **changes)


def leaves(recursion, key, replicas=4, generations=4, carrier="samples"):
    run = jc.simulate(key, recursion, generations=generations, replicas=replicas, carrier=carrier)
    return [np.asarray(leaf) for leaf in jax.tree.leaves(run.params)]


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize(
    "selection",
    every_third(
        [
            jc.Verify(jc.Within(), 1.0, 1.0),
            jc.Prefer(jc.Slope(), 1),
            jc.BestOf(jc.Slope(), 1),
            jc.Top(jc.Slope(), 1.0),
        ]
    ),
    ids=lambda s: type(s).__name__,
)
def test_a_selection_that_keeps_everything_changes_nothing(selection, key):
    for ours, plain in zip(
        leaves(gaussian(selection=selection), key), leaves(gaussian(), key), strict=True
    ):
        np.testing.assert_array_equal(ours, plain)


@pytest.mark.thorough
@pytest.mark.usefixtures("optimized")
def test_counts_are_selected_as_their_observations_are(key):
    setting = {"truth": SHARES, "n": 12}
    selected, plain = (
        leaves(
            jc.Recursion(CATEGORICAL, jc.Accumulate(), selection=rule, **setting),
            key,
            carrier="statistics",
        )
        for rule in (jc.Top(LIKING, 1.0), Everything())
    )
    for ours, theirs in zip(selected, plain, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "decoding",
    [
        jc.Temperature(1.0),
        jc.TopK(3),
        jc.TopP(1.0),
        jc.Tilt(jc.Table([0.7] * 3)),
        jc.Edit(0.0, [1.0, 0.0, 0.0]),
        jc.Composed((jc.Temperature(1.0),)),
    ],
    ids=lambda d: type(d).__name__,
)
def test_a_decoding_that_changes_nothing_is_faithful(decoding):
    np.testing.assert_allclose(
        decoding.decode(CATEGORICAL, SHARES).probabilities, SHARES.probabilities, rtol=1e-6
    )


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize(
    "changes",
    first(
        [{"selection": jc.Verify(jc.Within(0.5, 1.0), 0.9, 0.4)}, {"decoding": jc.Truncate(1.5)}]
    ),
    ids=["verify", "truncate"],
)
def test_replicas_stand_alone_and_longer_runs_extend_shorter_ones(changes, key):
    recursion = gaussian(**changes)
    whole = leaves(recursion, key, replicas=6, generations=5)
    for part, all_of_it in zip(
        leaves(recursion, key, replicas=range(3, 5), generations=5), whole, strict=True
    ):
        np.testing.assert_array_equal(part, all_of_it[3:5])
    for short, all_of_it in zip(
        leaves(recursion, key, replicas=6, generations=3), whole, strict=True
    ):
        np.testing.assert_array_equal(short, all_of_it[:, :4])


def test_rates_shares_and_temperatures_are_leaves(key):
    def means(share, temperature):
        changed = gaussian(
            selection=jc.Top(jc.Slope(), share), decoding=jc.Temperature(temperature)
        )
        return jc.simulate(key, changed, generations=3, replicas=2, carrier="samples").params.mean[
            :, -1
        ]

    values = jnp.array([0.4, 0.9])
    swept = jax.vmap(means)(values, values)
    for row, value in zip(swept, values, strict=True):
        np.testing.assert_allclose(row, means(value, value), rtol=1e-4)


@given(st.integers(1, 5), st.lists(st.booleans(), min_size=SIZE, max_size=SIZE), st.integers(0, 99))
def test_every_complete_group_has_the_best_of_it_for_winner(among, marks, seed):
    values = np.random.default_rng(seed).normal(size=SIZE)
    present = np.array(marks)
    won = np.asarray(
        jc.BestOf(jc.Slope(), among).weights(None, jnp.asarray(values), jnp.asarray(present))
    )
    lined = np.flatnonzero(present)
    groups = [lined[i : i + among] for i in range(0, len(lined) - among + 1, among)]
    assert sorted(np.flatnonzero(won)) == sorted(
        group[np.argmax(values[group])] for group in groups
    )


@given(
    st.floats(0.05, 1.0),
    st.lists(st.booleans(), min_size=SIZE, max_size=SIZE).filter(any),
    st.integers(0, 99),
)
def test_the_top_share_is_the_top(share, marks, seed):
    values = np.random.default_rng(seed).normal(size=SIZE)
    present, rule = np.array(marks), jc.Top(jc.Slope(), share)
    kept = np.asarray(rule.weights(None, jnp.asarray(values), jnp.asarray(present)))
    wanted = int(rule.kept(present.sum()))
    assert set(np.flatnonzero(kept)) == set(
        sorted(np.flatnonzero(present), key=lambda i: -values[i])[:wanted]
    )


def gaussian_law(params):
    return stats.norm(params.mean, np.exp(0.5 * params.log_variance)).logpdf(GRID)


def poisson_law(params):
    return stats.poisson(float(params.mean)).logpmf(COUNTS)


def bernoulli_law(params):
    return stats.bernoulli(float(params.mean)).logpmf(COUNTS[:2])


def exponential_law(params):
    return stats.expon(scale=np.exp(params.log_mean)).logpdf(GRID[GRID > 0])


def categorical_law(params):
    return np.log(np.asarray(params.probabilities, float))


GRID, COUNTS = np.linspace(-2, 2, 8), np.arange(6)
LAWS = [
    (GAUSSIAN, GAUSSIAN.params(0.7, 1.7), gaussian_law, GRID),
    (CATEGORICAL, SHARES, categorical_law, COUNTS[:3]),
    (jc.Bernoulli(), jc.Bernoulli().params(0.3), bernoulli_law, COUNTS[:2]),
    (jc.Poisson(), jc.Poisson().params(1.3), poisson_law, COUNTS),
    (jc.Exponential(), jc.Exponential().params(1.3), exponential_law, GRID[GRID > 0]),
]


def assert_constant(values):
    np.testing.assert_allclose(values, values[0], atol=2e-5)


@pytest.mark.parametrize(
    ("family", "params", "law", "x"), [each for each in LAWS if not isinstance(each[0], jc.Poisson)]
)
@pytest.mark.parametrize("temperature", [0.4, 2.5])
def test_a_temperature_raises_the_law_to_a_power(family, params, law, x, temperature):
    assert_constant(
        law(jc.Temperature(temperature).decode(family, params)) - law(params) / temperature
    )


@pytest.mark.parametrize(
    ("family", "params", "law", "x"),
    [each for each in LAWS if not isinstance(each[0], jc.Exponential)],
)
@pytest.mark.parametrize("reward", [jc.Slope(-0.8), jc.Closeness(0.4, 1.5)])
def test_a_tilt_multiplies_the_law_by_the_exponential_of_the_reward(family, params, law, x, reward):
    if isinstance(family, jc.Poisson) and not isinstance(reward, jc.Slope):
        with pytest.raises(ValueError, match="needs a linear reward"):
            jc.Tilt(reward).decode(family, params)
        return
    assert_constant(
        law(jc.Tilt(reward).decode(family, params)) - law(params) - np.asarray(reward(x), float)
    )


# Draws of these are not from the model alone, or the truth is no member of the family.
MOVING = (jc.MutatingCategorical, jc.FavoredCategorical, jc.ProbabilisticPCA, jc.ProductOfMarginals)
LEFT_ALONE = "mean", "log_variance", "log_diagonal", "probabilities"


def stays(family):
    known = expected_statistics.dispatch(family) is not expected_statistics.dispatch(object)
    if not known or issubclass(family, MOVING):
        return False
    return any(hasattr(example_truth(family()), name) for name in LEFT_ALONE)


@pytest.mark.parametrize(
    "family",
    [each for each in jc.list_families().values() if stays(each)],
    ids=lambda f: f.__name__,
)
def test_with_infinite_data_a_faithful_loop_stays_at_the_truth(family, key):
    recursion = jc.Recursion(family(), jc.Accumulate(), truth=example_truth(family()), n=5)
    run = jc.simulate(key, recursion, generations=3, replicas=1, carrier="population")
    models = [jax.tree.map(lambda leaf, t=t: leaf[0, t], run.params) for t in range(4)]
    for name in LEFT_ALONE:
        if hasattr(recursion.truth, name):
            for model in models[1:]:
                np.testing.assert_allclose(
                    getattr(model, name), getattr(models[0], name), rtol=1e-5
                )
