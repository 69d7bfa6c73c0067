"""Odd tables: each is read right, and what was found is said, or refused with the row."""

import bz2
import gzip
import sys

import numpy as np
import pandas as pd
import pytest

import jaxcollapse as jc
from jaxcollapse.cli import main
from jaxcollapse.data import load

# What is written to the file, the options, and the values of column x with the end of the note.
READ = {
    "byte-order mark": ("\ufeffx,y\n1,2\n3,4\n", {}, [1, 3], "2 numbers"),
    "UTF-16": ("x,y\n1,2\n3,4\n".encode("utf-16"), {}, [1, 3], "encoding utf-16"),
    "UTF-32": ("x,y\n1,2\n3,4\n".encode("utf-32"), {}, [1, 3], "encoding utf-32"),
    "an encoding that is given": ("x,é\n1,ж\n3,4\n".encode("koi8-r", "replace"),
                                  {"encoding": "koi8-r"}, [1, 3], "2 numbers"),
    "missing values": ("x,y\n1,2\nNA,3\n,5\n4,4\n", {}, [1, 4], "2 numbers, 2 missing left out"),
    "a missing value that is given": ("x,y\n1,2\n-,3\n4,4\n", {"missing": "-"}, [1, 4],
                                      "1 missing left out"),
    "semicolons, decimal comma": ("x;y\n1,5;2\n2,25;3\n", {}, [1.5, 2.25],
                                  "delimiter semicolon, decimal comma"),
    "German thousands": ("x;y\n1.234,5;2\n2,25;3\n", {}, [1234.5, 2.25],
                         "decimal comma, thousands point"),
    "English thousands": ('x,y\n"1,234",2\n"12,345.5",3\n', {}, [1234, 12345.5],
                          "thousands comma"),
    "French thousands": ("x;y\n1\u202f234,5;2\n2;3\n", {}, [1234.5, 2], "thousands space"),
    "Swiss thousands": ("x;y\n1'234.5;2\n2;3\n", {}, [1234.5, 2], "thousands apostrophe"),
    "marks that are given": ("x;y\n1.234;2\n2.345;3\n", {"decimal": "."}, [1.234, 2.345], ""),
    "tabs": ("x\ty\n1.5\t2\n2\t3\n", {}, [1.5, 2], "delimiter tab"),
    "bars": ("x|y\n1|2\n3|4\n", {}, [1, 3], "delimiter bar"),
    "spaces": ("x  y\n 1   2\n30 4\n", {}, [1, 30], "delimiter space"),
    "spaces after commas": ('k, x\n"a, b", 1\n"c", 3\n', {}, [1, 3], "2 numbers"),
    "percent": ("x,y\n10%,2\n5.5 %,4\n", {}, [0.1, 0.055], "percent divided by 100"),
    "dollars": ('x,y\n"$1,000.5",2\n-$5,4\n', {}, [1000.5, -5], "$ left out"),
    "euros behind": ("x;y\n10,50 €;2\n5 €;4\n", {}, [10.5, 5], "€ left out"),
    "a currency's code": ("x,y\nUSD 10,2\nUSD 5,4\n", {}, [10, 5], "USD left out"),
    "exponents and signs": ("x,y\n1e3,2\n-2.5E-1,4\n+.5,1\n\u22121,2\n", {},
                            [1000, -0.25, 0.5, -1], "4 numbers"),
    "form feed, U+2028 and U+0085": ("k,x\na\x0cb,1\nc\u2028d,2\ne\x85f,3\n", {}, [1, 2, 3],
                                     "3 numbers"),
    "newline in quotes": ('k,x\n"a\nb",1\n"c\r\nd",2\n', {}, [1, 2], "2 numbers"),
    "quotes in quotes": ('k,x\n"a ""b"", c",1\nd,2\n', {}, [1, 2], "2 numbers"),
    "unnamed index": (",x\n1,5\n2,6\n", {}, [5, 6], "2 numbers"),
    "index without a name, as R writes": ("x y\na 1 2\nb 3 4\n", {}, [1, 3], "delimiter space"),
    "comments at the top": ("# of 2024\n#\nx,y\n1,2\n3,4\n", {}, [1, 3],
                            "2 lines of comments skipped"),
    "comments anywhere": ("x,y\n1,2 % why\n% c\n3,4\n", {"comment": "%"}, [1, 3], "2 numbers"),
    "delimiters at the end": ("x,y\n1,2,\n3,4,\n", {}, [1, 3], "2 numbers"),
    "carriage returns": ("x,y\r1,2\r3,4\r", {}, [1, 3], "2 numbers"),
    "blank lines": ("\n\nx,y\r\n\r\n1,2\r\n\r\n3,4", {}, [1, 3], "2 numbers"),
    "one column": ("x\n1\n3\n", {}, [1, 3], "2 numbers"),
    "no header": ("1,2\n3,4\n", {"header": False, "column": 0}, [1, 3], "2 numbers"),
    "two columns of one name, by number": ("x,x\n1,2\n3,4\n", {"column": 1}, [2, 4], ""),
    "a colon in the name": ("a:b,y\n1,2\n3,4\n", {"column": "a:b"}, [1, 3], "2 numbers"),
    "gzip": (gzip.compress(b"x,y\n1,2\n3,4\n"), {"suffix": ".csv.gz"}, [1, 3], "2 numbers"),
    "bzip2": (bz2.compress(b"x,y\n1,2\n3,4\n"), {"suffix": ".csv.bz2"}, [1, 3], "2 numbers"),
    "many rows": ("x\n" + "7\n" * 3000, {}, [7] * 3000, "3000 numbers"),
}  # fmt: skip
REFUSED = {
    "unbalanced quotes": ('x,y\n1,2\n"3,4\n5,6\n', {}, "a quote that opens in row 2 is not closed"),
    "quotes that swallow rows": ('x,y\n1,2\n"3,4\n5,6",7,8\n', {}, "row 2 .* must have 2 cells"),
    "an underscore": ("x,y\n1,2\n12_3,4\n5,6\n", {}, "row 2 of column 'x' .* is no number: '12_3'"),
    "a stray word": ("x,y\n1,2\n2,3\nabc,3\n", {}, "row 3 of column 'x' .* is no number: 'abc'"),
    "infinity": ("x,y\n2,1\ninf,2\n3,4\n", {}, "row 2 of column 'x' .* is no number: 'inf'"),
    "beyond float64": ("x,y\n1,1\n1e999,2\n", {}, "row 2 .* is beyond the range of numbers"),
    "other digits": ("x,y\n1,1\n٣,2\n4,5\n", {}, "row 2 .* is no number: '٣'"),
    "two currencies": ("x,y\n$10,2\n$1,2\n€5.50,4\n", {}, "row 3 .* is no number: '€5.50'"),
    "percent of some": ("x,y\n10%,2\n20%,2\n5,4\n", {}, "row 3 .* is no number: '5'"),
    "doubtful point": ("x;y\n1.234;2\n2.345;3\n", {}, "row 1 .* is 1.234 or 1234: give decimal"),
    "doubtful comma": ("x;y\n1,234;2\n2,345;3\n", {}, "row 1 .* is 1234 or 1.234: give decimal"),
    "decimal comma between commas": ("x\n1,5\n2,5\n", {}, "row 1 .* must have 1 cells"),
    "a short row": ("x,y\n1,2\n3\n", {}, "row 2 .* must have 2 cells, as the header has, got 1"),
    "a long row": ("x,y\n1,2\n3,4,5\n", {}, "row 2 .* must have 2 cells, as the header has, got 3"),
    "a longer row": ("x,y\n1,2\n3,4,5,6\n", {}, "line 3 has 4 cells and the header has 2"),
    "two columns of one name": ("x,x\n1,2\n3,4\n", {}, "'x' occurs 2 times .* number, 0 and 1"),
    "no such column": ("y,z\n1,2\n", {}, "column must be in .* which has 'y', 'z'; got 'x'"),
    "no such number": ("x\n1\n", {"column": 4}, "column must be from 0 to 0, got 4"),
    "no rows": ("x,y\n", {}, "is empty"),
    "nothing": ("", {}, "is empty"),
    "nothing but missing": ("x,y\nNA,1\n,2\n", {}, "column 'x' of .* holds no value"),
    "one number": ("x,y\n1,1\n", {}, "must hold at least two finite numbers, got 1"),
    "one category": ("x,y\na,1\na,2\n", {}, "must hold at least two categories"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", {}, "it is not UTF-8 text"),
    "another encoding than is said": (b"x\n\xff\n", {"encoding": "utf-8"}, "it is not UTF-8 text"),
    "no encoding": ("x\n1\n", {"encoding": "utf8x"}, "encoding 'utf8x' is unknown"),
    "damaged gzip": (gzip.compress(b"x\n1\n")[:-9], {"suffix": ".gz"}, "it is damaged"),
    "damaged Excel": (b"PK\x03\x04", {"suffix": ".xlsx"}, "cannot be read"),
    "damaged Parquet": (b"PAR1", {"suffix": ".parquet"}, "cannot be read"),
    "an option of other files": ("", {"suffix": ".parquet", "encoding": "utf-8"},
                                 "encoding is no option of .parquet files"),
    "negative weights": ("x,w\n1,2\n3,-4\n", {"weights": "w"},
                         "row 2 of column 'w' .* is negative"),
    "weights in words": ("x,w\n1,a\n3,b\n", {"weights": "w"},
                         "weights must be a column of numbers"),
    "weights of zero": ("x,w\n1,0\n3,0\n", {"weights": "w"}, "must have a positive sum"),
}  # fmt: skip


def column_of(folder, content, column="x", suffix=".csv", **options):
    path = folder / f"table{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return jc.table_column(path, column, **options)


@pytest.mark.parametrize("name", READ)
def test_read_right(tmp_path, name):
    content, options, values, note = READ[name]
    found = column_of(tmp_path, content, **options)
    assert found.labels is None
    np.testing.assert_array_equal(found.values, values)
    assert note in found.note


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_row(tmp_path, name):
    content, options, message = REFUSED[name]
    with pytest.raises(ValueError, match=message) as refused:
        column_of(tmp_path, content, **options)
    assert "\n" not in str(refused.value)


def test_categories_are_words_or_what_is_asked_to_be_one(tmp_path):
    words = column_of(tmp_path, 'x,w\nNew York,1\nb,2\n"a\nb",3\nb,4\n,5\n', weights="w")
    assert words.labels == ("New York", "b", "a\nb")
    np.testing.assert_allclose(words.values, [0.1, 0.6, 0.3])
    codes = column_of(tmp_path, "x\n1\n2\n2\nz\n", categories=True)
    assert (codes.labels, codes.note) == (("1", "2", "z"), "4 values in categories")
    western = column_of(tmp_path, "x\né\nb\n".encode("latin-1"))
    assert (western.labels, western.note[-15:]) == (("é", "b"), "encoding cp1252")
    states = column_of(tmp_path, "x\nNA\nDE\n", missing=())
    assert states.labels == ("NA", "DE")


def test_weights_and_groups(tmp_path):
    content = "x,w,g\n1,1,a\n3,3,b\n5,NA,b\n"
    weighed = column_of(tmp_path, content, weights="w", groups="g")
    np.testing.assert_array_equal(weighed.weights, [1, 3])
    assert (weighed.targets.tolist(), weighed.groups) == ([0, 1], ("a", "b"))
    truth = weighed.truth(jc.Gaussian())
    np.testing.assert_allclose([truth.mean, np.exp(truth.log_variance)], [2.5, 0.75])
    assert float(weighed.truth(jc.Poisson()).mean) == 2.5
    kinds = column_of(tmp_path, "x,g\nu,a\nv,b\nv,a\n", groups="g")
    assert (kinds.values.tolist(), kinds.symbols) == ([0, 1, 1], ("u", "v"))
    np.testing.assert_allclose(kinds.truth(jc.Categorical()).probabilities, [1 / 3, 2 / 3])
    with pytest.raises(ValueError, match="has weights, which LinearVAE cannot use"):
        weighed.truth(jc.nets.LinearVAE(features=1))


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"x": [1.5, None, 3], "k": ["a", "b", None], "i": [1, 2, 3]})
    frame.to_parquet(path)
    numbers = jc.table_column(path, "x")
    assert (numbers.values.tolist(), numbers.note) == ([1.5, 3], "2 numbers, 1 missing left out")
    assert jc.table_column(path, "k").labels == ("a", "b")
    assert jc.table_column(path, "i").values.tolist() == [1, 2, 3]


def test_excel(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "t.xlsx"
    rows = [["x", "k", "x"], [1.5, "a", "1,5"], [None, "b", "2,5"], [3, "c", None]]
    pd.DataFrame(rows).to_excel(path, sheet_name="data", header=False, index=False)
    with pytest.raises(ValueError, match="'x' occurs 2 times"):
        jc.table_column(path, "x")
    assert jc.table_column(path, 0, sheet="data").values.tolist() == [1.5, 3]
    assert jc.table_column(path, 2).values.tolist() == [1.5, 2.5]
    assert jc.table_column(path, "k").labels == ("a", "b", "c")
    with pytest.raises(ValueError, match=r"cannot be read: .*nowhere"):
        jc.table_column(path, "k", sheet="nowhere")


def test_a_format_needs_its_package(tmp_path, monkeypatch):
    for suffix, package in ((".parquet", "pyarrow"), (".xlsx", "openpyxl")):
        monkeypatch.setattr(pd, f"read_{'excel' if 'x' in suffix else 'parquet'}", _missing)
        with pytest.raises(ValueError, match=f"needs {package}: pip install {package}"):
            column_of(tmp_path, b"", suffix=suffix)


def _missing(*args, **kwargs):
    raise ImportError("no engine")


def test_the_command_line_says_what_was_found(tmp_path, capsys, monkeypatch):
    path = tmp_path / "a:b?c.csv"
    path.write_text("u:v=1?;y\n1,5;3\n-;4\n2,5;5\n")
    truth = f"table:{path}:u:v=1??missing=-&delimiter=semicolon"
    assert load(truth).values.tolist() == [1.5, 2.5]
    command = ["jaxcollapse", "predict", "E(variance)", "--truth", truth, "--t", "1"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert not ended.value.code, shown.err
    assert float(shown.out) == 0.25
    assert "2 numbers, 1 missing left out; decimal comma" in shown.err
    with pytest.raises(ValueError, match="option of table 'dec' is unknown; did you mean decimal"):
        load(f"table:{path}:y?missing=-&dec=,")
    with pytest.raises(ValueError, match="header 'maybe' is unknown"):
        load(f"table:{path}:y?header=maybe")
