"""What the package says about the literature: audited statements, coverage of the catalogue,
bibliography.
"""

import re
from pathlib import Path

import pytest

import jaxcollapse as jc
from jaxcollapse.literature import audit, catalogue
from jaxcollapse.literature import laws_page as page
from jaxcollapse.literature import references as citations


@pytest.mark.parametrize("statement", audit.statements(), ids=lambda each: each.name)
def test_every_audited_statement_is_decided_by_laws_that_exist(statement):
    assert statement.laws
    for name in statement.laws:
        assert jc.law_named(name).name == name
    found = statement.check()
    assert found.holds, str(found)
    assert statement.finding
    assert all(isinstance(float(value), float) for value in found.numbers.values())


def test_the_page_of_the_audit_shows_every_statement_and_how_sure_its_wording_is():
    page = audit.audited_statements()
    for each in audit.statements():
        assert f"### {each.name}\n" in page
        assert f"> {each.statement} *({each.wording})*\n" in page
    assert all(
        f"*{wording.capitalize()}*" in page or f"*{wording}*" in page for wording in audit.WORDINGS
    )
    assert "the check fails" not in page


def test_what_is_recalled_is_called_that_wherever_it_is_shown():
    recalled = next(each for each in audit.statements() if each.name == "shumailov-w2-variance")
    entry = next(entry for entry in catalogue.entries() if entry.tag == "SHUM-VAR")
    assert recalled.wording == "recalled"
    assert {*recalled.laws} & {*entry.laws}
    assert "as recalled" in entry.statement


def test_every_tag_of_a_law_is_in_the_catalogue():
    assert catalogue.unlisted() == {}
    assert catalogue.orphans() == []


def test_coverage_follows_from_the_registry():
    by_tag = {entry.tag: entry for entry in catalogue.entries()}
    for law in (each for each in jc.laws() if each.tag):
        assert law.name in by_tag[law.tag].laws
        assert by_tag[law.tag].status == "shipped"
    refused = [entry for entry in by_tag.values() if entry.status in ("refused", "replaced")]
    assert refused
    assert all(entry.reason and not entry.laws for entry in refused)
    assert all(f"| {tag} |" in catalogue.coverage() for tag in by_tag)


def test_every_cite_key_is_known():
    assert citations.unknown_keys() == {}


def test_the_bibliography_lists_what_laws_cite_and_marks_what_is_recalled():
    page = citations.bibliography()
    cited = {key for law in jc.laws() for key in law.cite}
    assert all(f"**{key}**" in page for key in cited)
    assert "(recalled)" in str(citations.reference("wright1931"))
    assert "(recalled)" not in str(citations.reference("dey2024"))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("deyy2024", "did you mean dey2024"),
        ("derived", "stands for no publication"),
        ("xyz", "cite key 'xyz' is unknown"),
    ],
)
def test_unknown_keys_are_refused(key, message):
    with pytest.raises(ValueError, match=message):
        citations.reference(key)


@pytest.mark.parametrize(
    ("field", "value"), [("wording", "guessed"), ("fault", "ugly"), ("cite", "nobody1900")]
)
def test_a_statement_says_how_sure_it_is(field, value):
    given = {"cite": "dey2024", "wording": "read", "fault": "looser than true", field: value}
    with pytest.raises(ValueError, match=value):
        audit.Statement(
            "name",
            given["cite"],
            "says",
            given["wording"],
            given["fault"],
            "finding",
            (),
            lambda: None,
        )


def test_the_page_of_laws_shows_every_law_once_with_its_anchor():
    text = page.law_page()
    assert all(text.count(f"(law-{law.name})=") == 1 and law.summary in text for law in jc.laws())
    assert all(character.isprintable() or character == "\n" for character in text)
    assert all(f"* *{type(law.kind).__name__.lower()}*: " in text for law in jc.laws())
    assert all(f"assumes {statement};" in text for law in jc.laws() for statement in law.assuming)
    assert all(f"`{symbol}`" in text for law in jc.laws() for symbol in law.symbols)
    assert "takes `n`, `t`, `ddof`, `variance`; entry GAUSS-REPLACE-W2" in text


def test_orders_of_limits_are_formulas():
    text = page.law_page()
    assert "with an error of order $n^{-1}$" in text
    assert "with an error of order $\\mathrm{variance}$" in text
    assert "order n^" not in text


def test_the_readme_counts_the_laws():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert re.findall(r"(\d+) statements", readme) == [str(len(jc.laws()))]
