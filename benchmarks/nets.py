"""`python -m benchmarks.nets`: a VAE ensemble against a Python loop of jitted steps, and its share of the GEMM peak."""

import argparse
import functools
import os
import platform
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxcollapse as jc
from jaxcollapse._keys import fold_in

KEY = jax.random.key(0)
GENERATIONS = 2


def recursion_of(features, hidden, latent, batch, steps, n=1024):
    """A VAE retrained on its own samples."""
    training = jc.nets.Training(steps=steps, batch=batch)
    family = jc.nets.VAE(features, hidden=hidden, latent=latent, training=training)
    images = np.random.default_rng(0).uniform(size=(2 * n, features)).astype(np.float32)
    return jc.Recursion(family, jc.Replace(), truth=family.data(images), n=n)


def by_jitted_steps(recursion, replicas: int, generations: int):
    """What most people write: each replica after the other, one jitted step a call, parameters as a pytree."""
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
    return 2e-9 * size**3 * 50 / timed(lambda: [product(a).block_until_ready() for _ in range(50)])


def timed(call) -> float:
    """Processor seconds, which other work on the machine disturbs less than wall time."""
    start = time.process_time()
    call()
    return time.process_time() - start


def flops(features, hidden, latent, batch) -> float:
    """Multiplications and additions of the products of one step, forwards and backwards."""
    weights = 2 * features * hidden + 3 * hidden * latent
    return 3 * 2 * batch * weights


def main():
    """Print ratios of processor times in one run, ours and the yardstick interleaved."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nets")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, jax {jax.__version__}, load {os.getloadavg()[0]:.1f}")
    head = ("VAE D-H-Z, batch", "lanes", "us/replica-step", "loop/ours", "spread", "GFLOP/s", "of peak", "first")
    print("{:<22}{:>6}{:>17}{:>11}{:>16}{:>9}{:>9}{:>8}".format(*head))
    for shape in ((2, 32, 2, 64), (32, 64, 4, 64), (64, 128, 8, 128)):
        recursion = recursion_of(*shape, options.steps)
        replicas = 4 * recursion.family.lanes
        ours = functools.partial(jc.simulate, KEY, recursion, generations=GENERATIONS, replicas=replicas)
        theirs = by_jitted_steps(recursion, 2, GENERATIONS)
        first = timed(ours)
        theirs()
        pairs = [(timed(ours) / replicas, timed(theirs) / 2, gemm_peak()) for _ in range(options.repeats)]
        ratios = sorted(b / a for a, b, _ in pairs)
        best = min(a for a, _, _ in pairs) / (GENERATIONS * options.steps)
        rate = 1e-9 * flops(*shape) / best
        share = rate / max(peak for _, _, peak in pairs)
        name = f"{shape[0]}-{shape[1]}-{shape[2]}, {shape[3]}"
        print(
            f"{name:<22}{recursion.family.lanes:>6}{1e6 * best:>17.1f}{np.median(ratios):>11.1f}"
            f"{ratios[0]:>8.1f} -{ratios[-1]:>6.1f}{rate:>9.1f}{share:>9.0%}{first:>7.1f}s", flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
