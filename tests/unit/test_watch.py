"""Watching streams: what is found, by group too, and what is found where nothing is wrong.

The rates over 1,000 streams are `pytest -m slow tests/unit/test_watch.py`.
"""

import json
import sys

import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.cli import main
from jaxcollapse.monitoring.ranks import bets_on_ranks, restarted, sequential_ranks
from jaxcollapse.monitoring.signs import SIGNS

ALPHA = 1e-3
MISTAKE = 1e-7


def numbers(rng, shrink=1.0, generations=8, outputs=60, reference=600):
    later = [shrink**t * rng.normal(size=outputs) for t in range(1, generations + 1)]
    return jc.Stream.of([rng.normal(size=reference), *later])


def words(rng, tilt=0.0, generations=8, outputs=150):
    share = 1 / np.arange(1, 61)
    drawn = lambda t, m: rng.choice(60, m, p=(w := share ** (1 + tilt * t)) / w.sum()).astype(str)
    return jc.Stream.of([drawn(0, 1500), *(drawn(t, outputs) for t in range(1, generations + 1))])


def labels(rng, drop=0.0, gain=0.0, generations=10, outputs=400):
    columns = []
    for t in range(generations + 1):
        size = 2000 if t == 0 else outputs
        group = rng.choice(["major", "minor"], size, p=[0.8, 0.2])
        right = np.where(group == "major", 0.9 + gain * (t > 0), 0.9 - drop * min(t, 5) / 5)
        label = rng.integers(0, 2, size)
        columns.append((label, np.where(rng.random(size) < right, label, 1 - label), group))
    return jc.Stream.of_labels(*zip(*columns, strict=True))


HEALTHY = {"numbers": numbers, "words": words, "labels": labels}
PLANTED = {
    "numbers": lambda rng: numbers(rng, 0.7, outputs=150, reference=3000),
    "words": lambda rng: words(rng, 0.4),
    "labels": lambda rng: labels(rng, 0.8),
}


def found(of, kind, rng, count, asked=False):
    """How many of `count` streams have an alarm, for every sign and for all of them together.

    Signs that have to be asked for are slow to calibrate at this level.
    """
    signs = {name: 0 for name, each in SIGNS.items() if (each.of, each.asked) == (of, asked)}
    everything = 0
    for _ in range(count):
        watched = jc.watch(kind(rng), signs=[*signs], alpha=ALPHA)
        everything += np.isfinite(watched.first_alarm)
        for name in signs:
            signs[name] += np.isfinite(watched.signs[name].alarm)
    return {**signs, "all": everything}


def at_most(count, streams, rate):
    """Whether a count is one that a rate of at most `rate` explains."""
    return stats.binom.sf(count - 1, streams, rate) > MISTAKE


def at_least(count, streams, rate):
    """Whether a count is one that a rate of at least `rate` explains."""
    return stats.binom.cdf(count, streams, rate) > MISTAKE


@pytest.mark.parametrize("of", HEALTHY)
def test_false_alarms_are_rare(of):
    counts = found(of, HEALTHY[of], np.random.default_rng(1), 40)
    assert all(at_most(count, 40, ALPHA) for count in counts.values()), counts


@pytest.mark.parametrize("of", PLANTED)
def test_planted_collapse_is_found(of):
    counts = found(of, PLANTED[of], np.random.default_rng(2), 20)
    assert all(at_least(count, 20, 0.95) for count in counts.values()), counts


def groups_found(rng, streams, **planted):
    watched = [
        jc.watch(labels(rng, **planted), signs=["accuracy"], alpha=ALPHA) for _ in range(streams)
    ]
    return {
        group: sum(np.isfinite(each.groups[group].alarm) for each in watched)
        for group in ("major", "minor")
    }


def test_a_planted_unfair_group_is_found():
    counts = groups_found(np.random.default_rng(3), 60, drop=0.3, gain=0.04)
    assert at_least(counts["minor"], 60, 0.95), counts
    assert at_most(counts["major"], 60, ALPHA), counts
    counts = groups_found(np.random.default_rng(4), 60)
    assert all(at_most(count, 60, ALPHA) for count in counts.values()), counts


@pytest.mark.slow
def test_a_planted_unfair_group_is_found_in_a_thousand_streams():
    counts = groups_found(np.random.default_rng(5), 1000, drop=0.3, gain=0.04)
    assert counts["minor"] >= 950, counts
    counts = groups_found(np.random.default_rng(6), 1000)
    assert all(at_most(count, 1000, ALPHA) for count in counts.values()), counts


@pytest.mark.slow
@pytest.mark.parametrize(("of", "asked"), [*((each, False) for each in HEALTHY), ("numbers", True)])
def test_false_alarms_are_rare_in_a_thousand_streams(of, asked):
    counts = found(of, HEALTHY[of], np.random.default_rng(7), 1000, asked)
    assert all(at_most(count, 1000, ALPHA) for count in counts.values()), counts


def test_ranks_are_uniform_whatever_the_law_and_the_ties():
    rng = np.random.default_rng(8)
    p = []
    for _ in range(300):
        scores = rng.integers(0, 3, 60).astype(float)
        p.append(np.concatenate(sequential_ranks(scores[:20], [scores[20:35], scores[35:]], rng)))
    p = np.array(p)
    assert stats.kstest(p.ravel(), "uniform").pvalue > MISTAKE
    neighbors = np.corrcoef(p[:, :-1].ravel(), p[:, 1:].ravel())[0, 1]
    assert abs(neighbors) < stats.norm.isf(MISTAKE) / np.sqrt(p[:, 1:].size)


def test_ranks_are_those_of_a_loop():
    rng = np.random.default_rng(9)
    scores = rng.normal(size=700)
    ranks = np.concatenate(sequential_ranks(scores[:90], [scores[90:650], scores[650:]], rng))
    for i in (90, 91, 400, 649, 650, 699):
        rank = np.sum(scores[: i + 1] <= scores[i])
        assert (rank - 1) / (i + 1) <= ranks[i - 90] <= rank / (i + 1)


def test_evidence_has_mean_one_and_restarts():
    rng = np.random.default_rng(10)
    gains = np.stack([bets_on_ranks([rng.uniform(size=2) for _ in range(3)]) for _ in range(4000)])
    # Powers have heavy tails; slopes have a finite variance.
    e = np.exp([restarted(each).nats for each in gains[:, :, -4:]])
    z = (e.mean(axis=0) - 1)[1:] / (e.std(axis=0)[1:] / np.sqrt(len(e)))
    assert np.abs(z).max() < stats.norm.isf(MISTAKE / 2)
    late = restarted(np.concatenate([np.full((50, 1), -1.0), np.full((10, 1), 2.0)]))
    assert late.nats[0] == 0
    assert 20 - np.log(51 * 52) <= late.nats[-1] <= 20
    assert late.since[-1] == 51


def test_discoveries_are_those_of_e_bh():
    evidence = np.log([[1.0, 150, 150], [1, 90, 210], [1, 1, 1], [1, 1, 500]])
    # At alpha = 0.02 the levels of one to four discoveries are 200, 100, 66.7 and 50.
    assert jc.discoveries(list(evidence), 0.02) == [2, 2, np.inf, 2]
    assert jc.discoveries(list(evidence[:, :2]), 0.02) == [np.inf] * 4
    assert jc.discoveries([], 0.02) == []


def test_a_level_is_calibrated_where_steps_depend_on_one_another(key):
    r = jc.Recursion(jc.Gaussian(), jc.Anchor(), truth=jc.Gaussian.params(), n=50)
    run = jc.simulate(key, r, generations=25, replicas=1999, observe=jc.variance)
    scores = jc.standardized_decline(run, jc.variance)
    with pytest.raises(ValueError, match="scores must have independent steps"):
        jc.check_independent(scores)
    jc.check_independent(np.random.default_rng(0).normal(size=scores.shape))
    level = jc.calibrated_level(jc.cusum(scores[:999], 0.5), alpha=0.02)
    alarms = int(np.sum(jc.cusum(scores[999:], 0.5).max(axis=1) > level))
    # Of 999 paths a new one exceeds the level with a probability that is Beta(20, 980).
    assert stats.betabinom.sf(alarms - 1, 1000, 20, 980) > MISTAKE


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "stream.csv"
        path.write_text(text)
        return str(path)

    return write


def test_a_file_is_watched_from_the_command_line(file, monkeypatch, capsys):
    stream = labels(np.random.default_rng(0), 0.3, 0.08)
    rows = [f"{t},{a},{b},{c}" for t, each in enumerate(stream.labeled) for a, b, c in each.T]
    path = file("\n".join(["generation,label,prediction,group", *rows]))
    monkeypatch.setattr(sys, "argv", ["jaxcollapse", "watch", path, "--alpha", "0.001"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert "group minor" in printed
    assert "hidden decline since generation" in printed
    assert "nats that they are worse" in printed
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--json"])
    with pytest.raises(SystemExit):
        main()
    told = json.loads(capsys.readouterr().out)
    assert told["signs"]["group major"]["alarm"] is None
    hidden = told["hidden decline"]
    assert (list(hidden["groups"]), hidden["until"]) == (["minor"], None)
    assert hidden["found"]["minor"] == hidden["since"]


def test_a_stream_is_read_from_any_table(tmp_path):
    path = tmp_path / "stream.csv"
    path.write_text("generation;height\n0;1,5\n0;2,25\n1;-3,5\n", encoding="utf-16")
    first, second = jc.read_stream(path).values
    assert (first.ravel().tolist(), second.ravel().tolist()) == ([1.5, 2.25], [-3.5])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t,x\n0,1\n", "column 'generation' must be in"),
        ("generation,x\n0,1\n2,1\n", r"must all be there, \[1\] are missing"),
        ("generation,x\n0,1\n1,\n", "column 'x' of .* has no value in row 2"),
        ("generation,x\n0,1\n0.5,2\n", "column 'generation' must be an integer"),
        ("generation,x\n0,1\none,2\n", "row 2 of column 'generation' .* is no number: 'one'"),
        ("generation,x\n0,1\n", "must have a reference and a generation"),
        ("generation\n0\n1\n", "must have columns beside 'generation'"),
        ("generation,label,x\n0,1,1\n1,1,1\n", "label, prediction, group go together"),
        ("", "is empty"),
    ],
)
def test_bad_files_are_named(file, text, message):
    with pytest.raises(ValueError, match=message):
        jc.read_stream(file(text))


def test_classes_of_a_file_are_named(file):
    path = file("generation,label,prediction,group\n0,1,1,a\n1,2,1,a\n")
    assert jc.read_stream(path, classes=["1", "2"]).generations == 1
    for classes, message in (
        (None, "label of generation 1 must be one of the classes 1, got 2"),
        (["1"], "label of generation 1 must be one of the classes 1, got 2"),
        (["one"], "classes must be numbers, as column 'label' holds, got one"),
    ):
        with pytest.raises(ValueError, match=message):
            jc.read_stream(path, classes=classes)
    with pytest.raises(ValueError, match="classes needs columns label, prediction, group"):
        jc.read_stream(file("generation,x\n0,1\n1,2\n"), classes=["1"])


ONES = [np.ones(4), np.ones(4)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: jc.watch(ONES, alpha=1.0), r"alpha must lie in \(0, 1\), got 1.0"),
        (lambda: jc.watch(ONES, signs=["spred"]), "sign 'spred' is unknown; did you mean spread"),
        (
            lambda: jc.watch(ONES, signs=["accuracy"]),
            "needs a stream of labels, got one of numbers",
        ),
        (lambda: jc.watch([[1.0], [np.nan]]), "generation 1 must have finite values"),
        (lambda: jc.watch([[1.0], []]), "generation 1 must have observations"),
        (lambda: jc.watch([np.ones((2, 3)), np.ones((2, 2))]), "observations of one shape"),
        (lambda: jc.Stream.of_labels([[1], [1]], [[1], [1, 0]], [[0], [0]]), "as many labels"),
        (
            lambda: jc.Stream.of_labels([[1], [1]], [[1]], [[0], [0]]),
            r"generations, got \[2, 1, 2\]",
        ),
        (
            lambda: jc.Stream.of_labels([[0], [7]], [[1], [0]], [[0], [0]]),
            "label of generation 1 must be one of the classes 0, 1, got 7",
        ),
        (
            lambda: jc.Stream.of_labels([[0], [0]], [[1], [9]], [[0], [0]]),
            "prediction of generation 1 must be one of the classes 0, 1, got 9",
        ),
        (
            lambda: jc.Stream.of_labels([[0], [0]], [[0], [0]], [[0], [0]], classes=[1]),
            "label of generation 0 must be one of the classes 1, got 0",
        ),
        (
            lambda: jc.Stream.of_labels([[1], [1]], [[1], [1]], [["a"], ["b"]]),
            "group of generation 1 must be one of the groups of generation 0 a, got 'b'",
        ),
        (
            lambda: jc.Stream.of_labels([[1], [np.nan]], [[1], [1]], [[0], [0]]),
            "label of generation 1 must have no missing values",
        ),
        (
            lambda: jc.Stream.of_labels([[1], [1]], [[1], [None]], [["a"], ["a"]]),
            "prediction of generation 1 must have no missing values",
        ),
        (lambda: jc.calibrated_level(np.zeros((9, 4)), 0.01), "at least 99 replicas"),
        (lambda: jc.read_stream("nowhere.csv"), "data file 'nowhere.csv' cannot be read"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
