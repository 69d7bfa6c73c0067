"""Write docs/refuter.md: ten true and ten wrong conjectures put to the refuter. Run it as `python docs/refuter.py`."""

from pathlib import Path

import jaxcollapse as jc
from jaxcollapse.refutation import load_claims

HERE = Path(__file__).parent
CONJECTURES = HERE.parent / "tests" / "statistical" / "conjectures"
FALSE_ALARM, CONFIGURATIONS = 1e-3, 6
HEAD = f"""# The refuter

Written by `docs/refuter.py`. A true conjecture is called refuted with probability {FALSE_ALARM:g} at most over its whole search.
Of each, {CONFIGURATIONS} configurations were searched.
The same is done for your own file by `jaxcollapse refute my_conjecture.py`. Simulation alone decided here; no law was consulted.
"""


def _row(kind, outcome):
    verdict = "refuted" if outcome.refuted else "survived"
    where = outcome.counterexample.where if outcome.refuted else ""
    return f"| {outcome.claim} | {kind} | {verdict} | {outcome.trajectories:,} | {where} |"


def _printed(outcome):
    return f"### {outcome.claim}\n\n```text\n{outcome}\n```\n"


def page() -> str:
    """The page, with what the refuter printed of every conjecture."""
    rows, printed = [], []
    for kind in ("true", "wrong"):
        for claim in load_claims(CONJECTURES / f"{kind}.py"):
            outcome = jc.refute(claim, false_alarm=FALSE_ALARM, configurations=CONFIGURATIONS, against=())
            rows.append(_row(kind, outcome))
            printed.append(_printed(outcome))
            print(rows[-1], flush=True)
    table = ["| conjecture | is | verdict | trajectories | counterexample |", "|---|---|---|---|---|", *rows]
    return "\n".join([HEAD, *table, "", "## What it printed", "", *printed])


if __name__ == "__main__":
    (HERE / "refuter.md").write_text(page(), encoding="utf-8")
