"""Statements of the literature that do not reproduce as printed, or are looser or narrower than they are quoted.

Every record names the laws that decide and evaluates them: `check` returns the numbers and whether they bear the finding
out. A statement enters only with its deciding law in the registry. `wording` says how sure the printed words are: "read" in
the paper or its abstract, "second-hand" as another source quotes it, "recalled" from memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from .citations import reference
from .families import NormalMean
from .recursion import Recursion
from .theory import law_named, wright_fisher
from .workflows import Replace

WORDINGS = ("read", "second-hand", "recalled")
FAULTS = ("does not reproduce", "looser than true", "narrower than quoted")

_STATEMENTS: dict[str, "Statement"] = {}


@dataclass(frozen=True)
class Finding:
    """Numbers by what they are, and whether they bear out what the record says."""

    holds: bool
    numbers: dict[str, float]

    def __str__(self):
        return ", ".join(f"{name} = {value:.6g}" for name, value in self.numbers.items())


@dataclass(frozen=True)
class Statement:
    """One printed statement, what is wrong or missing, and the check that decides."""

    name: str
    cite: str
    statement: str
    wording: str
    fault: str
    finding: str
    laws: tuple[str, ...]
    check: Callable[[], Finding] = field(repr=False)

    def __post_init__(self):
        if self.wording not in WORDINGS:
            raise ValueError(f"wording of {self.name} must be one of {', '.join(WORDINGS)}, got {self.wording!r}")
        if self.fault not in FAULTS:
            raise ValueError(f"fault of {self.name} must be one of {', '.join(FAULTS)}, got {self.fault!r}")
        reference(self.cite)


def statement(name: str, *, cite: str, says: str, wording: str, fault: str, laws: tuple[str, ...]):
    """Decorator: register a statement; the decorated check's docstring is the finding."""

    def register(check: Callable[[], Finding]) -> Callable[[], Finding]:
        _STATEMENTS[name] = Statement(name, cite, says, wording, fault, (check.__doc__ or "").strip(), laws, check)
        return check

    return register


def statements() -> list[Statement]:
    """Every audited statement, in order of definition."""
    return list(_STATEMENTS.values())


@statement(
    "suresh-sd-at-n", cite="suresh2024", wording="read", fault="looser than true", laws=("gaussian-replace-survival",),
    says="The standard deviation of a Gaussian reduces to zero roughly at n iterations (abstract).",
)  # fmt: skip
def _() -> Finding:
    """After n fits the median standard deviation is still about $e^{-1/2}$ (unbiased) or $e^{-1}$ (maximum likelihood)."""
    survival, n = law_named("gaussian-replace-survival"), 50

    def median(ddof):
        return brentq(lambda s: float(survival(n=n, t=n, threshold=s, ddof=ddof)) - 0.5, 0.05, 1.5, xtol=1e-6)

    unbiased, likelihood = median(1), median(0)
    numbers = {"median sd at t=n=50, unbiased": unbiased, "maximum likelihood": likelihood}
    return Finding(0.55 < unbiased < 0.65 and 0.32 < likelihood < 0.42, numbers)


@statement(
    "suresh-theorem-3", cite="suresh2024", wording="read", fault="looser than true", laws=("gaussian-replace-survival",),
    says=r"$P(\sigma_k>\epsilon)\le\frac{\sigma_0}{\epsilon}e^{-k/(4n-1)}$ (Theorem 3).",
)  # fmt: skip
def _() -> Finding:
    """The bound holds and is loose: at n = 10, k = 100 it says at most 0.77, the exact probability is far smaller."""
    exact = float(law_named("gaussian-replace-survival")(n=10, t=100, threshold=0.1, ddof=1))
    bound = 10 * np.exp(-100 / 39)
    return Finding(0 < exact < bound / 2, {"exact": exact, "bound": float(bound)})


@statement(
    "suresh-g-bracket", cite="suresh2024", wording="read", fault="looser than true", laws=("poisson-replace-segregating",),
    says=r"The recursion $g_{k+1}=1-e^{-g_k}$, $g_1=1$ satisfies $1/k\le g_k\le3/k$.",
)  # fmt: skip
def _() -> Finding:
    r"""$2/(k+1+(H_k-1)/3)\le g_k\le2/(k+1)$, at most 8 percent apart for all k; g is read off the exact survival."""
    k = np.arange(1, 401)
    g = -np.log1p(-law_named("poisson-replace-segregating")(n=1, t=k, mean=1.0))
    low, high = 2 / (k + 1 + (np.cumsum(1 / k) - 1) / 3), 2 / (k + 1)
    inside = np.all((low <= g * (1 + 1e-12)) & (g <= high * (1 + 1e-12)))
    gap = float(np.max(high / low))
    return Finding(bool(inside) and gap < 1.08, {"widest high/low, k to 400": gap, "of the printed bracket": 3.0})


@statement(
    "suresh-theorem-1-upper", cite="suresh2024", wording="read", fault="looser than true", laws=("categorical-replace-support",),
    says=r"$P(P_k\ne0)\le1-(1-3np_0^2-3kp_0)e^{-np_0g_k}$ (Theorem 1).",
)  # fmt: skip
def _() -> Finding:
    """A survival probability cannot grow with k, but the bound does: at n = 100, p = 0.01 it is vacuous soon after k = 30."""
    n, p, k = 100, 0.01, np.arange(1, 31)
    g = np.ones(len(k))
    for i in range(1, len(k)):
        g[i] = 1 - np.exp(-g[i - 1])
    bound = 1 - (1 - 3 * n * p**2 - 3 * k * p) * np.exp(-n * p * g)
    exact = law_named("categorical-replace-support")(n=n, t=k, p=[p, 1 - p]) - 1
    holds = bool(np.all(np.diff(exact) < 0) and np.diff(bound).max() > 0 and np.all(exact <= bound))
    return Finding(holds, {"exact at k=30": float(exact[-1]), "bound at k=5": float(bound[4]), "bound at k=30": float(bound[-1])})


@statement(
    "seddik-constants", cite="seddik2024", wording="second-hand", fault="looser than true",
    laws=("bernoulli-replace-segregating-upper", "bernoulli-replace-segregating-lower"),
    says=r"$4p_0q_0(1-1/n)^t\le P(\mathrm{not\ fixed})\le2np_0q_0(1-1/n)^t$.",
)  # fmt: skip
def _() -> Finding:
    r"""The constant $2n$ improves to $n^2/(n-1)$, and the true one tends to 6 whatever p, as n grows."""
    n, t, p = 200, 2000, 0.3
    decay = p * (1 - p) * (1 - 1 / n) ** t
    constant = float(wright_fisher.survival(n, np.array([t]), p)[0] / decay)
    upper = float(law_named("bernoulli-replace-segregating-upper")(n=n, t=t, mean=p) / decay)
    return Finding(
        5.8 < constant < 6 and constant < upper < 2 * n, {"true constant, n=200": constant, "sharper upper": upper, "printed": 400}
    )


@statement(
    "dey-pi-squared-over-six", cite="dey2024", wording="read", fault="narrower than quoted",
    laws=("qvf-accumulate-variance", "qvf-accumulate-limit-variance"),
    says=r"The $\pi^2/6$ risk bound of the augment workflow is universal (title and abstract, asymptotic in n).",
)  # fmt: skip
def _() -> Finding:
    r"""At finite n it is no bound: over-dispersed families ($v_2>0$) exceed it, under-dispersed ones stay below."""
    limit, n = law_named("qvf-accumulate-limit-variance"), 10

    def inflation(v2):
        return float(n * (limit(mean=1.0, n=n, v0=1.0 - v2, v1=0.0, v2=v2) - 1) / v2)

    over, under, bound = inflation(1.0), inflation(-1.0), float(np.pi**2 / 6)
    return Finding(under < bound < over, {"exponential, n=10": over, "pi^2/6": bound, "Bernoulli, n=10": under})


@statement(
    "he-golden-ratio", cite="he2025", wording="read", fault="narrower than quoted", laws=("qvf-refresh-mean-error",),
    says="The optimal weight of fresh real data is the reciprocal of the golden ratio, in some cases (abstract, asymptotic).",
)  # fmt: skip
def _() -> Finding:
    r"""Exactly golden at finite n only for $v_2=0$; and the optimal weight is also the optimal risk inflation."""
    law, far = law_named("qvf-refresh-mean-error"), 400

    def risk(w, v2):
        return float(law(mean=1.0, n=10, fresh=10, weight=w, real=10, t=far, v0=1.0 - v2, v1=0.0, v2=v2))

    best = {
        v2: minimize_scalar(lambda w, v2=v2: risk(w, v2), bounds=(0.4, 0.8), method="bounded", options={"xatol": 1e-9})
        for v2 in (-1, 0, 0.5)
    }
    golden, weights = (np.sqrt(5) - 1) / 2, {v2: float(found.x) for v2, found in best.items()}
    equal = abs(10 * best[0].fun - golden) < 1e-6 and abs(weights[0] - golden) < 1e-5
    numbers = {"weight, v2=-1": weights[-1], "v2=0": weights[0], "v2=1/2": weights[0.5], "n risk at v2=0": float(10 * best[0].fun)}
    return Finding(equal and weights[-1] < golden - 0.005 and weights[0.5] > golden + 0.003, numbers)


@statement(
    "xu-superlinear-growth", cite="xu2025", wording="read", fault="narrower than quoted",
    laws=("qvf-any-mean-error", "qvf-accumulate-variance"),
    says="Without bias, preventing collapse requires sample sizes that grow superlinearly (abstract).",
)  # fmt: skip
def _() -> Finding:
    r"""Replacement needs exactly $\sum1/n_t<\infty$, so $n_t=t\log^2t$ suffices; accumulation needs no growth at all."""
    law, family, last = law_named("qvf-any-mean-error"), NormalMean(), 300
    k = np.arange(1, last + 1)
    sizes = np.ceil(10 * k * np.log(k + 1) ** 2).astype(int)
    recursion = Recursion(family, Replace(), truth=family.params(0.5), n=sizes)
    error = float(law.of(recursion, np.array([last]))[0])
    rest = 0.1 / np.log(last)
    kept = float(law_named("qvf-accumulate-variance")(mean=1.0, n=10, t=10**5, v0=0.0, v1=0.0, v2=1.0))
    exact = abs(error - np.sum(1 / sizes)) < 1e-9 * error
    numbers = {
        "error at t=300, n_t = 10 t log^2(t+1)": error, "all later fits add at most": rest,
        "accumulate, n=10, t=10^5: E V/V0": kept,
    }  # fmt: skip
    return Finding(bool(exact and kept < np.sinh(np.pi / np.sqrt(10)) / (np.pi / np.sqrt(10))), numbers)


@statement(
    "shumailov-w2-diverges", cite="shumailov2024", wording="read", fault="narrower than quoted", laws=("gaussian-replace-w2",),
    says=r"$E\,W_2^2\to\infty$ under recursive Gaussian fitting with a fixed sample size (Theorem 3.1, unbiased estimators).",
)  # fmt: skip
def _() -> Finding:
    r"""True of the unbiased variance; with maximum likelihood, as in the published notebooks, it tends to $2\sigma_0^2$."""
    law = law_named("gaussian-replace-w2")
    unbiased, likelihood = (float(law(n=10, t=10_000, ddof=ddof)) for ddof in (1, 0))
    numbers = {"E W2^2 at n=10, t=10^4, unbiased": unbiased, "maximum likelihood": likelihood}
    return Finding(unbiased > 100 and abs(likelihood - 2) < 1e-3, numbers)


def errata() -> str:
    """The audit as a page of Markdown, with the numbers of every check."""
    lines = [
        "# Statements of the literature, audited",
        "",
        "Generated; every number is evaluated from the named laws at each build.",
        "",
    ]
    for each in statements():
        found = each.check()
        lines += [
            f"## {each.name}", "", f"*{reference(each.cite)}*", "", f"**Printed** ({each.wording}): {each.statement}", "",
            f"**{each.fault.capitalize()}.** {each.finding}", "", f"{found}.", "",
            "Decided by " + ", ".join(f"`{name}`" for name in each.laws) + ("." if found.holds else "; **the check fails**."), "",
        ]  # fmt: skip
    return "\n".join(lines)
