"""Laws load by wing: a name or a family finds its modules without importing the others."""

import subprocess
import sys

import pytest

import jaxcollapse as jc
from jaxcollapse.theory import wings

ABOUT = [law for law in jc.laws() if wings.shipped(law.body.__module__)]


def modules_after(code):
    """Modules of the wings that a fresh process has loaded after running some code."""
    shown = "import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import jaxcollapse as jc\n{code}\n{shown}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in done.stdout.split() if name in wings.modules()}


def test_every_law_is_found_by_its_name_and_by_its_family():
    for law in ABOUT:
        module = law.body.__module__
        assert module in wings.declaring(law.name)
        assert law.family is None or module in wings.about({law.family.__name__})


def test_a_name_loads_one_module_and_what_that_needs():
    loaded = modules_after("jc.law_named('gaussian-replace-w2')")
    assert loaded == {"jaxcollapse.theory.gaussian.univariate"}


def test_a_prediction_loads_the_laws_of_its_family():
    loaded = modules_after(
        "r = jc.Recursion(jc.Poisson(), jc.Replace(), truth=jc.Poisson().params(2.0), n=9)\n"
        "assert abs(jc.predict(jc.E(jc.mean_error), r, 3) - 3 * 2 / 9) < 1e-12"
    )
    assert "jaxcollapse.theory.means.qvf" in loaded
    assert not any("regression" in name or "labels" in name for name in loaded)


@pytest.mark.parametrize("name", ["gaussian-replace-w2", "categorical-replace-modes-left"])
def test_a_name_of_ours_is_refused_before_its_wing_is_loaded(name):
    code = f"import jaxcollapse as jc\njc.law({name!r})(lambda xp: 1.0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"law '{name}' is already registered in jaxcollapse.theory." in done.stderr


def test_an_unknown_name_offers_the_nearest_of_all_wings():
    with pytest.raises(ValueError, match="gaussian-replace-w2"):
        jc.law_named("gaussian-replace-w3")
