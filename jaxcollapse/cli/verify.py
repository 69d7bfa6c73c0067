"""The commands that check: laws against simulation, and printed statements against laws."""

import json as json_module

from ..progress import show_progress, tracked
from .app import app
from .flags import Whole, check_seed, key_of

COLUMNS = """columns: verdict; law; |z|: largest deviation in standard errors, of those allowed;
  resolution: relative standard error; rivals: wrong formulas told from the law, of all;
  replicas: trajectories simulated; gap: largest relative difference of two formulas"""


@app.command
def verify(
    *names: str,
    only: str | None = None,
    quick: bool = False,
    exhaustive: bool = False,
    seed: Whole = 0,
    json: bool = False,
) -> int:
    """Compare laws with simulation; a law holds, fails or is not resolved.

    The exit status is 0 if all hold, 1 if any fails, and 3 if none fails but some are not resolved.

    Args:
        names: laws; all of them unless given.
        only: laws whose name contains this.
        quick: one configuration per law.
        exhaustive: every family with every workflow.
        seed: seed of the key.
        json: print the verdicts as JSON.
    """
    import time

    from ..theory import law_named
    from ..theory import laws as registered
    from ..verification import summary, verify_all

    if names and only is not None:
        raise ValueError(f"only must not stand beside names of laws, got {only!r}")
    wanted = list(names) or [
        each.name for each in registered() if only is None or only in each.name
    ]
    if not wanted:
        raise ValueError(f"only must be part of a law's name, got {only!r}")
    for name in wanted:
        law_named(name)
    start = time.perf_counter()
    report = None if json else lambda verdict: print(verdict.explained(), flush=True)
    how = {"quick": quick, "exhaustive": exhaustive, "report": report}
    with show_progress():
        verdicts = verify_all(key_of(seed), wanted, **how)
    if json:
        print(json_module.dumps([each.as_data() for each in verdicts]))
    else:
        print(f"{summary(verdicts)}, {time.perf_counter() - start:.0f} s", COLUMNS, sep="\n")
    return _status({each.outcome for each in verdicts})


def _status(outcomes: set[str]) -> int:
    return 1 if "fails" in outcomes else 3 if "not resolved" in outcomes else 0


@app.command
def audit(*names: str, verify: bool = False, seed: Whole = 0, json: bool = False) -> int:
    """Evaluate statements of the literature that do not reproduce as printed.

    The exit status is non-zero if a check fails.

    Args:
        names: statements; all of them unless given.
        verify: also compare the deciding laws with simulation, one configuration each.
        seed: seed of the key, for --verify.
        json: print the findings as JSON.
    """
    from .._names import entry
    from ..literature.audit import statements

    check_seed(seed)
    listed = {each.name: each for each in statements()}
    chosen = [entry(name, listed, "statement") for name in names] or list(listed.values())
    rows = []
    with show_progress():
        for each in tracked(chosen, "audit", "statements"):
            found = each.check()
            rows.append(_row(each, found, _outcomes(each.laws, seed) if verify else {}))
            if not json:
                print(_audited(each, found, rows[-1]["verified"]), flush=True)
    if json:
        print(json_module.dumps(rows))
    return (
        0 if all(row["holds"] and set(row["verified"].values()) <= {"holds"} for row in rows) else 1
    )


def _row(each, found, outcomes) -> dict:
    names = ("name", "cite", "wording", "statement", "fault", "finding", "laws")
    about = {name: getattr(each, name) for name in names}
    return {**about, "holds": bool(found.holds), "numbers": found.numbers, "verified": outcomes}


def _outcomes(names, seed: int) -> dict[str, str]:

    from ..verification import verify_all

    return {each.law: each.outcome for each in verify_all(key_of(seed), names, quick=True)}


def _audited(each, found, outcomes) -> str:
    laws = ", ".join(
        f"{name} ({outcomes[name]})" if name in outcomes else name for name in each.laws
    )
    failure = "" if found.holds else "  CHECK FAILS"
    head = f"{each.name}: {each.fault}{failure}\n  {each.cite} ({each.wording}): {each.statement}"
    return f"{head}\n  {each.finding}\n  {found}\n  laws: {laws}"
