"""Bad input: each refusal names the argument, the value and the range, before anything compiles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse import data, figures
from jaxcollapse.cli import configuration
from jaxcollapse.engine import stores
from jaxcollapse.quantities.names import quantity_named

TRUTH = jc.Gaussian.params(0.0, 1.0)
SPECTRUM = {"n": 100, "ratio": 2.0, "generations": 3, "noise": 0.7, "decay": 1.5, "source": 0.6}


def gaussian(**changes):
    return jc.Recursion(
        jc.Gaussian(), changes.pop("workflow", jc.Replace()), truth=TRUTH, **{"n": 10, **changes}
    )


def untrue(family, truth):
    return jc.Recursion(family, jc.Replace(), truth=truth, n=9)


def run(recursion):
    return jc.simulate(jax.random.key(0), recursion, generations=3, replicas=2)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: gaussian(n=1), r"Recursion\.n must be at least 2 for Gaussian, got 1"),
        (lambda: gaussian(n=2.5), r"Recursion\.n must be an integer"),
        (
            lambda: gaussian(workflow=jc.Refresh()),
            r"Recursion\.fresh must be at least 1 for Refresh",
        ),
        (
            lambda: gaussian(workflow=jc.Refresh(), fresh=[0, 3, 0]),
            r"Recursion\.fresh must be at least 1 for Refresh",
        ),
        (
            lambda: gaussian(fresh=[[1, 2]]),
            r"Recursion\.fresh must be an integer or one per fit, got shape \(1, 2\)",
        ),
        (
            lambda: run(gaussian(workflow=jc.Refresh(), fresh=[1, 6])),
            r"Recursion\.fresh is a schedule of 2 fits",
        ),
        (lambda: jc.Gaussian.params(0.0, -1.0), r"variance must lie in \(0, inf\), got -1"),
        (lambda: jc.DebiasedMean(0.0), r"DebiasedMean\.share must lie in \(0, 1\]"),
        (lambda: jc.DebiasedMean().params(np.inf), r"mean must lie in"),
        (lambda: jc.RememberingMean(0), r"RememberingMean\.memory must be an integer in \[1"),
        (lambda: jc.Student(0), r"Student\.generators must be an integer in \[1"),
        (
            lambda: jc.law_named("ridge-student-power-spectrum-exponent")(
                **SPECTRUM | {"source": 1.0}
            ),
            r"source .* lie in \(0, 1\)",
        ),
        (
            lambda: jc.law_named("accumulate-refresh-fading-share-plateau")(decay=0.0),
            r"decay .* must lie in \(0, inf\)",
        ),
        (lambda: jc.Gaussian(ddof=2), r"Gaussian\.ddof must lie in \[0, 1\]"),
        (lambda: jc.Categorical.params([0.5, -0.1, 0.6]), "non-negative probabilities"),
        (lambda: jc.Categorical.params([0.5, 0.6]), "sum to 1"),
        (
            lambda: jc.MultivariateGaussian.params([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]),
            "positive definite",
        ),
        (
            lambda: jc.simulate(jnp.zeros(2, jnp.uint32), gaussian(), generations=2, replicas=2),
            "typed key",
        ),
        (
            lambda: jc.simulate(jax.random.key(0), gaussian(n=[5, 6]), generations=3, replicas=2),
            "schedule of 2 fits",
        ),
        (
            lambda: jc.simulate(jax.random.key(0), gaussian(), generations=0, replicas=2),
            "generations must be",
        ),
        (
            lambda: jc.simulate(jax.random.key(0), gaussian(), generations=2, replicas=0),
            "replicas must be",
        ),
        (
            lambda: jc.simulate(
                jax.random.key(0), gaussian(), generations=2, replicas=2, carrier="x"
            ),
            "carrier must be",
        ),
        (
            lambda: jc.simulate(
                jax.random.key(0), gaussian(), generations=2, replicas=2, observe="mean"
            ),
            "observe must be a metric",
        ),
        (
            lambda: gaussian(workflow=jc.Replace),
            "Recursion.workflow must be of type AbstractWorkflow",
        ),
        (
            lambda: untrue(jc.Gaussian(), 3.0),
            r"truth must be GaussianParams, from Gaussian\.params, got 3\.0 of type float",
        ),
        (
            lambda: untrue(jc.Poisson(), TRUTH),
            r"Recursion\.truth must be MeanParams, .* of type GaussianParams",
        ),
        (
            lambda: untrue(jc.Logistic(), {"mean": 1}),
            r"truth must be GaussianParams, .* got {'mean': 1} of type dict",
        ),
        (
            lambda: untrue(jc.Categorical(), [0.5, 0.5]),
            r"truth must be CategoricalParams, .* got \[0\.5, 0\.5\]",
        ),
        (
            lambda: jc.mixing_matrix(jc.Replace(), 3, sizes=[1, 2]),
            "sizes must be one integer or one for each of 3",
        ),
        (lambda: jc.outside(1.5), "mass must lie in"),
        (lambda: jc.law_named("gaussian-replace-w3"), "did you mean .*gaussian-replace-w2"),
        (lambda: jc.law_named("gaussian-replace-w2")(n=100), "needs t"),
        (lambda: jc.law_named("gaussian-replace-w2")(n=100, t=1, q=2), "no symbol 'q'"),
        (lambda: jc.law_named("categorical-replace-support")(n=9, t=1, p=[0.5, 0.6]), "sum to 1"),
        (lambda: figures.figure("suresh2024"), "did you mean suresh2024-2"),
        (lambda: jc.metric_named("varience"), "did you mean variance"),
        (lambda: quantity_named("mean"), r"quantity must look like E\(variance\)"),
        (lambda: data.load("table"), "data must be"),
        (lambda: data.text_unigrams("no/such/file.txt"), "cannot be read"),
        (lambda: data.word_frequencies("xx"), "language 'xx' is unknown"),
        (lambda: stores.check_path("run.txt"), r"out must end in \.nc or \.zarr"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_unknown_key_of_a_toml_file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("replicates = 10\n")
    with pytest.raises(ValueError, match=r"'replicates' is unknown; did you mean replicas"):
        configuration.read(path)


def test_data_files(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(ValueError, match="is empty"):
        data.table_column(empty, "x")
    column = tmp_path / "column.csv"
    column.write_text("x,kind\n1.0,a\n2.0,b\n4.0,a\n")
    numbers = data.load(f"table:{column}:x")
    truth = numbers.truth(jc.Gaussian())
    assert np.isclose(truth.mean, 7 / 3)
    assert np.isclose(np.exp(truth.log_variance), np.var([1, 2, 4]))
    assert len(numbers.sha256) == 64
    kinds = data.load(f"table:{column}:kind")
    assert kinds.labels == ("a", "b")
    np.testing.assert_allclose(kinds.truth(jc.Categorical()).probabilities, [2 / 3, 1 / 3])
    with pytest.raises(ValueError, match="holds categories"):
        kinds.truth(jc.Poisson())
    text = tmp_path / "text.txt"
    text.write_text("The cat, the dog")
    assert data.text_unigrams(text).labels == ("the", "cat", "dog")


def test_english_has_all_its_words():
    words = data.word_frequencies("en")
    assert len(words.values) == 321_180
    assert "CC BY-SA" in words.license
