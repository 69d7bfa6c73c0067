"""Synthetic data that help: roots of chi-square sums, the break-even size in the settled loop,
refusals.
"""

import numpy as np
import pytest
from scipy.stats import chi2

import jaxcollapse as jc
from jaxcollapse.literature import catalogue
from jaxcollapse.quantities.significance import allowed_sigmas
from jaxcollapse.theory.gaussian import admissible
from jaxcollapse.verification import verify_law

SIZE = jc.law_named("gaussian-refresh-tempered-admissible-size")
FRESH, REPLICAS = 400, 1 << 18


@pytest.mark.parametrize("freedom", [1, 4, 31])
def test_roots_of_one_chi_square_are_gamma_ratios(freedom):
    np.testing.assert_allclose(
        admissible.mean_root((freedom, np.asarray(2.5))),
        np.sqrt(2.5) * chi2.expect(np.sqrt, (freedom,)),
        rtol=1e-7,
    )


def test_chi_squares_of_one_scale_add_up():
    parts = admissible.mean_root((3, np.asarray(0.7)), (9, np.asarray(0.7)))
    np.testing.assert_allclose(parts, admissible.mean_root((12, np.asarray(0.7))), rtol=1e-12)


def test_one_fit_to_real_data_is_the_published_law():
    np.testing.assert_allclose(
        admissible.real_distance(9), jc.law_named("gaussian-replace-w2")(n=9, t=1), rtol=1e-10
    )


@pytest.mark.parametrize(("n", "side"), [(24, -1), (48, 1)])
def test_the_settled_loop_breaks_even_where_the_law_says(n, side, key):
    """At temperature 1/2 it is 32, not the 24 of the leading order near temperature 1."""
    assert SIZE(temperature=0.5) == pytest.approx(32.0)
    recursion = jc.Recursion(
        jc.Gaussian(),
        jc.Refresh(),
        truth=jc.Gaussian.params(),
        n=n,
        fresh=FRESH,
        real=FRESH,
        decoding=jc.Temperature(0.5),
    )
    found = jc.estimate(key, recursion, jc.E(jc.w2), generations=8, replicas=REPLICAS, at=[8])
    excess = found.value[-1] - admissible.real_distance(FRESH)
    assert side * excess > allowed_sigmas(1) * found.error[-1]


def test_laws_of_the_threshold_pass_and_count_as_coverage(key):
    verdict = verify_law(key, jc.law_named("gaussian-refresh-tempered-first-round-w2"), quick=True)
    assert verdict.passed, verdict.worst
    entry = next(each for each in catalogue.entries() if each.tag == "MAD-THRESHOLD")
    assert entry.status == "shipped"
    assert SIZE.name in entry.laws


@pytest.mark.parametrize("temperature", [0.0, 1.0, 1.2])
def test_unbiased_sampling_has_no_threshold(temperature):
    with pytest.raises(ValueError, match=r"temperature of law .* must lie in \(0, 1\)"):
        SIZE(temperature=temperature)
