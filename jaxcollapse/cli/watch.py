"""The command that watches a stream of generations for early signs of collapse."""

import json as json_module

from .app import app


@app.command
def watch(
    file: str,
    *,
    alpha: float = 0.01,
    signs: str | None = None,
    generation: str = "generation",
    classes: str | None = None,
    json: bool = False,
) -> int:
    """Watch a CSV file of generations for early signs of collapse.

    The exit status is 0 without an alarm, 1 if all signs together or a group raise one, and 2 if
    the file cannot be watched. While nothing is wrong, status 1 has a probability of at most alpha,
    and of 2 alpha where groups are watched. The alarm of a single sign is in the table alone.

    One row is one observation. The column generation counts from 0, the reference, such as real
    data. Columns label, prediction and group are watched by group; the others are the observations.

    Args:
        file: the CSV file.
        alpha: false-alarm rate.
        signs: names of signs, separated by commas; all that apply unless given.
        generation: name of the column that counts generations.
        classes: what label and prediction may be, separated by commas; what generation 0 has unless
            given.
        json: print what was found as JSON.
    """
    from ..monitoring import read_stream, watch

    names, known = (each.split(",") if each else None for each in (signs, classes))
    found = watch(read_stream(file, generation, known), signs=names, alpha=alpha)
    table = found.to_pandas()
    hidden = found.hidden_decline
    if json:
        # pandas writes what is infinite, an alarm that was never raised, as null.
        rows = json_module.loads(str(table.to_json(orient="index")))
        decline = None if hidden is None else hidden.to_dict()
        print(json_module.dumps({"alpha": alpha, "signs": rows, "hidden decline": decline}))
    else:
        print(table.round(2).to_string())
        if hidden is not None:
            print(_line(hidden))
    alarms = [found.together.alarm, *(each.alarm for each in found.groups.values())]
    return int(any(alarm < float("inf") for alarm in alarms))


def _line(hidden) -> str:
    """A hidden decline in one line."""
    groups = ", ".join(
        f"{name} {change:+.3f} (found at {hidden.found[name]}, "
        f"{hidden.group_evidence[name]:.1f} nats)"
        for name, change in hidden.groups.items()
    )
    until = f" until {hidden.until:.0f}" if hidden.until < float("inf") else ""
    return (
        f"hidden decline since generation {hidden.since}{until}: {groups}; all items "
        f"{hidden.overall:+.3f} ± {hidden.error:.3f} ({hidden.overall_evidence:.1f} nats "
        f"that they are worse, {hidden.improvement:.1f} that they are better)"
    )
