"""The registry: named numbers, agreement of closed forms with recurrences, and the readers."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse import theory
from jaxcollapse.numerics import coalescent, wright_fisher


@pytest.mark.parametrize(
    ("name", "symbols", "value"),
    [
        ("gaussian-replace-variance", {"n": 100, "t": 50, "ddof": 0}, 0.99**50),
        ("gaussian-replace-variance", {"n": 100, "t": 50, "ddof": 1}, 1.0),
        ("gaussian-replace-w2", {"n": 100, "t": 50}, 0.7372295316752),
        ("gaussian-accumulate-variance", {"n": 10, "t": 100, "ddof": 0}, 0.8443),
        (
            "categorical-replace-heterozygosity",
            {"n": 10, "t": 3, "p": [0.5, 0.3, 0.2]},
            0.62 * 0.9**3,
        ),
        ("categorical-replace-support", {"n": 10, "t": 5, "p": [0.5, 0.3, 0.2]}, 2.1009096185507),
        ("categorical-replace-collapse-time", {"n": 100, "p": [0.1] * 10}, 187.42573795),
        ("gaussian-replace-survival", {"n": 10, "t": 23, "threshold": 0.1}, 0.7950),
    ],
)
def test_published_numbers(name, symbols, value):
    np.testing.assert_allclose(jc.law_named(name)(**symbols), value, rtol=1e-4)


@pytest.mark.parametrize("name", ["qvf-accumulate-variance", "qvf-replace-variance"])
@pytest.mark.parametrize(
    "family", [jc.Poisson(), jc.Bernoulli(), jc.Exponential(), jc.NormalMean()]
)
def test_closed_forms_agree_with_the_recurrence(name, family):
    closed = jc.law_named(name)
    workflow = closed.workflow()
    recursion = jc.Recursion(family, workflow, truth=family.params(0.4), n=9)
    t = np.arange(12)
    recurrence = jc.law_named("qvf-any-variance").of(recursion, t)
    np.testing.assert_allclose(closed.of(recursion, t), recurrence, rtol=1e-12)


def test_duality_agrees_with_the_two_type_chain():
    t = np.array([0, 1, 2, 7, 40])
    survival = 1 - coalescent.total_collapse_probability(30, t, [0.3, 0.7])
    np.testing.assert_allclose(survival, wright_fisher.survival(30, t, 0.3), rtol=1e-10)
    exact = wright_fisher.absorption_time(30, 0.3)
    np.testing.assert_allclose(coalescent.expected_collapse_time(30, [0.3, 0.7]), exact, rtol=1e-10)
    numeric = np.sort(np.linalg.eigvals(wright_fisher.transition_matrix(8)).real)[::-1]
    np.testing.assert_allclose(numeric, wright_fisher.eigenvalues(8), atol=1e-6)


def test_windows_agree_with_the_dense_chain(monkeypatch):
    p = [0.4, 0.35, 0.2, 0.05]
    dense = coalescent.expected_support(300, [1, 5, 50], p)
    monkeypatch.setattr(coalescent, "DENSE", 1)
    np.testing.assert_allclose(coalescent.expected_support(300, [1, 5, 50], p), dense, rtol=1e-12)


def test_one_formula_has_many_readers():
    law = jc.law_named("gaussian-replace-w2")
    value = law(n=20, t=7)
    np.testing.assert_allclose(float(law.precise(30, n=20, t=7)), value, rtol=1e-10)
    np.testing.assert_allclose(float(law.jax(n=20.0, t=7)), value, rtol=1e-3)
    np.testing.assert_allclose(
        float(law.symbolic(n=20, t=7, ddof=1, variance=1).doit().evalf()), value, rtol=1e-10
    )
    variance = jc.law_named("gaussian-replace-variance")
    slope = jax.grad(lambda n: variance.jax(n=n, t=3, ddof=0.0))(10.0)
    np.testing.assert_allclose(slope, 3 * 0.9**2 / 100, rtol=1e-5)
    assert "n" in variance.latex()


@pytest.mark.parametrize("law", jc.laws(), ids=lambda law: law.name)
def test_every_law_is_documented(law):
    assert law.cite
    assert law.summary
    assert law.name == law.name.lower()


@pytest.mark.parametrize(
    "law", [law for law in jc.laws() if isinstance(law.kind, jc.Exact)], ids=lambda law: law.name
)
def test_every_exact_law_has_a_rival(law):
    """A verdict without one says only that the law is not far off."""
    assert law.rivals


def test_no_law_is_a_lookup_error():
    recursion = jc.Recursion(jc.Gaussian(), jc.Window(3), truth=jc.Gaussian.params(), n=10)
    with pytest.raises(LookupError, match="no exact law"):
        jc.predict(jc.E(jc.w2), recursion, t=3)


def test_every_module_of_the_theory_is_loaded_with_the_registry():
    """Else its laws would be verified and shown only where something else happens to import it."""
    code = "import sys, jaxcollapse; jaxcollapse.laws(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    modules = {
        module.name
        for wing in pkgutil.iter_modules(theory.__path__, "jaxcollapse.theory.")
        if wing.ispkg
        for module in pkgutil.walk_packages(
            [str(Path(theory.__path__[0]) / wing.name.split(".")[-1])], f"{wing.name}."
        )
    }
    assert modules
    assert modules <= set(loaded)
