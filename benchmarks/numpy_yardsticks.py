"""Careful NumPy: vectorized over replicas, one metric kept every generation.

SFC64, float32 where NumPy has it, threads over blocks of replicas.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

BLOCK = 2048


def threaded(work, replicas: int):
    """Run `work(rng, replicas)` on every core, block by block."""
    blocks = [min(BLOCK, replicas - start) for start in range(0, replicas, BLOCK)]
    rngs = [np.random.Generator(np.random.SFC64(seed)) for seed in range(len(blocks))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, rngs, blocks))


def gaussian_samples(n: int, generations: int):
    """Draw n observations, take mean and unbiased variance, repeat."""

    def work(rng, replicas):
        mean, spread = np.zeros(replicas, np.float32), np.ones(replicas, np.float32)
        buffer, kept = np.empty((n, replicas), np.float32), np.empty((generations, replicas), np.float32)
        for t in range(generations):
            rng.standard_normal(dtype=np.float32, out=buffer)
            z = buffer.mean(axis=0)
            square = np.einsum("nr,nr->r", buffer, buffer)
            mean, spread = mean + spread * z, spread * np.sqrt((square - n * z * z) / np.float32(n - 1))
            kept[t] = spread * spread
        return mean, kept

    return work


def gaussian_statistics(n: int, generations: int):
    """Mean and chi-square draws alone."""

    def work(rng, replicas):
        mean, log_variance = np.zeros(replicas, np.float32), np.zeros(replicas, np.float32)
        kept = np.empty((generations, replicas), np.float32)
        for t in range(generations):
            z = rng.standard_normal(replicas, dtype=np.float32)
            mean = mean + np.exp(0.5 * log_variance) * z / np.float32(np.sqrt(n))
            chi2 = 2 * rng.standard_gamma((n - 1) / 2, replicas, dtype=np.float32)
            log_variance = log_variance + np.log(chi2 / np.float32(n - 1))
            kept[t] = np.exp(log_variance)
        return mean, kept

    return work


def categorical(n: int, categories: int, generations: int):
    """The better of vectorized multinomials and gathered labels, which depends on K."""

    def by_multinomial(rng, replicas):
        counts = rng.multinomial(n, np.full(categories, 1 / categories), size=replicas)
        kept = [(counts > 0).sum(axis=1)]
        for _ in range(generations - 1):
            counts = rng.multinomial(n, counts / n)
            kept.append((counts > 0).sum(axis=1))
        return np.stack(kept)

    def by_labels(rng, replicas):
        labels = rng.integers(0, categories, (replicas, n), dtype=np.int32)
        offset, kept = np.arange(replicas)[:, None] * categories, []
        for t in range(generations):
            if t:
                labels = np.take_along_axis(labels, rng.integers(0, n, (replicas, n), dtype=np.int32), axis=1)
            alive = np.zeros(replicas * categories, bool)
            alive[labels + offset] = True
            kept.append(alive.reshape(replicas, categories).sum(axis=1))
        return np.stack(kept)

    return by_multinomial, by_labels


def multivariate(n: int, d: int, generations: int):
    """Bartlett factors by batched products."""

    def work(rng, replicas):
        factor = np.broadcast_to(np.eye(d, dtype=np.float32), (replicas, d, d)).copy()
        mean = np.zeros((replicas, d), np.float32)
        rows, columns = np.tril_indices(d, -1)
        shapes = (n - 1 - np.arange(d)) / 2
        kept = []
        for _ in range(generations):
            mean += np.einsum("rij,rj->ri", factor, rng.standard_normal((replicas, d), dtype=np.float32)) / np.float32(np.sqrt(n))
            step = np.zeros((replicas, d, d), np.float32)
            step[:, rows, columns] = rng.standard_normal((replicas, len(rows)), dtype=np.float32)
            for i in range(d):
                step[:, i, i] = np.sqrt(2 * rng.standard_gamma(shapes[i], replicas, dtype=np.float32))
            factor = factor @ step / np.float32(np.sqrt(n - 1))
            kept.append(np.einsum("rij,rij->r", factor, factor))
        return mean, np.stack(kept)

    return work
