"""Write docs/refuter.md: ten true and ten wrong conjectures put to the refuter. Run it as `python
docs/refuter.py`.
"""

import inspect
from pathlib import Path

import jaxcollapse as jc
from jaxcollapse.refutation import load_claims
from jaxcollapse.refutation.refute import CONFIGURATIONS, FALSE_ALARM

HERE = Path(__file__).parent
CONJECTURES = HERE.parent / "tests" / "statistical" / "conjectures"
HEAD = f"""# The refuter

Ten true and ten wrong conjectures were put to `jc.refute`, with its usual settings:
{CONFIGURATIONS} configurations are searched for each, and a true conjecture is called refuted
with probability {FALSE_ALARM:g} at most over its whole search.
The same is done for your own file by
`jaxcollapse refute my_conjecture.py`. Simulation alone decided here; no law was consulted. A
trajectory is one replica of one configuration, simulated up to the last fit that is looked at. An
e-value is the evidence against a claim: if the claim is true it ever exceeds $1/\\alpha$ with
probability $\\alpha$ at most.

This page is written by `docs/refuter.py`. Every snippet on it runs as printed, and prints the
numbers that stand above it.
"""


def _row(kind, outcome):
    verdict = "refuted" if outcome.refuted else "survived"
    where = f"`{outcome.counterexample.where}`" if outcome.refuted else "none found"
    link = f"[{outcome.claim}](#{outcome.claim})"
    return f"| {link} | {kind} | {verdict} | {outcome.trajectories:,} | {where} |"


def _printed(claim, outcome):
    source = inspect.getsource(claim.law.body).strip()
    words, _, snippet = str(outcome).partition("\nreproduce with:\n")
    again = f"\nreproduce with:\n\n```python\n{snippet}\n```\n" if snippet else ""
    head = f"({outcome.claim})=\n### {outcome.claim}\n"
    return f"{head}\n```python\n{source}\n```\n\n```text\n{words}\n```\n{again}"


def page() -> str:
    """The page, with what the refuter printed of every conjecture."""
    rows, printed = [], []
    for kind in ("true", "wrong"):
        for claim in load_claims(CONJECTURES / f"{kind}.py"):
            outcome = jc.refute(claim, against=())
            rows.append(_row(kind, outcome))
            printed.append(_printed(claim, outcome))
            print(rows[-1], flush=True)
    table = [
        "| conjecture | is | verdict | trajectories | counterexample |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join([HEAD, *table, "", "## What it printed", "", *printed])


if __name__ == "__main__":
    (HERE / "refuter.md").write_text(page(), encoding="utf-8")
