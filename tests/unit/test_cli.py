"""The command line: laws, predictions, runs, and mistakes in one line."""

import json

import pytest
from commanding import run


def test_a_law_is_one_number(monkeypatch, capsys):
    status, shown = run(
        monkeypatch, capsys, "law", "gaussian-replace-variance", "n=100", "t=50", "ddof=0"
    )
    assert status == 0
    assert float(shown.out) == pytest.approx(0.99**50)
    status, shown = run(
        monkeypatch,
        capsys,
        "law",
        "categorical-replace-collapse-time",
        "n=10",
        "p=0.5,0.5",
        "--json",
    )
    assert json.loads(shown.out)["value"] > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("law", "gausian-replace-w2"),
        ("law", "gaussian-replace-w2", "n"),
        ("reproduce", "nothing"),
        ("nonsense",),
        ("simulate", "--n", "x"),
        ("simulate", "--replicas", "0"),
        ("simulate", "--family", "gausian"),
        ("verify", "--only", "nothing"),
        ("simulate", "--truth", "text:/no/such/file", "--family", "categorical"),
        ("simulate", "--out", "x.txt"),
        ("predict", "E(variance)", "--workflow", "nope"),
        ("predict", "E(variance)", "--t", "x"),
        ("predict", "E(variance)", "--decoding", "temprature"),
        ("predict", "E(variance)", "--decoding", "temperature:temperature=-1"),
        ("predict", "E(variance)", "--decoding", "temperature:heat=2"),
        ("predict", "E(variance)", "weight=0.5"),
        ("predict", "E(variance)", "n=10,1"),
        ("predict", "E(variance)", "n=10,x"),
        ("predict", "E(variance)", "n"),
        ("predict", "E(variance)", "--decoding", "temperature:temperature=x"),
        ("law", "regression-replace-excess-risk", "n=6", "d=5", "t=3", "noise=1"),
        ("law", "gaussian-replace-scheduled-variance", "sizes=5,6,7", "t=4", "ddof=0"),
        ("law", "erasure-sample-size", "n=100", "real_share=1.2", "erasure=0.2"),
        (
            "predict",
            "E(excess-risk)",
            "--family",
            "linear-regression",
            "--truth",
            "weights=1,2,3",
            "--n",
            "4",
        ),
        ("predict", "E(mean-error)", "--workflow", "refresh:weight=1.5", "--fresh", "5"),
        ("simulate", "--selection", "verify"),
        ("simulate", "--selection", "verify:judge=(near:radius=1)"),
    ],
)
def test_mistakes_end_with_one_line(monkeypatch, capsys, arguments):
    status, shown = run(monkeypatch, capsys, *arguments)
    assert status != 0
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err


def test_a_size_that_is_no_number_is_named(monkeypatch, capsys, tmp_path):
    (tmp_path / "run.toml").write_text('n = "three"')
    status, shown = run(
        monkeypatch, capsys, "predict", "E(variance)", "--config", str(tmp_path / "run.toml")
    )
    assert status == 2
    assert shown.err == "jaxcollapse: n must be a number or an array of numbers, got 'three'\n"


def test_symbols_that_do_not_broadcast_are_named(monkeypatch, capsys):
    status, shown = run(monkeypatch, capsys, "law", "gaussian-replace-w2", "n=10,100", "t=1,2,3")
    assert status == 2
    assert "n of shape (2,), t of shape (3,)" in shown.err


@pytest.mark.parametrize(
    "rule",
    [
        ("--decoding", "temperature:temperature=0.9"),
        ("--decoding", "tilt:reward=(slope:slope=0.3)"),
    ],
)
def test_predict_knows_decodings(monkeypatch, capsys, rule):
    status, shown = run(
        monkeypatch, capsys, "predict", "E(variance)", "--t", "3", "--n", "20", *rule
    )
    assert status == 0
    assert float(shown.out) == pytest.approx(0.81 if "temperature:temperature=0.9" in rule else 1.0)


def test_predict_is_a_table_over_values_of_symbols(monkeypatch, capsys):
    asked = ("predict", "E(variance)", "n=10,1000000", "ddof=0,1", "--t", "0,10")
    status, shown = run(monkeypatch, capsys, *asked)
    assert status == 0
    head, *rows = [line.split("\t") for line in shown.out.splitlines()]
    assert head == ["n", "ddof", "t", "value"]
    assert [row[0] for row in rows] == ["10"] * 4 + ["1000000"] * 4
    expected = [1, 0.9**10, 1, 1, 1, (1 - 1e-6) ** 10, 1, 1]
    assert [float(row[-1]) for row in rows] == pytest.approx(expected, rel=1e-11)
    status, shown = run(monkeypatch, capsys, *asked, "--json")
    table = json.loads(shown.out)
    assert (table["n"], table["ddof"], table["t"]) == ([10, 1_000_000], [0, 1], [0, 10])
    assert table["value"][0][0] == pytest.approx([1, 0.9**10])


@pytest.mark.thorough
def test_a_net_is_named_with_its_data(monkeypatch, capsys):
    family = (
        "vae:features=2;hidden=4;latent=1;likelihood=(noise);training=(training:steps=3;batch=8)"
    )
    given = (
        "--family",
        family,
        "--truth",
        "toy:ring",
        "--n",
        "16",
        "--replicas",
        "2",
        "--generations",
        "2",
        "--metrics",
        "mmd",
        "--json",
    )
    status, shown = run(monkeypatch, capsys, "simulate", *given)
    assert status == 0
    assert shown.err.startswith("toy:ring: generated from seed 0")
    assert json.loads(shown.out)["mmd"]["error"] >= 0
    status, shown = run(monkeypatch, capsys, "simulate", "--family", "vaw")
    assert status == 2
    assert "did you mean" in shown.err
    assert "vae" in shown.err


def test_simulate_knows_selections(monkeypatch, capsys):
    rule = (
        "--selection",
        "verify:judge=(within:center=0;radius=3);right=0.9",
        "--family",
        "normal-mean",
        "--truth",
        "mean=0",
    )
    arguments = (
        "simulate",
        "--generations",
        "2",
        "--replicas",
        "8",
        "--n",
        "20",
        "--metrics",
        "mean-error",
        *rule,
        "--json",
    )
    status, shown = run(monkeypatch, capsys, *arguments)
    assert status == 0
    assert json.loads(shown.out)["mean-error"]["last"] > 0


@pytest.mark.parametrize("name", ["run.nc", "run.zarr"])
def test_simulate_stores_a_run_with_provenance(monkeypatch, capsys, tmp_path, name):
    import xarray as xr

    path = str(tmp_path / name)
    arguments = (
        "simulate",
        "--generations",
        "3",
        "--replicas",
        "5",
        "--metrics",
        "variance,w2",
        "--out",
        path,
    )
    status, _ = run(monkeypatch, capsys, *arguments)
    assert status == 0
    zarr = name.endswith("zarr")
    stored = (
        xr.open_zarr(path, consolidated=False) if zarr else xr.open_dataset(path, engine="h5netcdf")
    )
    assert stored.variance.shape == (5, 4)
    assert {"jax", "key", "recursion", "configuration", "command"} <= set(stored.attrs)
    stored.close()
    status, _ = run(monkeypatch, capsys, *arguments)
    assert status == 0


def test_a_zarr_run_is_extended_bit_for_bit(monkeypatch, capsys, tmp_path):
    import xarray as xr

    stored = []
    for name, steps in (("parts", ("3", "8")), ("whole", ("8",))):
        path = str(tmp_path / f"{name}.zarr")
        for replicas in steps:
            arguments = (
                "simulate",
                "--generations",
                "2",
                "--replicas",
                replicas,
                "--metrics",
                "w2",
                "--out",
                path,
            )
            assert run(monkeypatch, capsys, *arguments)[0] == 0
        stored.append(xr.open_zarr(path, consolidated=False).w2.values)
    assert (stored[0] == stored[1]).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("simulate", "--n", "3.7"), "--n"),
        (("simulate", "--n", "1e3"), "--n"),
        (("simulate", "--seed", "99999999999999999999"), "seed must be an integer in [0, 42949"),
        (("simulate", "--seed", str(2**32)), "seed must be an integer in [0, 42949"),
        (("simulate", "--seed", "-1"), "seed must be an integer in [0, 42949"),
        (("simulate", "--replicas", "10000000000000"), "replicas must"),
        (("simulate", "--generations", "0"), "generations must"),
        (("simulate", "--carrier", "nope"), "carrier"),
        (("simulate", "--at", "5,3"), "at must"),
        (("simulate", "--metrics", ""), "--metrics must have a value"),
        (("simulate", "--metrics", "w2 w2"), "metric must look like"),
        (("simulate", "--truth", "mean=1,2;variance=1"), "mean must be one number"),
        (("law", "gaussian-replace-w2", "n=10", "t=1e9"), "at most 20000000"),
        (("predict", "variance"), "quantity must look like E(variance)"),
        (("refute", "/no/such/file.py"), "does not exist"),
        (("list", "law"), "did you mean laws?"),
    ],
)
def test_a_wrong_value_is_named_with_status_2(monkeypatch, capsys, arguments, said):
    status, shown = run(monkeypatch, capsys, *arguments)
    assert status == 2
    assert shown.err.count("\n") == 1
    assert said in shown.err
