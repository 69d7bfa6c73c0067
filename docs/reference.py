"""The page of the public names, from `__all__` and docstrings; a public name without a section
stops the build.
"""

import inspect
import re
from types import ModuleType

import jaxcollapse
from jaxcollapse import testing
from jaxcollapse.metrics import Metric

SECTIONS = {
    "Recursion and simulation": ("recursion", "simulation", "trajectory", "resumable"),
    "Families": ("families",),
    "Workflows": ("workflows", "mixing"),
    "Selection and decoding": ("selection", "decoding"),
    "Metrics and quantities": ("metrics", "quantities"),
    "Laws, prediction and verification": ("theory", "verification"),
    "Refutation and testing": ("refutation",),
    "Evidence and domains": ("evidence", "domains"),
    "Figures": ("figures",),
    "Definitions": ("definitions",),
    "Decomposition": ("decomposition",),
    "Monitoring": ("monitoring",),
    "Nets": ("nets",),
    "Data": ("data", "datasets"),
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
    """The page in Markdown: a section a noun, every public name once."""
    homes = {name: _home(name) for name in sorted(jaxcollapse.__all__)}
    if astray := sorted(
        set(homes.values()) - {home for some in SECTIONS.values() for home in some}
    ):
        raise LookupError(f"public names of {', '.join(astray)} have no section in the reference")
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
