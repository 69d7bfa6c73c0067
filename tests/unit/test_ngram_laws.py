"""The KL divergence of n-gram models: two exact laws agree, and `predict` finds both."""

import math

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.theory.categorical.ngram import SOURCE
from jaxcollapse.theory.categorical.ngram_kl import TRIGRAMS, degrees, law_of_count


def recursion_of(n, order=2, rows=SOURCE):
    family = jc.NGram(order)
    return jc.Recursion(family, jc.Replace(), truth=family.params(rows), n=n)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_counts_along_the_walk_agree_with_tables(n):
    first, all_ = (jc.law_named(f"n-gram-replace-{name}kl") for name in ("first-", ""))
    recursion = recursion_of(n)
    np.testing.assert_allclose(first.of(recursion, [0, 1]), all_.of(recursion, [0, 1]), rtol=1e-10)


def test_prediction_finds_the_first_fit_at_any_length_and_later_fits_of_short_texts():
    assert jc.predict(jc.E(jc.kl), recursion_of(3), [1, 5]).shape == (2,)
    assert jc.predict(jc.E(jc.kl), recursion_of(9, 3, TRIGRAMS), 1) > 0
    with pytest.raises(ValueError, match="t of law n-gram-replace-first-kl must"):
        jc.predict(jc.E(jc.kl), recursion_of(40), 2)
    with pytest.raises(ValueError, match="enumerated"):
        jc.predict(jc.E(jc.kl), recursion_of(301), 1)


def test_single_symbols_are_categories():
    """For order 1 counts are binomial: of n draws with p, E N log N is a sum over them."""
    found = law_of_count(7, np.array([[0.3, 0.7]]), np.array([[True, False]]))
    chances = [math.comb(7, k) * 0.3**k * 0.7 ** (7 - k) for k in range(8)]
    np.testing.assert_allclose(found, chances, rtol=1e-12)


@pytest.mark.parametrize(("order", "rows"), [(2, SOURCE), (3, TRIGRAMS)])
def test_long_texts_tend_to_half_a_degree_of_freedom_over_n(order, rows):
    """Twice the length halves the error of the leading order, up to the next order."""
    at_length = lambda n: float(jc.predict(jc.E(jc.kl), recursion_of(n, order, rows), 1))
    off = [2 * n * at_length(n) / degrees(rows) - 1 for n in (150, 300)]
    assert 0 < off[1] < 0.05
    assert 0.35 < off[1] / off[0] < 0.65
    assert degrees(rows) == np.size(rows) - len(rows)
