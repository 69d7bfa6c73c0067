"""Exact order statistics of values that can be replayed, in bounded memory."""

from collections.abc import Callable, Iterable

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
        remaining: np.ndarray | None = None
        shift = None
        while shift != 0:
            counts, previous = None, shift
            for chunk in replay():
                codes, width = ordered_codes(chunk)
                if remaining is None:
                    remaining = np.repeat(
                        np.asarray(ranks, np.int64)[:, None], chunk.shape[1], axis=1
                    )
                    prefix = np.zeros(remaining.shape, codes.dtype)
                    previous = width
                shift = max(previous - cls.BITS, 0)
                if counts is None:
                    counts = np.zeros((*remaining.shape, 1 << (previous - shift)), np.int64)
                cls._count(counts, codes, prefix, previous, shift, width)
            cumulative = counts.cumsum(axis=2)
            digit = (cumulative <= remaining[:, :, None]).sum(axis=2)
            below = np.take_along_axis(
                np.pad(cumulative, ((0, 0), (0, 0), (1, 0))), digit[:, :, None], 2
            )
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
