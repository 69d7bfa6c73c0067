"""Certificates: what shows that an oracle has switched its source of error off."""

from dataclasses import dataclass

import numpy as np

# Part of the largest error that may be left of a source that is switched off.
ALLOWED = 0.02


@dataclass(frozen=True)
class Certificate:
    """Why nothing of a source is left where its oracle acts.

    Args:
        source: name of the source.
        how: how it is switched off; empty where the family lacks the source.
        why: why nothing of it is left, or why the family lacks it.
        gap: how far a weaker oracle moves the error, at most over t; None where nothing was
            measured.
        error: standard error of the gap.
        scale: the largest error of the decomposition, which the gap is compared with.
    """

    source: str
    how: str
    why: str
    gap: float | None = None
    error: float = 0.0
    scale: float = 1.0

    @property
    def present(self) -> bool:
        """Whether the family has the source."""
        return bool(self.how)

    @property
    def met(self) -> bool:
        """Whether the oracle has converged: the gap is small, or there was nothing to measure."""
        if self.gap is None:
            return True
        return self.gap <= ALLOWED * self.scale + 3 * self.error

    def __str__(self):
        if not self.present:
            return f"{self.source}: absent, {self.why}"
        line = f"{self.source}: {self.how}; {self.why}"
        if self.gap is None:
            return line
        verdict = "converged" if self.met else "NOT CONVERGED"
        line += f" ({verdict}: gap {self.gap:.3g} ± {self.error:.2g}"
        return f"{line} beside errors up to {self.scale:.3g})"


def measured(source: str, how: str, why: str, moved: np.ndarray, scale: float) -> Certificate:
    """The certificate of an oracle from what a weaker one changes, shape (replicas, *t.shape)."""
    replicas = len(moved)
    mean = np.abs(moved.mean(axis=0))
    spread = moved.std(axis=0, ddof=1) / np.sqrt(replicas) if replicas > 1 else np.zeros_like(mean)
    worst = np.argmax(mean)
    return Certificate(
        source, how, why, float(np.ravel(mean)[worst]), float(np.ravel(spread)[worst]), scale
    )
