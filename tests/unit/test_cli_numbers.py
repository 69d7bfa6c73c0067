"""No command prints infinity or NaN as a number: columns of any scale, lost and absent values."""

import json
import math

import numpy as np
import pytest

from jaxcollapse.cli.numbers import plain, shown
from jaxcollapse.cli.summary import Summary


@pytest.fixture
def column(tmp_path):
    def write(values):
        path = tmp_path / "data.csv"
        path.write_text("x\n" + "\n".join(repr(float(v)) for v in values), encoding="utf-8")
        return f"table:{path}:x"

    return write


def run(monkeypatch, capsys, *arguments) -> dict:
    from jaxcollapse import cli

    command = ["jaxcollapse", "simulate", "--json", "--generations", "4", "--replicas", "50"]
    monkeypatch.setattr("sys.argv", [*command, *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out, parse_constant=pytest.fail)


@pytest.mark.parametrize(("mean", "scale"), [(1.7e9, 29.0), (0.0, 1e39), (0.0, 1e-29)])
def test_columns_of_any_scale(monkeypatch, capsys, column, mean, scale):
    values = mean + scale * np.random.default_rng(0).normal(size=40)
    metrics = "mean,mean-error,variance"
    found = run(monkeypatch, capsys, "--truth", column(values), "--metrics", metrics)
    assert found["variance"]["truth"] == pytest.approx(values.var(), rel=1e-6)
    assert found["mean"]["truth"] == pytest.approx(values.mean(), abs=1e-6 * scale)
    assert 0.01 < found["mean-error"]["last"] / scale**2 < 0.2
    assert 0 < abs(found["mean"]["last"] - values.mean()) < scale


def test_infinite_values_are_counted(monkeypatch, capsys):
    family = ("--family", "categorical", "--truth", "probabilities=0.5,0.3,0.2", "--n", "5")
    found = run(monkeypatch, capsys, *family, "--metrics", "kl-reverse")["kl-reverse"]
    assert found["truth"] == 0
    assert found["last"] is None
    assert 0 < found["infinite"] <= 50


def test_a_summary_leaves_out_what_has_no_value():
    values = np.array([1.0, np.nan, 3.0, np.nan])
    first = np.full(4, np.nan)
    both = Summary.of(first, values).merged(Summary.of(first, 1 + values))
    assert both.record() == {
        "truth": None,
        "last": 2.5,
        "error": pytest.approx(math.sqrt(5 / 3 / 4)),
        "absent": 4,
    }
    expected = "no value at first, 2.5 ± 0.65 at t=7 (4 of 8 replicas have no value)"
    assert both.text(7) == expected
    lost = Summary.of(first, np.array([np.inf, 1.0, 2.0, 3.0]))
    assert lost.text(7) == "no value at first, infinite in 1 of 4 replicas at t=7"
    assert Summary.of(first, first).text(7).startswith("no value at first, no value at t=7")


def test_numbers_are_written():
    assert [shown(x) for x in (0.5, math.inf, -math.inf, math.nan)] == [
        "0.5",
        "infinite",
        "-infinite",
        "no value",
    ]
    assert plain([1.0, [math.nan, -math.inf]]) == [1.0, [None, None]]


def test_values_that_all_replicas_have_lost_say_so():
    """A variance that underflows, or categories that are fixed: 0 ± 0 is no estimate."""
    lost = Summary.of(np.full(5, 1.7), np.zeros(5))
    assert lost.record()["trusted"] is False
    assert "all replicas are 0, by chance or below the range" in lost.text(3000)
    assert "trusted" not in Summary.of(np.zeros(5), np.zeros(5)).record()


def test_lost_values_carry_a_warning_streamed_and_stored(key):
    import jaxcollapse as jc

    r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.7), n=3)
    about = {"generations": 500, "replicas": 64}
    with pytest.warns(RuntimeWarning, match="all replicas are 0"):
        streamed = jc.estimate(key, r, jc.E(jc.variance), **about)
    with pytest.warns(RuntimeWarning, match="all replicas are 0"):
        stored = jc.E(jc.variance)(jc.simulate(key, r, observe=jc.variance, **about))
    for found in (streamed, stored):
        assert found.lost[-1]
        assert not found.lost[0]
        assert not found.trusted()[-1]
    assert not bool(stored.to_xarray(generation=range(501)).trusted[-1])
