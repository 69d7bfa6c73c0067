"""Wrong calls, generated from signatures: each is refused by a message that names the argument.

The exhaustive form takes every public function from its own example and makes each argument wrong:
`pytest -m slow tests/unit/test_wrong_calls.py`.
"""

import ast
import contextlib
import dataclasses
import doctest
import inspect
import io
import math
import reprlib
import time

import jax
import numpy as np
import pytest
from marks import first

import jaxcollapse as jc
from jaxcollapse.records import Record, concrete_subclasses
from jaxcollapse.space.answers import Simplest
from jaxcollapse.space.recursions import record_of

SECONDS = 5.0


class Nonsense:
    def __repr__(self):
        return "<nonsense>"


WRONG = ("nonsense", None, Nonsense(), math.nan, [], [[1], [1, 2]])
TRUTH = jc.Gaussian.params(0.0, 1.0)
RECURSION = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=TRUTH, n=10)
# What the arguments of functions are usually called, with a value that is right.
RIGHT = {
    "key": jax.random.key(0),
    "recursion": RECURSION,
    "quantity": jc.E(jc.variance),
    "quantities": jc.E(jc.variance),
    "generations": 2,
    "replicas": 2,
    "t": 2,
    "workflow": jc.Window(2),
    "law": jc.law_named("gaussian-replace-variance"),
    "text": "variance",
    "what": "workflows",
    "name": "gaussian-replace-variance",
    "claim": jc.law_named("gaussian-replace-variance"),
}
# Functions that take a configuration; their other arguments have defaults.
FUNCTIONS = (
    jc.simulate,
    jc.estimate,
    jc.predict,
    jc.verify,
    jc.verify_law,
    jc.verify_all,
    jc.refute,
    jc.decompose,
    jc.mixing_matrix,
    jc.effective_generations,
    jc.metric_named,
    jc.law_named,
    jc.listing,
)
COLLECTIONS = ("against", "names")  # may be empty
ANYTHING = ("quick", "exhaustive", "report")  # a truth value, and a function of the user


def own(kind: type) -> bool:
    return kind.__module__.startswith("jaxcollapse.")


def made(kind: type):
    """A record of a type, None where its fields have no declared ranges."""
    try:
        return record_of(kind, Simplest(), 2)
    except (ValueError, TypeError, KeyError):
        return None


def wrong_fields():
    for kind in filter(own, concrete_subclasses(Record)):
        if kind is jc.Recursion or (right := made(kind)) is None:
            continue
        for each in dataclasses.fields(right):
            if "domain" in each.metadata:
                yield pytest.param(right, each, id=f"{kind.__name__}.{each.name}")


def refused(call, *names: str) -> None:
    """The call is refused in time, by a message with one of the names."""
    start = time.perf_counter()
    with pytest.raises((ValueError, LookupError)) as caught:
        call()
    assert time.perf_counter() - start < SECONDS
    assert not isinstance(caught.value, KeyError | IndexError)
    assert any(name in str(caught.value) for name in names), str(caught.value)


@pytest.mark.parametrize(("right", "field"), list(wrong_fields()))
def test_a_field_that_is_no_number_is_named(right, field):
    for wrong in WRONG:
        if wrong is None and field.default is None:
            continue
        refused(lambda wrong=wrong: dataclasses.replace(right, **{field.name: wrong}), field.name)


def wrong_arguments():
    for function in FUNCTIONS:
        signature = inspect.signature(function)
        kinds = inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL
        for each in signature.parameters.values():
            if each.kind not in kinds and each.name not in ANYTHING:
                yield pytest.param(function, each, id=f"{function.__name__}-{each.name}")


@pytest.mark.parametrize(("function", "parameter"), list(wrong_arguments()))
def test_an_argument_of_the_wrong_type_is_named(function, parameter):
    needed = {
        name: RIGHT[name]
        for name, each in inspect.signature(function).parameters.items()
        if each.default is each.empty and each.kind is not each.VAR_KEYWORD
    }
    for wrong in WRONG:
        if wrong is None and parameter.default is None:
            continue
        if wrong == [] and parameter.name in COLLECTIONS:
            continue
        arguments = needed | {parameter.name: wrong}
        refused(
            lambda arguments=arguments: function(**arguments),
            parameter.name,
            str(wrong),
            reprlib.repr(wrong),
        )


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: dataclasses.replace(RECURSION, n=20.0), r"n must be an integer"),
        (lambda: jc.Gaussian.params(mean=[0, 1]), "mean must be one number"),
        (lambda: jc.P(jc.variance), "P.metric must be an event"),
        (lambda: jc.HittingTime(jc.variance), "HittingTime.metric must be an event"),
        (lambda: jc.E("variance"), "E.metric must be a metric"),
        (lambda: jc.nets.VAE("64"), "VAE.features"),
        (lambda: jc.nets.Training(stopping="never"), "Training.stopping"),
        (lambda: jc.AccumulateSubsample(replacement="no"), "AccumulateSubsample.replacement"),
        (lambda: jc.Verify(judge="within"), "Verify.judge"),
        (lambda: jc.predict(jc.variance, RECURSION, 3), "quantity must say what of the metric"),
        (lambda: jc.predict(jc.E(jc.variance), RECURSION), "t of law"),
        (lambda: jc.mixing_matrix(jc.Weighted(np.eye(2)), 5), "generations must be at most 2"),
        (
            lambda: jc.simulate(RIGHT["key"], RECURSION, generations=10**6, replicas=10**6),
            "replicas must fit into memory: .* 8000 GB",
        ),
        (
            lambda: jc.simulate(RIGHT["key"], RECURSION, generations=2, replicas=10**13),
            "replicas must be below",
        ),
    ],
)
def test_wrong_values_are_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()


def test_the_nearest_law_is_one_of_the_same_family_or_a_setting_away():
    refreshed = jc.Recursion(jc.Gaussian(), jc.Refresh(0.5), truth=TRUTH, n=10, fresh=5)
    with pytest.raises(LookupError, match=r"with ddof=0 there is gaussian-any-variance"):
        jc.predict(jc.E(jc.variance), refreshed, 3)
    with pytest.raises(LookupError, match=r"did you mean gaussian-"):
        jc.predict(jc.E(jc.kl), refreshed, 3)


def test_fresh_data_without_weight_may_be_missing():
    unweighted = jc.Recursion(jc.Gaussian(ddof=0), jc.Refresh(0.0), truth=TRUTH, n=10, fresh=0)
    run = jc.simulate(RIGHT["key"], unweighted, generations=3, replicas=4)
    assert np.isfinite(run.params.mean).all()
    np.testing.assert_allclose(jc.predict(jc.E(jc.variance), unweighted, 3), 0.9**3)


@pytest.mark.filterwarnings("ignore:.*one replica:RuntimeWarning")
def test_one_replica_has_no_standard_error():
    run = jc.simulate(RIGHT["key"], RECURSION, generations=2, replicas=1)
    for quantity in (jc.E(jc.variance), jc.Var(jc.mean), jc.Quantile(jc.w2, 0.5)):
        found = quantity(run)
        assert np.isnan(found.error).all()
        assert found.warning == "one replica has no standard error"


@pytest.mark.parametrize("family", [jc.KernelDensity(), jc.OpenVocabulary()])
@pytest.mark.parametrize("n", first([2, 9]))
def test_weighted_samples_are_stored_beside_a_truth_of_another_size(family, n):
    recursion = jc.Recursion(family, jc.Replace(), truth=jc.example_truth(family), n=n)
    run = jc.simulate(RIGHT["key"], recursion, generations=2, replicas=2)
    assert {np.shape(leaf)[:2] for leaf in jax.tree.leaves(run.params)} == {(2, 3)}


def public():
    for name in sorted(jc.__all__):
        function = getattr(jc, name)
        if inspect.isroutine(function):
            yield name, function


def example_call(function, name):
    """The arguments of a call of a function in its own example; None where there is none."""
    names: dict = {}
    for each in doctest.DocTestParser().get_examples(inspect.getdoc(function) or ""):
        for node in ast.walk(ast.parse(each.source)):
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "attr", getattr(called, "id", None)) == name and not any(
                isinstance(part, ast.Starred) for part in node.args
            ):
                read = lambda part: eval(ast.unparse(part), names)
                keywords = {part.arg: read(part.value) for part in node.keywords if part.arg}
                return inspect.signature(function).bind(*map(read, node.args), **keywords)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            exec(each.source, names)
    return None


@pytest.mark.slow
@pytest.mark.parametrize(("name", "function"), list(public()))
def test_no_wrong_call_ends_in_a_raw_error(name, function):
    """`pytest -m slow tests/unit/test_wrong_calls.py`"""
    bound = example_call(function, name)
    if bound is None:
        pytest.skip("its example does not call it")
    for parameter in bound.arguments:
        for wrong in WRONG:
            arguments = dict(bound.arguments)
            arguments[parameter] = wrong
            bound_wrong = inspect.BoundArguments(bound.signature, arguments)
            start = time.perf_counter()
            with contextlib.suppress(ValueError, LookupError):
                function(*bound_wrong.args, **bound_wrong.kwargs)
            assert time.perf_counter() - start < SECONDS
