"""Careful NumPy: vectorized over replicas, the mean of one metric over replicas kept every
generation.

SFC64, float32 where NumPy has it, buffers reused, threads over blocks of replicas. Each factory
returns `work(rng, replicas)`.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

BLOCK = 2048


def threaded(work, replicas: int, block: int = BLOCK):
    """Run `work(rng, replicas)` on every core, block by block."""
    blocks = [min(block, replicas - start) for start in range(0, replicas, block)]
    rngs = [np.random.Generator(np.random.SFC64(seed)) for seed in range(len(blocks))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, rngs, blocks))


def gaussian_samples(n: int, generations: int):
    """Draw n observations, take mean and unbiased variance, repeat."""

    def work(rng, replicas):
        mean, spread, kept = (
            np.zeros(replicas, np.float32),
            np.ones(replicas, np.float32),
            np.empty((generations, 2)),
        )
        buffer = np.empty((n, replicas), np.float32)
        for t in range(generations):
            rng.standard_normal(dtype=np.float32, out=buffer)
            z = buffer.mean(axis=0)
            square = np.einsum("nr,nr->r", buffer, buffer)
            mean, spread = (
                mean + spread * z,
                spread * np.sqrt((square - n * z * z) / np.float32(n - 1)),
            )
            kept[t] = mean.mean(), np.square(spread).mean()
        return kept

    return work


def gaussian_statistics(n: int, generations: int):
    """A normal and a chi-square a generation, in log space."""

    def work(rng, replicas):
        mean, log_variance = np.zeros(replicas, np.float32), np.zeros(replicas, np.float32)
        z, chi2, kept = (
            np.empty(replicas, np.float32),
            np.empty(replicas, np.float32),
            np.empty((generations, 2)),
        )
        for t in range(generations):
            rng.standard_normal(dtype=np.float32, out=z)
            rng.standard_gamma((n - 1) / 2, dtype=np.float32, out=chi2)
            mean += np.exp(0.5 * log_variance) * z * np.float32(n**-0.5)
            log_variance += np.log(chi2 * np.float32(2 / (n - 1)))
            kept[t] = mean.mean(), np.exp(log_variance).mean()
        return kept

    return work


def labels(n: int, categories: int, generations: int, recorded=None):
    """Categories by resampling labels; the support is counted at the recorded generations, every
    one unless given.
    """

    def work(rng, replicas):
        drawn = rng.integers(0, categories, (replicas, n), dtype=np.int32)
        offset, kept = np.arange(replicas)[:, None] * categories, []
        for t in range(1, generations + 1):
            if t > 1:
                drawn = np.take_along_axis(
                    drawn, rng.integers(0, n, (replicas, n), dtype=np.int32), axis=1
                )
            if recorded is None or t in recorded:
                alive = np.zeros(replicas * categories, bool)
                alive[drawn + offset] = True
                kept.append(alive.reshape(replicas, categories).sum(axis=1).mean())
        return kept

    return work


def multinomials(n: int, categories: int, generations: int):
    """Categories by `Generator.multinomial`."""

    def work(rng, replicas):
        counts = rng.multinomial(n, np.full(categories, 1 / categories), size=replicas)
        kept = [(counts > 0).sum(axis=1).mean()]
        for _ in range(generations - 1):
            counts = rng.multinomial(n, counts / n)
            kept.append((counts > 0).sum(axis=1).mean())
        return kept

    return work


def two_types(n: int, generations: int):
    """Two categories by `Generator.binomial`."""

    def work(rng, replicas):
        share, kept = np.full(replicas, 0.5), np.empty(generations)
        for t in range(generations):
            share = rng.binomial(n, share) / n
            kept[t] = share.mean()
        return kept

    return work


def grouped_labels(sizes, forgetting: float, generations: int):
    """Labels of every group and true class by `Generator.binomial`, and TPR - FPR of group 0."""
    sizes = np.asarray(sizes)
    shares = sizes / sizes.sum(axis=1, keepdims=True)

    def work(rng, replicas):
        rates, kept = np.broadcast_to([0.0, 1.0], (replicas, *sizes.shape)), np.empty(generations)
        for t in range(generations):
            usual = (rates * shares).sum(axis=-1, keepdims=True)
            rates = rng.binomial(sizes, rates + forgetting * (usual - rates)) / sizes
            kept[t] = (rates[:, 0, 1] - rates[:, 0, 0]).mean()
        return kept

    return work


def multivariate_samples(n: int, d: int, generations: int):
    """Draw n vectors, take mean and covariance, factor it, repeat."""

    def work(rng, replicas):
        factor, kept = np.broadcast_to(np.eye(d, dtype=np.float32), (replicas, d, d)), []
        for _ in range(generations):
            x = rng.standard_normal((replicas, n, d), dtype=np.float32) @ factor.transpose(0, 2, 1)
            x -= x.mean(axis=1, keepdims=True)
            covariance = x.transpose(0, 2, 1) @ x / np.float32(n - 1)
            factor = np.linalg.cholesky(covariance)
            kept.append(np.einsum("rii->r", covariance).mean())
        return kept

    return work


def multivariate(n: int, d: int, generations: int):
    """Bartlett factors by batched products."""

    def work(rng, replicas):
        factor = np.broadcast_to(np.eye(d, dtype=np.float32), (replicas, d, d)).copy()
        mean = np.zeros((replicas, d), np.float32)
        rows, columns = np.tril_indices(d, -1)
        shapes = ((n - 1 - np.arange(d)) / 2).astype(np.float32)
        kept = []
        for _ in range(generations):
            mean += np.einsum(
                "rij,rj->ri", factor, rng.standard_normal((replicas, d), dtype=np.float32)
            ) * np.float32(n**-0.5)
            step = np.zeros((replicas, d, d), np.float32)
            step[:, rows, columns] = rng.standard_normal((replicas, len(rows)), dtype=np.float32)
            for i in range(d):
                step[:, i, i] = np.sqrt(
                    2 * rng.standard_gamma(shapes[i], replicas, dtype=np.float32)
                )
            factor = factor @ step * np.float32((n - 1) ** -0.5)
            kept.append(np.einsum("rij,rij->r", factor, factor).mean())
        return kept

    return work


def regression_risk(n: int, d: int, generations: int):
    """The squared error of least squares on fresh inputs as a Markov chain of its own."""

    def work(rng, replicas):
        risk, kept = np.zeros(replicas, np.float32), np.empty(generations)
        for t in range(generations):
            square = np.float32(0.5) / rng.standard_gamma(
                (n - d + 1) / 2, replicas, dtype=np.float32
            )
            along = np.sqrt(risk) + np.sqrt(square) * rng.standard_normal(
                replicas, dtype=np.float32
            )
            risk = along * along + square * 2 * rng.standard_gamma(
                (d - 1) / 2, replicas, dtype=np.float32
            )
            kept[t] = risk.mean()
        return kept

    return work


def regression_samples(n: int, d: int, generations: int):
    """Draw inputs and labels, solve the normal equations, repeat."""

    def work(rng, replicas):
        weights, kept = np.zeros((replicas, d)), np.empty(generations)
        for t in range(generations):
            x = rng.standard_normal((replicas, n, d))
            y = np.einsum("rnd,rd->rn", x, weights) + rng.standard_normal((replicas, n))
            gram = x.transpose(0, 2, 1) @ x
            weights = np.linalg.solve(gram, np.einsum("rnd,rn->rd", x, y)[..., None])[..., 0]
            kept[t] = np.square(weights).sum(axis=1).mean()
        return kept

    return work
