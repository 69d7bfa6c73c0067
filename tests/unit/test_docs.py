"""The pages of the documentation print what they say: their blocks run in order, page by page."""

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    page
    for page in (DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md")))
    if "```python" in page.read_text("utf-8")
]
# Their programs take longer to compile with all optimizations than they run.
COMPILED_QUICKLY = {"decompose", "groups", "nets"}
FENCE = re.compile(r"```(python)?\n(.*?)```", re.DOTALL)


# A page may show a run that warns, such as one whose fits diverge; its warnings are not its output.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.thorough
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_prints_what_it_shows(page, request):
    if page.stem not in COMPILED_QUICKLY:
        request.getfixturevalue("optimized")
    names, printed = {"__name__": page.stem}, ""
    for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if language:
            assert printed == "", f"{page.name} does not show {printed!r}"
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(text, names)
            printed = output.getvalue()
        else:
            assert text == printed
            printed = ""
    assert printed == ""
