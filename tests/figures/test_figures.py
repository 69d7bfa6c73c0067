"""Figures: the data is right before the picture is looked at."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from jaxcollapse import figures
from jaxcollapse.figures import fingerprints as code

PAGES = Path(__file__).parents[2] / "docs"
PICTURES = [PAGES / "figures" / f"{name}.png" for name in figures.list_figures()]


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["suresh2024-2"])
def test_simulation_agrees_with_law_within_its_error(name, tmp_path, optimized):
    result = figures.figure(name).reproduce(quick=True)
    for row in result.comparisons:
        if row.law is not None and row.error:
            floor = np.sqrt(max(row.law * (1 - row.law), 0) / 2000) if row.law < 1 else row.error
            assert abs(row.simulated - row.law) < 6 * max(row.error, floor), row
    files = result.save(tmp_path)
    assert all(path.stat().st_size > 0 for path in files)


def test_every_figure_has_a_source():
    assert len(figures.list_figures()) >= 4
    assert all(each.source and each.summary for each in figures.list_figures().values())


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_committed_picture_is_drawn_by_the_present_code(picture):
    """What figures of nets draw is not computed again: their code is all that is compared."""
    each = figures.figure(picture.stem)
    assert figures.registry.fingerprint_of(picture) == each.fingerprint
    assert figures.registry.numbers_of(picture)["form"] in ("quick form", "full form")


def test_a_fingerprint_changes_with_the_code_that_a_figure_uses(monkeypatch):
    def changed(module, line, other):
        """Figures whose fingerprint changes with a line of a module."""
        text = inspect.getsource(module)
        assert line in text
        source = lambda each: text.replace(line, other) if each is module else inspect_source(each)
        inspect_source, before = inspect.getsource, fingerprints()
        with monkeypatch.context() as patched:
            patched.setattr(inspect, "getsource", source)
            after = fingerprints()
        return {name for name in before if before[name] != after[name]}

    def fingerprints():
        code._parts.cache_clear()
        return {name: each.fingerprint for name, each in figures.list_figures().items()}

    curves = changed(figures.panels, "first: int = 0", "first: int = 1")
    both = changed(figures.panels, "sigmas * dots.error", "2 * dots.error")
    weights = changed(figures.shumailov2024, "n * mixing_matrix(", "mixing_matrix(")
    assert len(curves) == 5
    assert curves < both
    assert {"english", "alemohammad2023-gan"} < both
    assert "wyllie2024" not in both
    assert {"gerstgrasser2024-nets", "shumailov2024-language"} < weights
    assert "english" not in weights
    fingerprints()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("shumailov2023-gaussian", marks=pytest.mark.thorough),
        pytest.param("suresh2024-2", marks=pytest.mark.thorough),
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("english", "kazdan2024-gaussian", "definitions")
        ),
    ],
)
def test_a_committed_picture_draws_what_its_command_computes(name, optimized):
    """`pytest -m "slow or thorough" tests/figures/test_figures.py`"""
    drawn = figures.registry.numbers_of(PAGES / "figures" / f"{name}.png")
    result = figures.figure(name).reproduce(quick=drawn.pop("form") == "quick form")
    found = json.loads(result.numbers)
    assert drawn
    for column, numbers in drawn.items():
        np.testing.assert_allclose(found[column], numbers, rtol=1e-4, atol=1e-7, err_msg=column)


def test_a_picture_is_small_and_keeps_its_colors(tmp_path):
    import matplotlib.colors
    import matplotlib.pyplot as plt
    from PIL import Image

    def draw(data):
        drawn, axis = plt.subplots()
        axis.imshow(data, cmap="gray_r")
        for index in range(7):
            axis.axhline(index, color=f"C{index}", lw=3)
        return drawn

    noise = np.random.default_rng(0).uniform(size=(64, 64))
    result = figures.registry.Result(
        figures.Figure("noise", "noise", "none", None, draw), noise, []
    )
    result.picture(tmp_path / "noise.png")
    with Image.open(tmp_path / "noise.png") as picture:
        assert picture.mode == "P"
        colors = np.array([color for _, color in picture.convert("RGB").getcolors()]) / 255
    for color in map(matplotlib.colors.to_rgb, figures.registry.COLORS):
        assert np.abs(colors - color).max(axis=1).min() < 0.02, color
