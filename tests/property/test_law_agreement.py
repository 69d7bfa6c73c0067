"""Laws that speak about the same thing agree; named laws check the hypotheses that `predict` does.

Every family with every workflow: `pytest -m slow tests/property/test_law_agreement.py -s`.
"""

import dataclasses
import inspect
from contextlib import contextmanager

import jax
import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.literature.catalogue import alone, coverage
from jaxcollapse.literature.laws_page import law_page
from jaxcollapse.space.examples import example_truth
from jaxcollapse.theory import registry
from jaxcollapse.theory.cases import default_cases, example_families
from jaxcollapse.theory.conflicts import ConflictingLaws, conflicts
from jaxcollapse.theory.conventions import conventions

LAWS = jc.laws()
LONGEST = 60
POISSON = jc.Recursion(jc.Poisson(), jc.Replace(), truth=jc.Poisson().params(2.0), n=10)


def configurations(exhaustive=False):
    """Recursions of the cases of all laws, each with its longest horizon."""
    found = {}
    for law in LAWS:
        if law.family is None:
            continue
        for case in default_cases(law, exhaustive):
            if not isinstance(case, tuple):
                continue
            recursion, generations = case
            leaves, structure = jax.tree.flatten(recursion)
            place = structure, tuple(np.asarray(leaf).tobytes() for leaf in leaves)
            if found.get(place, (None, 0))[1] < generations:
                found[place] = recursion, generations
    return list(found.values())


def compare(cases):
    known, found = [law for law in LAWS if law.family is not None], []
    for recursion, generations in cases:
        last = min([generations, LONGEST, *recursion.schedules.values()])
        for t in ([0], np.unique([1, 2, (last + 1) // 2, last])):
            t = np.asarray([each for each in t if each <= last])
            found += map(str, conflicts(recursion, t, known))
    print(len(cases), "recursions; conflicts:", len(found))
    return found


@pytest.mark.thorough
def test_shipped_laws_do_not_contradict_each_other():
    assert not compare(configurations())


@pytest.mark.slow
def test_shipped_laws_do_not_contradict_each_other_for_any_family_and_workflow():
    assert not compare(configurations(exhaustive=True))


@contextmanager
def registered(name, family, formula):
    jc.law(name, family, jc.Replace, jc.E(jc.mean_error))(
        jc.source("derived")(jc.rival("n - 1", n=lambda n: n - 1)(formula))
    )
    try:
        yield
    finally:
        registry._LAWS.pop(name)


def right(xp, mean, n, t):
    """A law of the user, $E e_t = mt/n$, is right."""
    return mean * t / n


def wrong(xp, mean, n, t):
    """A law of the user, $E e_t = mt/(n + 1)$, is wrong."""
    return mean * t / (n + 1)


def test_a_law_of_the_user_never_replaces_a_shipped_one_in_silence():
    with (
        registered("mine-right", jc.Poisson, right),
        pytest.warns(UserWarning, match="mine-right is used for .* qvf-any-mean-error"),
    ):
        np.testing.assert_allclose(jc.predict(jc.E(jc.mean_error), POISSON, t=5), 1.0)


@pytest.mark.parametrize("family", [jc.Poisson, jc.AbstractQVF])
@pytest.mark.parametrize("symbols", [{}, {"n": [10, 20]}], ids=["one", "many"])
def test_a_conflict_names_both_laws(family, symbols):
    with (
        registered("mine-wrong", family, wrong),
        pytest.raises(ConflictingLaws, match=r"mine-wrong.*qvf-any-mean-error"),
    ):
        jc.predict(jc.E(jc.mean_error), POISSON, t=5, **symbols)


def test_the_bound_of_the_issue_asks_for_a_linear_variance_function():
    symbols = {"mean": 1.0, "sizes": [1] * 8, "v0": 0.0, "v1": 0.0}
    exact = jc.law_named("qvf-accumulate-scheduled-mean-error")(t=8, v2=1.0, **symbols)
    assert exact > 2
    with pytest.raises(ValueError, match="assumes v2 = 0, got v2=1"):
        jc.law_named("qvf-accumulate-scheduled-mean-error-bound")(t=8, v2=1.0, **symbols)


BASES = [law for law in LAWS if law.family is not None and "recursion" not in law.parameters]


def test_named_laws_refuse_the_variance_functions_and_estimators_that_predict_refuses():
    """Where another family of the same kind breaks `when`, its symbols break a hypothesis."""
    ignored = []
    for law in BASES:
        case = default_cases(law)[0]
        if not isinstance(case, tuple) or not {"ddof", "v2"} & law.parameters.keys():
            continue
        recursion, generations = case
        for family in example_families(law.family):
            same = type(family) is type(recursion.family)
            truth = recursion.truth if same else example_truth(family)
            other = dataclasses.replace(recursion, family=family, truth=truth)
            if not law.fits_types(other) or law.when(other):
                continue
            if law.broken(law.bound(other, generations)) is None:
                ignored.append(f"{law.name} for {family}")
    assert not ignored


def test_a_recursion_that_a_law_is_not_about_is_refused_by_name():
    law = jc.law_named("gaussian-any-variance")
    biased = jc.Recursion(jc.Gaussian(ddof=1), jc.Replace(), truth=jc.Gaussian.params(), n=9)
    with pytest.raises(ValueError, match="gaussian-any-variance does not hold for"):
        law(recursion=biased, t=3, variance=1.0)


def test_the_pages_say_what_happens_to_the_real_sample_and_which_law_stands_alone():
    page = law_page()
    spoken = [law for law in LAWS if conventions(law)]
    assert len(spoken) > 30
    for law in spoken:
        after = page.split(f"(law-{law.name})=")[1].split("(law-")[0]
        assert all(sentence in after for sentence in conventions(law))
    assert "Laws without an independent companion" in coverage()
    assert all(name in coverage() for name in alone())


@pytest.mark.parametrize(
    "law", ["favored-categorical-fixation", "bernoulli-tilted-ultimate-fixation"]
)
def test_a_formula_about_symbols_says_whether_the_real_sample_is_tilted(law):
    assert "tilted" in (inspect.getdoc(jc.law_named(law).body) or "")
