"""Strategies read off declared domains: what they draw is valid, and a user's own records are drawn
too.
"""

import subprocess
import sys

import jax
import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import jaxcollapse as jc
import jaxcollapse.testing as jct
from jaxcollapse import _hypothesis
from jaxcollapse.space import recursions as space

_hypothesis.register()


class Laplace(jc.AbstractFamily):
    """A family of a user: scale known up to a declared range, location fitted by the mean."""

    scale: jax.Array = jc.field(jc.Real(0.0, closed=(False, True), typical=(0.5, 2.0)), 1.0)

    @staticmethod
    def params(mean):
        return np.asarray(mean, float)

    def sample(self, key, params, size):
        return params + self.scale * jax.random.laplace(key, (size,))

    def fit(self, key, samples, init):
        return (samples.weights * samples.values).sum() / samples.weights.sum()


class Halves(jc.AbstractWorkflow):
    """A workflow of a user, with a field of declared range."""

    share: jax.Array = jc.field(jc.Real(0.0, 1.0, typical=(0.2, 0.8)))

    def init(self, real):
        return real

    def update(self, pool, synthetic, fresh):
        return self.share * pool + (1 - self.share) * synthetic, pool


@settings(max_examples=30)
@given(jct.recursions(schedules=True))
def test_recursions_are_valid_and_know_their_ledger(recursion):
    sizes = recursion.sizes(6)
    assert sizes.min() >= recursion.family.minimum_size
    matrix = jc.mixing_matrix(recursion.workflow, 6, sizes=sizes, fresh=np.asarray(recursion.fresh))
    assert np.all(np.isfinite(matrix))
    assert np.all(np.triu(matrix, 1) == 0)


@pytest.mark.parametrize("kind", [Laplace, Halves])
def test_a_users_record_is_drawn_from_its_domains(kind):
    base = jc.AbstractFamily if issubclass(kind, jc.AbstractFamily) else jc.AbstractWorkflow
    draw = jct.families if base is jc.AbstractFamily else jct.workflows
    name = "scale" if kind is Laplace else "share"
    low, high = (0.5, 2.0) if kind is Laplace else (0.2, 0.8)
    found = find(
        draw(base),
        lambda record: isinstance(record, kind) and not low < getattr(record, name) < 0.99,
    )
    assert low <= getattr(found, name) <= high


def test_a_users_recursion_runs(key):
    found = find(jct.recursions(Laplace, Halves, generations=3), lambda r: r.n > 4)
    run = jc.simulate(key, found, generations=3, replicas=5)
    assert run.params.shape == (5, 4)


@given(
    jct.probability_vectors(4),
    jct.covariances(2),
    jct.stochastic_matrices(5),
    jct.schedules(7, least=3),
)
def test_values_lie_in_their_domains(p, covariance, matrix, sizes):
    jc.Simplex().check("p", p)
    jc.Covariance().check("covariance", covariance)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    assert np.all(np.triu(matrix, 1) == 0)
    assert len(sizes) == 7
    assert sizes.min() >= 3


@given(st.from_type(jc.Recursion), st.from_type(jc.AbstractQVF), st.from_type(jc.AbstractWorkflow))
def test_types_resolve_by_themselves(recursion, family, workflow):
    assert isinstance(recursion.family, jc.AbstractFamily)
    assert isinstance(family, jc.AbstractQVF)
    assert isinstance(workflow, jc.AbstractWorkflow)


CHECK = """
from hypothesis import strategies as st
st.from_type(jc.Recursion).validate()
st.from_type(jc.Gaussian).validate()
assert not any(type(finder).__name__ == "_WhenImported" for finder in sys.meta_path)
"""


@pytest.mark.parametrize("first", ["hypothesis", "jaxcollapse"])
def test_the_entry_point_loads_no_jax_and_registers_in_either_order(first, tmp_path):
    folder = tmp_path / "probe-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[hypothesis]\nprobe = jaxcollapse._hypothesis:register\n"
    )
    plugin, package = "import hypothesis", "import jaxcollapse as jc; jc.Recursion"
    quiet = f"{plugin}; assert 'jax' not in sys.modules"
    steps = [quiet, package] if first == "hypothesis" else [package, plugin]
    code = "\n".join(["import sys", f"sys.path.insert(0, {str(tmp_path)!r})", *steps, CHECK])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("family", space.families_below(), ids=lambda kind: kind.__name__)
def test_the_simplest_truth_of_every_family_is_valid(family):
    instance = space.record_of(family, space.Simplest(), 3)
    assert space.truth_of(instance, space.Simplest()) is not None


class Secret(jc.AbstractFamily):
    """A family that declares nothing."""

    size: int

    def sample(self, key, params, size):
        raise NotImplementedError

    def fit(self, key, samples, init):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (lambda: jct.records(Secret), r"Secret\.size has no default and declares no domain"),
        (lambda: jct.families(Secret), "nothing below Secret"),
        (lambda: jct.recursions(Secret), "nothing below Secret"),
        (lambda: jct.truths(Secret(3)), "has no method params"),
        (lambda: jct.probability_vectors(1), "categories must be an integer in"),
        (lambda: jct.schedules(0), "generations must be an integer in"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(strategy, message):
    with pytest.raises(ValueError, match=message):
        find(strategy(), lambda _: True)
