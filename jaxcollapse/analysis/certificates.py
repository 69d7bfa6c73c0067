"""Certificates: what shows that an oracle has switched its source of error off."""

from dataclasses import dataclass, replace

import numpy as np

# Part of the largest error that may be left of a source that is switched off, and the squared
# gradient that an optimizer may leave, in units of what sampling leaves.
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
        gradient: squared norm of the gradient that fits leave over its squared standard error from
            their data, at most over t; None where it was not measured.
        gradient_error: standard error of it.
    """

    source: str
    how: str
    why: str
    gap: float | None = None
    error: float = 0.0
    scale: float = 1.0
    gradient: float | None = None
    gradient_error: float = 0.0

    @property
    def present(self) -> bool:
        """Whether the family has the source."""
        return bool(self.how)

    @property
    def met(self) -> bool:
        """Whether the oracle has converged: what was measured, gap and gradient, is small."""
        near = self.gap is None or self.gap <= ALLOWED * self.scale + 3 * self.error
        flat = self.gradient is None or self.gradient <= ALLOWED + 3 * self.gradient_error
        return near and flat

    def with_gradient(self, squared: np.ndarray) -> "Certificate":
        """The certificate with the squared gradients of fits, shape (replicas, times).

        Fits that do not exist (NaN) have none.
        """
        worst, error = _worst(np.nanmean(squared, axis=0), _errors(squared))
        return replace(self, gradient=worst, gradient_error=error)

    def __str__(self):
        line = f"{self.source}: {self.how}; {self.why}"
        if not self.present:
            line = f"{self.source}: absent, {self.why}"
        measured = []
        if self.gap is not None:
            gap = f"gap {self.gap:.3g} ± {self.error:.2g}"
            measured.append(f"{gap} beside errors up to {self.scale:.3g}")
        if self.gradient is not None:
            root = np.sqrt(max(self.gradient, 0.0))
            measured.append(f"gradient {root:.2g} of its standard error")
        if not measured:
            return line
        verdict = "converged" if self.met else "NOT CONVERGED"
        return f"{line} ({verdict}: {', '.join(measured)})"


def measured(source: str, how: str, why: str, moved: np.ndarray, scale: float) -> Certificate:
    """The certificate of an oracle from what a weaker one changes, shape (replicas, *t.shape)."""
    gap, error = _worst(np.abs(moved.mean(axis=0)), _errors(moved))
    return Certificate(source, how, why, gap, error, scale)


def _errors(values: np.ndarray) -> np.ndarray:
    """Standard errors of means over replicas, zero for a single one."""
    if len(values) == 1:
        return np.zeros(values.shape[1:])
    return np.nanstd(values, axis=0, ddof=1) / np.sqrt(np.sum(np.isfinite(values), axis=0))


def _worst(means: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """The largest mean and its error."""
    worst = np.argmax(means)
    return float(np.ravel(means)[worst]), float(np.ravel(errors)[worst])
