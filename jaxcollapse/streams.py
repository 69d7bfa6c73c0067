"""Mergeable summaries of values over replicas: power sums, and exact order statistics by radix selection."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PowerSums:
    """Count, mean and central sums of powers two to four, per generation (Pebay, SAND2008-6212)."""

    count: int
    mean: np.ndarray
    second: np.ndarray
    third: np.ndarray
    fourth: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "PowerSums":
        """Summarize values along their first axis, in float64."""
        values = np.asarray(values, np.float64)
        mean = values.mean(axis=0)
        centred = values - mean
        square = centred * centred
        second, third = square.sum(axis=0), np.einsum("r...,r...->...", square, centred)
        return cls(len(values), mean, second, third, np.einsum("r...,r...->...", square, square))

    @property
    def variance(self) -> np.ndarray:
        """Unbiased variance."""
        return self.second / max(self.count - 1, 1)

    def merged(self, other: "PowerSums") -> "PowerSums":
        """The summary of both bodies of values together."""
        a, b = self.count, other.count
        n = a + b
        delta = other.mean - self.mean
        step = delta / n
        second = self.second + other.second + delta * step * a * b
        third = (
            self.third + other.third + delta * step**2 * a * b * (a - b)
            + 3 * step * (a * other.second - b * self.second)
        )  # fmt: skip
        fourth = (
            self.fourth + other.fourth + delta * step**3 * a * b * (a * a - a * b + b * b)
            + 6 * step**2 * (a * a * other.second + b * b * self.second)
            + 4 * step * (a * other.third - b * self.third)
        )  # fmt: skip
        return PowerSums(n, self.mean + b * step, second, third, fourth)


class Digits:
    """Radix selection over values that can be replayed: exact order statistics in bounded memory."""

    BITS = 11

    @classmethod
    def order_statistics(cls, replay: Callable[[], Iterable[np.ndarray]], ranks: np.ndarray) -> np.ndarray:
        """The values at `ranks` for every generation.

        Args:
            replay: yields the same chunks of shape (replicas, generations) at every call.
            ranks: zero-based ranks, shape (k,).

        Returns:
            Shape (k, generations).
        """
        remaining: np.ndarray | None = None
        shift = None
        while shift != 0:
            counts, previous = None, shift
            for chunk in replay():
                codes, width = ordered_codes(chunk)
                if remaining is None:
                    remaining = np.repeat(np.asarray(ranks, np.int64)[:, None], chunk.shape[1], axis=1)
                    prefix = np.zeros(remaining.shape, codes.dtype)
                    previous = width
                shift = max(previous - cls.BITS, 0)
                if counts is None:
                    counts = np.zeros((*remaining.shape, 1 << (previous - shift)), np.int64)
                cls._count(counts, codes, prefix, previous, shift, width)
            cumulative = counts.cumsum(axis=2)
            digit = (cumulative <= remaining[:, :, None]).sum(axis=2)
            below = np.take_along_axis(np.pad(cumulative, ((0, 0), (0, 0), (1, 0))), digit[:, :, None], 2)
            remaining = remaining - below[:, :, 0]
            prefix = (prefix << np.uint64(previous - shift)) | digit.astype(prefix.dtype)
        return _decoded(prefix, width)

    @staticmethod
    def _count(counts, codes, prefix, previous, shift, width):
        """Add how often each next digit follows the prefix found so far."""
        head = codes >> np.uint64(previous) if previous < width else np.zeros_like(codes)
        digit = (codes >> np.uint64(shift)) & np.uint64((1 << (previous - shift)) - 1)
        bins = counts.shape[2]
        generation = np.broadcast_to(np.arange(codes.shape[1]), codes.shape)
        for k in range(len(prefix)):
            matches = head == prefix[k][None, :]
            flat = generation[matches] * bins + digit[matches].astype(np.int64)
            counts[k] += np.bincount(flat, minlength=counts[k].size).reshape(counts[k].shape)


def ordered_codes(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Unsigned integers in the order of the floats they stand for, and how many bits they use."""
    width = 64 if values.dtype == np.float64 else 32
    bits = values.astype(f"f{width // 8}").view(f"u{width // 8}").astype(np.uint64)
    sign = np.uint64(1 << (width - 1))
    full = np.uint64((1 << width) - 1)
    return np.where(bits & sign, bits ^ full, bits | sign), width


def _decoded(codes: np.ndarray, width: int) -> np.ndarray:
    sign = np.uint64(1 << (width - 1))
    full = np.uint64((1 << width) - 1)
    bits = np.where(codes & sign, codes ^ sign, codes ^ full)
    return bits.astype(f"u{width // 8}").view(f"f{width // 8}")
