"""The command that searches for a contradiction to the claims of a file."""

import json as json_module
from typing import Any

from ..progress import show_progress
from .app import app
from .flags import Whole, key_of


@app.command
def refute(
    file: str,
    *names: str,
    false_alarm: float = 1e-3,
    configurations: Whole = 24,
    seed: Whole = 0,
    simulation_only: bool = False,
    json: bool = False,
) -> int:
    """Search for the smallest configuration that contradicts the claims of a Python file.

    The exit status is 0 if all claims survive, 1 if one is refuted, and 2 if the search failed.

    Args:
        file: Python file with functions decorated by @jaxcollapse.claim(...).
        names: claims; all of the file unless given.
        false_alarm: probability that a true claim is called refuted, over its whole search.
        configurations: number of configurations tried per claim.
        seed: seed of the key.
        simulation_only: do not compare formulas with the laws first.
        json: print the outcomes as JSON.
    """

    from .._names import entry
    from ..refutation import load_claims, refute

    claims = {each.name: each for each in load_claims(file)}
    chosen = [entry(name, claims, f"claim of {file!r}") for name in names] or claims.values()
    how: dict[str, Any] = {"false_alarm": false_alarm, "configurations": configurations}
    if simulation_only:
        how["against"] = ()
    outcomes = []
    with show_progress():
        for each in chosen:
            outcome = refute(each, key=key_of(seed), **how)
            outcomes.append(outcome)
            if not json:
                print(outcome, flush=True)
    if json:
        print(json_module.dumps([outcome.as_data() for outcome in outcomes]))
    return 1 if any(outcome.refuted for outcome in outcomes) else 0
