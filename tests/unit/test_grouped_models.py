"""Groups and labels in the loop: generators with classifiers, reparation, labels on counts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.theory import law_named

REPLACE, FROZEN = jc.Replace(), jc.Frozen()
CLASSES = jc.GaussianClasses(), jc.CategoryClasses()
STAR = jc.Stratify(jc.GroupCells(2), batch=40, budget=40)


def labeled(classes, workflow, key, labels="previous", n=120, **more):
    family = jc.Labeled(classes, classes, labels=labels)
    r = jc.Recursion(family, workflow, truth=jc.example_truth(family), n=n, **more)
    return jc.simulate(key, r, generations=3, replicas=3)


def moves(model) -> bool:
    """Whether any number of a model changes after fit 1."""
    leaves = [np.asarray(leaf)[:, 1:] for leaf in jax.tree.leaves(model)]
    return any((leaf != leaf[:, :1]).any() for leaf in leaves)


@pytest.mark.parametrize("classes", first(CLASSES), ids=lambda c: type(c).__name__)
def test_a_frozen_part_keeps_its_bits(classes, key):
    sequence = labeled(classes, jc.Each(FROZEN, REPLACE), key).params
    assert not moves(sequence.generator)
    both = labeled(classes, jc.Each(REPLACE, REPLACE), key, "annotator").params
    assert moves(both.generator)
    assert not moves(both.annotator)
    np.testing.assert_array_equal(
        *(jax.tree.leaves(m)[0][:, 1] for m in (both.annotator, both.classifier))
    )


def test_one_workflow_for_all_is_the_same_for_each(key):
    every = labeled(CLASSES[0], jc.Accumulate(), key).params
    each = labeled(CLASSES[0], jc.Each(jc.Accumulate(), jc.Accumulate()), key).params
    for a, b in zip(jax.tree.leaves(every), jax.tree.leaves(each), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("classes", CLASSES, ids=lambda c: type(c).__name__)
def test_labels_are_those_of_the_labeler(classes, key):
    truth = jc.example_truth(classes)
    turned = jax.tree.map(lambda leaf: np.flip(leaf, axis=1), truth)
    model = jc.families.LabeledParams(truth, turned, truth)
    for labels, labeler in (("previous", turned), ("annotator", truth)):
        rows = jc.Labeled(classes, classes, labels=labels).sample(key, model, 50)
        expected = classes.classify(labeler, rows)
        np.testing.assert_array_equal(classes.roles.label_of(rows), expected)
    nature = jc.Labeled(classes, classes).sample(key, truth, 50)
    np.testing.assert_array_equal(nature, classes.sample(key, truth, 50))


def test_gaussian_classes_follow_the_rule_of_bayes(key):
    family, rows = (
        jc.GaussianClasses(),
        jc.GaussianClasses().sample(key, jc.example_truth(jc.GaussianClasses()), 200),
    )
    truth, group = jc.example_truth(family), np.asarray(rows[:, 1], int)
    density = truth.shares[group] * stats.norm.pdf(np.asarray(rows[:, :1]), truth.means[group])
    np.testing.assert_array_equal(family.classify(truth, rows), density[:, 1] > density[:, 0])
    fitted = family.fit(key, jc.Samples(rows, jnp.ones(200)), truth)
    inside = (group == 1) & (np.asarray(rows[:, 2]) == 0)
    cell = np.asarray(rows[inside, 0])
    np.testing.assert_allclose(fitted.means[1, 0], cell.mean(), rtol=1e-5)
    np.testing.assert_allclose(np.exp(fitted.log_variances[1, 0]), cell.var(), rtol=1e-4)
    np.testing.assert_allclose(fitted.shares[1, 0], inside.mean(), rtol=1e-5)


def test_a_lost_category_takes_the_usual_label_of_its_group():
    family = jc.CategoryClasses()
    truth = family.params([[[0.4, 0.0], [0.1, 0.0]], [[0.1, 0.0], [0.2, 0.2]]])
    rows = jnp.array([[0.0, 0, 1], [1, 0, 1], [0, 1, 0], [1, 1, 0]])
    assert family.classify(truth, rows).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("part", first(["both", "generator", "classifier"]))
def test_reparation_balances_the_part_it_acts_on(part, key):
    star = jc.Select(REPLACE, STAR)
    parts = {p: star if part in (p, "both") else REPLACE for p in ("generator", "classifier")}
    model = labeled(CLASSES[0], jc.Each(**parts), key).params
    for name, workflow in parts.items():
        shares = np.asarray(getattr(model, name).shares)[:, 2:]
        assert (workflow is star) == bool(np.all(shares.max(axis=(2, 3)) < 0.4))


def test_reparation_has_its_exact_share_on_samples_and_on_counts(key):
    p, batch, budget, replicas = np.array([0.6, 0.25, 0.1, 0.05]), 24, 16, 4000
    star = jc.Stratify(jc.CategoryCells(4), batch=batch, budget=budget)
    family, size = jc.Categorical(), 2 * batch + budget

    def shares(key):
        x = family.sample(jax.random.fold_in(key, 0), family.params(p), size)
        samples = jc.Samples(x, jnp.ones(size))
        counts = family.statistics(samples, family.params(p))
        left = [star.select(jax.random.fold_in(key, 1), e, size, size) for e in (samples, counts)]
        kept = family.statistics(left[0], family.params(p)).total
        return jnp.stack([kept, left[1].total]) / batch

    found = np.asarray(jax.jit(jax.vmap(shares))(jax.random.split(key, replicas)))
    np.testing.assert_allclose(found.sum(axis=-1), 1.0, rtol=1e-6)
    law = law_named("reparation-share")(p=p, batch=batch, budget=budget)
    z = (found.mean(axis=0) - law) / (found.std(axis=0) / np.sqrt(replicas))
    # Eight means at a false-alarm rate of 1e-7 together.
    assert np.abs(z).max() < stats.norm.isf(1e-7 / 16)


def test_a_noisy_annotator_fills_the_cells_that_it_sees(key):
    confusion = np.array([[0.9, 0.1], [0.3, 0.7]])
    star = jc.Stratify(jc.CategoryCells(2), batch=2000, budget=8000, confusion=confusion)
    cells = jax.random.bernoulli(key, 0.2, (11000,)).astype(int)
    seen = np.asarray(star.annotated(key, cells))
    for cell in (0, 1):
        share = seen[np.asarray(cells) == cell].mean()
        count = np.sum(np.asarray(cells) == cell)
        error = np.sqrt(confusion[cell].prod() / count)
        assert abs(share - confusion[cell, 1]) < stats.norm.isf(0.25e-7) * error
    left = star.weights(jax.random.key(1), cells, jnp.ones(11000, bool))
    assert int(left.sum()) == 2000


def test_labels_on_counts_keep_their_blocks_and_stay_absorbed(key):
    family = jc.GroupedLabels(forgetting=0.5, retention=1.2)
    truth = family.params([0.7, 0.3], base_rates=[0.5, 0.2])
    r = jc.Recursion(family, REPLACE, truth=truth, n=20)
    run = jc.simulate(key, r, generations=40, replicas=200)
    rates = np.asarray(run.params.rates)
    assert family.sizes(truth, 20).tolist() == [[7, 7], [5, 1]]
    assert not moves(run.params.blocks)
    for label in (0, 1):
        absorbed = (rates == label).all(axis=3)
        assert absorbed[:, -1].any()
        assert (absorbed[:, 1:] >= absorbed[:, :-1]).all()


def test_a_group_without_items_is_absorbed_from_the_start(key):
    family = jc.GroupedLabels(forgetting=0.5)
    truth = family.params([1.0, 0.0], base_rates=[0.5, 0.2])
    r = jc.Recursion(family, REPLACE, truth=truth, n=9)
    run = jc.simulate(key, r, generations=3, replicas=5)
    assert np.isnan(run.values(jc.selection_rate(1))).all()
    assert np.isfinite(run.values(jc.demographic_parity_difference)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: jc.GroupedLabels(up=0.7), r"GroupedLabels.up must lie in \[0, 0.5\], got 0.7"),
        (lambda: jc.GroupedLabels([0.1] * 3).params([0.5, 0.5], 0.3), "one for each of 2 groups"),
        (lambda: jc.GroupedLabels().params([0.5, 0.6], 0.3), "shares must sum to 1"),
        (lambda: jc.Labeled(labels="last"), "Labeled.labels 'last' is unknown"),
        (
            lambda: jc.Labeled(jc.Gaussian()),
            "Labeled.generator must be of type AbstractGroupedGenerator",
        ),
        (lambda: jc.Roles(1, 1), "Roles.group must differ from Roles.label"),
        (lambda: jc.Roles().check(np.zeros((3, 1)), 2), "Roles.group must be a column of rows"),
        (lambda: jc.Roles().check([[0.1, 5, 1]], 2), r"groups must be an integer in \[0, 1\]"),
        (lambda: jc.Roles().check([[0.1, 1, 2]], 2), r"labels must be an integer in \[0, 1\]"),
        (lambda: jc.GaussianClasses.params([0.5, 0.5], [0, 1]), r"shape \(groups, 2\)"),
        (lambda: jc.Each(REPLACE, None), "Each.classifier must be of type AbstractWorkflow"),
        (lambda: jc.Stratify(jc.GroupCells(2), batch=3), "Stratify.batch must be an integer"),
        (lambda: jc.Stratify(jc.GroupCells(1), 4, confusion=[[1.0, 0.0]]), r"shape \(2, 2\)"),
        (
            lambda: jc.Recursion(
                jc.Categorical(),
                REPLACE,
                truth=jc.Categorical.params([0.5, 0.5]),
                n=9,
                selection=jc.Stratify(jc.CategoryCells(2), batch=4, budget=4),
            ),
            "Recursion.n must be at least 2 batch",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_too_few_observations_for_reparation_are_refused(key):
    with pytest.raises(ValueError, match=r"Recursion\.n must be at least 2 batch"):
        labeled(CLASSES[0], jc.Each(REPLACE, jc.Select(REPLACE, STAR)), key, n=60)


def test_two_frozen_parts_keep_the_model_and_weigh_fit_1(key):
    frozen = jc.Each(FROZEN, FROZEN)
    assert not moves(labeled(CLASSES[0], frozen, key).params)
    assert jc.mixing_matrix(frozen, 3).tolist() == [[1.0, 0.0, 0.0]] * 3
    star = jc.Each(REPLACE, jc.Select(REPLACE, STAR))
    assert star.without_selection == jc.Each(REPLACE, REPLACE)


def test_alarms_of_a_decline_need_a_healthy_run_of_the_same_length(key):
    r = jc.Recursion(jc.Gaussian(), REPLACE, truth=jc.Gaussian.params(), n=9)
    run, short = (jc.simulate(key, r, generations=t, replicas=9) for t in (3, 2))
    with pytest.raises(ValueError, match="healthy must have as many generations as run, 3, got 2"):
        jc.decline_alarms(run, jc.variance, short, alpha=0.2)
