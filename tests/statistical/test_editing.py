"""Token editing: which observations stay, what the laws say beside an enumeration of all edits, and
refusals.
"""

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from scipy import stats

import jaxcollapse as jc
import jaxcollapse.testing as jct
from jaxcollapse._keys import fold_in
from jaxcollapse.literature import catalogue
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.verification import verify_law

NORMAL, TRUTH = jc.NormalMean(1.7), jc.NormalMean(1.7).params(0.7)


class Births(jc.AbstractFamily):
    """Observations are the generation that they were born in; a fit counts the real ones and all
    there are.
    """

    def sample(self, key, params, size):
        return jnp.full((size,), params[0])

    def fit(self, key, samples, init):
        present = samples.weights > 0
        real = jnp.sum(present & (samples.values == 0))
        return jnp.stack([init[0] + 1, real.astype(float), jnp.sum(samples.weights)])


def births(key, workflow, generations=6):
    recursion = jc.Recursion(Births(), workflow, truth=jnp.zeros(3), n=3, real=8)
    return np.asarray(
        jc.simulate(key, recursion, generations=generations, replicas=1 << 12).params
    )[:, 1:]


def test_retouching_keeps_as_many_real_observations_for_ever(key):
    born = births(key, jc.Retouch())
    np.testing.assert_array_equal(born[:, 1:, 1], 5)
    np.testing.assert_array_equal(born[:, :, 2], 8)


def test_overwriting_loses_real_observations_for_good(key):
    born = births(key, jc.Overwrite())
    np.testing.assert_array_equal(born[:, :, 2], 8)
    assert np.all(np.diff(born[:, :, 1], axis=1) <= 0)
    counts = np.bincount(born[:, 2, 1].astype(int), minlength=6)
    expected = stats.hypergeom.pmf(np.arange(6), 8, 5, 5) * len(born)
    often = expected > 5
    statistic = np.sum((counts - expected)[often] ** 2 / expected[often])
    assert stats.chi2.sf(statistic, often.sum() - 1) > FALSE_ALARM
    assert counts[~often].sum() <= stats.poisson.isf(FALSE_ALARM, expected[~often].sum() + 1e-9)


def test_every_pair_is_displaced_equally_often(key):
    samples = jc.Samples(jnp.arange(7.0), jnp.array([1.0, 0.6, 0.6, 0.0, 0.6, 0.6, 1.0]))
    left = jax.vmap(lambda i: samples.displaced(fold_in(key, i)).weights)(
        jnp.arange(1 << 13, dtype=jnp.uint32)
    )
    left = np.asarray(left)
    np.testing.assert_array_equal(left[:, [0, 3, 6]], np.broadcast_to([1, 0, 1], (len(left), 3)))
    pairs = [np.sum(left[:, a] + left[:, b] == 0) for a, b in combinations((1, 2, 4, 5), 2)]
    assert sum(pairs) == len(left)
    assert stats.chisquare(pairs).pvalue > FALSE_ALARM


def test_mixing_matrices_show_the_chance_of_staying():
    sizes = np.array([8, 2, 2, 4])
    retouched = jc.mixing_matrix(jc.Retouch(), 4, sizes=sizes)
    np.testing.assert_allclose(
        retouched, [[1, 0, 0, 0], [0.75, 1, 0, 0], [0.75, 0, 1, 0], [0.5, 0, 0, 1]]
    )
    overwritten = jc.mixing_matrix(jc.Overwrite(), 4, sizes=sizes)
    np.testing.assert_allclose(
        overwritten, [[1, 0, 0, 0], [0.75, 1, 0, 0], [0.5625, 0.75, 1, 0], [0.28125, 0.375, 0.5, 1]]
    )
    np.testing.assert_allclose(overwritten @ sizes, 8)


def enumerated(n, real, generations, variance, compounding):
    """Mean errors from second moments of all places, averaged over every choice of edited ones."""
    start = variance * np.eye(real)
    data, with_original, errors = start, start, []
    for _ in range(generations):
        errors.append(data.mean())
        after, crossed = np.zeros_like(data), np.zeros_like(data)
        choices = list(combinations(range(real), n))
        for places in choices:
            new = np.zeros(real)
            new[list(places)] = 1
            kept, model = np.diag(1 - new), np.outer(new, np.full(real, 1 / real))
            if compounding:
                step = kept + model
                after += step @ data @ step.T + variance * np.diag(new)
            else:
                mixed = kept @ with_original.T @ model.T
                after += (
                    kept @ start @ kept
                    + model @ data @ model.T
                    + mixed
                    + mixed.T
                    + variance * np.diag(new)
                )
                crossed += kept @ start + model @ with_original
        data, with_original = after / len(choices), crossed / len(choices)
    return np.asarray(errors)


@pytest.mark.parametrize("workflow", [jc.Retouch(), jc.Overwrite()], ids=["retouch", "overwrite"])
@pytest.mark.parametrize(("n", "real"), [(1, 1), (1, 2), (2, 5), (5, 5)])
def test_laws_agree_with_an_enumeration_of_all_edits(workflow, n, real):
    recursion = jc.Recursion(NORMAL, workflow, truth=TRUTH, n=n, real=real)
    exact = enumerated(n, real, 6, 1.7, isinstance(workflow, jc.Overwrite))
    np.testing.assert_allclose(
        jc.predict(jc.E(jc.mean_error), recursion, t=np.arange(1, 7)), exact, rtol=1e-12
    )


def test_closed_forms_agree_with_recurrences():
    t = np.arange(9)
    recursion = jc.Recursion(NORMAL, jc.Overwrite(), truth=TRUTH, n=3, real=8)
    closed, recurrence = (
        jc.law_named(f"{name}-overwrite-mean-error").of(recursion, t)
        for name in ("normal-mean", "qvf")
    )
    np.testing.assert_allclose(closed, recurrence, rtol=1e-12)


@pytest.mark.parametrize("workflow", ["overwrite", "retouch"])
@pytest.mark.parametrize("quantity", ["variance", "mean-error"])
@pytest.mark.parametrize("ddof", [0, 1])
def test_editing_everything_is_replacing(workflow, quantity, ddof):
    t = np.arange(7)
    edited = jc.law_named(f"gaussian-{workflow}-{quantity}")(n=9, real=9, t=t, ddof=ddof)
    np.testing.assert_allclose(
        edited, jc.law_named(f"gaussian-replace-{quantity}")(n=9, t=t, ddof=ddof), rtol=1e-12
    )


@pytest.mark.thorough
def test_compounding_edits_pass_their_verdict(key):
    verdict = verify_law(key, jc.law_named("normal-mean-overwrite-mean-error"), quick=True)
    assert verdict.passed, verdict.worst


def test_editing_counts_as_coverage():
    entry = next(each for each in catalogue.entries() if each.tag == "R15")
    assert entry.status == "shipped"
    assert {"qvf-retouch-mean-error", "normal-mean-overwrite-mean-error"} <= set(entry.laws)


SHARES = jc.Categorical.params([0.4, 0.6])


def on_statistics(configuration):
    return jc.simulate(
        jax.random.key(0), configuration, generations=2, replicas=1, carrier="statistics"
    )


def recursion(workflow, **sizes):
    return jc.Recursion(NORMAL, workflow, truth=TRUTH, **sizes)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: recursion(jc.Retouch(), n=5, real=4),
            r"Recursion\.real must be at least 5 for Retouch, got 4",
        ),
        (
            lambda: recursion(jc.Overwrite(), n=[4, 2, 6]),
            r"Recursion\.real must be at least 6 for Overwrite, got 4",
        ),
        (
            lambda: on_statistics(recursion(jc.Retouch(), n=2, real=4)),
            "cannot select observations of NormalMean",
        ),
        (
            lambda: on_statistics(
                jc.Recursion(jc.Categorical(), jc.Overwrite(), truth=SHARES, n=2, real=4)
            ),
            "cannot select observations of Categorical",
        ),
    ],
    ids=["more edits than data", "schedule", "statistics", "counts"],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


@given(jct.recursions(jc.Categorical, jc.Overwrite, generations=3, schedules=True))
def test_drawn_configurations_hold_the_edits(recursion):
    assert np.max(np.atleast_1d(recursion.n)[1:], initial=0) <= recursion.sizes(3)[0]


def test_rejected_edits_leave_what_they_would_have_displaced(key):
    """A verifier passes about half of the edits: as many observations stay as none took the place
    of.
    """
    recursion = jc.Recursion(
        Births(),
        jc.Overwrite(),
        truth=jnp.zeros(3),
        n=3,
        real=8,
        selection=jc.Verify(jc.Within(0.0, 99.0), 0.5, 0.0, least=1),
    )
    born = np.asarray(jc.simulate(key, recursion, generations=4, replicas=9).params)[:, 1:]
    np.testing.assert_array_equal(born[:, :, 2], 8)
