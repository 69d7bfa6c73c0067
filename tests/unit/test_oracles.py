"""Oracles: every family says how its sources of error are switched off, and what certifies it."""

import numpy as np
import pytest
from marks import first, further

import jaxcollapse as jc
from jaxcollapse import nets
from jaxcollapse.analysis.decompose import planned
from jaxcollapse.analysis.net_oracles import longer
from jaxcollapse.analysis.oracles import SOURCES, Oracle, oracles_of
from jaxcollapse.analysis.work import limit_of
from jaxcollapse.space.examples import example_truth

NETS: dict = {
    "LinearVAE": lambda: nets.LinearVAE(features=4),
    "VAE": lambda: nets.VAE(features=4),
    "ConvVAE": lambda: nets.ConvVAE(side=4),
    "GAN": lambda: nets.GAN(features=4),
    "LanguageModel": lambda: nets.LanguageModel(vocabulary=8, length=4),
}


def recursion_of(kind):
    if kind.__name__ in NETS:
        family = NETS[kind.__name__]()
        values = np.random.default_rng(0).uniform(size=(80, *family.event))
        values = (8 * values).astype(int) if kind.__name__ == "LanguageModel" else values
        return jc.Recursion(
            family, jc.Replace(), truth=family.data(values, held_out=values[:9]), n=80
        )
    family = kind()
    truth, refreshed = example_truth(family), kind.__name__ == "DebiasedMean"
    workflow = jc.Refresh() if refreshed else jc.Replace()
    return jc.Recursion(family, workflow, truth=truth, n=100, fresh=9 * refreshed)


def shipped():
    found = jc.list_families().values()
    # A `GroupedNet` is a part of a `Labeled` family.
    found = [kind for kind in found if kind is not nets.GroupedNet]
    return [kind for kind in found if kind.__module__.startswith("jaxcollapse.")]


@pytest.mark.parametrize("kind", first(shipped()), ids=lambda kind: kind.__name__)
def test_every_family_knows_its_three_sources(kind):
    recursion = recursion_of(kind)
    for how in ("recursive", "one-shot"):
        oracles = oracles_of(recursion, how)
        assert tuple(oracles) == SOURCES
        assert isinstance(oracles["statistical"], Oracle)
        for source, oracle in oracles.items():
            assert oracle.source == source
            assert oracle.why
            if isinstance(oracle, Oracle):
                assert oracle.how
                assert isinstance(oracle.change(recursion), jc.Recursion)


def test_oracles_of_nets_that_are_parts_must_be_given():
    judge = nets.Classifier(4, classes=2)
    family = jc.Labeled(nets.GroupedNet(nets.VAE(4), judge), judge)
    rows = np.random.default_rng(0).integers(0, 2, (80, 6)).astype(np.float32)
    both, truth = jc.Each(jc.Replace(), jc.Replace()), family.generator.data(rows)
    recursion = jc.Recursion(family, both, truth=truth, n=80)
    with pytest.raises(ValueError, match="oracles must be given for Labeled with nets"):
        oracles_of(recursion)


def error_of(kind):
    known = jc.metrics.list_metrics()
    names = "kl", "w2", "excess-risk", "mean-error", "simpson", "accuracy", "held-out-loss"
    return next(
        known[name] for name in (*names, "equalized-odds-difference", "energy-distance")
        if known[name].applies_to(kind)
    )  # fmt: skip


@pytest.mark.parametrize("kind", further(*shipped()), ids=lambda kind: kind.__name__)
def test_defaults_stay_within_two_minutes_and_4_gb_or_are_refused(kind, key):
    """How long they really take: `python benchmarks/decompositions.py`."""
    try:
        plan = planned(jc.E(error_of(kind)), recursion_of(kind), t=[1, 5, 10], key=key)
    except ValueError as refusal:
        assert "allow more (seconds=, memory=), or lower" in str(refusal)  # noqa: PT017
        assert issubclass(kind, nets.AbstractNet)
    else:
        assert plan.cost is not None
        assert plan.cost.seconds <= 120
        assert plan.cost.bytes <= 4e9


def test_a_ladder_finds_the_limit_within_its_bound():
    n = 50
    rungs = {f: np.full((4, 1), 3 + 2 / (f * n) + 9 / (f * n) ** 2) for f in (1, 4, 16)}
    value, beyond, _ = limit_of(rungs)
    assert np.all(np.abs(value - 3) <= beyond)
    assert np.all(beyond < 1e-3)


def test_the_ladder_of_a_kernel_density_is_the_convolution_limit():
    family = jc.KernelDensity(jc.GaussianKernel(), jc.FixedBandwidth(np.array(0.4)))
    truth = family.params([0.0, 1.0, 3.0], width=0.5)
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=50)
    found = jc.decompose(jc.E(jc.variance), recursion, t=[1, 8])
    real = float(np.var([0.0, 1.0, 3.0]) + 0.25)
    limit = real + 0.16 * np.array([1, 8])
    error = found.interaction("expressivity").value + found.floor.value
    np.testing.assert_allclose(error, limit, rtol=2e-4)
    assert np.all(np.abs(error - limit) < found.interaction("expressivity").error + 1e-9)
    np.testing.assert_allclose(found.floor.value, real, rtol=2e-4)
    assert found.converged


def test_a_source_that_a_family_lacks_is_exactly_zero_and_says_so():
    recursion = recursion_of(jc.DampedGaussian)
    found = jc.decompose(jc.E(jc.log_variance), recursion, t=3)
    assert found.sources == ("statistical", "approximation")
    assert float(found.expressivity.value) == float(found.expressivity.error) == 0
    assert not found.certificates["expressivity"].present
    assert "truth is a member" in str(found.certificates["expressivity"])
    low, high = found.order_range("expressivity")
    assert float(low.value) == float(high.value) == 0


def test_exact_numbers_are_trusted_and_one_replica_is_not(key):
    recursion = recursion_of(jc.DampedGaussian)
    closed, one, many = (
        jc.decompose(jc.E(jc.log_variance), recursion, t=[1, 3], **how)
        for how in ({}, {"key": key, "replicas": 1}, {"key": key, "replicas": 8})
    )
    for source in (*SOURCES, "floor", "total"):
        part = closed.floor if source == "floor" else closed.total
        part = closed.part(source) if source in SOURCES else part
        assert np.all(part.trusted())
        assert not np.any(part.error)
        assert (part.replicas, part.warning) == (0, "")
    # Fits of unlimited data are not drawn, whatever the number of replicas.
    for found in (one, many):
        assert np.all(found.floor.trusted())
        assert not np.any(found.floor.error)
        assert np.all(found.expressivity.trusted())
    assert not np.any(one.statistical.trusted())
    assert np.all(np.isnan(one.statistical.error))
    assert many.statistical.replicas == 8
    assert np.all(many.statistical.error > 0)


def test_one_shot_interventions_start_from_the_run_and_leave_no_trace(key):
    family = jc.NormalMean()
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params(0.3), n=10)
    how = {"key": key, "replicas": 64}
    usual = jc.decompose(jc.E(jc.mean_error), recursion, t=[1, 2, 3], **how)
    single = jc.decompose(jc.E(jc.mean_error), recursion, t=[1, 2, 3], kind="one-shot", **how)
    np.testing.assert_allclose(single.total.value, usual.total.value, rtol=1e-6)
    # With exact data of model t - 1 fit t is model t - 1.
    np.testing.assert_allclose(single.floor.value[1:], usual.total.value[:-1], rtol=1e-6)
    np.testing.assert_allclose(usual.floor.value, 0.0, atol=1e-12)


def test_one_shot_interventions_pool_with_the_data_of_the_run(key):
    family = jc.NormalMean()
    recursion = jc.Recursion(family, jc.Accumulate(), truth=family.params(0.0), n=10)
    run = jc.simulate(key, recursion, generations=2, replicas=64)
    means = np.asarray(run.values(jc.metrics.list_metrics()["mean"]), float)
    found = jc.decompose(jc.E(jc.mean_error), recursion, t=2, kind="one-shot", key=key, replicas=64)
    # Half of the pool is the data of fit 1, whose mean is model 1, and half is exactly model 1.
    np.testing.assert_allclose(found.floor.value, np.mean(means[:, 1] ** 2), rtol=1e-5)


@pytest.mark.thorough
def test_one_shot_interventions_on_samples_change_the_optimizer_alone(key):
    family = jc.GaussianMixture(steps=1)
    truth = example_truth(family)
    recursion = jc.Recursion(family, jc.Replace(), truth=truth, n=30)
    oracles = {
        "approximation": Oracle(
            "approximation",
            "eight steps",
            change=lambda r: jc.Recursion(
                jc.GaussianMixture(steps=8), r.workflow, truth=r.truth, n=r.n
            ),
        )
    }
    how = {"oracles": oracles, "key": key, "replicas": 32, "t": [1, 2]}
    found = jc.decompose(jc.E(jc.mean_error), recursion, kind="one-shot", **how)
    # Every fit has the mean of its sample, however many steps it takes.
    np.testing.assert_allclose(found.approximation.value, 0.0, atol=1e-6)


def test_pictures_show_parts_and_bars(key):
    import matplotlib

    matplotlib.use("Agg")
    recursion = recursion_of(jc.DampedGaussian)
    found = jc.decompose(jc.E(jc.log_variance), recursion, t=[1, 2, 4])
    assert len(found.plot().axes) == 2
    labels = [each.get_text() for each in found.plot().axes[1].get_xticklabels()]
    assert labels == ["statistical", "approximation"]
    alone = jc.decompose(jc.E(jc.log_variance), recursion, t=4)
    assert len(alone.plot().axes) == 1


@pytest.mark.thorough
def test_replicas_without_a_value_are_left_out_by_name(key):
    family = jc.LogisticRegression()
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params([0.4, 0.8, -0.5]), n=12)
    with pytest.warns(RuntimeWarning, match="of 64 replicas have no E.excess-risk. in some"):
        found = jc.decompose(jc.E(jc.excess_risk), recursion, t=1, key=key, replicas=64)
    assert np.isfinite(found.statistical.value)
    assert found.total.replicas < 64


def small_vae(starts=1):
    training = nets.Training(steps=6, batch=8, starts=starts)
    family = nets.VAE(features=4, hidden=4, latent=1, training=training)
    values = np.random.default_rng(0).uniform(size=(40, 4)).astype(np.float32)
    return jc.Recursion(family, jc.Replace(), truth=family.data(values), n=16)


@pytest.mark.thorough
def test_the_best_of_several_trainings_is_no_worse_than_the_first(key):
    how = {"generations": 1, "replicas": 8, "observe": nets.training_loss}
    one, three = (jc.simulate(key, small_vae(starts), **how) for starts in (1, 3))
    losses = [np.asarray(run.observed["training-loss"])[:, 1] for run in (one, three)]
    assert np.all(losses[1] <= losses[0] + 1e-6)
    assert np.any(losses[1] < losses[0])


@pytest.mark.thorough
def test_a_net_is_decomposed_in_one_generation_alone(key):
    family = nets.LinearVAE(features=4, latent=1, training=nets.Training(steps=6, batch=8))
    values = np.random.default_rng(0).uniform(size=(40, 4)).astype(np.float32)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.data(values), n=16)
    # The oracle of other nets, beside a weaker one: that of a linear VAE has a closed form.
    how = {"oracles": {"approximation": longer(family, 4, 2)}, "key": key, "replicas": 4}
    found = jc.decompose(jc.E(nets.training_loss), recursion, kind="one-shot", t=[1, 2], **how)
    assert np.all(np.isfinite(found.approximation.value))
    assert found.certificates["approximation"].gap is not None
