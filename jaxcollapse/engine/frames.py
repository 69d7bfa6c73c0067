"""The frame of a run: its recursion and its metrics, seen from origin and unit of the truth."""

import dataclasses
import math
from typing import Any

import jax
import numpy as np

from ..families.frames import Frame
from ..metrics import Metric
from ..numerics.precision import is_double
from ..recursion import Recursion

SMALLEST, LARGEST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)


def frame_of(recursion: Recursion) -> Frame | None:
    """The frame that a run is made in; None for the user's own origin and unit.

    That is the case for an ordinary truth, for a family without frames, and where a selection or a
    decoding does not say what it becomes in a frame.
    """
    # Asked of the class at every call: a bound method of a module is a record, which takes 15 us.
    frame = type(recursion.family).frame_of(recursion.family, recursion.truth)
    if frame is None:
        return None
    rules = recursion.selection, recursion.decoding, recursion.workflow.selection
    return None if any(rule.in_frame(frame) is None for rule in rules) else frame


def seen_from(recursion: Recursion, frame: Frame | None) -> Recursion:
    """The recursion of the data seen from a frame; itself without one."""
    if frame is None:
        return recursion
    return dataclasses.replace(
        recursion,
        family=recursion.family.in_frame(frame),
        truth=recursion.truth.seen_from(frame),
        selection=recursion.selection.in_frame(frame),
        decoding=recursion.decoding.in_frame(frame),
    )


def check_numbers(recursion: Recursion) -> None:
    """Raise a `ValueError` for a number that single precision makes infinite or zero.

    Example:
        >>> import jaxcollapse as jc
        >>> r = jc.Recursion(jc.Poisson(), jc.Replace(), truth=jc.Poisson().params(1e39), n=1)
        >>> check_numbers(r)
        Traceback (most recent call last):
        ValueError: Recursion.truth.mean must lie within 3.4e+38 in single precision, got 1e+39
    """
    if is_double():
        return
    for path, leaf in jax.tree_util.tree_leaves_with_path(recursion):
        if not isinstance(leaf, (np.ndarray, np.generic)) or leaf.dtype != np.float64:
            continue
        # A vector may hold chances that round to zero, which changes nothing.
        size = np.max(np.abs(leaf), initial=0.0)
        name = "Recursion" + jax.tree_util.keystr(path)
        if LARGEST < size < math.inf:
            raise ValueError(
                f"{name} must lie within {LARGEST:.2g} in single precision, got {size:g}"
            )
        if not leaf.ndim and 0 < size < SMALLEST:
            raise ValueError(
                f"{name} must be 0 or at least {SMALLEST:.2g} in single precision, got {size:g}"
            )


@dataclasses.dataclass(frozen=True)
class Units:
    """What makes values of a frame values of the user: $a+bv$ for every metric, by name."""

    affine: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, metrics, frame: Frame | None) -> tuple[Any, "Units"]:
        """The metrics of models in a frame, and the units of their values.

        Raises:
            ValueError: a metric whose values lie outside the range of double precision.
        """
        if metrics is None or frame is None:
            return metrics, cls({})
        seen, affine = [], {}
        for metric in metrics:
            framed, shift, factor = metric.in_frame(frame)
            if not 0 < factor < math.inf:
                unit = f"1e{frame.log_unit / math.log(10):+.0f}"
                raise ValueError(
                    f"metric {metric.name!r} must lie in the range of double precision, "
                    f"got data of unit {unit}"
                )
            seen.append(framed)
            affine[metric.name] = shift, factor
        return tuple(seen), cls(affine)

    def restored(self, record):
        """Values by metric in the unit of the user, in double precision."""
        return {name: self.value(name, values) for name, values in record.items()}

    def value(self, name: str, values):
        """Values of one metric in the unit of the user."""
        if name not in self.affine:
            return values
        shift, factor = self.affine[name]
        return shift + factor * np.asarray(values, np.float64)

    def within(self, name: str, values):
        """Values of one metric in the frame, from those of the user."""
        shift, factor = self.affine.get(name, (0.0, 1.0))
        return (values - shift) / factor


def value_in(metric: Metric, frame: Frame | None) -> tuple[Metric, Units]:
    """One metric of models in a frame, and its unit."""
    seen, units = Units.of((metric,), frame)
    return seen[0], units
