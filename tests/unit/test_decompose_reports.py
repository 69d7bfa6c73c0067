"""What a decomposition reports: open oracles, tables, and the statuses of the command."""

import json

import numpy as np
import pytest
from commanding import run

import jaxcollapse as jc
from jaxcollapse.analysis.oracles import Oracle


def at_rate(rate):
    return lambda r: jc.Recursion(
        jc.DampedGaussian(np.array(rate)), r.workflow, truth=r.truth, n=r.n
    )


HALF_WAY = Oracle("approximation", "rate 0.6", "", at_rate(0.6), weaker=at_rate(0.3))


def test_an_oracle_that_has_not_converged_is_reported(key):
    family = jc.DampedGaussian(0.2)
    recursion = jc.Recursion(family, jc.Replace(), truth=family.params(0.7, 1.7), n=10)
    oracles = {"approximation": HALF_WAY}
    how = {"oracles": oracles, "key": key, "replicas": 512}
    found = jc.decompose(jc.E(jc.log_variance), recursion, t=6, **how)
    assert not found.converged
    assert "NOT CONVERGED: gap" in str(found.certificates["approximation"])


@pytest.mark.parametrize("oracle", [HALF_WAY, None])
def test_the_status_of_the_command_says_that_an_oracle_did_not_converge(
    monkeypatch, capsys, oracle
):
    """`None` stands for the oracle of the family, whose limit is exact."""
    if oracle is not None:
        made = {"approximation": oracle}
        monkeypatch.setattr("jaxcollapse.analysis.decompose.oracles_of", lambda *_: made)
    asked = ("decompose", "--family", "damped-gaussian:rate=0.2", "--n", "10", "--t", "6")
    asked += ("--quantity", "E(log-variance)", "--replicas", "512")
    status, shown = run(monkeypatch, capsys, *asked)
    assert status == (0 if oracle is None else 3)
    said = "NOT RESOLVED: the oracle of approximation did not converge"
    assert (said in shown.out) == (oracle is not None)
    status, shown = run(monkeypatch, capsys, *asked, "--json")
    assert status == (0 if oracle is None else 3)
    assert json.loads(shown.out)["not_converged"] == ([] if oracle is None else ["approximation"])


def test_the_command_prints_parts_and_refuses_in_one_line(monkeypatch, capsys):
    def decompose(*arguments):
        status, shown = run(monkeypatch, capsys, "decompose", *arguments)
        return status, shown.out, shown.err

    damped = ["--family", "damped-gaussian:rate=0.5", "--n", "20", "--exact", "--t", "1,4"]
    code, printed, _ = decompose(*damped, "--quantity", "E(kl)")
    assert code == 0
    assert "statistical" in printed
    assert "expressivity: absent, the truth is a member of the family" in printed
    code, printed, _ = decompose(*damped[:4], "--replicas", "1", "--t", "1", "--json")
    found = json.loads(printed, parse_constant=pytest.fail)
    assert (code, found["replicas"]) == (0, 1)
    assert found["parts"]["statistical"]["error"] == [None]
    assert found["parts"]["floor"]["error"] == [0.0]
    code, _, said = decompose(*damped, "--quantity", "Var(kl)")
    assert (code, said.count("\n")) == (2, 1)
    assert "quantity must be an expectation" in said
    code, _, said = decompose(*damped, "--kind", "twice")
    assert code == 2
    assert "kind" in said
