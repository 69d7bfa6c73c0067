r"""Universal constants and conditions: $\pi^2/6$, the golden ratio, the growth of samples."""

import numpy as np
from scipy.optimize import minimize_scalar

from ...families import NormalMean
from ...recursion import Recursion
from ...theory import law_named
from ...workflows import Replace
from .records import Check, statement


@statement(
    "dey-pi-squared-over-six",
    cite="dey2024",
    wording="read",
    fault="narrower than quoted",
    laws=("qvf-accumulate-variance", "qvf-accumulate-limit-variance"),
    says=(
        r"The $\pi^2/6$ risk bound of the augment workflow is universal (title and abstract, "
        r"asymptotic in n)."
    ),
)
def _() -> Check:
    r"""At finite n it is no bound: over-dispersed families ($v_2>0$) exceed it, under-dispersed
    ones stay below.
    """
    limit, n = law_named("qvf-accumulate-limit-variance"), 10

    def inflation(v2):
        return float(n * (limit(mean=1.0, n=n, v0=1.0 - v2, v1=0.0, v2=v2) - 1) / v2)

    over, under, bound = inflation(1.0), inflation(-1.0), float(np.pi**2 / 6)
    return Check(
        under < bound < over, {"exponential, n=10": over, "pi^2/6": bound, "Bernoulli, n=10": under}
    )


@statement(
    "he-golden-ratio",
    cite="he2025",
    wording="read",
    fault="narrower than quoted",
    laws=("qvf-refresh-mean-error",),
    says=(
        "The optimal weight of fresh real data is the reciprocal of the golden ratio, in "
        "some cases (abstract, asymptotic)."
    ),
)
def _() -> Check:
    r"""Exactly golden at finite n only for $v_2=0$; and the optimal weight is also the optimal risk
    inflation.
    """
    law, far = law_named("qvf-refresh-mean-error"), 400

    def risk(w, v2):
        return float(
            law(mean=1.0, n=10, fresh=10, weight=w, real=10, t=far, v0=1.0 - v2, v1=0.0, v2=v2)
        )

    best = {
        v2: minimize_scalar(
            lambda w, v2=v2: risk(w, v2),
            bounds=(0.4, 0.8),
            method="bounded",
            options={"xatol": 1e-9},
        )
        for v2 in (-1, 0, 0.5)
    }
    golden, weights = (np.sqrt(5) - 1) / 2, {v2: float(found.x) for v2, found in best.items()}
    equal = abs(10 * best[0].fun - golden) < 1e-6 and abs(weights[0] - golden) < 1e-5
    numbers = {
        "weight, v2=-1": weights[-1],
        "v2=0": weights[0],
        "v2=1/2": weights[0.5],
        "n risk at v2=0": float(10 * best[0].fun),
    }
    return Check(equal and weights[-1] < golden - 0.005 and weights[0.5] > golden + 0.003, numbers)


@statement(
    "xu-superlinear-growth",
    cite="xu2025",
    wording="read",
    fault="narrower than quoted",
    laws=("qvf-any-mean-error", "qvf-accumulate-variance"),
    says=(
        "Without bias, preventing collapse requires sample sizes that grow superlinearly "
        "(abstract)."
    ),
)
def _() -> Check:
    r"""Replacement needs exactly $\sum1/n_t<\infty$, so $n_t=t\log^2t$ suffices; accumulation needs
    no growth at all.
    """
    law, family, last = law_named("qvf-any-mean-error"), NormalMean(), 300
    k = np.arange(1, last + 1)
    sizes = np.ceil(10 * k * np.log(k + 1) ** 2).astype(int)
    recursion = Recursion(family, Replace(), truth=family.params(0.5), n=sizes)
    error = float(law.of(recursion, np.array([last]))[0])
    rest = 0.1 / np.log(last)
    kept = float(
        law_named("qvf-accumulate-variance")(mean=1.0, n=10, t=10**5, v0=0.0, v1=0.0, v2=1.0)
    )
    exact = abs(error - np.sum(1 / sizes)) < 1e-9 * error
    numbers = {
        "error at t=300, n_t = 10 t log^2(t+1)": error,
        "all later fits add at most": rest,
        "accumulate, n=10, t=10^5: E V/V0": kept,
    }
    return Check(
        bool(exact and kept < np.sinh(np.pi / np.sqrt(10)) / (np.pi / np.sqrt(10))), numbers
    )


@statement(
    "dey-equal-batches",
    cite="dey2024",
    wording="read",
    fault="narrower than quoted",
    laws=("qvf-accumulate-batches-limit-mean-error", "qvf-accumulate-scheduled-mean-error-bound"),
    says=r"Accumulation inflates the risk of the real data by at most $\pi^2/6$.",
)
def _() -> Check:
    r"""That is the value of equal batches. Synthetic batches of $\kappa$ times the real data have
    $1+\frac1\kappa\psi'(1+\frac1\kappa)$, which comes close to 2 for many small ones; 2 bounds
    every schedule.
    """
    limit, real = law_named("qvf-accumulate-batches-limit-mean-error"), 1000
    inflation = {
        kappa: real * float(limit(mean=1.0, n=int(real * kappa), real=real, v0=1.0, v1=0.0, v2=0.0))
        for kappa in (0.01, 0.5, 1, 4)
    }
    small = [1000, *[10] * 5000]
    bound = law_named("qvf-accumulate-scheduled-mean-error-bound")(
        mean=1.0, sizes=small, t=len(small), v0=1.0, v1=0.0, v2=0.0
    )
    holds = (
        abs(inflation[1] - np.pi**2 / 6) < 1e-9
        and inflation[4] < inflation[1] < inflation[0.5] < inflation[0.01] < 2
    )
    numbers = {f"inflation, kappa={kappa}": value for kappa, value in inflation.items()}
    return Check(
        bool(holds and abs(real * float(bound) - 2) < 1e-9),
        {**numbers, "bound": real * float(bound)},
    )
