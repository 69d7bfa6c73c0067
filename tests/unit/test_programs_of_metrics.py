"""Programs of shipped families and metrics: no LAPACK, no value for a model of NaN.

The program of several metrics is the union of theirs, so what no single one calls, no pair or
triple calls. All metrics of a family at once run in a process of their own with `pytest -m slow
tests/unit/test_programs_of_metrics.py -k at_once`, all pairs and triples (30,107 programs) without
`-k`.
"""

import itertools
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import every_third

import jaxcollapse as jc
from jaxcollapse.engine.carriers.choice import carrier_for
from jaxcollapse.engine.programs import LAPACK, operations
from jaxcollapse.engine.recording import floating, recorder
from jaxcollapse.engine.tiles import _operations_of
from jaxcollapse.metrics.base import REGISTRY
from jaxcollapse.metrics.samples import Compared
from jaxcollapse.records import concrete_subclasses
from jaxcollapse.space.examples import example_truth

TIME_LIMIT = 240
# Other tests register metrics of their own; these are the ones that the package ships.
SHIPPED = tuple(REGISTRY.values())
EXTRA = (jc.tail_mass(0.1), jc.types_left(0.0, 0.2), jc.outside(0.1), jc.laplace_transform(2.0))


def families() -> dict:
    """Every family of closed form that has an example."""
    kinds = [
        k for k in concrete_subclasses(jc.families.AbstractFamily) if "families" in k.__module__
    ]
    return {jc.families.kebab(kind): kind() for kind in kinds}


FAMILIES = families()


def metrics_of(family) -> list:
    known = [m for m in (*SHIPPED, *EXTRA) if m.applies_to(type(family))]
    return [m for m in known if m.name != "in-sample-error" and "nets" not in home(m, family)]


def home(metric, family) -> str:
    return getattr(metric.formulas.dispatch(type(family)), "__module__", "")


def metrics_together(family) -> list:
    """Metrics that one run can observe: of samples only where the family has observations."""
    known = metrics_of(family)
    try:
        family.sample(jax.random.key(0), example_truth(family), 2)
    except (ValueError, NotImplementedError):
        return [m for m in known if not isinstance(m.formulas.dispatch(type(family)), Compared)]
    return known


def recursion(family):
    truth = example_truth(family)
    size = max(12, family.least_size(truth))
    return jc.Recursion(family, jc.Replace(), truth=truth, n=size)


@pytest.mark.parametrize("name", every_third(FAMILIES))
def test_no_program_calls_lapack(name):
    family = FAMILIES[name]
    r = recursion(family)
    assert not _operations_of(r, carrier_for(r, 2), (), None) & LAPACK
    truth = floating(r.truth)
    for metric in metrics_of(family):
        # A comparison of samples is the same for all families: once per shape of an observation.
        sampled = isinstance(metric.formulas.dispatch(type(family)), Compared)
        if sampled and name not in ("gaussian", "multivariate-gaussian"):
            continue
        record = recorder(r, (metric.fixed_for(family),))
        try:
            used = operations(jax.make_jaxpr(record)(truth).jaxpr)
        except ValueError:
            continue  # a metric of observations, for a family that has none
        assert not used & LAPACK, metric.name


@pytest.mark.parametrize("name", every_third(FAMILIES))
def test_a_model_of_nan_has_no_value(name):
    family = FAMILIES[name]
    truth = floating(example_truth(family))
    lost = jax.tree.map(
        lambda x: jnp.full_like(x, jnp.nan) if jnp.issubdtype(x.dtype, jnp.floating) else x, truth
    )
    closed = [
        m for m in metrics_of(family) if not isinstance(m.formulas.dispatch(type(family)), Compared)
    ]
    events = [m > 0.1 for m in closed]
    values = jax.jit(lambda: {m.name: m(family, lost, truth) for m in (*closed, *events)})()
    assert [name for name, value in values.items() if not np.all(np.isnan(value))] == []


HANGING = """
import jax, jaxcollapse as jc, numpy as np
truth = jc.MultivariateGaussian.params(mean=np.zeros(8), covariance=np.eye(8))
r = jc.Recursion(jc.MultivariateGaussian(), jc.Replace(), truth=truth, n=50)
observe = [jc.kl, jc.kl_reverse, jc.effective_rank]
jc.simulate(jax.random.key(0), r, generations=5, replicas=50, observe=observe)
"""


@pytest.mark.thorough
def test_the_run_that_hung_ends():
    subprocess.run([sys.executable, "-c", HANGING], check=True, timeout=TIME_LIMIT)


SETS = """
import sys, jax, jaxcollapse as jc
from tests.unit.test_programs_of_metrics import FAMILIES, metrics_of, recursion
from jaxcollapse.metrics import metric_named
family = FAMILIES[sys.argv[1]]
for names in sys.argv[2:]:
    observe = [metric_named(name) for name in names.split("+")]
    jc.simulate(jax.random.key(0), recursion(family), generations=3, replicas=5, observe=observe)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_all_metrics_at_once_end(name):
    """The program that holds every pair and triple; all of them take hours, this some minutes."""
    text = "+".join(metric.name for metric in metrics_together(FAMILIES[name]))
    subprocess.run([sys.executable, "-c", SETS, name, text], check=True, timeout=TIME_LIMIT)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("together", [2, 3])
def test_pairs_and_triples_of_metrics_end(name, together):
    sets = itertools.combinations([m.name for m in metrics_together(FAMILIES[name])], together)
    texts = ["+".join(each) for each in sets]
    for some in (texts[i : i + 40] for i in range(0, len(texts), 40)):
        command = [sys.executable, "-c", SETS, name, *some]
        subprocess.run(command, check=True, timeout=TIME_LIMIT)
