"""The command that lists what there is."""

import json as json_module

from .app import app


@app.command(name="list")
def list_(what: str | None = None, *, json: bool = False) -> None:
    """List what there is, with a sentence each; `jc.listing(what)` does in Python.

    Args:
        what: families, workflows, selections, decodings, metrics, data, figures or laws; the kinds
            and their numbers unless given.
        json: print as JSON.
    """
    from ..listing import SUBJECTS, listing

    if what is None:
        counts = {kind: len(each()) for kind, each in SUBJECTS.items()}
        text = "\n".join(f"{kind:<12} {count:>4}" for kind, count in counts.items())
        print(json_module.dumps(counts) if json else f"{text}\njaxcollapse list KIND names them")
        return
    found = listing(what)
    if json:
        print(json_module.dumps(found))
    elif what == "laws":
        _print_laws(found)
    else:
        _print(found)


def _print(found: dict[str, str]) -> None:
    width = max(map(len, found), default=0) + 1
    for name, sentence in found.items():
        print(f"{name:<{width}} {sentence}")


def _print_laws(found: dict[str, str]) -> None:
    from itertools import groupby

    from ..listing import subject_of
    from ..theory import law_named

    for subject, names in groupby(found, key=lambda name: subject_of(law_named(name))):
        print(f"\n{subject.replace('_', ' ')}")
        _print({f"  {name}": found[name] for name in names})
