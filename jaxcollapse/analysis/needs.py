r"""How many replicas a decomposition needs for the error that is asked of its parts.

With R replicas a part has the squared error $s^2/R+b^2$: s is its spread over replicas, b bounds
what an extrapolation to unlimited data may be off by. It falls to $e^2$ at $R=s^2/(e^2-b^2)$.
"""

import numpy as np

from ..quantities.estimates import EVERYDAY
from ..quantities.summaries import PowerSums
from .decomposition import Decomposition


def check_error(parts: Decomposition, error: float) -> None:
    """Raise a `ValueError` unless the parts of a decomposition have the asked error."""
    worst = {source: float(np.max(parts.part(source).error)) for source in parts.sources}
    source = max(worst, key=lambda name: worst[name])
    if worst[source] <= error:
        return
    of = f"that of the part {source!r} with {parts.total.replicas or 'no'} replicas"
    raise ValueError(
        f"error must be at least {worst[source]:.3g}, {of}, got {error:g}: "
        f"{_remedy(parts, source, error)}"
    )


def check_pilot(pilot: Decomposition, error: float, replicas: int) -> None:
    """Raise a `ValueError` where a pilot shows that so many replicas have a larger error.

    The variance over the replicas of the pilot is taken for what it is at least, three standard
    errors below its value, so that chance refuses hardly any work that would do.
    """
    for source in pilot.sources:
        values = pilot.of_replicas(source)
        spread = values.std(axis=0, ddof=1)
        least = spread / np.sqrt(replicas * (1 + EVERYDAY * _noise(values)))
        if np.max(least) <= error:
            continue
        likely = float(np.max(spread))
        of = f"that of the part {source!r} with {replicas} replicas"
        raise ValueError(
            f"error must be at least about {likely / np.sqrt(replicas):.2g}, {of} by a pilot of "
            f"{pilot.total.replicas}, got {error:g}: it takes about "
            f"{np.ceil((likely / error) ** 2):.0f} replicas"
        )


def _noise(values: np.ndarray) -> np.ndarray:
    """The standard error of a variance over replicas, as a part of it."""
    sums = PowerSums.of(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        kurtosis = np.asarray(sums.count * sums.fourth / sums.second / sums.second)
    return np.sqrt((np.nan_to_num(kurtosis, nan=1.0) - 1) / sums.count)


def _remedy(parts: Decomposition, source: str, error: float) -> str:
    """What it takes for a part to have the asked error."""
    beyond = parts.limits(source)
    if np.max(beyond) >= error:
        off = f"{np.max(beyond):.2g}, what the extrapolation to unlimited data may be off by"
        return f"no number of replicas lowers {off}; larger n would"
    spread = parts.of_replicas(source).std(axis=0, ddof=1)
    needed = np.ceil(np.max(spread**2 / (error**2 - beyond**2)))
    return f"it takes about {needed:.0f} replicas"
