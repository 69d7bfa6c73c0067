"""Selections and decodings: refusals by name, and the edges where little is left to train on."""

import jax
import numpy as np
import pytest

import jaxcollapse as jc

GAUSSIAN, CATEGORICAL = jc.Gaussian(), jc.Categorical()
TRUTH = GAUSSIAN.params(0.7, 1.7)
SHARES = CATEGORICAL.params([0.5, 0.3, 0.2])
LIKING = jc.Table([0.0, 1.0, 2.0])


def gaussian(n=8, **changes):
    return jc.Recursion(GAUSSIAN, jc.Replace(), truth=TRUTH, n=n, **changes)


def categorical(n=8, **changes):
    return jc.Recursion(CATEGORICAL, jc.Replace(), truth=SHARES, n=n, **changes)


def run(recursion, carrier="auto", generations=3):
    return jc.simulate(
        jax.random.key(0), recursion, generations=generations, replicas=4, carrier=carrier
    )


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: jc.Verify(jc.OneOf([0, 1]), right=1.2),
            r"Verify\.right must lie in \[0, 1\], got 1\.2",
        ),
        (lambda: jc.Verify(jc.OneOf([0, 1]), least=0), r"Verify\.least must be an integer"),
        (lambda: jc.Verify(jc.OneOf([0, 1])).audited(1.5), r"share must lie in \[0, 1\]"),
        (lambda: jc.OneOf([0, 2]), r"OneOf\.right must be an integer in \[0, 1\]"),
        (lambda: jc.OneOf([[0, 1]]), "one mark per category"),
        (lambda: jc.Table([[0.0, 1.0]]), "one reward per category"),
        (lambda: jc.Within(0.0, 0.0), r"Within\.radius must lie in \(0, inf\)"),
        (lambda: jc.Closeness(0.0, -1.0), r"Closeness\.scale must lie in \(0, inf\)"),
        (lambda: jc.Agrees([0.0, 0.0]), r"Agrees\.direction must be a vector that is not zero"),
        (lambda: jc.Top(jc.Slope(), 0.0), r"Top\.share must lie in \(0, 1\], got 0"),
        (lambda: jc.Prefer(jc.Slope(), 0), r"Prefer\.among must be an integer"),
        (lambda: jc.BestOf(jc.Slope(), 1.5), r"BestOf\.among must be an integer"),
        (lambda: jc.Temperature(0.0), r"Temperature\.temperature must lie in \(0, inf\)"),
        (lambda: jc.TopK(0), r"TopK\.k must be an integer"),
        (lambda: jc.TopP(1.1), r"TopP\.p must lie in \(0, 1\]"),
        (lambda: jc.Truncate(-1.0), r"Truncate\.bound must lie in \(0, inf\)"),
        (lambda: jc.Edit(0.1, [0.5, 0.6]), r"Edit\.law must sum to 1"),
        (
            lambda: gaussian(n=8, selection=jc.Prefer(jc.Slope(), 5)),
            r"leave at least 2 observations to Prefer, got 8",
        ),
        (
            lambda: gaussian(n=8, selection=jc.Top(jc.Slope(), 0.1)),
            r"leave at least 2 observations to Top",
        ),
        (
            lambda: gaussian(n=8, selection=jc.Verify(jc.Within(), least=1)),
            r"leave at least 2 observations to Verify",
        ),
        (
            lambda: run(gaussian(selection=jc.Top(jc.Slope())), "statistics"),
            "cannot select observations of Gaussian",
        ),
        (
            lambda: run(gaussian(decoding=jc.Truncate()), "statistics"),
            "cannot draw through Truncate",
        ),
        (lambda: run(gaussian(decoding=jc.TopK(2))), "decoding TopK is not defined for Gaussian"),
        (lambda: run(gaussian(decoding=jc.Tilt(LIKING))), "needs a quadratic reward, got Table"),
        (
            lambda: run(categorical(decoding=jc.Truncate())),
            "decoding Truncate is not defined for Categorical",
        ),
        (
            lambda: run(gaussian(selection=jc.Prefer(jc.Slope())), "population"),
            "does not know Prefer for Gaussian",
        ),
        (lambda: run(gaussian(), "limit"), "'samples', 'population' or 'tilted' for Gaussian"),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_where_nothing_passes_everything_does():
    strict = jc.Verify(jc.OneOf([0, 0, 0]), right=1.0, wrong=0.0)
    verified, all_of_it = (
        run(categorical(**changes), "samples") for changes in ({"selection": strict}, {})
    )
    np.testing.assert_array_equal(verified.params.weights, all_of_it.params.weights)


def test_audits_decide_their_share():
    verifier = jc.Verify(jc.OneOf([0, 1]), 0.6, 0.4).audited(0.5)
    np.testing.assert_allclose([verifier.right, verifier.wrong], [0.8, 0.2])
    np.testing.assert_allclose(
        [verifier.audited(1.0).right, verifier.audited(1.0).wrong], [1.0, 0.0]
    )


def test_real_data_are_neither_selected_nor_decoded():
    plain = run(gaussian(), "samples", 1)
    for changes in ({"selection": jc.Top(jc.Slope(), 0.5)}, {"decoding": jc.Temperature(0.1)}):
        np.testing.assert_array_equal(
            run(gaussian(**changes), "samples", 1).params.mean, plain.params.mean
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"selection": jc.Top(jc.Slope(), 0.5)},
        {"decoding": jc.Temperature(0.5)},
        {"decoding": jc.Truncate(1.0)},
    ],
    ids=["selection", "temperature", "truncation"],
)
def test_laws_of_the_plain_loop_do_not_speak_about_a_changed_one(changes):
    plain = [law for law in jc.laws() if law.holds_for(gaussian())]
    assert plain
    assert not any(law.holds_for(gaussian(**changes)) for law in plain)
    with pytest.raises(LookupError, match="no exact law"):
        jc.predict(jc.E(jc.w2), gaussian(**changes), t=3)


def test_predict_finds_the_law_of_a_decoding():
    predicted = jc.predict(
        jc.E(jc.variance), gaussian(decoding=jc.Temperature(0.5)), t=np.arange(4)
    )
    np.testing.assert_allclose(predicted, 1.7 * np.array([1, 1, 0.5, 0.25]))


def test_a_nucleus_is_the_smallest_set_that_holds_its_mass():
    for p, inside in ((0.5, 1), (0.51, 2), (0.8, 2), (0.81, 3), (1.0, 3)):
        kept = jc.TopP(p).decode(CATEGORICAL, SHARES).weights
        assert int(np.sum(np.asarray(kept) > 0)) == inside
    np.testing.assert_allclose(
        jc.TopK(2).decode(CATEGORICAL, SHARES).probabilities, [0.625, 0.375, 0.0], rtol=1e-6
    )


def test_edits_move_the_mass_that_they_mark():
    edited = jc.Edit([1.0, 0.0, 0.5], [0.0, 0.5, 0.5]).decode(CATEGORICAL, SHARES)
    np.testing.assert_allclose(edited.probabilities, [0.0, 0.6, 0.4], rtol=1e-6)
