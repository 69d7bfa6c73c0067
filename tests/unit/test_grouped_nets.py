"""Nets as parts of a `Labeled` family: frozen parts, annotators, reparation, refusals."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import further

import jaxcollapse as jc
from jaxcollapse import nets

RNG = np.random.default_rng(0)
ROWS = RNG.uniform(size=(80, 34)).astype(np.float32)
ROWS[:, 32:] = RNG.integers(0, 2, (80, 2))
TRAINING = nets.Training(steps=4, batch=16, lanes=2)
JUDGE = nets.Classifier(32, classes=2, hidden=4, width=2, training=TRAINING)
CONV = nets.ConvClassifier(4, colors=2, channels=2, width=4, training=TRAINING)
VAE = nets.VAE(32, hidden=8, latent=2, training=TRAINING)
STAR = jc.Select(jc.Replace(), jc.Stratify(jc.GroupCells(2), batch=16, budget=4))


def labeled(net=VAE, labels="previous"):
    return jc.Labeled(nets.GroupedNet(net, JUDGE), CONV, labels=labels)


def run_of(key, workflow, net=VAE, labels="previous"):
    family = labeled(net, labels)
    truth = family.generator.data(ROWS[:64], held_out=ROWS[64:])
    r = jc.Recursion(family, workflow, truth=truth, n=48)
    return jc.simulate(key, r, generations=3, replicas=2)


def moves(model) -> bool:
    leaves = [np.asarray(leaf)[:, 1:] for leaf in jax.tree.leaves(model)]
    return any((leaf != leaf[:, :1]).any() for leaf in leaves)


@pytest.mark.parametrize(
    "net",
    further(
        nets.ConvVAE(4, colors=2, channels=2, latent=2, training=TRAINING),
        nets.GAN(32, hidden=8, training=TRAINING),
    ),
    ids=lambda net: type(net).__name__,
)
def test_a_frozen_net_keeps_its_bits(net, key):
    model = run_of(key, jc.Each(jc.Frozen(), jc.Replace()), net).params
    assert not moves(model.generator)
    assert moves(model.classifier)
    assert len(np.unique(np.asarray(model.generator.net.weights)[:, 1, 0])) == 2


@pytest.mark.thorough
def test_the_annotators_of_fit_1_stay_and_reparation_runs_on_both_parts(key):
    model = run_of(key, jc.Each(STAR, STAR), labels="annotator").params
    assert moves(model.generator.net)
    assert not moves(model.generator.annotator)
    assert not moves(model.annotator)
    assert np.isfinite(np.asarray(model.generator.net.loss)[:, 1:]).all()


@pytest.mark.thorough
def test_rows_of_a_model_have_annotated_groups_and_labels_of_the_labeler(key):
    family = labeled()
    net, judge, conv, other = (
        jax.jit(lambda key, net=each: net.unfitted(net.initial(key)))(jax.random.fold_in(key, i))
        for i, each in enumerate((VAE, JUDGE, CONV, CONV))
    )
    model = jc.families.LabeledParams(nets.GroupedNetParams(net, judge), conv, other)
    for labels, labeler in (("previous", conv), ("annotator", other)):
        rows = eqx.filter_jit(labeled(labels=labels).sample)(key, model, 40)
        assert rows.shape == (40, 34)
        np.testing.assert_array_equal(rows[:, -2], JUDGE.predict(judge, rows[:, :32]))
        np.testing.assert_array_equal(rows[:, -1], CONV.predict(labeler, rows[:, :32]))
    truth = family.generator.data(ROWS[:64], held_out=ROWS[64:])
    table = np.asarray(eqx.filter_jit(family.confusion)(truth, truth))
    assert table[:, 0, 1].sum() == table[:, 1, 0].sum() == 0
    np.testing.assert_allclose(table.sum(axis=(1, 2))[1], ROWS[64:, -2].mean())
    np.testing.assert_array_equal(jc.predicted_labels(family, truth, truth), ROWS[64:, -1])
    labels = eqx.filter_jit(family.generated)(model)
    np.testing.assert_allclose(jc.positive_share(family, model, truth), labels.mean())
    seen = eqx.filter_jit(labeled(labels="annotator").generated)(model)
    assert seen.mean() != labels.mean()
    np.testing.assert_allclose(jc.annotated_share(family, model, truth), seen.mean())
    assert jc.annotated_share(family, truth, truth) == jc.positive_share(family, truth, truth)


def test_a_net_that_is_not_defined_marks_its_descendants(key):
    bad = CONV.unfitted(jnp.full(CONV.weights, jnp.nan))
    samples = jc.Samples(jnp.asarray(ROWS[:32]), jnp.ones(32))
    assert bool(jnp.isnan(CONV.fit(key, samples, bad).weights).all())


def test_a_labeling_may_be_nearly_absorbed():
    predictions = np.array([1] * 19 + [0] + [0] * 20)
    table = jc.GroupTable.of(predictions, predictions, [0] * 20 + [1] * 20)
    assert table.labeling == -1
    assert table.labeling_within(0.05) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nets.GroupedNet(nets.VAE(31), JUDGE), "must draw rows of 32 features"),
        (lambda: nets.ConvClassifier(6), "ConvClassifier.side must be a multiple of 4"),
        (lambda: jc.Labeled(nets.GroupedNet(VAE, JUDGE), VAE), "Labeled.classifier must be of"),
        (lambda: jc.Select(jc.Frozen(), STAR.rule), "Select.workflow must train later fits"),
        (lambda: started(ROWS[:, 1:]), "values must have rows of 32 features, a group and a label"),
        (lambda: started(np.where(np.arange(34) == 33, 2.0, ROWS)), r"labels must be an integer"),
        (lambda: started(np.where(np.arange(34) == 32, 0.0, ROWS)), "got none of 1"),
        (lambda: started(ROWS, n=8), r"Recursion\.n must be at least 16"),
        (
            lambda: started(ROWS, jc.Each(STAR, STAR), n=30),
            r"Recursion\.n must be at least 2 batch",
        ),
        (
            lambda: jc.Recursion(
                jc.Gaussian(), jc.Each(jc.Frozen(), STAR), truth=jc.Gaussian.params(), n=99
            ),
            "Each needs a family of a generator and a classifier",
        ),
        (
            lambda: jc.GroupTable.of([1], [1], [0]).labeling_within(0.5),
            r"tolerance must lie in \[0, 0.5\)",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def started(rows, workflow=None, n=32):
    family = labeled()
    truth = family.generator.data(rows)
    return jc.Recursion(family, workflow or jc.Replace(), truth=truth, n=n)
