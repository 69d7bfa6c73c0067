"""Sphinx configuration; the law table is generated from the registry at every build."""

from pathlib import Path

import jaxcollapse
from jaxcollapse import audit, citations
from jaxcollapse.theory import catalogue

project, author, release = "jaxcollapse", "The jaxcollapse authors", jaxcollapse.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath"]
html_theme = "furo"
exclude_patterns = ["_build"]
suppress_warnings = ["myst.header"]


def _law_table(app):
    lines = ["# Laws", "", "Generated from the registry.", "", "| law | kind | statement | source |", "|---|---|---|---|"]
    for law in jaxcollapse.laws():
        statement = law.summary.replace("|", r"\vert ")
        lines.append(f"| `{law.name}` | {type(law.kind).__name__} | {statement} | {', '.join(law.cite)} |")
    Path(app.srcdir, "laws.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _generated_pages(app):
    for name, page in (("literature", audit.errata), ("coverage", catalogue.coverage), ("bibliography", citations.bibliography)):
        Path(app.srcdir, f"{name}.md").write_text(page(), encoding="utf-8")


def setup(app):
    """Write the generated pages before the sources are read."""
    app.connect("builder-inited", _law_table)
    app.connect("builder-inited", _generated_pages)
