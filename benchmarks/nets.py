"""`python -m benchmarks.nets`: a VAE ensemble against a Python loop of jitted steps, a PyTorch
ensemble and the GEMM peak.

All sides train recursively in turn in one run; a ratio is their processor time for a step of a
replica over ours, and the wall
ratio is beside it. The PyTorch ensemble runs in an interpreter of its own that has it: `--torch
PYTHON`.
"""

import argparse
import functools
import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxcollapse as jc
from jaxcollapse._keys import fold_in

from .timing import Times, machine, seconds

KEY = jax.random.key(0)
GENERATIONS, SIZE = 2, 1024
SHAPES = ((2, 32, 2, 64), (32, 64, 4, 64), (64, 128, 8, 128))


class Rates(NamedTuple):
    """One size of net: medians of our times, and what every yardstick took over them."""

    ours: Times
    ratios: dict[str, tuple[float, float, float]]
    walls: dict[str, float]
    gflops: float
    share: float
    first: float


def recursion_of(features, hidden, latent, batch, steps, n=SIZE):
    """A VAE retrained on its own samples."""
    training = jc.nets.Training(steps=steps, batch=batch)
    family = jc.nets.VAE(features, hidden=hidden, latent=latent, training=training)
    images = np.random.default_rng(0).uniform(size=(2 * n, features)).astype(np.float32)
    return jc.Recursion(family, jc.Replace(), truth=family.data(images), n=n)


def by_jitted_steps(recursion, replicas: int, generations: int):
    """What most people write: each replica after the other, one jitted step a call, parameters as a
    pytree.
    """
    family, n = recursion.family, int(recursion.n)
    optimizer = optax.adam(1e-3)
    images = jnp.asarray(recursion.truth.values)

    @jax.jit
    def step(weights, moments, data, key):
        rows = jax.random.randint(jax.random.fold_in(key, 0), (family.training.batch,), 0, n)
        gradient = jax.grad(lambda w: family.loss(family.module_from(w), data[rows], key))(weights)
        change, moments = optimizer.update(gradient, moments)
        return optax.apply_updates(weights, change), moments

    draw = jax.jit(lambda weights, key: family.generate(family.module_from(weights), key, n))
    start = jax.jit(lambda key: family.initial(key))

    def run():
        for replica in range(replicas):
            data = images[:n]
            for generation in range(generations):
                key = fold_in(fold_in(KEY, replica), generation)
                weights = start(key)
                moments = optimizer.init(weights)
                for _ in range(family.training.steps):
                    key = fold_in_jitted(key)
                    weights, moments = step(weights, moments, data, key)
                data = draw(weights, key)
        return data.block_until_ready()

    return run


fold_in_jitted = jax.jit(lambda key: jax.random.fold_in(key, 1))


def gemm_peak(size: int = 1024) -> float:
    """GFLOP per processor second of a large float32 product."""
    a = jnp.ones((size, size), jnp.float32)
    product = jax.jit(lambda a: a @ a)
    product(a).block_until_ready()
    return (
        2e-9
        * size**3
        * 50
        / seconds(lambda: [product(a).block_until_ready() for _ in range(50)]).processor
    )


def each(times: Times, steps: int) -> Times:
    """Of one step, where so many were taken."""
    return Times(*(spent / steps for spent in times))


class Ensemble:
    """The PyTorch yardstick: a process for every core, each with its own replicas, all of them
    started by `times`.
    """

    def __init__(self, python, shape, steps):
        arguments = map(str, (*shape, steps, GENERATIONS, SIZE))
        command = [python, str(Path(__file__).with_name("torch_yardstick.py")), *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.processes = [subprocess.Popen(command, **pipes) for _ in range(os.cpu_count() or 1)]
        self.about = [json.loads(process.stdout.readline()) for process in self.processes]
        self.steps = steps * GENERATIONS * sum(about["replicas"] for about in self.about)

    def times(self) -> Times:
        """Of a step of one replica, all processes at work."""
        for process in self.processes:
            process.stdin.write("\n")
            process.stdin.flush()
        processor, wall = zip(
            *(json.loads(process.stdout.readline()) for process in self.processes), strict=True
        )
        return each(Times(sum(processor), max(wall)), self.steps)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for process in self.processes:
            process.stdin.close()
            process.wait()


def flops(features, hidden, latent, batch) -> float:
    """Multiplications and additions of the products of one step, forwards and backwards, all but
    the slope at the data.
    """
    weights = 2 * features * hidden + 3 * hidden * latent
    return 2 * batch * (3 * weights - features * hidden)


def measured(shape, steps: int, repeats: int, python=None) -> Rates:
    """All sides in turn."""
    if python is None:
        return _measured(shape, steps, repeats, {})
    with Ensemble(python, shape, steps) as ensemble:
        return _measured(shape, steps, repeats, {"torch": ensemble.times})


def _measured(shape, steps, repeats, yardsticks):
    recursion = recursion_of(*shape, steps)
    replicas = 4 * recursion.family.lanes
    ours = functools.partial(
        jc.simulate, KEY, recursion, generations=GENERATIONS, replicas=replicas
    )
    loop = by_jitted_steps(recursion, 2, GENERATIONS)
    first = seconds(ours).wall
    loop()
    yardsticks = {"loop": lambda: each(seconds(loop), 2 * GENERATIONS * steps)} | yardsticks
    mine, theirs, peaks = [], {name: [] for name in yardsticks}, []
    for _ in range(repeats):
        mine.append(each(seconds(ours), replicas * GENERATIONS * steps))
        for name, times in yardsticks.items():
            theirs[name].append(times())
        peaks.append(gemm_peak())
    ratios = {
        name: [their.processor / my.processor for their, my in zip(theirs[name], mine, strict=True)]
        for name in theirs
    }
    walls = {
        name: [their.wall / my.wall for their, my in zip(theirs[name], mine, strict=True)]
        for name in theirs
    }
    rates = [1e-9 * flops(*shape) / my.processor for my in mine]
    return Rates(
        Times(*(float(np.median(column)) for column in zip(*mine, strict=True))),
        {name: (float(np.median(found)), min(found), max(found)) for name, found in ratios.items()},
        {name: float(np.median(found)) for name, found in walls.items()},
        float(np.median(rates)), float(np.median(rates) / np.median(peaks)), first,
    )  # fmt: skip


TARGETS = {"loop": 10, "torch": 1.5}
SIDES = {
    "loop": "against a Python loop of jitted steps",
    "torch": "against a batched PyTorch ensemble",
}


def rows(shape, found: Rates):
    """A row for every yardstick, and one for the peak."""
    name = "VAE {}-{}-{}, batch {}".format(*shape)
    ours = {
        "us": 1e6 * found.ours.processor,
        "wall_us": 1e6 * found.ours.wall,
        "first_call_s": found.first,
    }
    for side, (ratio, low, high) in found.ratios.items():
        target = TARGETS[side] if shape == SHAPES[1] else None
        yield {
            "work": f"{name}, {SIDES[side]}",
            "ratio": ratio,
            "low": low,
            "high": high,
            "wall": found.walls[side],
            "target": target,
        } | ours
    target = 0.4 if shape[1] == 64 else None
    yield {
        "work": f"{name}, share of the GEMM peak",
        "ratio": found.share,
        "gflops": found.gflops,
        "target": target,
    } | ours


def shown(row) -> str:
    """A line of the table."""
    spread = (
        "{low:.3g} -{high:6.3g}".format(**row)
        if "low" in row
        else "{gflops:.0f} GFLOP/s".format(**row)
    )
    wall = "{:.3g}".format(row["wall"]) if "wall" in row else "-"
    line = "{work:<66}{us:>10.3g}{ratio:>8.3g}".format(**row)
    return f"{line}{spread:>16}{wall:>8}{row['target'] or '-':>8}{row['first_call_s']:>10.1f} s"


def main():
    """Print the table; write JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nets")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--torch", help="a Python interpreter that has PyTorch")
    parser.add_argument("--json", help="file for the results")
    options = parser.parse_args()
    facts = machine() | {"load": round(os.getloadavg()[0], 1)}
    if options.torch:
        asked = [options.torch, "-c", "import torch; print(torch.__version__)"]
        facts["torch"] = subprocess.run(
            asked, capture_output=True, text=True, check=True
        ).stdout.strip()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    print(
        f"{'work':<66}{'ours us':>10}{'ratio':>8}{'spread':>16}{'wall':>8}{'target':>8}{'first call':>12}"
    )
    found = []
    for shape in SHAPES:
        for row in rows(shape, measured(shape, options.steps, options.repeats, options.torch)):
            found.append(row)
            print(shown(row), flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(facts | {"rows": found}, stream, indent=1)


if __name__ == "__main__":
    main()
