"""The univariate Gaussian under replacement: rates, bounds, divergence, biased sampling."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln

from ...theory import law_named
from .records import Check, statement


@statement(
    "suresh-sd-at-n",
    cite="suresh2024",
    wording="read",
    fault="looser than true",
    laws=("gaussian-replace-survival",),
    says="The standard deviation of a Gaussian reduces to zero roughly at n iterations (abstract).",
)
def _() -> Check:
    """After n fits the median standard deviation is still about $e^{-1/2}$ (unbiased) or $e^{-1}$
    (maximum likelihood).
    """
    survival, n = law_named("gaussian-replace-survival"), 50

    def median(ddof):
        return brentq(
            lambda s: float(survival(n=n, t=n, threshold=s, ddof=ddof)) - 0.5, 0.05, 1.5, xtol=1e-6
        )

    unbiased, likelihood = median(1), median(0)
    numbers = {"median sd at t=n=50, unbiased": unbiased, "maximum likelihood": likelihood}
    return Check(0.55 < unbiased < 0.65 and 0.32 < likelihood < 0.42, numbers)


@statement(
    "suresh-theorem-3",
    cite="suresh2024",
    wording="read",
    fault="looser than true",
    laws=("gaussian-replace-survival",),
    says=r"$P(\sigma_k>\epsilon)\le\frac{\sigma_0}{\epsilon}e^{-k/(4n-1)}$ (Theorem 3).",
)
def _() -> Check:
    """The bound holds and is loose: at n = 10, k = 100 it says at most 0.77, the exact probability
    is far smaller.
    """
    exact = float(law_named("gaussian-replace-survival")(n=10, t=100, threshold=0.1, ddof=1))
    bound = 10 * np.exp(-100 / 39)
    return Check(0 < exact < bound / 2, {"exact": exact, "bound": float(bound)})


@statement(
    "shumailov-w2-diverges",
    cite="shumailov2024",
    wording="read",
    fault="narrower than quoted",
    laws=("gaussian-replace-w2",),
    says=(
        r"$E\,W_2^2\to\infty$ under recursive Gaussian fitting with a fixed sample size "
        r"(Theorem 3.1, unbiased estimators)."
    ),
)
def _() -> Check:
    r"""True of the unbiased variance; with maximum likelihood, as in the published notebooks, it
    tends to $2\sigma_0^2$.
    """
    law = law_named("gaussian-replace-w2")
    unbiased, likelihood = (float(law(n=10, t=10_000, ddof=ddof)) for ddof in (1, 0))
    numbers = {"E W2^2 at n=10, t=10^4, unbiased": unbiased, "maximum likelihood": likelihood}
    return Check(unbiased > 100 and abs(likelihood - 2) < 1e-3, numbers)


@statement(
    "shumailov-w2-almost-surely",
    cite="shumailov2024",
    wording="read",
    fault="narrower than quoted",
    laws=("gaussian-replace-w2-growth", "gaussian-replace-mean-limit"),
    says=(
        r"$E\,W_2^2\to\infty$ (Theorem 3.1), read as: the model ends arbitrarily far from the "
        r"truth."
    ),
)
def _() -> Check:
    r"""The mean diverges and no trajectory does: $W_2^2\to\sigma_0^2+(\mu_\infty-\mu_0)^2$, whose
    median is $\frac53\sigma_0^2$ as n grows. The expectation lives on ever rarer trajectories.
    """
    far, beyond = law_named("gaussian-replace-w2-growth"), law_named("gaussian-replace-mean-limit")
    median = 1 + brentq(lambda square: float(beyond(threshold=square)) - 0.5, 0.01, 10.0, xtol=1e-9)
    mean = float(far(n=10, t=10_000))
    return Check(
        mean > 100 * median and abs(median - 5 / 3) < 1e-6,
        {"E W2^2 at n=10, t=10^4": mean, "median in the limit": median},
    )


@statement(
    "shumailov-w2-variance",
    cite="shumailov2023",
    wording="recalled",
    fault="does not reproduce",
    laws=("gaussian-replace-w2-spread", "gaussian-replace-w2-spread-leading"),
    says=(
        r"$\mathrm{Var}\,W_2^2=\frac12\sigma^4\left(\sum_i\frac3{M_i^2}+\sum_{i\ne "
        r"j}\frac4{M_iM_j}\right)$ to leading order."
    ),
)
def _() -> Check:
    r"""The leading order is $\frac52\sigma^4\left(\sum_i\frac1{M_i}\right)^2$: 2 from the mean and
    1/2 from the deviation. The printed formula has to be read again before it is called wrong.
    """
    exact, n, t = law_named("gaussian-replace-w2-spread"), 10_000, 4
    printed, found = 0.5 * (3 * t + 4 * t * (t - 1)), n**2 * float(exact(n=n, t=t))
    one = n**2 * float(exact(n=n, t=1))
    leading = n**2 * float(law_named("gaussian-replace-w2-spread-leading")(n=n, t=t))
    numbers = {
        "n^2 Var at n=10^4, t=4, exact": found,
        "leading order": leading,
        "as recalled": printed,
        "exact at t=1": one,
    }
    return Check(
        abs(found / leading - 1) < 1e-3 and abs(one / 2.5 - 1) < 1e-3 and found > 1.3 * printed,
        numbers,
    )


@statement(
    "suresh-plotted-bound",
    cite="suresh2024",
    wording="read",
    fault="does not reproduce",
    laws=(
        "gaussian-replace-survival-bound",
        "gaussian-replace-survival-chernoff",
        "gaussian-replace-survival",
    ),
    says=(
        r"The curve plotted as the bound of Theorem 3 (notebook): "
        r"$(\sigma_0/\epsilon)^{0.7}(E R^{0.35})^k$."
    ),
)
def _() -> Check:
    r"""That is another bound than the theorem's, one with $s=0.35$ in $(\sigma_0/\epsilon)^{2s}(E
    R^s)^k$. The best s is better than both.
    """
    n, k = 10, 100
    moment = 0.35 * np.log(2 / (n - 1)) + gammaln((n - 1) / 2 + 0.35) - gammaln((n - 1) / 2)
    plotted = float(10**0.7 * np.exp(k * moment))
    theorem = float(law_named("gaussian-replace-survival-bound")(n=n, t=k, threshold=0.1))
    best = float(law_named("gaussian-replace-survival-chernoff")(n=n, t=k, threshold=0.1, ddof=1))
    exact = float(law_named("gaussian-replace-survival")(n=n, t=k, threshold=0.1, ddof=1))
    numbers = {
        "theorem, n=10, k=100, threshold 0.1": theorem,
        "plotted": plotted,
        "best exponent": best,
        "exact": exact,
    }
    return Check(exact < best < plotted < 0.6 * theorem, numbers)


@statement(
    "mad-distance-increases",
    cite="alemohammad2023",
    wording="read",
    fault="narrower than quoted",
    laws=("gaussian-replace-tempered-mean-error", "gaussian-replace-tempered-variance"),
    says=(
        "In a fully synthetic loop the expected distance of the mean to the truth increases "
        "with the generations."
    ),
)
def _() -> Check:
    r"""Without limit only for $\lambda=1$. Under biased sampling it settles at
    $\frac{\sigma_0^2}{n(1-\lambda)}$: what collapses cannot wander.
    """
    law, variance, n = (
        law_named("gaussian-replace-tempered-mean-error"),
        law_named("gaussian-replace-tempered-variance"),
        100,
    )
    biased, faithful = (float(law(n=n, t=10**5, temperature=scale)) for scale in (0.9, 1.0))
    left = float(variance(n=n, t=100, temperature=0.9))
    numbers = {
        "mean error at n=100, t=10^5, lambda=0.9": biased,
        "lambda=1": faithful,
        "E variance at t=100, lambda=0.9": left,
    }
    return Check(abs(biased - 0.1) < 1e-9 and faithful > 999 and left < 1e-4, numbers)


@statement(
    "mad-submartingale",
    cite="alemohammad2023",
    wording="read",
    fault="does not reproduce",
    laws=("gaussian-replace-tempered-variance",),
    says=(
        r"The variance of the loop is a lower bounded submartingale (proof of the "
        r"Proposition), $\lambda\le1$."
    ),
)
def _() -> Check:
    r"""It is a supermartingale: $E\sigma_{t+1}^2=\lambda E\sigma_t^2\le E\sigma_t^2$ from the
    second fit on. The conclusion, almost sure convergence, stands.
    """
    law = law_named("gaussian-replace-tempered-variance")
    ratio = {
        scale: float(law(n=20, t=6, temperature=scale) / law(n=20, t=5, temperature=scale))
        for scale in (0.8, 1.0)
    }
    holds = abs(ratio[0.8] - 0.8) < 1e-12 and abs(ratio[1.0] - 1) < 1e-12
    return Check(holds, {"ratio of one fit, lambda=0.8": ratio[0.8], "lambda=1": ratio[1.0]})


@statement(
    "mad-collapse-condition",
    cite="alemohammad2023",
    wording="read",
    fault="looser than true",
    laws=(
        "gaussian-critical-temperature",
        "gaussian-replace-tempered-log-variance",
        "gaussian-replace-tempered-variance",
    ),
    says=r"The variance of a fully synthetic loop tends to zero almost surely when $\lambda\le1$.",
)
def _() -> Check:
    r"""It does for every $\lambda<\lambda_c=\frac{n-1}2e^{-\psi((n-1)/2)}$, above 1: between the
    two the mean variance explodes while every trajectory collapses.
    """
    n, scale = 10, 1.05
    critical = float(law_named("gaussian-critical-temperature")(n=n, ddof=1))
    drift = float(
        law_named("gaussian-replace-tempered-log-variance")(n=n, t=100, temperature=scale)
    )
    mean = float(law_named("gaussian-replace-tempered-variance")(n=n, t=100, temperature=scale))
    numbers = {
        "critical scale at n=10": critical,
        "E log variance at t=100, lambda=1.05": drift,
        "E variance": mean,
    }
    return Check(critical > 1.1 and drift < -5 and mean > 100, numbers)
