"""The page of the public names, from `__all__` and docstrings.

A public name without a section stops the build, and so does a section without a public name.
"""

import inspect
import re
from types import ModuleType

import jaxcollapse
from jaxcollapse import testing
from jaxcollapse.metrics import Metric

SECTIONS = {
    "Recursion and simulation": ("recursion", "engine", "progress", "listing"),
    "Families": ("families",),
    "Workflows": ("workflows",),
    "Selection and decoding": ("selection", "decoding"),
    "Metrics and quantities": ("metrics", "quantities"),
    "Laws, prediction and verification": ("theory", "verification"),
    "Sweeps": ("sweeps",),
    "Refutation and testing": ("refutation",),
    "Analysis": ("analysis",),
    "Figures": ("figures",),
    "Monitoring": ("monitoring",),
    "Nets": ("nets",),
    "Data": ("data",),
    "Literature": ("literature",),
    "Evidence, domains and records": ("evidence", "domains", "records"),
    "Space of configurations": ("space",),
    "Sampling and numerics": ("sampling", "numerics"),
}
MARKUP = re.compile(r"``.+?``|(?<![:`\w])`([^`]+)`|\$([^$]+)\$|(?<=, )\*(?=\w)", re.DOTALL)


def _entry(module, name):
    value = getattr(module, name)
    path = f"{module.__name__}.{name}"
    if isinstance(value, ModuleType):
        public = "   :members:\n" if name == "nets" else ""
        return f".. automodule:: {path}\n{public}"
    if inspect.isclass(value):
        return f".. autoclass:: {path}\n   :members:\n"
    return (
        f".. autofunction:: {path}\n"
        if inspect.isroutine(value)
        else f".. autodata:: {path}\n   :no-value:\n"
    )


def _section(title, entries):
    body = "\n".join(entries)
    return f"## {title}\n\n```{{eval-rst}}\n{body}```\n"


def _home(name):
    value = getattr(jaxcollapse, name)
    return (value.__name__ if isinstance(value, ModuleType) else value.__module__).split(".")[1]


def page() -> str:
    """The page in Markdown: one section per subject, every public name once."""
    homes = {name: _home(name) for name in sorted(jaxcollapse.__all__)}
    # Names without a section and sections without a name are both mistakes.
    if astray := sorted(
        set(homes.values()) ^ {home for some in SECTIONS.values() for home in some}
    ):
        raise LookupError(f"sections and public names of the reference differ in {astray}")
    sections = {
        title: [_entry(jaxcollapse, name) for name, home in homes.items() if home in some]
        for title, some in SECTIONS.items()
    }
    tools = [_entry(testing, name) for name in sorted(testing.__all__)]
    sections["Refutation and testing"] += [".. automodule:: jaxcollapse.testing\n", *tools]
    return "\n".join(["# Reference\n", *map(_section, sections, sections.values())])


def _role(text):
    def written(found):
        if found[0] == "*":
            return r"\*"
        if found[0].startswith("``"):
            return found[0]
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        inner = f"``{found[1]}``" if found[1] else f":math:`{' '.join(found[2].split())}`"
        return ("\\ " if before.isalnum() else "") + inner + ("\\ " if after.isalnum() else "")

    return written


def as_rst(app, what, name, obj, options, lines):
    """Formulas between dollars and code between backticks, as reStructuredText writes them."""
    text = obj.summary if isinstance(obj, Metric) else "\n".join(lines)
    lines[:] = MARKUP.sub(_role(text), text).split("\n")


def missing(app, env):
    """Stop the build where a public name is not on the page."""
    described = env.get_domain("py").objects
    names = {
        f"{module.__name__}.{name}" for module in (jaxcollapse, testing) for name in module.__all__
    }
    if absent := sorted(names - set(described)):
        raise LookupError(f"not in the reference: {', '.join(absent)}")
