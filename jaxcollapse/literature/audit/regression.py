"""Regression on recycled labels: whether the inputs are shared or fresh."""

import numpy as np

from ...theory import law_named
from .records import Check, statement


@statement(
    "gerstgrasser-theorem-2",
    cite="gerstgrasser2024",
    wording="second-hand",
    fault="narrower than quoted",
    laws=(
        "linear-regression-shared-accumulate-excess-risk",
        "linear-regression-accumulate-excess-risk",
        "linear-regression-accumulate-shared-bound",
    ),
    says=(
        r"Accumulating labels has the risk $\frac{\sigma^2d}{T-d-1}\sum_{i\le n}i^{-2}$ "
        r"(Theorem 2)."
    ),
)
def _() -> Check:
    r"""For the same inputs labeled again, as in the paper and its code. With fresh inputs it is a
    strict upper bound: the risk is $\sigma^2d\sum_{i\le n}\frac1{i(iT-d-1)}$.
    """
    about = {"n": 14, "t": 8, "d": 5, "noise": 1.0}
    shared = float(law_named("linear-regression-shared-accumulate-excess-risk")(**about))
    fresh = float(law_named("linear-regression-accumulate-excess-risk")(**about))
    numbers = {
        "shared inputs, d=5, T=14, n=8": shared,
        "fresh inputs": fresh,
        "ratio": shared / fresh,
    }
    return Check(1.1 < shared / fresh < 1.15, numbers)


@statement(
    "dohmatob-exponential-collapse",
    cite="dohmatob2024",
    wording="recalled",
    fault="narrower than quoted",
    laws=(
        "linear-regression-interpolate-replace-excess-risk",
        "linear-regression-interpolate-shared-replace-excess-risk",
    ),
    says=(
        "Without noise the minimum norm fit of fewer observations than features forgets the "
        "signal exponentially."
    ),
)
def _() -> Check:
    """It needs fresh inputs: on the same inputs, as in public code for T < d, a noise-free loop
    forgets at fit 1 and then never again.
    """
    n, d = 30, 60
    fresh, shared = (
        law_named(f"linear-regression-interpolate-{inputs}replace-excess-risk")(
            n=n, t=np.array([1, 10]), d=d, signal=1.0, noise=0.0
        )
        for inputs in ("", "shared-")
    )
    numbers = {
        "fresh inputs, T=30, d=60, n=1": fresh[0],
        "fresh, n=10": fresh[1],
        "shared inputs, n=1": shared[0],
        "shared, n=10": shared[1],
    }
    exact = np.isclose(1 - fresh[1], 0.5**10, rtol=1e-9) and np.allclose(shared, 0.5, rtol=1e-9)
    return Check(bool(exact), {name: float(value) for name, value in numbers.items()})
