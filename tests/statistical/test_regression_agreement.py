"""Regression: carriers, smaller chains and a naive twin agree in law; verdicts accept what holds
and reject what does not.
"""

import dataclasses

import numpy as np
import pytest
from marks import further
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.quantities.significance import FALSE_ALARM
from jaxcollapse.verification import verify_law

REPLICAS, GENERATIONS, N, WEIGHTS = 1 << 13, 3, 8, [0.8, -0.5, 1.1]
COVARIANCE = [[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]]
ROWS = [[1.0, 0.5, 0.0], [0.3, -1.0, 2.0], [1.5, 0.2, -0.4], [0.1, 0.9, 0.6]]


def risks(key, family, workflow=None, carrier="auto", weights=WEIGHTS, n=N):
    truth = family.params() if isinstance(family, jc.RegressionRisk) else family.params(weights)
    recursion = jc.Recursion(family, workflow or jc.Replace(), truth=truth, n=n)
    run = jc.simulate(
        key,
        recursion,
        generations=GENERATIONS,
        replicas=REPLICAS,
        carrier=carrier,
        observe=jc.excess_risk,
    )
    return np.asarray(run.observed["excess-risk"], float)[:, -1]


def agree(one, other):
    assert stats.ks_2samp(one, other).pvalue > FALSE_ALARM


@pytest.mark.parametrize(
    ("family", "n"),
    [
        (jc.LinearRegression(jc.GaussianDesign(COVARIANCE), noise=0.6), N),
        *further(
            (jc.LinearRegression(jc.SharedDesign(), jc.Ridge(0.3), noise=0.6), N),
            (jc.LinearRegression(jc.FixedDesign(ROWS), jc.WarmDescent(3, 0.2), noise=0.6), N),
            (jc.LinearRegression(jc.SharedDesign(), jc.MinimumNorm(), noise=0.6), 2),
        ),
    ],
    ids=["fresh", "shared", "given", "interpolated"],
)
def test_carriers_agree_in_law(key, family, n):
    agree(
        *(
            risks(key, family, jc.Accumulate(), carrier, n=n)
            for carrier in ("statistics", "samples")
        )
    )


def test_smaller_chains_and_a_naive_twin_agree_in_law(key):
    rng = np.random.default_rng(3)
    w = np.zeros((REPLICAS, 3))
    for _ in range(GENERATIONS):
        x = rng.normal(size=(REPLICAS, N, 3))
        y = np.einsum("rnd,rd->rn", x, w) + rng.normal(size=(REPLICAS, N))
        w = np.linalg.solve(x.transpose(0, 2, 1) @ x, np.einsum("rnd,rn->rd", x, y)[..., None])[
            ..., 0
        ]
    twin = np.sum(w**2, axis=1)
    for family in (jc.LinearRegression(), jc.AveragedRegression(), jc.RegressionRisk(3)):
        agree(risks(key, family), twin)


@pytest.mark.parametrize(
    ("name", "rival"),
    [
        ("linear-regression-accumulate-excess-risk", "shared inputs"),
        *further(("linear-regression-mixture-excess-risk", "share squared")),
    ],
)
def test_a_law_passes_its_verdict_and_a_wrong_one_fails(key, name, rival):
    right = jc.law_named(name)
    assert verify_law(key, right, quick=True).passed
    assert not verify_law(
        key, dataclasses.replace(right, body=right.rivals[rival], rivals={}), quick=True
    ).passed
