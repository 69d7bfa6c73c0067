"""Sphinx configuration. Pages on laws, literature and public names are generated at every build."""

import sys
from pathlib import Path

from docutils import nodes
from math_core import LatexToMathML

import jaxcollapse
from jaxcollapse.analysis.definitions import page as definitions_page
from jaxcollapse.literature import audit, catalogue
from jaxcollapse.literature import laws_page as page
from jaxcollapse.literature import references as citations

# Sphinx runs this file from another folder, where `reference` is not found without its path.
sys.path.insert(0, str(Path(__file__).parent))
import reference

project, author, release = "jaxcollapse", "The jaxcollapse authors", jaxcollapse.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_inherit_docstrings, autodoc_member_order, autodoc_typehints = False, "bysource", "none"
myst_enable_extensions = ["dollarmath"]
html_theme = "furo"
html_static_path, html_css_files, html_show_copyright = ["_static"], ["page.css"], False
html_math_renderer = "mathml"
exclude_patterns = ["_build"]
suppress_warnings = ["myst.header"]


PAGES = {
    "laws": page.law_page,
    "literature": audit.audited_statements,
    "coverage": catalogue.coverage,
    "definitions": definitions_page,
    "bibliography": citations.bibliography,
    "reference": reference.page,
}
FORMULAS = LatexToMathML()


def _generated_pages(app):
    for name, written in PAGES.items():
        Path(app.srcdir, f"{name}.md").write_text(written(), encoding="utf-8")


def _formula(translator, node):
    """MathML, which browsers show without a script or a network."""
    block = isinstance(node, nodes.math_block)
    translator.body.append(FORMULAS.convert_with_local_state(node.astext(), displaystyle=block))
    raise nodes.SkipNode


def setup(app):
    """Write the generated pages before the sources are read; formulas are MathML."""
    app.connect("builder-inited", _generated_pages)
    app.connect("autodoc-process-docstring", reference.as_rst, priority=400)
    app.connect("env-updated", reference.missing)
    app.add_html_math_renderer("mathml", (_formula, None), (_formula, None))
