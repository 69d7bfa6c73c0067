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
        json: print what was found as JSON.
    """
    from ..monitoring import read_stream, watch

    names = signs.split(",") if signs else None
    found = watch(read_stream(file, generation), signs=names, alpha=alpha)
    table = found.to_pandas()
    hidden = found.hidden_decline
    if json:
        # pandas writes what is infinite, an alarm that was never raised, as null.
        rows = json_module.loads(str(table.to_json(orient="index")))
        told = None if hidden is None else {str(k): v for k, v in hidden.groups.items()}
        print(json_module.dumps({"alpha": alpha, "signs": rows, "hidden decline": told}))
    else:
        print(table.round(2).to_string())
        if hidden is not None:
            names = ", ".join(f"{name} {change:+.3f}" for name, change in hidden.groups.items())
            print(
                f"hidden decline since generation {hidden.since}: {names}, "
                f"all items {hidden.overall:+.3f}"
            )
    alarms = [found.together.alarm, *(each.alarm for each in found.groups.values())]
    return int(any(alarm < float("inf") for alarm in alarms))
