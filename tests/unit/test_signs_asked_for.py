"""Signs that have to be asked for, and since when a sign says that something changed."""

import json
import sys

import jax
import numpy as np
import pytest
from scipy import stats

import jaxcollapse as jc
from jaxcollapse.cli import main

ALPHA = 0.05
MISTAKE = 1e-7


def shrinking(rng, first_bad: int, shrink=0.7, generations=12):
    scales = [1.0] * first_bad + [shrink] * (generations + 1 - first_bad)
    sizes = [800] + [80] * generations
    return [scale * rng.normal(size=size) for scale, size in zip(scales, sizes, strict=True)]


@pytest.mark.parametrize("law", [np.random.Generator.normal, np.random.Generator.standard_cauchy])
def test_false_alarms_of_the_cumulative_sum_are_as_stated(law):
    """Its level is exact for any law: it is neither above alpha nor far below."""
    rng, streams = np.random.default_rng(0), 600
    alarms = 0
    for _ in range(streams):
        rows = [law(rng, size=size) for size in [40] + [10] * 6]
        alarms += np.isfinite(jc.watch(rows, signs=["variance-cusum"], alpha=ALPHA).first_alarm)
    assert stats.binom.sf(alarms - 1, streams, ALPHA) > MISTAKE
    assert stats.binom.cdf(alarms, streams, ALPHA) > MISTAKE


@pytest.mark.parametrize("sign", ["spread", "variance-cusum", "classifier"])
def test_the_beginning_of_a_change_is_told(sign):
    """Rival: the beginning is the generation of the alarm."""
    rng, nearer = np.random.default_rng(1), []
    for _ in range(80):
        found = jc.watch(shrinking(rng, 6, generations=16), signs=[sign], alpha=0.01).signs[sign]
        assert found.since <= found.alarm < np.inf
        assert found.delay == found.alarm - found.since
        nearer.append(abs(found.alarm - 6) - abs(found.since - 6))
    z = np.mean(nearer) / (np.std(nearer, ddof=1) / np.sqrt(len(nearer)))
    assert z > stats.norm.isf(MISTAKE)


def test_without_an_alarm_there_is_no_beginning():
    rows = shrinking(np.random.default_rng(1), 13)
    found = jc.watch(rows, signs=["spread"], alpha=1e-3).signs["spread"]
    assert (found.alarm, found.since) == (np.inf, np.inf)
    assert np.isnan(found.delay)


def test_evidence_of_a_test_is_none_until_it_rejects():
    rng = np.random.default_rng(2)
    found = jc.watch(shrinking(rng, 6), signs=["variance-cusum"], alpha=0.01).signs
    (sign,) = found.values()
    at = int(sign.alarm)
    assert np.all(sign.log_evidence[1:at] == -np.inf)
    assert np.allclose(sign.log_evidence[at:], np.log(100))


def test_signs_do_not_depend_on_the_unit():
    rows = shrinking(np.random.default_rng(3), 6)
    asked = {"signs": ["variance-cusum"], "alpha": 0.01}
    plain, large = (jc.watch([c * each for each in rows], **asked) for c in (1.0, 1e150))
    assert plain.first_alarm == large.first_alarm


def test_constant_rows_raise_no_alarm():
    assert jc.watch([np.ones(9), np.ones(5)], signs=["variance-cusum"]).first_alarm == np.inf


def test_a_group_without_rows_in_a_generation_adds_nothing():
    rng = np.random.default_rng(5)
    rows = [rng.normal(size=300), rng.normal(size=30), *(0.3 * rng.normal(size=30) for _ in "ab")]
    groups = [rng.choice(["a", "b"], 300), ["a"] * 30, ["b"] * 30, ["b"] * 30]
    found = jc.watch(jc.Stream.of(rows, groups), signs=["variance-cusum"], alpha=0.02).groups
    # Group b has one generation less when the empty one is left out, and the same sums.
    alone = jc.watch([rows[0][groups[0] == "b"], *rows[2:]], signs=["variance-cusum"], alpha=0.01)
    assert found["a"].alarm == np.inf
    assert found["b"].alarm == alone.first_alarm + 1 < np.inf


def run_of(n=50, generations=12):
    r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(), n=n)
    return jc.simulate(jax.random.key(0), r, generations=generations, replicas=15)


def test_self_evidence_of_a_run_is_a_sign():
    """A Gaussian loop adds about t (t + 1) / 2 nats: log 100 is reached at fits 3 to 4."""
    run, alarms = run_of(), []
    asked = {"signs": ["self-evidence", "spread"], "outputs": 50, "alpha": 0.01}
    for replica in range(15):
        found = jc.watch(run, key=jax.random.key(replica), replica=replica, **asked)
        assert list(found.signs) == ["self-evidence", "spread"]
        alarms.append(found.signs["self-evidence"].alarm)
    assert 3 <= np.median(alarms) <= 5
    assert np.isfinite(alarms).all()


def test_no_sign_is_asked_for_by_itself():
    found = jc.watch(run_of(), key=jax.random.key(1))
    assert list(found.signs) == ["spread", "tail-coverage", "mmd", "classifier"]
    with pytest.raises(
        ValueError, match="'self-evidence' needs a stream of models, got one of num"
    ):
        jc.watch([np.ones(4), np.ones(4)], signs=["self-evidence"])


def test_columns_are_named(tmp_path, monkeypatch, capsys):
    rng, rows = np.random.default_rng(4), []
    for t in range(9):
        for _ in range(1500 if t == 0 else 400):
            race, repaid = rng.choice(["a", "b"]), rng.integers(0, 2)
            right = rng.random() < (0.6 if t and race == "b" else 0.9)
            rows.append(f"{t},{race},{repaid},{repaid if right else 1 - repaid}")
    path = tmp_path / "loans.csv"
    path.write_text("\n".join(["year,race,repaid,granted", *rows]))
    names = {"label": "repaid", "prediction": "granted", "group": "race"}
    stream = jc.read_stream(path, "year", **names)
    assert {*stream.groups[0]} == {"a", "b"}
    flags = [f"--{role}={name}" for role, name in names.items()]
    monkeypatch.setattr(
        sys, "argv", ["jaxcollapse", "watch", str(path), "--generation=year", *flags, "--json"]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)["signs"]["group b"]
    assert told["since"] == 1
    with pytest.raises(ValueError, match=r"column 'color' must be in .*loans.csv', which has year"):
        jc.read_stream(path, "year", **(names | {"group": "color"}))
    with pytest.raises(ValueError, match="columns repaid, granted, group go together"):
        jc.read_stream(path, "year", label="repaid", prediction="granted")
