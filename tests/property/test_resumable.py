"""A run that is killed in the middle of a generation gives the numbers of an unbroken one."""

import signal
import subprocess
import sys

import jax
import numpy as np
import pytest
from marks import further

import jaxcollapse as jc

SETTING = """
import os, signal, sys
import jax, numpy as np, jaxcollapse as jc

def setting():
    images = np.random.default_rng(3).uniform(size=(48, 6)).astype(np.float32)
    condition = jc.nets.CONDITION
    training = jc.nets.Training(steps=12, batch=16, lanes=2)
    family = jc.nets.VAE(6, hidden=8, latent=2, condition=condition, training=training)
    truth = family.data(images, labels=np.arange(48) % 3)
    recursion = jc.Recursion(family, jc.Accumulate(), truth=truth, n=32)
    return {"key": jax.random.key(1), "recursion": recursion, "generations": 8, "replicas": 3}
"""
DEATH = """
replace = os.replace

def dies(source, target):
    if target.name == "state-000006.npz":
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)

os.replace = dies
jc.resume(**setting(), folder=sys.argv[1])
"""


CONDITIONS = [pytest.param("Unconditional()", marks=pytest.mark.slow), *further("ByClass(3)")]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_resumed_after_a_kill_it_is_bit_for_bit_the_unbroken_run(tmp_path, condition):
    setting = SETTING.replace("CONDITION", condition)
    died = subprocess.run(
        [sys.executable, "-c", setting + DEATH, str(tmp_path / "killed")],
        capture_output=True,
        text=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    names = {path.name for path in (tmp_path / "killed").iterdir()}
    assert "state-000005.npz" in names
    assert "state-000006.npz" not in names
    scope: dict = {}
    exec(setting, scope)
    resumed = jc.resume(**scope["setting"](), folder=tmp_path / "killed")
    unbroken = jc.resume(**scope["setting"](), folder=tmp_path / "unbroken")
    np.testing.assert_array_equal(resumed.params.weights, unbroken.params.weights)
    assert resumed.params.weights.shape[:2] == (3, 9)
    assert np.isfinite(unbroken.params.weights[:, 1:]).all()
    simulated = jc.simulate(**scope["setting"]()).params.weights
    np.testing.assert_allclose(unbroken.params.weights[:, 1:3], simulated[:, 1:3], atol=1e-3)


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize(
    "workflow",
    [jc.Discount(0.5), *further(jc.Refresh(0.5), jc.AccumulateSubsample())],
    ids=lambda w: type(w).__name__,
)
def test_the_stepped_loop_is_the_loop(workflow, key, tmp_path):
    truth = jc.Gaussian.params(0.3, 2.0)
    recursion = jc.Recursion(jc.Gaussian(), workflow, truth=truth, n=9, fresh=5)
    setting = {"generations": 5, "replicas": range(2, 7), "observe": (jc.mean, jc.variance)}
    stepped = jc.resume(key, recursion, folder=tmp_path, until=2, **setting)
    assert stepped.generations == 2
    stepped, whole = (
        jc.resume(key, recursion, folder=tmp_path, **setting),
        jc.simulate(key, recursion, **setting),
    )
    for metric in setting["observe"]:
        np.testing.assert_allclose(stepped.values(metric), whole.values(metric), rtol=2e-5)


def test_a_folder_holds_one_run(key, tmp_path):
    recursion = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=9)
    jc.resume(key, recursion, generations=2, replicas=2, folder=tmp_path)
    with pytest.raises(ValueError, match="holds another run"):
        jc.resume(jax.random.key(7), recursion, generations=2, replicas=2, folder=tmp_path)
    with pytest.raises(ValueError, match="until must be an integer in"):
        jc.resume(key, recursion, generations=2, replicas=2, folder=tmp_path, until=3)
