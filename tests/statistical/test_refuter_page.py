"""The page of the refuter: its verdicts are right, and its snippets print, as they stand there, the
numbers above them.
"""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import jaxcollapse as jc
from jaxcollapse.refutation import load_claims
from jaxcollapse.refutation.refute import CONFIGURATIONS

ROOT = Path(__file__).parents[2]
CONJECTURES = {
    kind: load_claims(ROOT / f"tests/statistical/conjectures/{kind}.py")
    for kind in ("true", "wrong")
}
PAGE = (ROOT / "docs/refuter.md").read_text(encoding="utf-8")
PRINTED = dict(re.findall(r"\n### (\S+)\n(.*?)(?=\n\(\S+\)=\n###|\Z)", PAGE, re.DOTALL))
SIMULATED = re.compile(r"simulated (\S+) ± (\S+) \((\d+) replicas\), claimed ([^\s,]+)")
RATE = 3.0
ALWAYS = ("unbiased-variance-decays", "accumulation-finds-new-categories")


def contradiction(text):
    """What a printed line says was simulated and claimed: the line as far as the claim, and how
    many errors lie between.
    """
    found = SIMULATED.search(text)
    assert found, text
    simulated, error, _, claimed = map(float, found.groups())
    return found.group(), abs(simulated - claimed) / max(error, 1e-12)


def snippet_of(text):
    return re.search(r"reproduce with:\n\n```python\n(.*?)\n```", text, re.DOTALL).group(1)


@pytest.mark.parametrize(("kind", "verdict"), [("true", "survived"), ("wrong", "refuted")])
def test_the_page_holds_every_conjecture_with_the_right_verdict(kind, verdict):
    assert f"{CONFIGURATIONS} configurations are searched" in PAGE
    for claim in CONJECTURES[kind]:
        assert re.search(
            rf"^\| \[{claim.name}\]\(#{claim.name}\) \| {kind} \| {verdict} \|", PAGE, re.MULTILINE
        )
        assert f"{verdict}: {claim.name} " in PRINTED[claim.name]
        assert claim.law.body.__name__ in PRINTED[claim.name]
    assert len(PRINTED) == sum(map(len, CONJECTURES.values()))


def test_what_is_printed_of_a_counterexample_runs_as_printed():
    claim = next(each for each in CONJECTURES["wrong"] if each.name == "w2-without-the-spread")
    printed, _, snippet = str(jc.refute(claim, configurations=2, against=())).partition(
        "reproduce with:\n"
    )
    line, apart = contradiction(printed)
    done = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == line
    assert apart > RATE


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(each, id=each.name, marks=() if each.name in ALWAYS else pytest.mark.slow)
        for each in CONJECTURES["wrong"]
    ],
)
def test_snippets_of_the_page_print_the_numbers_above_them(claim):
    text = PRINTED[claim.name]
    words, _, _ = text.partition("reproduce with:")
    line, apart = contradiction(words)
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        exec(compile(snippet_of(text), claim.name, "exec"), {"__name__": "snippet"})
    assert shown.getvalue().strip() == line
    assert apart > RATE
