"""Laws load by wing: a name or a family finds its modules without importing the others, and a
formula is read without the simulator.
"""

import json
import subprocess
import sys

import numpy as np
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


# Imports of JAX and of Equinox fail; the values of all given laws are printed, and a wing is read
# whether or not one of its laws was asked for.
WITHOUT_THE_SIMULATOR = """
import importlib, json, sys
sys.modules["jax"] = sys.modules["equinox"] = None
from jaxcollapse.theory import registry, wings
with registry.reading():
    for module in wings.modules():
        importlib.import_module(module)
found = {}
for name, symbols in json.load(sys.stdin).items():
    try:
        found[name] = registry.law_named(name)(**symbols)
    except ImportError:
        found[name] = None
print(json.dumps(found, default=lambda value: value.tolist()))
"""


def test_formulas_are_read_without_the_simulator():
    # The symbols of the first case of every law whose case is numbers alone.
    given, expected = {}, {}
    for law in ABOUT:
        case = law.at[0] if law.at else None
        numbers = isinstance(case, dict) and set(law.symbols) >= set(case)
        if numbers and all(isinstance(each, (int, float)) for each in case.values()):
            given[law.name], expected[law.name] = case, law(**case)
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_SIMULATOR],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    needing = {name for name, each in found.items() if each is None}
    assert len(given) > 80
    assert len(needing) < 0.2 * len(given), sorted(needing)
    for name in found.keys() - needing:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_a_law_read_first_is_about_the_same_things_as_one_read_after_the_simulator():
    code = "\n".join(
        (
            "from jaxcollapse.theory import registry",
            "before = registry.law_named('gaussian-replace-w2')",
            "import sys; assert 'jax' not in sys.modules",
            "import jaxcollapse as jc",
            "assert before.family is jc.Gaussian and before.workflow is jc.Replace",
            "assert before.quantity == jc.E(jc.w2) and before.selection is jc.Everything",
            "from jaxcollapse.theory.gaussian import univariate",
            "assert univariate.Gaussian is jc.Gaussian",
        )
    )
    subprocess.run([sys.executable, "-c", code], check=True)
