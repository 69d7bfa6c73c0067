"""The command that makes figures."""

from typing import Annotated

from cyclopts import Parameter

from ..progress import show_progress, tracked
from .app import app


@app.command
def reproduce(
    *names: str,
    list_: Annotated[bool, Parameter(name="--list")] = False,
    out: str = "figures",
    quick: bool = False,
) -> None:
    """Make figures: the picture, its data and the paper's numbers beside ours.

    Args:
        names: figures; see --list.
        list_: list the figures and stop.
        out: folder for the files.
        quick: fewer replicas, for a first look.
    """
    from .. import figures
    from ..engine.stores import check_folder

    if list_ or not names:
        for each in figures.list_figures().values():
            print(f"{each.name:<28} {each.summary}")
        return
    chosen = [figures.figure(name) for name in names]
    check_folder(out)
    with show_progress():
        for each in tracked(chosen, "reproduce", "figures"):
            result = each.reproduce(quick=quick)
            print(result.table())
            print("wrote " + ", ".join(str(path) for path in result.save(out)))
