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
    label: str = "label",
    prediction: str = "prediction",
    group: str = "group",
    classes: str | None = None,
    json: bool = False,
) -> int:
    """Watch a CSV file of generations for early signs of collapse.

    The exit status is 0 without an alarm, 1 if all signs together or a group raise one, and 2 if
    the file cannot be watched. While nothing is wrong, status 1 has a probability of at most alpha,
    and of 2 alpha where groups are watched. The alarm of a single sign is in the table alone.

    One row is one observation. The column generation counts from 0, the reference, such as real
    data. Labels and predictions are watched by group; the other columns are the observations.

    Args:
        file: the CSV file.
        alpha: false-alarm rate.
        signs: names of signs, separated by commas; all that apply unless given.
        generation: name of the column that counts generations.
        label: name of the column of true labels.
        prediction: name of the column that says what labels are said to be.
        group: name of the column of groups.
        classes: what label and prediction may be, separated by commas; what generation 0 has unless
            given.
        json: print what was found as JSON.
    """
    from ..monitoring import read_stream, watch

    names, known = (each.split(",") if each else None for each in (signs, classes))
    roles = {"label": label, "prediction": prediction, "group": group}
    found = watch(read_stream(file, generation, known, **roles), signs=names, alpha=alpha)
    print(_as_json(found) if json else _as_text(found))
    alarms = [found.together.alarm, *(each.alarm for each in found.groups.values())]
    return int(any(alarm < float("inf") for alarm in alarms))


def _as_json(found) -> str:
    # pandas writes what is infinite, an alarm that was never raised, as null.
    rows = json_module.loads(str(found.to_pandas().to_json(orient="index")))
    decline = None if found.hidden_decline is None else found.hidden_decline.to_dict()
    return json_module.dumps({"alpha": found.alpha, "signs": rows, "hidden decline": decline})


def _as_text(found) -> str:
    hidden = [] if found.hidden_decline is None else [_line(found.hidden_decline)]
    return "\n".join([found.to_pandas().round(2).to_string(), *hidden])


def _line(hidden) -> str:
    """A hidden decline in one line."""
    groups = ", ".join(
        f"{name} {change:+.3f} (found at {hidden.found[name]}, likely since {hidden.began[name]}, "
        f"{hidden.group_evidence[name]:.1f} nats)"
        for name, change in hidden.groups.items()
    )
    until = f" until {hidden.until:.0f}" if hidden.until < float("inf") else ""
    return (
        f"hidden decline since generation {hidden.since}{until}: {groups}; all items "
        f"{hidden.overall:+.3f} ± {hidden.error:.3f} ({hidden.overall_evidence:.1f} nats "
        f"that they are worse, {hidden.improvement:.1f} that they are better)"
    )
