"""Values are watched by group too, with the false discovery rate of groups held."""

import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc

ALPHA, MISTAKE = 1e-3, 1e-7


def numbers(rng, shrink, generations=8, outputs=120, reference=1200):
    """Three groups of normal numbers, the last of which shrinks."""
    values, groups = [], []
    for t in range(generations + 1):
        group = rng.integers(0, 3, reference if t == 0 else outputs)
        values.append(
            rng.normal(size=(len(group), 2)) * np.where(group == 2, shrink**t, 1)[:, None]
        )
        groups.append(group)
    return jc.Stream.of(values, groups=groups)


def words(rng, tilt, generations=8, outputs=300):
    share, values, groups = 1 / np.arange(1, 41), [], []
    for t in range(generations + 1):
        group = rng.choice(["a", "b"], 3000 if t == 0 else outputs)
        draw = lambda w, m: rng.choice(40, m, p=w / w.sum()).astype(str)
        usual, tilted = draw(share, len(group)), draw(share ** (1 + tilt * t), len(group))
        values.append(np.where(group == "b", tilted, usual))
        groups.append(group)
    return jc.Stream.of(values, groups=groups)


@pytest.mark.parametrize(
    ("make", "change", "planted"), [(numbers, 0.6, 2), (words, 0.4, "b")], ids=["numbers", "words"]
)
def test_the_group_that_changes_is_found(make, change, planted):
    found = 0
    for seed in range(10):
        groups = jc.watch(make(np.random.default_rng(seed), change), alpha=ALPHA).groups
        found += np.isfinite(groups.pop(planted).alarm)
        assert all(each.alarm == np.inf for each in groups.values())
    assert stats.binom.cdf(found, 10, 0.95) > MISTAKE


@pytest.mark.parametrize("make", [lambda rng: numbers(rng, 1.0), lambda rng: words(rng, 0.0)])
def test_no_group_is_found_where_none_changes(make):
    for seed in range(20):
        groups = jc.watch(make(np.random.default_rng(100 + seed)), alpha=ALPHA).groups
        assert all(each.alarm == np.inf for each in groups.values())


def test_a_group_may_be_missing_for_some_generations():
    rng = np.random.default_rng(0)
    groups = [rng.integers(0, 2, 400), *(np.full(50, t % 2) for t in range(6))]
    stream = jc.Stream.of([rng.normal(size=(len(each), 1)) for each in groups], groups=groups)
    watched = jc.watch(stream, alpha=ALPHA)
    assert all(np.isfinite(each.log_evidence).all() for each in watched.groups.values())
    assert all(each.alarm == np.inf for each in watched.groups.values())


def test_false_discoveries_among_many_groups_are_held():
    """Of 20 e-values five are of groups that changed; alpha times 15 / 20 is the bound."""
    rng, alpha, streams, s = np.random.default_rng(1), 0.2, 3000, 2.0
    shares = []
    for _ in range(streams):
        nats = rng.normal(-(s**2) / 2, s, 20)
        nats[:5] = rng.normal(5, 1, 5)
        found = np.isfinite(jc.discoveries(list(nats[:, None]), alpha))
        shares.append(found[5:].sum() / max(found.sum(), 1))
    error = np.std(shares) / np.sqrt(streams)
    assert np.mean(shares) < alpha * 15 / 20 + stats.norm.isf(MISTAKE) * error
    # e-BH is not idle here: some true groups are found, and some false ones.
    assert np.mean(shares) > 0.002


def test_a_table_has_values_by_group(tmp_path):
    stream = numbers(np.random.default_rng(3), 0.5)
    rows = [
        f"{t},{a},{b},g{g}"
        for t, (values, groups) in enumerate(zip(stream.values, stream.groups, strict=True))
        for (a, b), g in zip(values, groups, strict=True)
    ]
    path = tmp_path / "stream.csv"
    path.write_text("\n".join(["generation,x,y,group", *rows]))
    watched = jc.watch(jc.read_stream(path), alpha=ALPHA)
    assert list(watched.groups) == ["g0", "g1", "g2"]
    assert np.isfinite(watched.groups["g2"].alarm)
    assert watched.hidden_decline is None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            [["a", "a"], ["a"]],
            r"groups must have one entry for each row, .* got \[\(2,\), \(1,\)\]",
        ),
        ([["a", "b"], ["a", "b"]], "two rows or more in generation 0, got 1 of 'a'"),
        ([["a", "a"], ["a", "c"]], "group of generation 1 must be one of .* a, got 'c'"),
        ([["a", "a"], ["a", None]], "group of generation 1 must have no missing values"),
    ],
)
def test_bad_groups_are_named(groups, message):
    with pytest.raises(ValueError, match=message):
        jc.Stream.of([np.zeros(2), np.ones(2)], groups=groups)
