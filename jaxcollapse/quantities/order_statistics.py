"""Exact order statistics of values that can be replayed, in bounded memory."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np


class Digits:
    """Radix selection: every replay of the values finds the next digits of the order statistics."""

    BITS = 11

    @classmethod
    def order_statistics(
        cls, replay: Callable[[], Iterable[np.ndarray]], ranks: np.ndarray
    ) -> np.ndarray:
        """The values at `ranks` for every generation.

        Args:
            replay: yields the same chunks of shape (replicas, generations) at every call.
            ranks: zero-based ranks, shape (k,).

        Returns:
            Shape (k, generations).
        """
        found: _Found | None = None
        while found is None or found.shift > 0:
            found = cls._next_digits(replay, ranks, found)
        return _decoded(found.prefix, found.width)

    @classmethod
    def _next_digits(cls, replay, ranks: np.ndarray, found: "_Found | None") -> "_Found":
        """Replay the values once and find the next digits."""
        counts, shift = np.zeros(0, np.int64), 0
        for chunk in replay():
            codes, width = ordered_codes(chunk)
            if found is None:
                found = _Found.nothing(ranks, chunk.shape[1], width)
            if counts.size == 0:
                shift = max(found.shift - cls.BITS, 0)
                counts = np.zeros((*found.remaining.shape, 1 << (found.shift - shift)), np.int64)
            cls._count(counts, codes, found.prefix, found.shift, shift, width)
        if found is None:
            raise ValueError("replay must yield at least one chunk, got none")
        cumulative = counts.cumsum(axis=2)
        digit = (cumulative <= found.remaining[:, :, None]).sum(axis=2)
        before = np.pad(cumulative, ((0, 0), (0, 0), (1, 0)))
        below = np.take_along_axis(before, digit[:, :, None], 2)[:, :, 0]
        prefix = (found.prefix << np.uint64(found.shift - shift)) | digit.astype(np.uint64)
        return _Found(prefix, found.remaining - below, shift, found.width)

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


class _Found(NamedTuple):
    """The leading digits of the order statistics, and the ranks among values that share them."""

    prefix: np.ndarray
    remaining: np.ndarray
    shift: int
    width: int

    @classmethod
    def nothing(cls, ranks: np.ndarray, generations: int, width: int) -> "_Found":
        """No digit yet of codes of `width` bits."""
        remaining = np.repeat(np.asarray(ranks, np.int64)[:, None], generations, axis=1)
        return cls(np.zeros(remaining.shape, np.uint64), remaining, width, width)


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
