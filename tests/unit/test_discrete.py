"""Categories under forces, open vocabularies, n-grams: refusals, edges, and what is known without
chance.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from marks import first
from scipy.stats import binom

import jaxcollapse as jc
from jaxcollapse.evidence import Labels
from jaxcollapse.families.ngram import NGramParams, context_chain, stationary
from jaxcollapse.families.vocabulary import VocabularyParams
from jaxcollapse.numerics import coalescent
from jaxcollapse.theory.categorical import ngram
from jaxcollapse.theory.categorical.frequencies import iterated_survival

BIGRAM = [[0.1, 0.6, 0.3], [0.3, 0.2, 0.5], [0.7, 0.2, 0.1]]


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: jc.MutatingCategorical(1.5),
            r"MutatingCategorical\.rate must lie in \[0, 1\], got 1\.5",
        ),
        (
            lambda: jc.MutatingCategorical(0.1, [0.5, 0.6]),
            r"MutatingCategorical\.source must sum to 1",
        ),
        (
            lambda: jc.FavoredCategorical(-1.0),
            r"FavoredCategorical\.advantage must lie in \(-1, inf\)",
        ),
        (
            lambda: jc.SmoothedCategorical(-0.1),
            r"SmoothedCategorical\.pseudocount must lie in \[0, inf\)",
        ),
        (lambda: jc.SmoothedCategorical.params([0.2, 0.2]), "sum to 1"),
        (lambda: jc.OpenVocabulary(2), r"OpenVocabulary\.novelty must lie in \[0, 1\]"),
        (lambda: jc.OpenVocabulary.params([1.0]), "at least two probabilities"),
        (lambda: jc.NGram(6), r"NGram\.order must be an integer in \[1, 5\], got 6"),
        (
            lambda: jc.NGram(3).params(BIGRAM),
            r"transitions must have shape \(K\*\*2, K\) for order 3, got \(3, 3\)",
        ),
        (lambda: jc.NGram(2).params(np.eye(2)), "single stationary law"),
        (lambda: jc.NGram(2).of_text([0, 1, 3], 3), r"text must be an integer in \[0, 2\]"),
        (lambda: jc.NGram(3).of_text([0, 1], 3), "at least 3 symbols"),
        (lambda: jc.zipf(0.0, 10), r"exponent must lie in \(0, inf\), got 0"),
        (lambda: jc.zipf(1.5, 1), r"categories must be an integer in \[2"),
        (lambda: jc.share(-1), "category must be an integer"),
        (lambda: jc.laplace_transform(-1.0), r"rate must lie in \[0, inf\)"),
        (
            lambda: jc.law_named("word-forgetting-time")(count=0),
            "count of law word-forgetting-time",
        ),
    ],
)
def test_refused_by_name(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_words_are_counted_by_name_whatever_their_order_and_padding():
    last = jnp.array([7, 3, 7, 0, 9, 3, 0], jnp.uint32)
    tokens = jnp.stack([last // 4, 0 * last, last % 4], axis=1)
    weights = jnp.array([1.0, 2.0, 1.0, 0.0, 1.0, 0.5, 0.0])
    params = VocabularyParams(tokens, weights)
    found = sorted(float(w) for w in params.type_weights() if w > 0)
    assert found == [1.0, 2.0, 2.5]
    family = jc.OpenVocabulary(0.1)
    np.testing.assert_allclose(
        jc.simpson(family, params, params), (1 + 4 + 6.25) / 5.5**2, rtol=1e-6
    )
    assert float(jc.support(family, params, params)) == 3


def test_without_novelty_nothing_is_coined_and_with_it_alone_everything_is(key):
    truth = jc.OpenVocabulary.params([0.7, 0.3])
    draw = jax.jit(lambda novelty, key: jc.OpenVocabulary(novelty).sample(key, truth, 64))
    first = names(truth.tokens)
    assert names(draw(0.0, key)) == first
    # Draws of one replica have different keys, so no two of them coin one name.
    coined = [names(draw(1.0, jax.random.fold_in(key, t))) for t in range(40)]
    assert len(first.union(*coined)) == 2 + 40 * 64


def names(tokens) -> set:
    return set(map(tuple, np.asarray(tokens).tolist()))


def test_keys_of_the_draws_of_a_replica_differ(key):
    """The names of new words rest on it: Threefry maps counters to words one to one."""
    from jaxcollapse._keys import Stream, fold_in

    fold = jax.jit(jax.vmap(jax.vmap(fold_in, (None, None, 0)), (None, 0, None)))
    keys = fold(key, jnp.arange(1 << 14), jnp.arange(len(Stream)))
    words = np.asarray(jax.random.key_data(keys)).reshape(-1, 2)
    assert len(np.unique(words, axis=0)) == len(words)


def test_a_smoothed_model_never_loses_a_category(key):
    truth = jc.SmoothedCategorical.params([0.98, 0.02])
    recursion = jc.Recursion(jc.SmoothedCategorical(0.5), jc.Replace(), truth=truth, n=2)
    run = jc.simulate(key, recursion, generations=50, replicas=8)
    p = np.asarray(run.params.weights / run.params.total[..., None])[:, 1:]
    assert p.min() >= 0.5 / 3 - 1e-6
    np.testing.assert_allclose(p.sum(axis=2), 1, rtol=1e-6)


@pytest.mark.parametrize(("order", "symbols"), [(1, 3), (2, 2), (3, 2), (4, 3)])
def test_text_counts_are_those_of_a_naive_loop(order, symbols):
    text = np.random.default_rng(order).integers(0, symbols, 60)
    weights = jc.NGram(order).of_text(text, symbols).weights
    naive = np.zeros((symbols ** (order - 1), symbols))
    for i in range(order - 1, len(text)):
        context = 0
        for symbol in text[i - order + 1 : i]:
            context = context * symbols + symbol
        naive[context, text[i]] += 1
    np.testing.assert_array_equal(weights, naive)


@pytest.mark.parametrize("order", [2, 5])
def test_a_text_is_one_walk_on_its_contexts(order, key):
    symbols = 2
    rows = np.random.default_rng(0).dirichlet(np.ones(symbols), symbols ** (order - 1))
    codes = np.asarray(jc.NGram(order).sample(key, jc.NGram(order).params(rows), 50))
    contexts, emitted = codes // symbols, codes % symbols
    np.testing.assert_array_equal(contexts[1:], codes[:-1] % symbols ** (order - 1))
    assert set(emitted) == {0, 1}
    np.testing.assert_allclose(stationary(rows) @ context_chain(rows), stationary(rows), atol=1e-12)


def test_counts_are_those_of_the_text_up_to_its_length(key):
    family = jc.NGram(3)
    truth = family.params(np.random.default_rng(1).dirichlet(np.ones(3), 9))
    text = np.asarray(family.sample(key, truth, 16))
    counts = jax.jit(lambda n: family.sample_statistics(key, truth, n, 16).total)(11)
    np.testing.assert_array_equal(counts, np.bincount(text[:11], minlength=27))


def test_a_model_with_nothing_to_say_backs_off_and_a_cycle_repeats_itself(key):
    family = jc.NGram(2)
    dead_end = family.of_text([0, 0, 1], 2)
    np.testing.assert_allclose(dead_end.transitions, [[0.5, 0.5], [0.5, 0.5]])
    cycle = family.of_text([0, 2, 1, 0, 2, 1, 0], 3)
    recursion = jc.Recursion(family, jc.Replace(), truth=cycle, n=5)
    run = jc.simulate(
        key, recursion, generations=20, replicas=4, observe=(jc.cycle_length, jc.entropy_rate)
    )
    assert np.all(run.values(jc.cycle_length) == 3)
    assert np.all(run.values(jc.entropy_rate) == 0)
    texts = [
        family.of_text(text, 2).weights for text in ([0, 0, 0], [0, 1, 0, 1], [0, 1, 1], [0, 1])
    ]
    lengths = jax.jit(
        jax.vmap(lambda weights: jc.cycle_length(family, NGramParams(weights), None))
    )(jnp.asarray(texts))
    assert lengths.tolist() == [1, 2, 0, 0]


@pytest.mark.parametrize("n", [2, 3])
def test_what_absorbs_is_exactly_the_cycles(n):
    found, start, matrix = ngram.tables(tuple(map(tuple, BIGRAM)), n)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    np.testing.assert_allclose(start.sum(), 1)
    periods = jax.jit(jax.vmap(lambda w: jc.cycle_length(jc.NGram(2), NGramParams(w), None)))(
        jnp.asarray(found)
    )
    np.testing.assert_array_equal(periods, [ngram.period(table) for table in found])
    kept = [
        all(((found[j] > 0) == (found[i] > 0)).all() for j in np.flatnonzero(row))
        for i, row in enumerate(matrix)
    ]
    silent = [(table > 0).sum(axis=1).max() == 1 for table in found]
    np.testing.assert_array_equal(np.logical_and(kept, silent), np.asarray(periods) > 0)


def test_sequence_metrics_of_the_source_itself():
    family = jc.NGram(2)
    truth = jax.tree.map(jnp.asarray, family.params(BIGRAM))
    rate = float(jc.entropy_rate(family, truth, truth))
    np.testing.assert_allclose(rate, ngram.source_rate(np.asarray(BIGRAM)), rtol=1e-6)
    np.testing.assert_allclose(jc.perplexity(family, truth, truth), np.exp(rate), rtol=1e-6)
    np.testing.assert_allclose(jc.kl(family, truth, truth), 0, atol=1e-6)
    rows = np.asarray(BIGRAM)
    differ = stationary(rows) @ (1 - (rows**2).sum(axis=1))
    np.testing.assert_allclose(jc.row_heterozygosity(family, truth, truth), differ, rtol=1e-6)
    lost = jax.tree.map(jnp.asarray, family.of_text([0, 1, 2, 0, 2, 1], 3))
    source = np.log([0.6, 0.5, 0.7, 0.3, 0.2])
    np.testing.assert_allclose(
        jc.perplexity(family, lost, truth), np.exp(-source.mean()), rtol=1e-6
    )
    np.testing.assert_allclose(
        jc.kl(family, lost, truth), -source.mean() - 0.8 * np.log(2), rtol=1e-5
    )
    assert {"entropy-rate", "perplexity", "cycle-length"} <= set(jc.list_metrics())


def test_order_one_is_the_categorical_law():
    p, n = [0.5, 0.3, 0.2], 9
    truth = jc.NGram(1).params([p])
    recursion = jc.Recursion(jc.NGram(1), jc.Replace(), truth=truth, n=n)
    assert jc.verify_law(
        jax.random.key(2), _as_ngram("categorical-replace-support"), cases=[(recursion, 4)]
    ).passed


def _as_ngram(name):
    import dataclasses

    law = jc.law_named(name)
    body = lambda xp, n, t, transitions: law.body(xp, n, t, transitions[0])
    return dataclasses.replace(law, body=body, rivals={}, family=jc.NGram)


def test_survival_of_lines_lies_in_its_bracket():
    t = np.arange(1, 5001)
    g, harmonic = iterated_survival(t), np.cumsum(1 / t)
    low, high = 2 / (t + 1 + (harmonic - 1) / 3), 2 / (t + 1)
    assert np.all(low <= g * (1 + 1e-12))
    assert np.all(g <= high * (1 + 1e-12))
    assert np.max(high / low) < 1.073


def test_schedules_agree_with_constant_sizes_and_with_the_two_type_chain():
    p = np.array([0.5, 0.3, 0.15, 0.05])
    constant = coalescent.expected_missing_mass(7, [0, 1, 4], p)
    np.testing.assert_allclose(
        coalescent.expected_missing_mass_of([7] * 4, [0, 1, 4], p), constant, rtol=1e-12
    )
    sizes, lost = [9, 4, 13], np.zeros(3)
    for share in p:
        law, before = binom.pmf(np.arange(10), 9, share), 9
        for k, n in enumerate(sizes):
            if k:
                law = law @ binom.pmf(np.arange(n + 1), n, np.arange(before + 1)[:, None] / before)
            before = n
            lost[k] += share * law[0]
    np.testing.assert_allclose(
        coalescent.expected_missing_mass_of(sizes, [1, 2, 3], p), lost, rtol=1e-10
    )


def test_entropy_and_divergence_at_their_ends():
    p = [0.5, 0.3, 0.2]
    entropy = jc.law_named("categorical-replace-entropy")
    shannon = -np.sum(np.log(p) * p)
    np.testing.assert_allclose(entropy(n=5, t=[0, 400], p=p), [shannon, 0], atol=1e-12)
    np.testing.assert_allclose(
        jc.law_named("categorical-replace-kl")(n=5, t=400, p=p), shannon, rtol=1e-9
    )


@pytest.mark.parametrize("more", first([{}, {"carrier": "skeleton", "at": [1, 4, 7]}]))
def test_a_sample_that_knows_few_categories_is_measured_like_its_weights(more, key):
    weights = np.arange(1.0, 201.0)
    recursion = jc.Recursion(
        jc.Categorical(), jc.Replace(), truth=jc.Categorical.params(weights / weights.sum()), n=20
    )
    metrics = [
        jc.support,
        jc.fixed,
        jc.heterozygosity,
        jc.simpson,
        jc.entropy,
        jc.total_variation,
        jc.missing_mass,
    ]
    observed = jc.simulate(
        key, recursion, generations=7, replicas=30, observe=metrics, **more
    ).observed
    params = jc.simulate(key, recursion, generations=7, replicas=30, **more).params

    @jax.jit
    @jax.vmap
    @jax.vmap
    def of_weights(params):
        return {
            metric.name: metric(recursion.family, params, recursion.truth) for metric in metrics
        }

    for name, values in of_weights(params).items():
        np.testing.assert_allclose(observed[name], values, rtol=2e-6, atol=2e-6)


def test_labels_are_numbered_anew_by_what_occurs():
    labels = Labels(jnp.int32(5), jnp.array([7, 2, 7, 9, 2, 4]), 10)
    compact = labels.compact()
    np.testing.assert_array_equal(compact.names[compact.values], labels.values)
    assert int(compact.values.max()) == 3
    np.testing.assert_array_equal(compact.reduced().total, labels.reduced().total)
