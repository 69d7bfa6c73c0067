"""That accumulating data avoids collapse: learners and samplers for which it does not."""

import numpy as np

from ...families import FixedBandwidth
from ...theory import law_named
from .records import Check, statement

TIMES = (10, 100, 1000, 10_000)
AVOIDS = (
    "Accumulating data avoids model collapse (the title's question, as it is commonly answered)."
)


@statement(
    "accumulation-of-biased-samples",
    cite="gerstgrasser2024",
    wording="second-hand",
    fault="narrower than quoted",
    says=AVOIDS,
    laws=("gaussian-accumulate-tempered-variance", "gaussian-accumulate-tempered-variance-late"),
)
def _() -> Check:
    r"""Not when samples are drawn at $\lambda<1$: the variance falls as $t^{-(1-\lambda)}$.
    Accumulation turns an exponential collapse into a power law.
    """
    law = law_named("gaussian-accumulate-tempered-variance")
    kept = [float(law(n=100, t=t, temperature=0.8, ddof=0)) for t in TIMES]
    slope = float(np.log10(kept[-1] / kept[-2]))
    numbers = {
        f"E variance at lambda=0.8, t={t}": value for t, value in zip(TIMES, kept, strict=True)
    }
    return Check(abs(slope + 0.2) < 1e-3 and kept[-1] < 0.2, {**numbers, "slope": slope})


@statement(
    "accumulation-of-kernel-densities",
    cite="gerstgrasser2024",
    wording="second-hand",
    fault="narrower than quoted",
    says=AVOIDS,
    laws=("kernel-density-accumulate-variance", "kernel-density-accumulate-mean-error"),
)
def _() -> Check:
    """Not for kernel densities of fixed width h: the variance grows by $h^2$ times the harmonic
    number, without limit.
    """
    law, width = law_named("kernel-density-accumulate-variance"), FixedBandwidth(0.5)
    spread = [float(law(n=50, t=t, d=1, variance=1.0, bandwidth=width, noise=1.0)) for t in TIMES]
    gain = (spread[-1] - spread[-2]) / (0.25 * np.log(10))
    numbers = {f"E variance at h=1/2, t={t}": value for t, value in zip(TIMES, spread, strict=True)}
    return Check(
        bool(abs(gain - 1) < 1e-2), {**numbers, "gain of a decade over h^2 log 10": float(gain)}
    )


@statement(
    "accumulation-of-shrinking-learners",
    cite="gerstgrasser2024",
    wording="second-hand",
    fault="narrower than quoted",
    says=AVOIDS,
    laws=(
        "linear-regression-fixed-accumulate-signal",
        "linear-regression-fixed-accumulate-signal-decay",
    ),
)
def _() -> Check:
    r"""Not for ridge or early stopping: a learner that keeps a part $h<1$ of the signal loses it as
    $t^{-(1-h)}$. The constant $\pi^2/6$ belongs to unbiased learners.
    """
    law = law_named("linear-regression-fixed-accumulate-signal")
    kept = [float(law(h=0.8, t=t)) for t in TIMES]
    slope, whole = float(np.log10(kept[-1] / kept[-2])), float(law(h=1.0, t=TIMES[-1]))
    numbers = {f"signal left at h=0.8, t={t}": value for t, value in zip(TIMES, kept, strict=True)}
    return Check(
        abs(slope + 0.2) < 1e-3 and abs(whole - 1) < 1e-9,
        {**numbers, "slope": slope, "at h=1": whole},
    )


@statement(
    "subsampling-with-unbiased-variance",
    cite="kazdan2024",
    wording="read",
    fault="narrower than quoted",
    laws=("gaussian-accumulate-subsample-variance",),
    says=(
        "Training on a fixed number of examples drawn from all data so far "
        "(accumulate-subsample) plateaus."
    ),
)
def _() -> Check:
    """With maximum likelihood, as in the authors' code. With the unbiased variance it grows without
    limit, like $t^{1/n}$.
    """
    law, n = law_named("gaussian-accumulate-subsample-variance"), 10
    likelihood, unbiased = ([float(law(n=n, t=t, ddof=ddof)) for t in TIMES] for ddof in (0, 1))
    slope = float(np.log10(unbiased[-1] / unbiased[-2]))
    numbers = {
        "maximum likelihood, n=10, t=1000": likelihood[-2],
        "t=10^4": likelihood[-1],
        "unbiased, t=1000": unbiased[-2],
        "unbiased, t=10^4": unbiased[-1],
        "slope": slope,
    }
    return Check(
        abs(slope - 1 / n) < 1e-3 and abs(likelihood[-1] / likelihood[-2] - 1) < 1e-3, numbers
    )
