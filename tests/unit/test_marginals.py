"""Products of marginals: the dependence of pairs is paid once."""

import numpy as np
import pytest

import jaxcollapse as jc
from jaxcollapse.analysis.oracles import oracles_of

FAMILY = jc.ProductOfMarginals(rows=2)
TABLE = np.array([[0.3, 0.05, 0.1], [0.02, 0.23, 0.3]])
RECURSION = jc.Recursion(FAMILY, jc.Replace(), truth=FAMILY.params(TABLE.ravel()), n=30)


def information(table):
    product = table.sum(1)[:, None] * table.sum(0)[None, :]
    return float(np.sum(table * np.log(table / product)))


def test_a_fit_is_the_product_of_its_marginals(key):
    run = jc.simulate(key, RECURSION, generations=3, replicas=8)
    tables = np.asarray(run.params.probabilities, float).reshape(8, 4, 2, 3)
    products = tables.sum(-1)[..., :, None] * tables.sum(-2)[..., None, :]
    np.testing.assert_allclose(tables[:, 0], np.broadcast_to(TABLE, (8, 2, 3)), atol=1e-7)
    np.testing.assert_allclose(tables[:, 1:], products[:, 1:], atol=1e-6)


def test_the_dependence_is_paid_once(key):
    how = {"generations": 4, "replicas": 1, "carrier": "population", "observe": jc.kl_reverse}
    run = jc.simulate(key, RECURSION, **how)
    paid = np.asarray(run.observed["kl-reverse"], float)[0]
    np.testing.assert_allclose(paid, [0, *[information(TABLE)] * 4], atol=1e-5)


def test_all_joint_laws_are_the_oracle(key):
    found = jc.decompose(jc.E(jc.squared_distance), RECURSION, t=[1, 3], key=key, replicas=256)
    assert found.sources == ("statistical", "expressivity")
    np.testing.assert_allclose(found.floor.value, 0, atol=1e-9)
    law = jc.predict(jc.E(jc.squared_distance), RECURSION, t=[1, 3])
    assert np.all(np.abs(found.total.value - law) < 5 * found.total.error)


def test_an_independent_truth_is_a_member():
    truth = FAMILY.params(np.outer([0.6, 0.4], [0.5, 0.3, 0.2]).ravel())
    oracles = oracles_of(jc.Recursion(FAMILY, jc.Replace(), truth=truth, n=30))
    assert oracles["expressivity"].why == "the truth is a member of the family"


def test_tables_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="must fill a table of 2 rows, got 5 of them"):
        FAMILY.params([0.2] * 5)
    odd = jc.Categorical.params([0.2] * 5)
    with pytest.raises(ValueError, match="truth must fill a table of 2 rows, got 5"):
        jc.Recursion(FAMILY, jc.Replace(), truth=odd, n=9)
